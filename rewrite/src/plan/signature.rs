//! The new signature: the completion goes, its answer is returned.
//!
//! ```text
//! pub fn total<T, F: FnOnce(u64)>(id: u64, done: F)   =>   pub async fn total<T>(id: u64) -> u64
//! ```
use proc_macro2::{Delimiter, Ident};
use quote::ToTokens;
use syn::{FnArg, GenericParam, WherePredicate};

use super::out::{Delim, Line, Piece};
use crate::recognise::{AnswerType, Completion, Part, Role, is_param};
use crate::rules::Form;
use crate::{Function, Options, Style};

/// What the new function is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `async fn f() -> T`
    Async,
    /// `fn f() -> impl Future<Output = T>`, which has begun when it returns.
    Eager,
    /// `fn f() -> Started<T, ()>`, which borrows nothing.
    Started,
    /// `fn f() -> (R, Started<T, ()>)`, for a function that returns something else at once.
    StartedWith,
}

/// A signature to be written.
pub(crate) struct Signature<'s, 'a> {
    pub(crate) function: Function<'a>,
    pub(crate) completion: &'s Completion<'a>,
    pub(crate) options: &'s Options,
    pub(crate) kind: Kind,
    /// What is returned for what the completion was called with.
    pub(crate) form: Form,
    /// Whether a parameter has to become `mut`.
    pub(crate) is_assigned: &'s dyn Fn(&Ident) -> bool,
}

impl<'a> Signature<'_, 'a> {
    /// Everything in front of the body.
    pub(crate) fn write(&self) -> Line<'a> {
        let function = self.function;
        let sig = function.sig;
        let mut line = Line::new();
        for attr in function.attrs {
            line = line.keep(attr).ours("\n");
        }
        if let Some(vis) = function.vis {
            if !matches!(vis, syn::Visibility::Inherited) {
                line = line.keep(vis).ours(" ");
            }
        }
        if self.kind == Kind::Async {
            line = line.ours("async ");
        }
        if matches!(sig.safety, syn::Safety::Unsafe(_)) {
            line = line.keep(&sig.safety).ours(" ");
        }
        line = line.keep(&sig.fn_token).ours(" ");
        line = match self.options.new_name(&sig.ident) {
            Some(name) => line.ours(name),
            None => line.keep(&sig.ident),
        };
        line = generics(line, function, self.completion);
        line = line.with([self.inputs()]);
        line = self.output(line);
        where_clause(line, function, self.completion).ours(" ")
    }

    fn is_completion(&self, index: usize) -> bool {
        self.completion.parts.iter().any(|part| part.index == index)
    }

    /// `(id: u64, done: F)` without the completion.
    fn inputs(&self) -> Piece<'a> {
        let function = self.function;
        let kept: Vec<_> = function
            .sig
            .inputs
            .pairs()
            .enumerate()
            .filter(|(index, _)| !self.is_completion(*index))
            .map(|(_, pair)| pair)
            .collect();
        // A comma behind the last parameter would keep a list on several lines that fits on one without the completion.
        let count = kept.len();
        let mut pieces = Vec::new();
        for (index, pair) in kept.into_iter().enumerate() {
            let (input, comma) = pair.into_tuple();
            if self.becomes_mutable(input) {
                pieces.push(Piece::Ours("mut ".into()));
            }
            pieces.push(Piece::Keep(input as &dyn ToTokens));
            if let (Some(comma), true) = (comma, index + 1 < count) {
                pieces.push(Piece::Keep(comma));
            }
        }
        Piece::Group(Delim::User(Delimiter::Parenthesis, &function.sig.paren_token.span), pieces)
    }

    fn becomes_mutable(&self, input: &FnArg) -> bool {
        let FnArg::Typed(typed) = input else { return false };
        match &*typed.pat {
            syn::Pat::Ident(name) => name.mutability.is_none() && (self.is_assigned)(&name.ident),
            _ => false,
        }
    }

    /// ` -> T`
    fn output(&self, line: Line<'a>) -> Line<'a> {
        let answer = self.answer();
        let core = if self.options.root.is_empty() { "uncallback::" } else { &self.options.root };
        match self.kind {
            Kind::Async => match answer {
                Some(answer) => line.ours(" -> ").with(answer),
                None => line,
            },
            Kind::Eager => {
                let send = self.completion.parts.iter().any(|part| part.is_send);
                let bounds = if send { "> + Send" } else { ">" };
                let line = line.ours(" -> impl ::core::future::Future<Output = ");
                line.with(answer.unwrap_or_else(unit)).ours(bounds)
            }
            Kind::Started => {
                let line = line.ours(format!(" -> {core}Started<"));
                line.with(answer.unwrap_or_else(unit)).ours(", ()>")
            }
            Kind::StartedWith => {
                let syn::ReturnType::Type(_, returned) = &self.function.sig.output else { return line };
                let mut both =
                    vec![Piece::Keep(&**returned), Piece::Ours(format!(", {core}Started<").into())];
                both.extend(answer.unwrap_or_else(unit));
                both.push(Piece::Ours(", ()>".into()));
                line.ours(" -> ").with([Piece::Group(Delim::Ours(Delimiter::Parenthesis), both)])
            }
        }
    }

    /// The type of the answer; none for `()`.
    fn answer(&self) -> Option<Vec<Piece<'a>>> {
        let part = |part: &Part<'a>| match &part.answer {
            AnswerType::Behind(ty) => {
                let root = if self.options.root.is_empty() { "uncallback::" } else { &self.options.root };
                let trait_ = format!(" as {root}__private::Callback>::Answer");
                vec![Piece::Ours("<".into()), Piece::Keep(*ty), Piece::Ours(trait_.into())]
            }
            AnswerType::Args(args) => match args[..] {
                [] => unit(),
                [one] => vec![Piece::Keep(one)],
                _ => vec![crate::rules::tuple(args.iter().map(|ty| vec![Piece::Keep(*ty)]))],
            },
        };
        let result = |ok: Vec<Piece<'a>>, err: Vec<Piece<'a>>| {
            let name =
                if self.options.style == Style::Strict { "::core::result::Result<" } else { "Result<" };
            Line::new().ours(name).with(ok).ours(", ").with(err).ours(">").pieces
        };
        match (self.form, self.completion.error_first(), self.completion.error_only()) {
            (Form::ErrorFirst, Some((error, value)), _) => {
                return Some(result(vec![Piece::Keep(value)], vec![Piece::Keep(error)]));
            }
            (Form::ErrorOnly, _, Some(error)) => return Some(result(unit(), vec![Piece::Keep(error)])),
            _ => {}
        }
        match &self.completion.parts[..] {
            [whole] if whole.answer.arity() == 0 => None,
            [whole] => Some(part(whole)),
            _ => Some(result(part(self.completion.part(Role::Ok)), part(self.completion.part(Role::Err)))),
        }
    }
}

fn unit<'a>() -> Vec<Piece<'a>> {
    vec![Piece::Ours("()".into())]
}

/// `<T, F: FnOnce(T)>` without the completion's parameter.
fn generics<'a>(line: Line<'a>, function: Function<'a>, completion: &Completion<'a>) -> Line<'a> {
    let generics = &function.sig.generics;
    let (Some(open), Some(close)) = (&generics.lt_token, &generics.gt_token) else { return line };
    let stays = |param: &GenericParam| match param {
        GenericParam::Type(ty) => !completion.parts.iter().any(|part| part.generic == Some(&ty.ident)),
        _ => true,
    };
    let kept: Vec<_> = generics.params.pairs().filter(|pair| stays(pair.value())).collect();
    if kept.is_empty() {
        return line;
    }
    let trailing = generics.params.trailing_punct();
    let mut line = line.keep(open);
    let count = kept.len();
    for (index, pair) in kept.into_iter().enumerate() {
        let (param, comma) = pair.into_tuple();
        line = line.keep(param);
        if let (Some(comma), true) = (comma, index + 1 < count || trailing) {
            line = line.keep(comma);
        }
    }
    line.keep(close)
}

/// `where F: FnOnce(T), T: Clone` without the completion's bounds.
fn where_clause<'a>(line: Line<'a>, function: Function<'a>, completion: &Completion<'a>) -> Line<'a> {
    let Some(clause) = &function.sig.generics.where_clause else { return line };
    let stays = |predicate: &WherePredicate| match predicate {
        WherePredicate::Type(predicate) => !completion
            .parts
            .iter()
            .any(|part| part.generic.is_some_and(|generic| is_param(&predicate.bounded_ty, generic))),
        _ => true,
    };
    let kept: Vec<_> = clause.predicates.pairs().filter(|pair| stays(pair.value())).collect();
    if kept.is_empty() {
        return line;
    }
    let mut line = line.ours(" ").keep(&clause.where_token).ours(" ");
    let count = kept.len();
    let trailing = clause.predicates.trailing_punct();
    for (index, pair) in kept.into_iter().enumerate() {
        let (predicate, comma) = pair.into_tuple();
        line = line.keep(predicate);
        if let (Some(comma), true) = (comma, index + 1 < count || trailing) {
            line = line.keep(comma);
        }
    }
    line
}
