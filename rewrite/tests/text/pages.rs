//! The pages of the codes say what the rewriter does: their examples are run.
use uncallback_rewrite::Code;
use uncallback_rewrite::text::{Status, emitters_agree};

use crate::readable;

/// The example of a page with this mark.
fn example(code: Code, mark: &str) -> Option<&'static str> {
    let (_, from) = code.page().split_once(&format!("```rust,{mark}\n"))?;
    from.split_once("```").map(|(example, _)| example)
}

/// The codes that the rewriter reports about a text.
fn reported(code: Code, text: &str) -> (Vec<Code>, bool) {
    let rewritten = emitters_agree(text, &readable()).unwrap_or_else(|error| panic!("{code}: {error}"));
    assert!(!rewritten.fns.is_empty(), "{code}: the example has no callback function");
    let converted = rewritten.fns.iter().all(|function| function.status == Status::Converted);
    (rewritten.findings.iter().map(|finding| finding.code).collect(), converted)
}

fn explained() -> impl Iterator<Item = Code> {
    // A bug of ours has no example.
    Code::ALL.iter().copied().filter(|code| *code != Code::UC99)
}

#[test]
fn every_code_has_a_page_with_a_meaning_an_example_and_a_way_out() {
    for code in Code::ALL {
        let page = code.page();
        let (title, meaning) = page.split_once("\n\n").unwrap_or_default();
        assert!(title.starts_with(&format!("# {code}: ")), "{code}: {title}");
        assert!(
            meaning.lines().next().is_some_and(|line| line.len() > 40),
            "{code} does not say what it means"
        );
        assert!(page.ends_with('\n'), "{code} does not end its last line");
    }
    for code in explained() {
        let examples = ["refused", "noted"].into_iter().filter(|mark| example(code, mark).is_some());
        assert_eq!(examples.count(), 1, "{code} needs one example");
        assert!(code.page().contains("\n## How to change it\n"), "{code} has no way out");
        assert!(example(code, "accepted").is_some(), "{code} has no example of the way out");
    }
}

#[test]
fn every_example_of_a_refusal_is_refused_with_its_code_alone() {
    for code in explained() {
        let Some(text) = example(code, "refused") else { continue };
        let (codes, converted) = reported(code, text);
        assert!(!converted && !codes.is_empty(), "{code}: the example is converted");
        assert!(codes.iter().all(|found| *found == code), "{code}: the example gives {codes:?}");
    }
}

#[test]
fn every_example_of_a_named_difference_is_converted_with_a_note() {
    for code in explained() {
        let Some(text) = example(code, "noted") else { continue };
        assert_eq!(reported(code, text), (vec![code], true), "{code}");
    }
}

#[test]
fn every_way_out_leads_out() {
    for code in explained() {
        let Some(text) = example(code, "accepted") else { continue };
        assert_eq!(reported(code, text), (Vec::new(), true), "{code}");
    }
}

#[test]
fn the_index_lists_every_page_with_its_title() {
    let index = include_str!("../../../docs/refusals.md");
    for code in Code::ALL {
        let title =
            code.page().lines().next().and_then(|title| title.split_once(": ")).map(|(_, title)| title);
        let row =
            format!("| [{code}](../rewrite/src/refusal/pages/{code}.md) | {} |", title.unwrap_or_default());
        assert!(index.contains(&row), "the index lacks `{row}`");
    }
}
