//! The source as a table of tokens, by which the nodes of the syntax tree find their bytes.
use std::fmt;
use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree, token_stream};
use quote::ToTokens;

use super::check::Broken;
use super::gap::Gap;
use super::indent;

/// A source text and its tokens, in order.
pub(crate) struct Source<'s> {
    pub(super) text: &'s str,
    tokens: Vec<Token>,
    /// The line ending that new lines get.
    pub(crate) eol: &'static str,
    /// One step of indentation.
    pub(super) unit: String,
}

/// A token of the source. A doc comment counts as one.
struct Token {
    range: Range<usize>,
    /// Where the lexer says that it ends.
    lexed_end: usize,
    /// The white space at the beginning of the line on which it stands.
    indent: Range<usize>,
    shape: Shape,
}

/// What a token is to those around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Open,
    Close,
    Other,
}

/// A leaf of a token stream: its bytes, its text and its shape.
pub(super) struct Leaf {
    pub(super) span: Span,
    shape: Shape,
    pub(super) text: Text,
}

/// What a leaf says; printed only where it is asked for.
pub(super) enum Text {
    Delimiter(&'static str),
    Tree(TokenTree),
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Delimiter(text) => f.write_str(text),
            Text::Tree(tree) => tree.fmt(f),
        }
    }
}

impl<'s> Source<'s> {
    /// The table of `text`, which was lexed to `tokens`.
    pub(crate) fn new(text: &'s str, tokens: TokenStream) -> Self {
        let mut table: Vec<Token> = Vec::new();
        let mut end = 0;
        for leaf in Leaves::of(tokens) {
            let mut range = leaf.span.byte_range();
            // The tokens of a doc comment all lie inside its range.
            if range.start < end {
                continue;
            }
            end = range.end;
            // The lexer counts the carriage return of a CRLF line to its doc comment.
            if text[range.clone()].starts_with("//") && text[range.clone()].ends_with('\r') {
                range.end -= 1;
            }
            let indent = line_indent(text, &table, range.start);
            table.push(Token { range, lexed_end: end, indent, shape: leaf.shape });
        }
        Source { text, tokens: table, eol: indent::line_ending(text), unit: indent::unit(text) }
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The text before the first token.
    pub(super) fn head(&self) -> &'s str {
        &self.text[..self.tokens.first().map_or(self.text.len(), |first| first.range.start)]
    }

    /// The token that contains a byte.
    fn find(&self, byte: usize) -> Option<usize> {
        let after = self.tokens.partition_point(|token| token.range.start <= byte);
        let index = after.checked_sub(1)?;
        (byte < self.tokens[index].lexed_end).then_some(index)
    }

    /// The token of a span, or none if it did not come from this source.
    pub(super) fn token_at(&self, span: Span) -> Option<usize> {
        let range = span.byte_range();
        if range.is_empty() { None } else { self.find(range.start) }
    }

    /// The bytes of a node, from its first token to its last.
    pub(crate) fn range_of(&self, node: &dyn ToTokens) -> Option<Range<usize>> {
        self.item(node).ok().map(|tokens| self.bytes(&tokens))
    }

    /// Behind the inner attributes and inner doc comments of a file or module; zero if it has none.
    pub(crate) fn after_inner(&self, attributes: &[syn::Attribute]) -> usize {
        let inner = attributes.iter().filter(|attribute| matches!(attribute.style, syn::AttrStyle::Inner(_)));
        inner.filter_map(|attribute| self.range_of(attribute)).map(|range| range.end).max().unwrap_or(0)
    }

    /// Behind the white space at a place, so that what goes away before it leaves no empty line.
    pub(crate) fn behind_space(&self, byte: usize) -> usize {
        byte + (self.text[byte..].len() - self.text[byte..].trim_start().len())
    }

    /// The indentation of the line on which the token at this byte stands.
    pub(crate) fn indent_at(&self, byte: usize) -> &'s str {
        self.find(byte).map_or("", |token| self.indent(token))
    }

    /// Whether there are comments inside of a node.
    pub(crate) fn has_comments(&self, node: &dyn ToTokens) -> bool {
        let tokens = self.item(node).unwrap_or(0..0);
        tokens.skip(1).any(|token| !Gap::parse(self.gap(token - 1)).comments.is_empty())
    }

    /// The source text.
    pub(crate) fn text(&self) -> &'s str {
        self.text
    }

    /// The tokens of an item.
    pub(super) fn item(&self, item: &dyn ToTokens) -> Result<Range<usize>, Broken> {
        let mut tokens = Leaves::of(item.to_token_stream()).filter_map(|leaf| self.token_at(leaf.span));
        let first = tokens.next().ok_or_else(|| Broken::new("an item without tokens"))?;
        Ok(first..tokens.last().unwrap_or(first) + 1)
    }

    /// The bytes of a run of tokens, without what stands before and behind it.
    pub(super) fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        self.tokens[tokens.start].range.start..self.tokens[tokens.end - 1].range.end
    }

    /// The text behind a run of tokens.
    pub(super) fn behind(&self, tokens: &Range<usize>) -> &'s str {
        &self.text[self.bytes(tokens).end..]
    }

    pub(super) fn range(&self, token: usize) -> Range<usize> {
        self.tokens[token].range.clone()
    }

    pub(super) fn token(&self, token: usize) -> &'s str {
        &self.text[self.range(token)]
    }

    pub(super) fn shape(&self, token: usize) -> Shape {
        self.tokens[token].shape
    }

    /// Whether a token is an opening delimiter or a comma.
    pub(super) fn opens_or_separates(&self, token: usize) -> bool {
        self.shape(token) == Shape::Open || self.token(token) == ","
    }

    /// The indentation of the line on which a token stands.
    pub(super) fn indent(&self, token: usize) -> &'s str {
        &self.text[self.tokens[token].indent.clone()]
    }

    /// The white space and comments behind a token.
    pub(crate) fn gap(&self, token: usize) -> &'s str {
        let end = self.tokens.get(token + 1).map_or(self.text.len(), |next| next.range.start);
        &self.text[self.tokens[token].range.end..end]
    }

    /// Whether two tokens stand on one line, and no token between them goes over several.
    pub(super) fn on_one_line(&self, first: usize, last: usize) -> bool {
        !self.text[self.tokens[first].range.start..self.tokens[last].range.end].contains('\n')
    }
}

/// The indentation of the line on which the token at `start` begins. A line that begins inside a token, such as a
/// string over several lines, belongs to that token's line.
fn line_indent(text: &str, before: &[Token], start: usize) -> Range<usize> {
    let gap_start = before.last().map_or(0, |last| last.range.end);
    match text[gap_start..start].rfind('\n') {
        Some(newline) => {
            let line = gap_start + newline + 1;
            line..line + indent::leading(&text[line..start]).len()
        }
        None => match before.last() {
            Some(last) => last.indent.clone(),
            None => 0..indent::leading(&text[..start]).len(),
        },
    }
}

/// The tokens of a node, as they are found in the source or, where syn adds one of its own, as text.
pub(super) enum Found {
    At(usize),
    New(String),
}

impl Source<'_> {
    /// The tokens of a node of the syntax tree.
    pub(super) fn tokens_of(&self, node: &dyn ToTokens) -> impl Iterator<Item = Found> {
        Leaves::of(node.to_token_stream()).map(|leaf| match self.token_at(leaf.span) {
            Some(token) => Found::At(token),
            None => Found::New(leaf.text.to_string()),
        })
    }
}

/// The leaves of a token stream, without recursion, so that deep nesting costs no stack.
pub(super) struct Leaves {
    stack: Vec<(token_stream::IntoIter, Option<Leaf>)>,
}

impl Leaves {
    pub(super) fn of(tokens: TokenStream) -> Self {
        Leaves { stack: vec![(tokens.into_iter(), None)] }
    }
}

impl Iterator for Leaves {
    type Item = Leaf;

    fn next(&mut self) -> Option<Leaf> {
        loop {
            let (trees, close) = self.stack.last_mut()?;
            match trees.next() {
                None => {
                    let close = close.take();
                    self.stack.pop();
                    if close.is_some() {
                        return close;
                    }
                }
                Some(TokenTree::Group(group)) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => {
                            self.stack.push((group.stream().into_iter(), None));
                            continue;
                        }
                    };
                    let close =
                        Leaf { span: group.span_close(), shape: Shape::Close, text: Text::Delimiter(close) };
                    self.stack.push((group.stream().into_iter(), Some(close)));
                    return Some(Leaf {
                        span: group.span_open(),
                        shape: Shape::Open,
                        text: Text::Delimiter(open),
                    });
                }
                Some(tree) => {
                    return Some(Leaf { span: tree.span(), shape: Shape::Other, text: Text::Tree(tree) });
                }
            }
        }
    }
}
