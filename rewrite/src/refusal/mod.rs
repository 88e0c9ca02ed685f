//! What the rewriter says instead of rewriting: a code, the place, the path that shows it, and the next step.
mod code;
mod page;

pub use code::{Code, Wrap};
use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;

/// Why a function was not converted, or how its conversion differs from the original.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// First token of the place.
    pub start: Span,
    /// Last token of the place.
    pub end: Span,
    /// What is the matter here, in the user's words and names.
    pub message: String,
    /// The decisions that lead to the place, outermost first.
    pub path: Vec<Step>,
    /// What to do about it.
    pub help: String,
}

/// One decision on the way to a place: a condition and its outcome, a callback that runs, a call that was made.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where the decision is taken.
    pub at: Span,
    /// How it went, such as "`c` is false".
    pub text: String,
}

impl Finding {
    /// The path on one line, as diagnostics print it.
    pub fn path_text(&self) -> Option<String> {
        (!self.path.is_empty())
            .then(|| self.path.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join(" -> "))
    }
}

impl Finding {
    /// A finding about a node.
    pub(crate) fn about(code: Code, node: &dyn ToTokens, message: impl Into<String>) -> Self {
        Finding::between(code, ends_of(node), message)
    }

    /// A finding about a stretch of code.
    pub(crate) fn between(code: Code, (start, end): (Span, Span), message: impl Into<String>) -> Self {
        Finding { code, start, end, message: message.into(), path: Vec::new(), help: code.next_step().into() }
    }
}

/// The first and the last token of a node.
pub(crate) fn ends_of(node: &dyn ToTokens) -> (Span, Span) {
    let mut tokens = node.to_token_stream().into_iter();
    let Some(first) = tokens.next() else { return (Span::call_site(), Span::call_site()) };
    let last = tokens.last().unwrap_or_else(|| first.clone());
    (opening(&first), closing(&last))
}

/// The same of an expression. A call ends with its parenthesis: what nests in it is not gone through for that.
pub(crate) fn ends_of_expr(expr: &Expr) -> (Span, Span) {
    match expr {
        Expr::Call(call) if call.attrs.is_empty() => {
            (ends_of_expr(&call.func).0, call.paren_token.span.close())
        }
        Expr::MethodCall(call) if call.attrs.is_empty() => {
            (ends_of_expr(&call.receiver).0, call.paren_token.span.close())
        }
        other => ends_of(other),
    }
}

fn opening(tree: &TokenTree) -> Span {
    match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().next().map_or_else(|| group.span(), |first| opening(&first))
        }
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn closing(tree: &TokenTree) -> Span {
    match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().last().map_or_else(|| group.span(), |last| closing(&last))
        }
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}

/// Code on one line, as a message quotes it.
pub(crate) fn quoted(node: &dyn ToTokens) -> String {
    let mut text = String::new();
    write_tokens(node.to_token_stream(), &mut text);
    format!("`{}`", text.trim())
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    let mut tight = true;
    for tree in tokens {
        let glue = |text: &mut String, tight: bool| {
            if !tight && !text.ends_with(' ') {
                text.push(' ');
            }
        };
        match tree {
            TokenTree::Punct(punct) => {
                let c = punct.as_char();
                let hugs_left = matches!(c, ',' | ';' | '.' | '?' | ':');
                let hugs_right = matches!(c, '.' | '&' | '!' | '\'') || punct.spacing() == Spacing::Joint;
                let path = c == ':' && (punct.spacing() == Spacing::Joint || text.ends_with(':'));
                if !hugs_left && !text.ends_with(is_operator) {
                    glue(text, tight);
                }
                text.push(c);
                tight = hugs_right || path;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() == Delimiter::Brace || text.ends_with(is_operator) {
                    glue(text, tight);
                }
                text.push_str(open);
                write_tokens(group.stream(), text);
                text.push_str(close);
                tight = false;
            }
            other => {
                glue(text, tight || text.ends_with(['(', '[']));
                text.push_str(&other.to_string());
                tight = false;
            }
        }
    }
}

fn is_operator(c: char) -> bool {
    "+-*/%^=<>|".contains(c)
}
