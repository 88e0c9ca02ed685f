//! The test that pays for having two emitters: what the text says must be what the macro would emit.
use std::fmt;
use std::ops::Range;

use proc_macro2::TokenStream;

use super::Rewrite;
use super::file::convert;
use super::parse::parse;
use crate::emit::text::{comments_of, located_texts, token_texts};
use crate::{Code, Options};

/// How the text of a rewrite and the tokens of it differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement(String);

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Disagreement {}

/// Rewrites a file and checks all that must hold of the result.
///
/// - The new text parses, and its tokens are those that the macro emits for the functions that were converted, and
///   the old ones everywhere else.
/// - It has the comments of the old text, each as often.
/// - No function was given up because an invariant failed.
///
/// # Errors
///
/// The first thing that does not hold. A file that cannot be parsed is one of them.
///
/// ```
/// # use uncallback_rewrite::{Options, text::emitters_agree};
/// let source = "fn f(done: impl FnOnce(u8) + 'static) { g(/* why */ done) } // here";
/// assert_eq!(emitters_agree(source, &Options::default())?.converted(), 1);
/// # Ok::<(), uncallback_rewrite::text::Disagreement>(())
/// ```
pub fn emitters_agree(source: &str, options: &Options) -> Result<Rewrite, Disagreement> {
    let disagree = |message: String| Err(Disagreement(message));
    let parsed = match parse(source) {
        Ok(parsed) => parsed,
        Err(error) => return disagree(format!("the source does not parse: {error}")),
    };
    let mut replaced: Vec<(Range<usize>, Vec<String>)> = Vec::new();
    let mut rewritten =
        convert(&parsed, options, &mut |range, tokens| replaced.push((range, token_texts(tokens))));
    rewritten.shift(parsed.offset);
    if let Some(broken) = rewritten.findings.iter().find(|finding| finding.code == Code::UC99) {
        return disagree(broken.message.clone());
    }

    let new = rewritten.apply(source);
    let after = match parse(&new) {
        Ok(after) => after,
        Err(error) => return disagree(format!("the new text does not parse: {error}\n{new}")),
    };
    let found = token_texts(lex(after.source.text()));
    let expected = with_replacements(located_texts(lex(parsed.source.text())), replaced.clone());
    if let Some(at) = (0..found.len().max(expected.len())).find(|at| found.get(*at) != expected.get(*at)) {
        let near =
            |texts: &[String]| texts.iter().skip(at.saturating_sub(5)).take(10).cloned().collect::<Vec<_>>();
        return disagree(format!(
            "expected tokens {:?} but found {:?}\n{new}",
            near(&expected),
            near(&found)
        ));
    }
    // A function that is kept beside its conversion has its comments twice.
    let is_beside =
        |(range, tokens): &(Range<usize>, Vec<String>)| range.is_empty() && tokens.iter().any(|t| t == "fn");
    let doubled = replaced.iter().any(is_beside);
    let (mut had, mut has) = (comments_of(&parsed.source), comments_of(&after.source));
    for comments in [&mut had, &mut has] {
        for comment in comments.iter_mut() {
            *comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        comments.sort();
    }
    let lost = had.iter().any(|comment| count(&had, comment) > count(&has, comment));
    if lost || (had != has && !doubled) {
        return disagree(format!("the comments were {had:?} and are {has:?}\n{new}"));
    }
    Ok(rewritten)
}

fn count(all: &[String], one: &str) -> usize {
    all.iter().filter(|other| *other == one).count()
}

/// The tokens of a text that was lexed before.
fn lex(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

/// The tokens of a file in which some stretches were replaced.
fn with_replacements(
    old: Vec<(usize, String)>,
    mut replaced: Vec<(Range<usize>, Vec<String>)>,
) -> Vec<String> {
    replaced.sort_by_key(|(range, _)| (range.start, range.end));
    let mut replaced = replaced.into_iter().peekable();
    let mut out = Vec::new();
    let mut skip_to = 0;
    for (start, text) in old {
        while let Some((range, new)) = replaced.next_if(|(range, _)| range.start <= start) {
            out.extend(new);
            skip_to = skip_to.max(range.end);
        }
        if start >= skip_to {
            out.push(text);
        }
    }
    out.extend(replaced.flat_map(|(_, new)| new));
    out
}
