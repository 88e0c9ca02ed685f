//! Rewriting text: what comes out, to the letter, and what must hold of it whatever comes in.
mod agree;
mod attributes;
mod comments;
mod files;
mod functions;
mod imports;
mod join_points;
mod knowledge;
mod layout;
mod pages;
mod question_mark;
mod rest;

use uncallback_rewrite::text::{Rewrite, emitters_agree};
use uncallback_rewrite::{Options, Style};

fn readable() -> Options {
    Options { style: Style::Readable, ..Options::default() }
}

/// Rewrites a text that must pass all checks, and finds nothing more to do in the result.
fn checked(before: &str) -> (Rewrite, String) {
    let rewritten = emitters_agree(before, &readable()).unwrap_or_else(|error| panic!("{error}"));
    let after = rewritten.apply(before);
    let again = emitters_agree(&after, &readable()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.edits, [], "a second run finds something to do in\n{after}");
    (rewritten, after)
}

/// Checks that one text becomes the other.
#[track_caller]
fn rewrites(before: &str, after: &str) {
    let (_, found) = checked(before);
    assert!(found == after, "expected\n{after}\nbut found\n{found}");
}

/// Checks that nothing happens to a text.
#[track_caller]
fn stays(text: &str) {
    let (rewritten, _) = checked(text);
    assert_eq!(rewritten.edits, []);
}
