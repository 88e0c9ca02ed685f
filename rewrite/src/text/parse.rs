//! Source to syntax tree, and what stands before the part of a file that the parser understands.
use std::fmt;
use std::ops::Range;

use proc_macro2::{Span, TokenStream};

use crate::emit::text::Source;

/// A parsed file.
pub(super) struct Parsed<'s> {
    pub(super) file: syn::File,
    pub(super) source: Source<'s>,
    /// How many bytes stand before the text that was parsed.
    pub(super) offset: usize,
}

/// A file that cannot be rewritten because it cannot be read as Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Why.
    pub reason: Unreadable,
    /// The place, in bytes.
    pub range: Range<usize>,
    /// The parser's message.
    pub message: String,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not valid Rust, or newer than the parser.
    Syntax,
    /// It begins with the `---` of a cargo script.
    Frontmatter,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// Parses a file. A byte order mark and a `#!` line are left out, as the parser would count bytes without them.
pub(super) fn parse(text: &str) -> Result<Parsed<'_>, ParseError> {
    let offset = head(text);
    let body = &text[offset..];
    if body.trim_start().starts_with("---") {
        let start = text.len() - body.trim_start().len();
        let message = "a cargo script with frontmatter is not supported".to_owned();
        return Err(ParseError {
            reason: Unreadable::Frontmatter,
            range: start..start + "---".len(),
            message,
        });
    }
    let error = |span: Span, message: String| {
        let range = span.byte_range();
        let range = range.start + offset..range.end + offset;
        ParseError { reason: Unreadable::Syntax, range, message }
    };
    let tokens: TokenStream =
        body.parse().map_err(|e: proc_macro2::LexError| error(e.span(), e.to_string()))?;
    let file: syn::File = syn::parse2(tokens.clone()).map_err(|e| match end_of_input(&e) {
        // The parser has no place for what is missing at the end.
        true => error_at_end(text, e.to_string()),
        false => error(e.span(), e.to_string()),
    })?;
    Ok(Parsed { file, source: Source::new(body, tokens), offset })
}

fn end_of_input(error: &syn::Error) -> bool {
    error.span().byte_range().is_empty()
}

fn error_at_end(text: &str, message: String) -> ParseError {
    let end = text.trim_end().len();
    ParseError { reason: Unreadable::Syntax, range: end..end, message }
}

/// The length of a byte order mark and a `#!` line. `#![` begins an attribute.
fn head(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = &text[mark..];
    match body.strip_prefix("#!") {
        Some(line) if !line.trim_start().starts_with('[') => {
            mark + body.find('\n').map_or(body.len(), |newline| newline + 1)
        }
        _ => mark,
    }
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, head, parse};

    #[test]
    fn a_byte_order_mark_and_an_interpreter_line_are_not_parsed() {
        assert_eq!(head("\u{feff}fn f() {}"), 3);
        assert_eq!(head("\u{feff}#!/usr/bin/env run\nfn f() {}"), 22);
        assert_eq!(head("#![allow(x)]\n"), 0);
        assert_eq!(head("#!\n[allow(x)]\n"), 0, "rustc looks behind the line break too");
        assert_eq!(head("#!/bin/sh"), 9);
    }

    #[test]
    fn an_error_names_the_bytes_of_the_file_and_not_of_the_parsed_part() {
        let text = "\u{feff}fn f( {}";
        let error = parse(text).err().expect("it is not Rust");
        assert_eq!(error.reason, Unreadable::Syntax);
        assert!(error.range.start >= 3 && error.range.end <= text.len(), "{error:?}");
    }

    #[test]
    fn a_missing_end_is_reported_at_the_end() {
        let text = "fn f() -> \n";
        let error = parse(text).err().expect("it is not Rust");
        assert_eq!(error.range, 9..9, "{}", error.message);
    }

    #[test]
    fn frontmatter_is_named() {
        let error = parse("#!/usr/bin/env cargo\n---\n[package]\n---\nfn main() {}").err();
        assert_eq!(error.map(|error| (error.reason, error.range)), Some((Unreadable::Frontmatter, 21..24)));
    }
}
