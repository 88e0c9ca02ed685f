//! The rewriter as the command uses it: source text in, source text or the reasons for a refusal out.

use std::fmt;
use std::ops::Range;
use uncallback_rewrite::text::{self, ParseError, Status};

pub use uncallback_rewrite::switch::Rule;
pub use uncallback_rewrite::{Options, Style};

/// What the rewriter made of a source file.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The new text.
    pub text: String,
    /// What it reported.
    pub findings: Vec<Reported>,
    /// How many functions are in direct style now.
    pub converted: usize,
}

/// One thing that the rewriter reported.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The code, such as `UC01`.
    pub code: String,
    /// The bytes of the place.
    pub range: Range<usize>,
    /// What is the matter, the path that shows it and the next step.
    pub text: String,
    /// Whether the function stayed as it was.
    pub refused: bool,
}

/// The options of the command for functions that the user named.
pub fn options(style: Style) -> Options {
    Options { style, declared: true, ..Options::default() }
}

/// Rewrites all functions of a file that have a completion.
///
/// # Errors
///
/// If the source is not Rust.
pub fn rewrite(source: &str, style: Style) -> Result<Rewritten, ParseError> {
    rewrite_with(source, &options(style))
}

/// The same with other options.
///
/// # Errors
///
/// If the source is not Rust.
pub fn rewrite_with(source: &str, options: &Options) -> Result<Rewritten, ParseError> {
    let rewrite = text::rewrite(source, options)?;
    text::forget_locations();
    let findings = rewrite.findings.iter().map(|finding| {
        let steps: Vec<_> = finding.path.iter().map(|(_, step)| step.as_str()).collect();
        let path = if steps.is_empty() { String::new() } else { format!("\npath: {}", steps.join(" -> ")) };
        Reported {
            code: finding.code.to_string(),
            range: finding.range.clone(),
            text: format!("{}{path}\nhelp: {}", finding.message, finding.help),
            refused: rewrite.fns[finding.function].status == Status::Refused,
        }
    });
    Ok(Rewritten {
        findings: findings.collect(),
        text: rewrite.apply(source),
        converted: rewrite.converted(),
    })
}

/// Why a file was not converted whole.
#[derive(Debug)]
pub struct Refusal(Vec<Reported>);

impl Refusal {
    /// The first reason, without the names in it, so that refusals of the same kind say the same.
    pub fn kind(&self) -> String {
        let Some(first) = self.0.first() else { return "nothing was found to convert".into() };
        let line = first.text.lines().next().unwrap_or_default();
        let words: Vec<_> = line.split('`').step_by(2).collect();
        format!("{} {}", first.code, words.join("_"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|reported| writeln!(f, "{}: {}", reported.code, reported.text))
    }
}

/// Rewrites a file of which every function with a completion must be converted.
///
/// Of the operations that such files call, one may call back at once. Readable output takes no callee for such a one unless
/// it is told.
///
/// # Errors
///
/// What the rewriter has against it; nothing if it found nothing to convert, or no Rust.
pub fn convert(source: &str, style: Style) -> Result<String, Refusal> {
    let mut options = options(style);
    if style == Style::Readable {
        let callees = "callees(at_once(op_maybe_now))".parse().expect("these are tokens");
        options.from_attribute(callees).expect("it is well-formed");
    }
    let Ok(rewritten) = rewrite_with(source, &options) else { return Err(Refusal(vec![])) };
    if rewritten.converted == 0 || rewritten.findings.iter().any(|finding| finding.refused) {
        return Err(Refusal(rewritten.findings));
    }
    Ok(rewritten.text)
}
