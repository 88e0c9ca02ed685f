//! What holds for the rewriter's text whatever the program is.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use uncallback_tests::generate::Program;
use uncallback_tests::programs::Case;
use uncallback_tests::rewriting::{Style, convert, rewrite};
use uncallback_tests::sources::{comments, pairs, workspace_files};

/// The functions of random programs and of the hand-written pairs, one file each.
fn sources() -> Vec<String> {
    let random = (0..200).map(|seed| Case::of_program(&Program::new(seed, 1 + (seed % 4) as u32)).module());
    random.chain(pairs().into_iter().map(|pair| pair.source)).collect()
}

#[test]
fn converting_twice_changes_nothing_more() {
    let converted: Vec<_> =
        sources().iter().filter_map(|source| convert(source, Style::Readable).ok()).collect();
    assert!(converted.len() > 200, "only {} were converted", converted.len());
    for once in converted {
        let twice = rewrite(&once, Style::Readable).unwrap_or_else(|error| panic!("{error}\n{once}")).text;
        assert!(once == twice, "\n{once}\nis rewritten to\n{twice}");
    }
}

#[test]
fn no_comment_is_lost_or_doubled() {
    for source in sources() {
        let text = rewrite(&source, Style::Readable).expect("it is Rust").text;
        let (mut before, mut after) = (comments(&source), comments(&text));
        before.sort();
        after.sort();
        assert_eq!(before, after, "\n{source}\nis rewritten to\n{text}");
    }
}

#[test]
fn what_stands_beside_a_converted_function_keeps_every_byte() {
    let (first, before) = ("#![allow( dead_code )]\r\n", "// Umläute, 日本語\nconst  A :u8=1 ;\n\n\n");
    let after = "\n\nfn  neighbour( )->u8{A  /* odd */ }\n\t// end without a line feed";
    for pair in pairs().into_iter().filter(|pair| !pair.together) {
        let Ok(text) = convert(&format!("{first}{before}{}{after}", pair.source), Style::Readable) else {
            continue;
        };
        // Between the first line and the rest stands the new import.
        assert!(text.starts_with(first) && text.contains(before) && text.ends_with(after), "{text}");
    }
}

#[test]
fn no_rust_makes_the_rewriter_panic_or_hang() {
    let mut rng = fastrand::Rng::with_seed(20);
    let mut sources: Vec<String> = pairs().into_iter().map(|pair| pair.source).collect();
    sources.extend(workspace_files().iter().filter_map(|file| std::fs::read_to_string(file).ok()));
    let mut tried = BTreeMap::from([("as it is", 0), ("damaged", 0)]);
    for source in &sources {
        survives(source);
        *tried.get_mut("as it is").expect("listed above") += 1;
        let Ok(tokens) = source.parse::<TokenStream>() else { continue };
        for _ in 0..2 {
            let damaged = damage(tokens.clone(), &mut rng).to_string();
            if syn::parse_file(&damaged).is_ok() {
                survives(&damaged);
                *tried.get_mut("damaged").expect("listed above") += 1;
            }
        }
    }
    println!("{tried:?}");
    assert!(tried["damaged"] > 100, "too few of the damaged files are Rust: {tried:?}");
}

/// Rewrites on a thread of its own, within a deadline.
fn survives(source: &str) {
    let (sender, receiver) = mpsc::channel();
    let copy = source.to_owned();
    std::thread::spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            rewrite(&copy, Style::Readable).map(|rewritten| rewritten.text)
        }));
        // The receiver is gone when the deadline has passed: then nobody wants to know.
        let _ = sender.send(outcome.map_err(drop));
    });
    let outcome =
        receiver.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("hangs in\n{source}"));
    match outcome {
        Err(()) => panic!("panics in\n{source}"),
        Ok(Ok(text)) => assert!(syn::parse_file(&text).is_ok(), "\n{source}\nis rewritten to\n{text}"),
        Ok(Err(_)) => {}
    }
}

/// Drops, doubles or swaps a few trees of tokens, anywhere in the file.
fn damage(tokens: TokenStream, rng: &mut fastrand::Rng) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    if trees.is_empty() {
        return TokenStream::new();
    }
    let groups: Vec<usize> =
        (0..trees.len()).filter(|&at| matches!(trees[at], TokenTree::Group(_))).collect();
    if !groups.is_empty() && rng.u8(..10) > 1 {
        let at = groups[rng.usize(..groups.len())];
        if let TokenTree::Group(group) = &trees[at] {
            let inside = damage(group.stream(), rng);
            trees[at] = Group::new(group.delimiter(), inside).into();
        }
        return trees.into_iter().collect();
    }
    let (at, other) = (rng.usize(..trees.len()), rng.usize(..trees.len()));
    match rng.u8(..5) {
        0 => drop(trees.remove(at)),
        1 => trees.insert(at, trees[at].clone()),
        2 => trees.truncate(at),
        3 => trees.swap(at, other),
        _ => trees[at] = Group::new(Delimiter::Brace, std::iter::once(trees[at].clone()).collect()).into(),
    }
    trees.into_iter().collect()
}
