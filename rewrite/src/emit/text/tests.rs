//! Plans written by hand, so that each rule of the printer is seen alone.
use proc_macro2::{Delimiter, TokenStream, TokenTree, extra::DelimSpan};

use super::{Source, TextEdit, edits};
use crate::plan::out::{Block, Delim, Line, Piece};

/// A source of one item, and plans that name its parts by their text.
struct Fixture {
    text: &'static str,
    tokens: TokenStream,
}

impl Fixture {
    fn new(text: &'static str) -> Self {
        Fixture { text, tokens: text.parse().expect("the fixture is made of tokens") }
    }

    /// The user's tokens that make up the first occurrence of a text; of `|<<a>>|` only what is marked.
    fn keep(&self, part: &str) -> Piece<'static> {
        let context = part.replace("<<", "").replace(">>", "");
        let found = self.text.find(&context).unwrap_or_else(|| panic!("`{context}` is not in the fixture"));
        let from = part.find("<<").unwrap_or(0);
        let to = part.find(">>").map_or(context.len(), |to| to - "<<".len());
        let mut inside = TokenStream::new();
        collect(self.tokens.clone(), found + from..found + to, &mut inside);
        assert!(!inside.is_empty(), "`{part}` has no whole tokens");
        Piece::Keep(Box::leak(Box::new(inside)))
    }

    /// The user's delimiters, named by the text that they begin with.
    fn delimiters(&self, part: &str) -> Delim<'static> {
        let start = self.text.find(part).unwrap_or_else(|| panic!("`{part}` is not in the fixture"));
        let (kind, span) = group_at(self.tokens.clone(), start).expect("a delimiter stands there");
        Delim::User(kind, Box::leak(Box::new(span)))
    }

    fn block(&self, part: &str, lines: Vec<Vec<Piece<'static>>>) -> Piece<'static> {
        let lines = lines.into_iter().map(Line::from).collect();
        Piece::Block(Block { braces: self.delimiters(part), lines })
    }

    fn edits(&self, pieces: &[Piece<'_>]) -> Vec<TextEdit> {
        let source = Source::new(self.text, self.tokens.clone());
        edits(&source, &self.tokens, pieces).expect("the plan can be printed").edits
    }

    fn refusal(&self, pieces: &[Piece<'_>]) -> String {
        let source = Source::new(self.text, self.tokens.clone());
        edits(&source, &self.tokens, pieces).err().expect("the plan is wrong").to_string()
    }

    fn print(&self, pieces: &[Piece<'_>]) -> String {
        let mut out = self.text.to_owned();
        for edit in self.edits(pieces).iter().rev() {
            out.replace_range(edit.range.clone(), &edit.new);
        }
        out
    }
}

fn collect(tokens: TokenStream, range: std::ops::Range<usize>, out: &mut TokenStream) {
    for tree in tokens {
        let span = tree.span().byte_range();
        if range.start <= span.start && span.end <= range.end {
            out.extend([tree]);
        } else if let TokenTree::Group(group) = tree {
            collect(group.stream(), range.clone(), out);
        }
    }
}

fn group_at(tokens: TokenStream, start: usize) -> Option<(Delimiter, DelimSpan)> {
    tokens.into_iter().find_map(|tree| match tree {
        TokenTree::Group(group) if group.span_open().byte_range().start == start => {
            Some((group.delimiter(), group.delim_span()))
        }
        TokenTree::Group(group) => group_at(group.stream(), start),
        _ => None,
    })
}

fn ours(text: &'static str) -> Piece<'static> {
    Piece::Ours(text.into())
}

fn parens(pieces: Vec<Piece<'static>>) -> Piece<'static> {
    Piece::Group(Delim::Ours(Delimiter::Parenthesis), pieces)
}

#[test]
fn the_example_of_the_documentation_comes_out_to_the_letter() {
    let f = Fixture::new(
        "\
pub fn total(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, /* cached */ move |a| {
        // sum both
        done(a + 1 /* carry */) // report
    });
}",
    );
    let call = vec![
        f.keep("fetch"),
        Piece::Group(f.delimiters("(id, /*"), vec![f.keep("id, /*"), ours(" "), ours("_")]),
    ];
    let binding = vec![
        ours("let "),
        f.keep("|<<a>>|"),
        ours(" = "),
        ours("call!"),
        parens(call),
        ours(".await"),
        ours(";"),
    ];
    let plan = [
        f.keep("pub"),
        ours("async "),
        f.keep("fn total"),
        Piece::Group(f.delimiters("(id: u64"), vec![f.keep("id: u64")]),
        ours(" -> "),
        f.keep("FnOnce(<<u64>>)"),
        f.block("{\n    fetch", vec![binding, vec![f.keep("a + 1")]]),
    ];
    assert_eq!(
        f.print(&plan),
        "\
pub async fn total(id: u64) -> u64 {
    let a = call!(fetch(id, /* cached */ _)).await;
    // sum both
    a + 1 /* carry */ // report
}"
    );
}

#[test]
fn statements_may_change_places_and_take_their_comments_along() {
    let f = Fixture::new(
        "\
fn f() {
    // about a
    a(1); // behind a
    /* about b */
    b(
        2, // two
    );

    // about c
    c(3);
    // the end
}",
    );
    let plan = [
        f.keep("fn f()"),
        f.block(
            "{\n    // about a",
            vec![
                vec![f.keep("c(3);")],
                vec![Piece::Group(f.delimiters("(\n        2"), vec![]), ours(";")],
                vec![ours("if d "), Piece::Block(Block::ours(vec![Line::from(vec![f.keep("a(1);")])]))],
            ],
        ),
    ];
    assert_eq!(
        f.print(&plan),
        "\
fn f() {
    // about c
    c(3);
    /* about b */
    (); // two
    if d {
        // about a
        a(1); // behind a
    }
    // the end
}"
    );
}

#[test]
fn a_node_that_is_kept_twice_is_an_error() {
    let f = Fixture::new("fn f() { a(b) }");
    let plan = [f.keep("fn f()"), f.block("{ a", vec![vec![f.keep("a(b)")], vec![f.keep("b")]])];
    assert_eq!(f.refusal(&plan), "`b` is kept twice");
}

#[test]
fn a_node_of_another_item_is_an_error() {
    let text = "fn f() {}\nfn g() {}";
    let f = Fixture::new(text);
    let source = Source::new(text, f.tokens.clone());
    let first: TokenStream = f.tokens.clone().into_iter().take(4).collect();
    let error = edits(&source, &first, &[f.keep("fn g() {}")]).err().expect("`g` is not `f`");
    assert_eq!(error.to_string(), "`fn` is not of this item");
}

#[test]
fn edits_that_lose_a_comment_or_a_token_or_overlap_are_errors() {
    let text = "fn f() { a; /* about b */ b }";
    let tokens: TokenStream = text.parse().expect("the fixture is made of tokens");
    let source = Source::new(text, tokens.clone());
    let item = source.item(&tokens).expect("it has tokens");
    let check = |edits: &[(std::ops::Range<usize>, &str)]| {
        let edits: Vec<_> = edits
            .iter()
            .map(|(range, new)| TextEdit { range: range.clone(), new: (*new).to_owned() })
            .collect();
        super::check::check(&source, &item, tokens.clone(), &edits).map_err(|broken| broken.to_string())
    };
    assert_eq!(check(&[]), Ok(()));
    assert_eq!(check(&[(11..12, "\n")]), Ok(()));
    assert_eq!(check(&[(12..26, "")]), Err("the comment `/* about b */` got lost".to_owned()));
    assert_eq!(check(&[(12..12, "/* new */ ")]), Err("a comment came out of nowhere".to_owned()));
    assert_eq!(check(&[(9..11, "")]), Err("`a` was planned but `b` written".to_owned()));
    assert_eq!(check(&[(9..11, "a;"), (10..11, ";")]), Err("the edits overlap".to_owned()));
    assert_eq!(check(&[(9..10, "\"")]), Err("the new text is not made of tokens".to_owned()));
}
