//! Pieces to edits over the original source, for the command: comments, blank lines and untouched bytes stay.
//!
//! ```text
//! pieces ──flatten──▶ a line of tokens, each the user's or ours, and the breaks between statements
//!                        │  separators: which stretches of the source between two tokens are copied as they are
//!                        │  comments:   where a comment goes whose stretch is not copied
//!                        ▼
//!                     layout ──▶ the new text ──diff──▶ edits, checked
//! ```
//!
//! The source between two tokens is called a *gap* here: white space and comments, nothing else. A gap between two
//! tokens that are neighbours both in the source and in the output is copied; the others are written anew, and their
//! comments are handed to a token that stays.
mod check;
mod comments;
mod diff;
mod flatten;
mod gap;
mod indent;
mod layout;
mod separators;
mod source;

#[cfg(test)]
mod tests;

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::ToTokens;

pub use check::Broken;
pub(crate) use check::{comments_of, located_texts, token_texts};
pub(crate) use gap::Gap;
pub(crate) use source::Source;

use crate::emit::tokens::tokens;
use crate::plan::out::Piece;

/// A replacement of a stretch of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes that go away; empty for an insertion.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub new: String,
}

/// A rewritten item, as both emitters have it.
pub(crate) struct Printed {
    pub(crate) edits: Vec<TextEdit>,
    pub(crate) tokens: TokenStream,
}

/// The edits that turn `item`, a part of `source`, into `pieces`.
///
/// They are sorted, do not touch each other, and none of them covers a token that stays where it is.
///
/// # Errors
///
/// If the result would not have the comments of the original, or not the tokens that the token emitter prints: a bug
/// of this crate that must not reach a file.
pub(crate) fn edits(
    source: &Source<'_>,
    item: &dyn ToTokens,
    pieces: &[Piece<'_>],
) -> Result<Printed, Broken> {
    let item = source.item(item)?;
    let plan = flatten::flatten(source, &item, pieces)?;
    let separators = separators::separators(source, &plan);
    let comments = comments::assign(source, &plan, &item, &separators);
    let printed = layout::print(source, &plan, &item, &separators, &comments);
    let edits = diff::edits(source, &item, &printed);
    let tokens = tokens(pieces);
    check::check(source, &item, tokens.clone(), &edits)?;
    Ok(Printed { edits, tokens })
}
