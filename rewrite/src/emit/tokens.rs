//! Pieces to tokens, for the macro: the user's tokens with their spans, ours hygienic and located where they stand.
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::plan::out::{Block, Delim, Piece};

/// The tokens of a rewritten item.
pub fn tokens(pieces: &[Piece<'_>]) -> TokenStream {
    let mut emitter = Emitter { near: Span::call_site() };
    emitter.pieces(pieces)
}

struct Emitter {
    /// The last span of the user's: diagnostics about tokens of ours point there.
    near: Span,
}

impl Emitter {
    fn pieces(&mut self, pieces: &[Piece<'_>]) -> TokenStream {
        let mut out = TokenStream::new();
        self.pieces_into(pieces, &mut out);
        out
    }

    fn pieces_into(&mut self, pieces: &[Piece<'_>], out: &mut TokenStream) {
        for piece in pieces {
            match piece {
                Piece::Keep(node) => {
                    let kept = node.to_token_stream();
                    if let Some(last) = kept.clone().into_iter().last() {
                        self.near = last.span();
                    }
                    out.extend(kept);
                }
                Piece::Name(ident) => out.extend([TokenTree::Ident(ident.clone())]),
                Piece::Ours(text) => out.extend(self.ours(text)),
                Piece::Group(delim, body) => {
                    let body = self.pieces(body);
                    out.extend([self.group(delim, body)]);
                }
                Piece::Block(Block { braces, lines }) => {
                    let mut body = TokenStream::new();
                    for line in lines {
                        self.pieces_into(&line.pieces, &mut body);
                    }
                    out.extend([self.group(braces, body)]);
                }
                Piece::NextItem => {}
            }
        }
    }

    fn group(&mut self, delim: &Delim<'_>, body: TokenStream) -> TokenTree {
        let mut group = Group::new(delim.kind(), body);
        match delim {
            Delim::User(_, span) => {
                self.near = span.close();
                group.set_span(span.join());
            }
            Delim::Ours(_) => group.set_span(self.span()),
        }
        TokenTree::Group(group)
    }

    fn span(&self) -> Span {
        Span::mixed_site().located_at(self.near)
    }

    /// Tokens of our own text. The text is written by this crate and balanced, so a small lexer is enough; asking the
    /// compiler to lex it costs several times as much in a macro.
    fn ours(&self, text: &str) -> TokenStream {
        let mut lexer = Lexer { rest: text, span: self.span() };
        lexer.stream(None)
    }
}

struct Lexer<'t> {
    rest: &'t str,
    span: Span,
}

impl Lexer<'_> {
    fn stream(&mut self, close: Option<char>) -> TokenStream {
        let mut out = TokenStream::new();
        loop {
            self.rest = self.rest.trim_start();
            let Some(c) = self.rest.chars().next() else {
                assert!(close.is_none(), "text of ours ends inside a delimiter");
                return out;
            };
            let tree = match c {
                _ if Some(c) == close => {
                    self.rest = &self.rest[1..];
                    return out;
                }
                '(' => self.nested(Delimiter::Parenthesis, ')'),
                '{' => self.nested(Delimiter::Brace, '}'),
                '[' => self.nested(Delimiter::Bracket, ']'),
                _ if is_word(c) => {
                    let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    if c.is_ascii_digit() { self.number(word) } else { Ident::new(word, self.span).into() }
                }
                '"' => {
                    let end = self.rest[1..].find('"').expect("a string of ours is closed") + 1;
                    let text = &self.rest[1..end];
                    self.rest = &self.rest[end + 1..];
                    let mut literal = Literal::string(text);
                    literal.set_span(self.span);
                    literal.into()
                }
                _ => {
                    self.rest = &self.rest[1..];
                    let joint = c == '\'' || self.rest.starts_with(is_punct);
                    let mut punct = Punct::new(c, if joint { Spacing::Joint } else { Spacing::Alone });
                    punct.set_span(self.span);
                    punct.into()
                }
            };
            out.extend([tree]);
        }
    }

    fn nested(&mut self, kind: Delimiter, close: char) -> TokenTree {
        self.rest = &self.rest[1..];
        let mut group = Group::new(kind, self.stream(Some(close)));
        group.set_span(self.span);
        group.into()
    }

    fn number(&self, digits: &str) -> TokenTree {
        let mut literal = Literal::usize_unsuffixed(digits.parse().expect("a number of ours"));
        literal.set_span(self.span);
        literal.into()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_punct(c: char) -> bool {
    "+-*/%^!&|=<>@.,;:#$?~'".contains(c)
}
