//! Random programs through the real rewriter: what comes out must do what went in, in every run.
//!
//! `UNCALLBACK_PROGRAMS` is the number of programs, `UNCALLBACK_SEED` the first seed. Program `n` of a run is the same
//! whatever the number, so a failure is reproduced with `UNCALLBACK_SEED=<its seed> UNCALLBACK_PROGRAMS=1`.

use uncallback_tests::generate::{Program, RoundTrip};
use uncallback_tests::programs::{Case, Compiler, Report, check, shrink};

/// Orders of completion per program and input.
const SCHEDULES: usize = 40;
/// Attempts at making a failing program smaller. Each starts the compiler.
const SHRINK_TRIES: usize = 120;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Small programs and large ones in turn: the small ones are easier to read when they fail.
fn program(seed: u64) -> Program {
    Program::new(seed, 1 + (seed % 3) as u32)
}

#[test]
fn converted_programs_do_what_the_callback_programs_did() {
    let (count, first) = (setting("UNCALLBACK_PROGRAMS", 150), setting("UNCALLBACK_SEED", 0));
    let compiler = Compiler::new("generated");
    let mut report = Report::default();
    let programs = (first..first + count).map(|seed| Case::of_program(&program(seed)));
    let cases = report.convert(programs);
    report.take(&check(&compiler, &cases, SCHEDULES), &cases);
    println!("{count} programs from seed {first}: {}", report.summary());
    let differences = report.failures().iter().filter(|failure| failure.differs);
    if let Some(failure) = differences.min_by_key(|failure| failure.case.source.len()) {
        let seed = failure.case.name.trim_start_matches('p').parse().expect("named after its seed");
        let smaller = shrink(&program(seed), SHRINK_TRIES, |candidate| differs(&compiler, candidate));
        panic!("{}\nmade smaller:\n{}", report.describe(), smaller.source());
    }
    assert!(report.is_clean(), "{}", report.describe());
}

#[test]
fn async_functions_survive_the_round_trip_through_callbacks() {
    let (count, first) = (setting("UNCALLBACK_PROGRAMS", 60), setting("UNCALLBACK_SEED", 0));
    let compiler = Compiler::new("round_trip");
    let mut report = Report::default();
    let functions = (first..first + count).map(|seed| RoundTrip::new(seed, 1 + (seed % 3) as u32));
    let cases = report.convert(functions.map(|function| Case::of_round_trip(&function)));
    report.take(&check(&compiler, &cases, SCHEDULES), &cases);
    println!("{count} functions from seed {first}: {}", report.summary());
    assert!(report.is_clean(), "{}", report.describe());
}

/// Whether a program is accepted, compiles, and shows a difference.
fn differs(compiler: &Compiler, program: &Program) -> bool {
    let mut report = Report::default();
    let cases = report.convert(std::iter::once(Case::of_program(program)));
    report.take(&check(compiler, &cases, SCHEDULES), &cases);
    report.failures().iter().any(|failure| failure.differs)
}
