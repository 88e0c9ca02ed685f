//! What must be refused is refused at the marked place with the right code, and its neighbours are not.

mod markers;
#[rustfmt::skip]
mod sources;

use markers::{Expected, Function, functions};
use std::path::Path;
use uncallback_tests::rewriting::{Rewritten, Style, options, rewrite_with};

/// Each file of `sources`, with what the rewriter makes of it.
fn files() -> Vec<(String, String, Rewritten)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals/sources");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the sources")
        .map(|entry| entry.expect("an entry of the folder").file_name().into_string().expect("a plain name"))
        .filter(|name| name.starts_with("uc"))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    let read = |name: String| {
        let source = std::fs::read_to_string(folder.join(&name)).expect("a source");
        let mut options = options(Style::Readable);
        if let Some(wanted) = source.lines().find_map(|line| line.strip_prefix("//! Options: ")) {
            let wanted = wanted.trim_matches('`').parse().expect("options are tokens");
            options.from_attribute(wanted).expect("options that exist");
        }
        let rewritten = rewrite_with(&source, &options).expect("the compiler accepts it as well");
        (name, source, rewritten)
    };
    names.into_iter().map(read).collect()
}

/// The findings of the rewriter, in the form in which the source expects them.
fn found(source: &str, rewritten: &Rewritten) -> Vec<Expected> {
    let line_of = |at: usize| source[..at].matches('\n').count() + 1;
    let mut found: Vec<_> = rewritten
        .findings
        .iter()
        .map(|finding| Expected {
            line: line_of(finding.range.start),
            place: source[finding.range.clone()].to_owned(),
            code: finding.code.clone(),
            says: finding.text.clone(),
        })
        .collect();
    found.sort_by_key(|finding| finding.line);
    found
}

#[test]
fn every_marked_place_is_reported_with_its_code_and_nothing_else_is() {
    let mut wrong = String::new();
    for (name, source, rewritten) in files() {
        let (mut expected, found) = (markers::expected(&source), found(&source, &rewritten));
        for finding in found {
            let marked = expected.iter().position(|expected| finding.answers(expected));
            match marked {
                Some(at) => drop(expected.remove(at)),
                None => wrong += &format!("{name}: not marked: {finding}\n"),
            }
        }
        for missing in expected {
            wrong += &format!("{name}: marked but not reported: {missing}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn refused_functions_stay_as_they_are_and_their_neighbours_are_converted() {
    let mut wrong = String::new();
    for (name, source, rewritten) in files() {
        let refused = |function: &Function| {
            markers::expected(&source).iter().any(|e| function.lines.contains(&e.line) && !e.is_note(&source))
        };
        for function in functions(&source) {
            let kept = rewritten.text.contains(&function.text);
            if kept != refused(&function) && !function.is_helper() {
                let what = if kept { "was not converted" } else { "was changed" };
                wrong += &format!("{name}: {} {what}\n", function.name);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
