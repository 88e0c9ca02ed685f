//! The rewriter without the compiler round it: source text in, source text or the reasons for a refusal out.

use std::fmt;
use std::ops::Range;
use uncallback_rewrite::{Finding, Function, Options, Outcome, emit};

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

/// Rewrites all functions of a file that have a completion.
///
/// # Errors
///
/// If the source is not Rust.
pub fn rewrite(source: &str) -> syn::Result<Rewritten> {
    let file = syn::parse_file(source)?;
    let options = Options { root: "::uncallback::".into(), declared: true, ..Options::default() };
    let mut rewritten = Rewritten { text: source.to_owned(), findings: vec![], converted: 0 };
    let functions = file.items.iter().filter_map(|item| match item {
        syn::Item::Fn(function) => Some(function),
        _ => None,
    });
    // From the end, so that the ranges of the functions before stay what they are.
    for item in functions.collect::<Vec<_>>().into_iter().rev() {
        let function =
            Function { attrs: &item.attrs, vis: Some(&item.vis), sig: &item.sig, block: &item.block, item };
        match uncallback_rewrite::convert(function, &options) {
            Outcome::NotACompletion(_) => {}
            Outcome::Refused(findings) => {
                rewritten.findings.extend(findings.iter().map(|finding| reported(finding, true)));
            }
            Outcome::Converted(converted) => {
                rewritten.converted += 1;
                rewritten.findings.extend(converted.notes.iter().map(|note| reported(note, false)));
                let range = syn::spanned::Spanned::span(item).byte_range();
                rewritten.text.replace_range(range, &emit::tokens::tokens(&converted.pieces).to_string());
            }
        }
    }
    Ok(rewritten)
}

fn reported(finding: &Finding, refused: bool) -> Reported {
    let path = finding.path_text().map(|path| format!("\npath: {path}")).unwrap_or_default();
    Reported {
        code: finding.code.to_string(),
        range: finding.start.byte_range().start..finding.end.byte_range().end,
        text: format!("{}{path}\nhelp: {}", finding.message, finding.help),
        refused,
    }
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
/// # Errors
///
/// What the rewriter has against it; nothing if it found nothing to convert, or no Rust.
pub fn convert(source: &str) -> Result<String, Refusal> {
    let Ok(rewritten) = rewrite(source) else { return Err(Refusal(vec![])) };
    if rewritten.converted == 0 || rewritten.findings.iter().any(|finding| finding.refused) {
        return Err(Refusal(rewritten.findings));
    }
    Ok(rewritten.text)
}
