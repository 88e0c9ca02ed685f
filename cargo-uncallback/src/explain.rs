//! `explain UC07`: the page of a code.
use std::io::Write;

use uncallback_rewrite::Code;

use crate::{Outcome, report};

/// Prints the page of a code.
pub(crate) fn explain(code: &str) -> Outcome {
    let wanted = code.to_ascii_uppercase();
    match Code::ALL.iter().find(|code| code.name() == wanted) {
        Some(code) => {
            // A reader that has gone, such as a pager that was left, is no error.
            let _ = anstream::stdout().lock().write_all(code.page().as_bytes());
            Outcome::Done
        }
        None => {
            let all: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
            report::error(&format!("there is no code `{code}`; the codes are {}", all.join(", ")));
            Outcome::Usage
        }
    }
}
