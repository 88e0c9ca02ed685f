//! What runs inside the compiled executable.

use crate::trace::{Boxed, Done, compare_inputs};
use std::fmt::Debug;
use std::io::Write;

/// Compares the versions of each case and reports to the process that compiled them.
#[derive(Debug)]
pub struct Child {
    schedules: usize,
}

impl Child {
    /// Reads the settings from the command line: the number of schedules.
    ///
    /// # Panics
    ///
    /// If there is no such number.
    pub fn from_arguments() -> Self {
        let schedules = std::env::args().nth(1).and_then(|text| text.parse().ok());
        // A panic of a program is recorded in its trace; printing it as well would drown the report.
        std::panic::set_hook(Box::new(|_| {}));
        Child { schedules: schedules.expect("the number of schedules is the first argument") }
    }

    /// Compares one version with the callback version.
    pub fn compare<T: Debug + 'static>(
        &mut self,
        case: &str,
        version: &str,
        callback: impl Fn(i64, Done<T>),
        direct: impl Fn(i64) -> Boxed<T>,
    ) {
        // Printed first, so that a version that never ends is known by name.
        say(&format!("begin {case} {version}"));
        match compare_inputs(0..4, self.schedules, callback, direct) {
            Ok(agreement) => say(&format!("same {} {}", agreement.runs, agreement.cancelled_runs)),
            Err(difference) => {
                let text = difference.to_string();
                let lines: Vec<_> = text.lines().map(|line| format!("| {line}")).collect();
                say(&format!("{}\ndiffer", lines.join("\n")));
            }
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent went away: nobody listens any more.
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}
