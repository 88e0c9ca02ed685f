//! What must hold of every rewrite, checked before it leaves this crate.
use std::fmt;
use std::ops::Range;

use proc_macro2::TokenStream;

use super::TextEdit;
use super::gap::Gap;
use super::source::{Leaves, Source};

/// A rewrite that would have lost or changed something: a bug of this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    what: String,
}

impl Broken {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Broken { what: what.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Broken {}

/// Checks the edits of an item: in order and apart, with all comments of the item, and with the tokens of the plan.
pub(super) fn check(
    source: &Source<'_>,
    item: &Range<usize>,
    planned: TokenStream,
    edits: &[TextEdit],
) -> Result<(), Broken> {
    let whole = source.bytes(item);
    let before = &source.text[whole.clone()];
    let mut after = String::with_capacity(before.len());
    let mut from = whole.start;
    for edit in edits {
        if edit.range.start < from || edit.range.end > whole.end {
            return Err(Broken::new("the edits overlap"));
        }
        after.push_str(&source.text[from..edit.range.start]);
        after.push_str(&edit.new);
        from = edit.range.end;
    }
    after.push_str(&source.text[from..whole.end]);

    let lexed: TokenStream = after.parse().map_err(|_| Broken::new("the new text is not made of tokens"))?;
    let expected = token_texts(planned);
    let found = token_texts(lexed.clone());
    if let Some(at) = (0..expected.len().max(found.len())).find(|at| expected.get(*at) != found.get(*at)) {
        let show = |texts: &[String]| texts.get(at).map_or("nothing".to_owned(), |text| format!("`{text}`"));
        return Err(Broken::new(format!("{} was planned but {} written", show(&expected), show(&found))));
    }
    let kept = comments_of(&Source::new(&after, lexed));
    let mut kept = kept.into_iter().map(|comment| normal(&comment)).collect::<Vec<_>>();
    kept.sort();
    let mut had: Vec<String> =
        comments_in(source, item).into_iter().map(|comment| normal(&comment)).collect();
    had.sort();
    match had.iter().find(|comment| count(&had, comment) != count(&kept, comment)) {
        Some(comment) => Err(Broken::new(format!("the comment `{comment}` got lost"))),
        None if kept.len() != had.len() => Err(Broken::new("a comment came out of nowhere")),
        None => Ok(()),
    }
}

fn count(all: &[String], one: &str) -> usize {
    all.partition_point(|other| other.as_str() <= one) - all.partition_point(|other| other.as_str() < one)
}

/// All comments of a source in order, doc comments included.
pub(crate) fn comments_of(source: &Source<'_>) -> Vec<String> {
    let mut comments: Vec<String> =
        Gap::parse(source.head()).comments.iter().map(|comment| comment.text.to_owned()).collect();
    comments.extend(comments_in(source, &(0..source.len())));
    if let Some(last) = source.len().checked_sub(1) {
        comments.extend(Gap::parse(source.gap(last)).comments.iter().map(|comment| comment.text.to_owned()));
    }
    comments
}

/// The comments between the first and the last of some tokens, doc comments included.
fn comments_in(source: &Source<'_>, tokens: &Range<usize>) -> Vec<String> {
    let mut comments = Vec::new();
    for token in tokens.clone() {
        let text = source.token(token);
        if text.starts_with("//") || text.starts_with("/*") {
            comments.push(text.to_owned());
        }
        if token + 1 < tokens.end {
            comments
                .extend(Gap::parse(source.gap(token)).comments.iter().map(|comment| comment.text.to_owned()));
        }
    }
    comments
}

/// A comment with its white space made equal.
fn normal(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tokens as texts, for comparison.
pub(crate) fn token_texts(tokens: TokenStream) -> Vec<String> {
    located_texts(tokens).into_iter().map(|(_, text)| text).collect()
}

/// Tokens as texts, each with its first byte. `x.0.1` is five tokens in a syntax tree, but `0.1` is one for a lexer:
/// it is written as three here.
pub(crate) fn located_texts(tokens: TokenStream) -> Vec<(usize, String)> {
    let mut texts: Vec<(usize, String)> = Vec::new();
    for leaf in Leaves::of(tokens) {
        let start = leaf.span.byte_range().start;
        let text = leaf.text.to_string();
        let after_dot = texts.last().is_some_and(|(_, last)| last == ".");
        match text.split_once('.') {
            Some((a, b)) if after_dot && text.starts_with(|c: char| c.is_ascii_digit()) && !b.is_empty() => {
                texts.extend([a, ".", b].map(|part| (start, part.to_owned())));
            }
            _ => texts.push((start, text)),
        }
    }
    texts
}
