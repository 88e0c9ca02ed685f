//! Source text in, edits out: what `cargo uncallback` and an editor ask the engine for.
//!
//! ```
//! use uncallback_rewrite::{Options, Style, text::rewrite};
//!
//! let source = "\
//! fn total(id: u64, done: impl FnOnce(u64) + 'static) {
//!     // The answer needs both.
//!     fetch(id, move |a| done(a + 1));
//! }
//! ";
//! let rewritten = rewrite(source, &Options { style: Style::Readable, ..Options::default() })?;
//! assert_eq!(
//!     rewritten.apply(source),
//!     "\
//! use uncallback::call;
//!
//! async fn total(id: u64) -> u64 {
//!     // The answer needs both.
//!     let a = call!(fetch(id, _)).await;
//!     a + 1
//! }
//! "
//! );
//! # Ok::<(), uncallback_rewrite::text::ParseError>(())
//! ```
mod agree;
mod attribute;
mod callers;
mod file;
mod functions;
mod imports;
mod parse;
mod together;

use std::ops::Range;

pub use crate::emit::text::TextEdit;
pub use agree::{Disagreement, emitters_agree};
pub use parse::{ParseError, Unreadable};

use crate::{Code, Options};

/// What the engine makes of a source file.
///
/// ```
/// # use uncallback_rewrite::{Options, text::{Status, rewrite}};
/// let source = "fn save(id: u64, done: impl FnOnce(u64) + 'static) { done(id); log(id) }";
/// let rewritten = rewrite(source, &Options::default())?;
/// assert_eq!(rewritten.edits, []);
/// assert_eq!((rewritten.fns[0].name.as_str(), rewritten.fns[0].status), ("save", Status::Refused));
/// let finding = &rewritten.findings[0];
/// assert_eq!((finding.code.name(), &source[finding.range.clone()]), ("UC03", "log(id)"));
/// # Ok::<(), uncallback_rewrite::text::ParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Rewrite {
    /// The replacements, in order and apart from each other.
    pub edits: Vec<TextEdit>,
    /// What is to be said about functions: refusals, and differences of those that were converted.
    pub findings: Vec<Finding>,
    /// Every function that takes a callback, in the order of the source.
    pub fns: Vec<CallbackFn>,
}

/// Why a function was not converted, or how its conversion differs from the original; with places in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// The place, in bytes.
    pub range: Range<usize>,
    /// What is the matter here, in the user's words and names.
    pub message: String,
    /// The decisions that lead to the place, outermost first, each with its place.
    pub path: Vec<(Range<usize>, String)>,
    /// What to do about it.
    pub help: String,
    /// The function, as a place in [`Rewrite::fns`].
    pub function: usize,
}

/// A function that takes a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackFn {
    /// Its name with the modules and the type that it is in, such as `load::Client::get`.
    pub name: String,
    /// All of it, in bytes.
    pub range: Range<usize>,
    /// What became of it.
    pub status: Status,
}

/// What became of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is in direct style now.
    Converted,
    /// It stays as it is; the findings say why.
    Refused,
    /// It is left alone: its callback is not a completion, or it cannot change by itself. The word says why.
    LeftAlone(&'static str),
}

/// Finds the callback functions of a file and turns those that can be converted into direct style.
///
/// Nothing outside of the edits changes, and no comment is lost: both are checked, and a function for which a check
/// fails is reported with [`Code::UC99`] and left alone.
///
/// The functions of a module are converted together, so that calls among them become awaits. Where `#[uncallback]` asks
/// for something, that is done, and the attribute goes. The names that the new text mentions are imported, unless
/// [`Options::root`] says how to reach them. What stands inside of a function that was converted waits for the next run.
///
/// # Errors
///
/// If the file is not a Rust source that can be parsed.
///
/// ```
/// # use uncallback_rewrite::{Options, text::{Unreadable, rewrite}};
/// let error = rewrite("fn f() { let = 1; }", &Options::default()).unwrap_err();
/// assert_eq!((error.reason, error.range), (Unreadable::Syntax, 13..14));
/// ```
pub fn rewrite(source: &str, options: &Options) -> Result<Rewrite, ParseError> {
    let parsed = parse::parse(source)?;
    let mut rewritten = file::convert(&parsed, options, &mut |_, _| {});
    rewritten.shift(parsed.offset);
    Ok(rewritten)
}

/// Forgets where the tokens of all files that this thread has parsed so far came from.
///
/// Locations are kept in a table that grows with every parsed file. A program that goes through many files calls this
/// after each of them.
///
/// # Panics
///
/// Locations that were taken before must not be used any more: asking proc-macro2 for them panics afterwards. The
/// results of [`rewrite`] hold none.
///
/// ```
/// # use uncallback_rewrite::{Options, text};
/// for source in ["fn f() {}", "fn g() {}"] {
///     let rewritten = text::rewrite(source, &Options::default())?;
///     assert!(rewritten.edits.is_empty());
///     text::forget_locations();
/// }
/// # Ok::<(), text::ParseError>(())
/// ```
pub fn forget_locations() {
    proc_macro2::extra::invalidate_current_thread_spans();
}

impl Rewrite {
    /// The source after the edits.
    ///
    /// ```
    /// # use uncallback_rewrite::{Options, text::rewrite};
    /// let source = "use uncallback::call;\nfn f(done: impl FnOnce(u8) + 'static) { g(done) }";
    /// let new = rewrite(source, &Options::default())?.apply(source);
    /// assert_eq!(new, "use uncallback::call;\nasync fn f() -> u8 { call!(g(_)).await }");
    /// # Ok::<(), uncallback_rewrite::text::ParseError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it is not the source that the edits were made for, and so short that they lie behind its end.
    pub fn apply(&self, source: &str) -> String {
        let mut out = String::with_capacity(source.len());
        let mut from = 0;
        for edit in &self.edits {
            out.push_str(&source[from..edit.range.start]);
            out.push_str(&edit.new);
            from = edit.range.end;
        }
        out.push_str(&source[from..]);
        out
    }

    /// How many functions were converted.
    ///
    /// ```
    /// # use uncallback_rewrite::{Options, text::rewrite};
    /// let source = "fn f(done: impl FnOnce(u8) + 'static) { g(done) }\nfn plain() {}";
    /// assert_eq!(rewrite(source, &Options::default())?.converted(), 1);
    /// # Ok::<(), uncallback_rewrite::text::ParseError>(())
    /// ```
    pub fn converted(&self) -> usize {
        self.fns.iter().filter(|function| function.status == Status::Converted).count()
    }

    /// Sorts the functions, and the findings with them.
    fn in_order_of_the_source(&mut self) {
        let mut order: Vec<usize> = (0..self.fns.len()).collect();
        order.sort_by_key(|at| self.fns[*at].range.start);
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        self.fns.sort_by_key(|function| function.range.start);
        self.findings.iter_mut().for_each(|finding| finding.function = place[finding.function]);
        self.findings.sort_by_key(|finding| (finding.function, finding.range.start));
    }

    /// Moves all places by what the parser did not see.
    fn shift(&mut self, offset: usize) {
        let moved = |range: &mut Range<usize>| *range = range.start + offset..range.end + offset;
        self.edits.iter_mut().for_each(|edit| moved(&mut edit.range));
        self.fns.iter_mut().for_each(|function| moved(&mut function.range));
        for finding in &mut self.findings {
            moved(&mut finding.range);
            finding.path.iter_mut().for_each(|(range, _)| moved(range));
        }
    }
}
