//! Compiling and running many cases at once.

use super::case::Case;
use super::compiler::Compiler;
use crate::trace::Agreement;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Cases in one executable: large enough to hide what starting the compiler costs, small enough to compile in pieces.
const CASES_IN_A_BATCH: usize = 25;
/// A batch that runs longer than this hangs.
const DEADLINE: Duration = Duration::from_secs(120);

/// What became of one version of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both versions did the same in so many runs.
    Same(Agreement),
    /// They differ; the text shows both traces.
    Differs(String),
    /// The case does not compile; the compiler's errors.
    DoesNotCompile(String),
    /// The executable ended or hung in this case.
    NoAnswer,
}

/// The verdicts by case and version. A case that does not compile has one verdict, under the version "".
pub type Verdicts = BTreeMap<(String, &'static str), Verdict>;

/// Compiles and runs the cases, each under at most `schedules` orders of completion per input.
pub fn check(compiler: &Compiler, cases: &[Case], schedules: usize) -> Verdicts {
    let batches = Mutex::new(cases.chunks(CASES_IN_A_BATCH).enumerate());
    let verdicts = Mutex::new(Verdicts::new());
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = batches.lock().expect("no worker panics with the list").next();
                    let Some((number, batch)) = next else { break };
                    let folder = compiler.folder().join(format!("batch{number}"));
                    let found = check_batch(compiler, &folder, batch, schedules);
                    verdicts.lock().expect("no worker panics with the verdicts").extend(found);
                }
            });
        }
    });
    verdicts.into_inner().expect("all workers have ended")
}

fn check_batch(compiler: &Compiler, folder: &Path, cases: &[Case], schedules: usize) -> Verdicts {
    fs::create_dir_all(folder).expect("the folder of the programs can be written");
    for case in cases {
        write(&folder.join(format!("{}.rs", case.name)), &case.file());
    }
    let mut verdicts = Verdicts::new();
    let mut left: Vec<&Case> = cases.iter().collect();
    while !left.is_empty() {
        match compile(compiler, folder, &left) {
            Ok(executable) => {
                verdicts.extend(run(&executable, &left, schedules));
                break;
            }
            Err(errors) => {
                let guilty = guilty(&errors, &left);
                assert!(!guilty.is_empty(), "no case is to blame for the errors:\n{errors}");
                for name in &guilty {
                    let file = format!("{name}.rs:");
                    let own: Vec<_> = errors.lines().filter(|line| line.contains(&file)).collect();
                    verdicts.insert((name.clone(), ""), Verdict::DoesNotCompile(own.join("\n")));
                }
                left.retain(|case| !guilty.contains(&case.name));
            }
        }
    }
    verdicts
}

fn compile(compiler: &Compiler, folder: &Path, cases: &[&Case]) -> Result<PathBuf, String> {
    let mut main = String::new();
    for case in cases {
        main += &format!("mod {};\n", case.name);
    }
    main += "fn main() {\n    let mut child = uncallback_tests::programs::Child::from_arguments();\n";
    for case in cases {
        main += &format!("    {}::check(&mut child);\n", case.name);
    }
    main += "}\n";
    let (source, executable) = (folder.join("main.rs"), folder.join("main"));
    write(&source, &main);
    compiler.compile(&source, &executable)?;
    Ok(executable)
}

/// The cases in whose files the compiler found errors.
fn guilty(errors: &str, cases: &[&Case]) -> BTreeSet<String> {
    let errors: Vec<_> = errors.lines().filter(|line| line.contains(": error")).collect();
    let named = |case: &&&Case| {
        let file = format!("{}.rs:", case.name);
        errors.iter().any(|line| line.contains(&format!("/{file}")) || line.starts_with(&file))
    };
    cases.iter().filter(named).map(|case| case.name.clone()).collect()
}

fn run(executable: &Path, cases: &[&Case], schedules: usize) -> Verdicts {
    let mut child = Command::new(executable)
        .arg(schedules.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a compiled batch can be started");
    let mut output = child.stdout.take().expect("its output is a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        // What was printed before a broken end still counts.
        let _ = output.read_to_string(&mut text);
        text
    });
    let begun = Instant::now();
    while child.try_wait().expect("the batch can be waited for").is_none() {
        if begun.elapsed() > DEADLINE {
            child.kill().expect("the batch can be ended");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    read_report(&reader.join().expect("reading does not panic"), cases)
}

fn read_report(report: &str, cases: &[&Case]) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for case in cases {
        for version in case.version_names() {
            verdicts.insert((case.name.clone(), version), Verdict::NoAnswer);
        }
    }
    let (mut current, mut shown) = (None, String::new());
    for line in report.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let verdict = match words[..] {
            ["begin", case, version] => {
                current = verdicts.keys().find(|key| key.0 == case && key.1 == version).cloned();
                shown.clear();
                continue;
            }
            ["same", runs, cancelled] => Verdict::Same(Agreement {
                runs: runs.parse().unwrap_or_default(),
                cancelled_runs: cancelled.parse().unwrap_or_default(),
            }),
            ["differ"] => Verdict::Differs(std::mem::take(&mut shown)),
            _ => {
                shown += line.strip_prefix("| ").unwrap_or(line);
                shown.push('\n');
                continue;
            }
        };
        if let Some(key) = current.take() {
            verdicts.insert(key, verdict);
        }
    }
    verdicts
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
