//! What the rewriter says instead of rewriting: a code, the place, the path that shows it, and the next step.
mod code;

pub use code::Code;
use proc_macro2::Span;

/// Why a function was not converted, or how its conversion differs from the original.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// First token of the place.
    pub start: Span,
    /// Last token of the place.
    pub end: Span,
    /// What is the matter here, in the user's words and names.
    pub message: String,
    /// The decisions that lead to the place, outermost first.
    pub path: Vec<Step>,
    /// What to do about it.
    pub help: String,
}

/// One decision on the way to a place: a condition and its outcome, a callback that runs, a call that was made.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where the decision is taken.
    pub at: Span,
    /// How it went, such as "`c` is false".
    pub text: String,
}

impl Finding {
    /// The path on one line, as diagnostics print it.
    pub fn path_text(&self) -> Option<String> {
        (!self.path.is_empty())
            .then(|| self.path.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join(" -> "))
    }
}
