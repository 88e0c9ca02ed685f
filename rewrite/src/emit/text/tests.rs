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
