//! Random programs with one side condition broken: each is refused with that code, at that place, and stays as it is.

use std::fmt::Write;

use uncallback_tests::generate::{BREAKS, Break, MARK, Program};
use uncallback_tests::rewriting::{Rewritten, Style, options, rewrite_with};

/// Accepted programs in which each condition is broken.
const PROGRAMS: usize = 12;
/// Programs that are tried for it.
const SEEDS: u64 = 2_000;

fn rewritten(break_: &Break, source: &str) -> Rewritten {
    let mut options = options(Style::Readable);
    let wanted = break_.options.parse().expect("options are tokens");
    options.from_attribute(wanted).expect("options that exist");
    rewrite_with(source, &options).expect("it is Rust")
}

/// Broken programs of accepted ones, each with its near miss.
fn cases(break_: &Break) -> Vec<(String, String)> {
    let cases = (0..SEEDS).filter_map(|seed| {
        let program = Program::new(seed, 1 + (seed % 2) as u32);
        let case = break_.of(&program, seed as usize)?;
        let unbroken = rewritten(break_, &program.source());
        (unbroken.findings.is_empty() && unbroken.text.contains(break_.needs)).then_some(case)
    });
    cases.take(PROGRAMS).collect()
}

/// Whether the last function, which is the one that is changed, is as it was.
fn is_unchanged(source: &str, rewritten: &Rewritten) -> bool {
    let run = source.rfind("fn run").expect("the last function of every program");
    rewritten.text.ends_with(&source[run..])
}

/// What is wrong with the rewriting of a broken program.
fn wrong(break_: &Break, source: &str) -> Option<String> {
    let rewritten = rewritten(break_, source);
    let found = rewritten.findings.iter().map(|finding| {
        let line = source[..finding.range.start].rfind('\n').map_or(0, |at| at + 1);
        let line = source[line..].lines().next().unwrap_or_default();
        (finding.code.as_str(), &source[finding.range.clone()], line.contains(MARK))
    });
    let found: Vec<_> = found.collect();
    let is_found = found == [(break_.code, break_.place, true)];
    let is_unchanged = is_unchanged(source, &rewritten);
    (!is_found || is_unchanged == break_.is_note).then(|| format!("{found:?}, unchanged: {is_unchanged}"))
}

#[test]
fn a_broken_condition_is_refused_with_its_code_at_its_place_and_a_near_miss_is_accepted() {
    let mut report = String::new();
    for break_ in BREAKS {
        let cases = cases(break_);
        if cases.len() < PROGRAMS {
            let _ = writeln!(report, "{}: only {} programs", break_.code, cases.len());
        }
        for (broken, near) in cases {
            if let Some(what) = wrong(break_, &broken) {
                let _ = writeln!(report, "{}: {what}\n{broken}", break_.code);
            }
            let accepted = rewritten(break_, &near);
            if !accepted.findings.is_empty() || is_unchanged(&near, &accepted) {
                let _ = writeln!(report, "near {}: {:?}\n{near}", break_.code, accepted.findings);
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn every_code_that_a_user_can_meet_has_a_condition_that_is_broken() {
    let broken: Vec<_> = BREAKS.iter().map(|break_| break_.code).collect();
    let codes: Vec<_> = (1..=23).map(|number| format!("UC{number:02}")).collect();
    assert_eq!(broken, codes);
}
