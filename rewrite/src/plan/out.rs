//! The rewritten function as a tree of pieces: the one thing that both emitters print.
//!
//! A piece is either the user's own (a reference to a node of the syntax tree, never a copy) or ours. Because the
//! user's nodes are referenced and appear at most once, the token emitter can hand on their spans and the text
//! emitter can copy their bytes, comments included; and because both print the same tree, they cannot disagree.
//!
//! ```text
//! fetch(id, move |a| { .. });      Line[ Ours("let "), Keep(a), Ours(" = call!("), .. ]
//! ```
use std::borrow::Cow;

use proc_macro2::{Delimiter, Ident, extra::DelimSpan};
use quote::ToTokens;

/// A stretch of the output.
pub enum Piece<'a> {
    /// The user's tokens, whole and unchanged. A node is kept at most once in a plan.
    Keep(&'a dyn ToTokens),
    /// A name of the user's, mentioned once more: it must resolve to the user's variable.
    Name(Ident),
    /// Tokens of ours, spaced as they should be read. Delimiters in it are balanced.
    Ours(Cow<'static, str>),
    /// Delimiters round other pieces, on one line if they fit there in the source.
    Group(Delim<'a>, Vec<Piece<'a>>),
    /// Braces round statements, each on a line of its own.
    Block(Block<'a>),
    /// The end of an item and the beginning of another one that stands beside it.
    NextItem,
}

/// A pair of delimiters: the user's, with their place, or ours.
#[derive(Clone, Copy)]
pub enum Delim<'a> {
    /// Delimiters that stood in the source.
    User(Delimiter, &'a DelimSpan),
    /// Delimiters that the rewriting adds.
    Ours(Delimiter),
}

impl Delim<'_> {
    /// Parentheses, braces or brackets.
    pub fn kind(&self) -> Delimiter {
        match self {
            Delim::User(kind, _) | Delim::Ours(kind) => *kind,
        }
    }
}

/// Statements between braces.
pub struct Block<'a> {
    /// The braces.
    pub braces: Delim<'a>,
    /// The statements, the last of which may be the block's value.
    pub lines: Vec<Line<'a>>,
}

/// A statement, or the value at the end of a block.
#[derive(Default)]
pub struct Line<'a> {
    /// What it consists of, its semicolon included.
    pub pieces: Vec<Piece<'a>>,
}

impl<'a> Line<'a> {
    /// An empty line, to be filled.
    pub fn new() -> Self {
        Line::default()
    }

    /// Appends the user's tokens.
    pub fn keep(mut self, node: &'a dyn ToTokens) -> Self {
        self.pieces.push(Piece::Keep(node));
        self
    }

    /// Mentions a name of the user's once more.
    pub fn name(mut self, ident: &Ident) -> Self {
        self.pieces.push(Piece::Name(ident.clone()));
        self
    }

    /// Appends tokens of ours.
    pub fn ours(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.pieces.push(Piece::Ours(text.into()));
        self
    }

    /// Appends pieces.
    pub fn with(mut self, pieces: impl IntoIterator<Item = Piece<'a>>) -> Self {
        self.pieces.extend(pieces);
        self
    }
}

impl<'a> From<Vec<Piece<'a>>> for Line<'a> {
    fn from(pieces: Vec<Piece<'a>>) -> Self {
        Line { pieces }
    }
}

impl<'a> Block<'a> {
    /// A block in braces of ours.
    pub fn ours(lines: Vec<Line<'a>>) -> Self {
        Block { braces: Delim::Ours(Delimiter::Brace), lines }
    }

    /// A block in the user's braces, with other statements between them.
    pub fn user(braces: &'a syn::token::Brace, lines: Vec<Line<'a>>) -> Self {
        Block { braces: Delim::User(Delimiter::Brace, &braces.span), lines }
    }
}

/// Whether a future that these pieces make owns this name: `async move { .. name .. }`.
pub(crate) fn is_taken_by_future(pieces: &[Piece<'_>], name: &str) -> bool {
    let mut before = "";
    pieces.iter().any(|piece| {
        let is_future = std::mem::take(&mut before) == "async move ";
        if let Piece::Ours(text) = piece {
            before = text;
        }
        match piece {
            Piece::Block(block) if is_future => block.lines.iter().any(|line| mentions(&line.pieces, name)),
            Piece::Block(block) => block.lines.iter().any(|line| is_taken_by_future(&line.pieces, name)),
            Piece::Group(_, inside) => is_taken_by_future(inside, name),
            Piece::Keep(_) | Piece::Name(_) | Piece::Ours(_) | Piece::NextItem => false,
        }
    })
}

fn mentions(pieces: &[Piece<'_>], name: &str) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Keep(node) => crate::order::names::all_in(node.to_token_stream()).contains(name),
        Piece::Name(ident) => ident == name,
        Piece::Group(_, inside) => mentions(inside, name),
        Piece::Block(block) => block.lines.iter().any(|line| mentions(&line.pieces, name)),
        Piece::Ours(_) | Piece::NextItem => false,
    })
}

/// Parentheses of the user's round other pieces.
pub fn parens<'a>(paren: &'a syn::token::Paren, body: Vec<Piece<'a>>) -> Piece<'a> {
    Piece::Group(Delim::User(Delimiter::Parenthesis, &paren.span), body)
}
