//! The converted function: its signature, its body, and what stands beside it.
//!
//! ```text
//! pub fn total<T, F: FnOnce(u64)>(id: u64, done: F)   =>   pub async fn total<T>(id: u64) -> u64
//! ```
use proc_macro2::Delimiter;
use quote::ToTokens;
use syn::{FnArg, GenericParam, WherePredicate};

use super::out::{Block, Delim, Line, Piece};
use super::writer::{Level, Mode, Writer};
use crate::cps::tree::Seq;
use crate::order::drops::{self, Binding};
use crate::order::names;
use crate::recognise::{AnswerType, Completion, Part, Role, is_param};
use crate::unit::Unit;
use crate::{Converted, Finding, Function, Options, Style};

/// Writes the function in direct style.
pub(crate) fn write<'a>(
    function: Function<'a>,
    completion: &Completion<'a>,
    body: &Seq<'a>,
    options: &Options,
    unit: &Unit,
) -> Result<Converted<'a>, Vec<Finding>> {
    let mut writer = Writer {
        options,
        completion,
        error_first: is_error_first(completion, body),
        unit,
        function: function.sig.ident.to_string(),
        names: names::all_in(function.item.to_token_stream()),
        turns: None,
        notes: Vec::new(),
        refused: false,
        uses: Default::default(),
    };
    let mut level = Level::new(params(function, completion));
    writer.prepare_turns(function, body);
    let mode = if writer.turns.is_some() { Mode::Turn } else { Mode::Value };
    writer.seq(body, &mut level, &mode);
    if writer.refused {
        return Err(writer.notes);
    }
    let lines = writer.looped(level.lines);
    let mut line = head(function, &writer);
    line = line.with([Piece::Block(Block::user(&function.block.brace_token, lines))]);
    Ok(Converted { pieces: line.pieces, notes: writer.notes, uses: writer.uses.into_iter().collect() })
}

/// Whether every answer of the function is an error or a value, and not both or neither.
fn is_error_first<'a>(completion: &Completion<'a>, body: &Seq<'a>) -> bool {
    let mut all = completion.error_first().is_some();
    crate::unit::answers(body, &mut |answer| all &= crate::rules::one_of_both(answer).is_some());
    all
}

/// The parameters that stay, as variables of the body.
fn params<'a>(function: Function<'a>, completion: &Completion<'a>) -> Vec<Binding> {
    let mut alive = Vec::new();
    for (index, input) in function.sig.inputs.iter().enumerate() {
        if is_completion(completion, index) {
            continue;
        }
        match input {
            FnArg::Typed(typed) => {
                let visible = !drops::is_inert_type(&typed.ty);
                let bindings = drops::bindings_of(&typed.pat, None).into_iter();
                alive.extend(bindings.map(|binding| Binding { visible, ..binding }));
            }
            FnArg::Receiver(receiver) => {
                let by_value = matches!(&receiver.kind, syn::ReceiverKind::Value);
                let ident = proc_macro2::Ident::new("self", receiver.self_token.span);
                let mutable = receiver.mutability.is_some();
                alive.push(Binding {
                    ident,
                    mutable,
                    visible: by_value,
                    inside: false,
                    guard: false,
                    moved: false,
                });
            }
        }
    }
    alive
}

fn is_completion(completion: &Completion<'_>, index: usize) -> bool {
    completion.parts.iter().any(|part| part.index == index)
}

/// Everything in front of the body.
fn head<'a>(function: Function<'a>, writer: &Writer<'a, '_>) -> Line<'a> {
    let completion = writer.completion;
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
    line = line.ours("async ");
    if matches!(sig.safety, syn::Safety::Unsafe(_)) {
        line = line.keep(&sig.safety).ours(" ");
    }
    line = line.keep(&sig.fn_token).ours(" ").keep(&sig.ident);
    line = generics(line, function, completion);
    line = line.with([inputs(function, writer)]);
    line = output(line, writer);
    where_clause(line, function, completion).ours(" ")
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

/// `(id: u64, done: F)` without the completion.
fn inputs<'a>(function: Function<'a>, writer: &Writer<'a, '_>) -> Piece<'a> {
    let completion = writer.completion;
    let inputs = &function.sig.inputs;
    let kept: Vec<_> = inputs
        .pairs()
        .enumerate()
        .filter(|(index, _)| !is_completion(completion, *index))
        .map(|(_, pair)| pair)
        .collect();
    // A comma behind the last parameter would keep a list on several lines that fits on one without the completion.
    let count = kept.len();
    let mut pieces = Vec::new();
    for (index, pair) in kept.into_iter().enumerate() {
        let (input, comma) = pair.into_tuple();
        match input {
            FnArg::Typed(typed) if is_newly_mutable(typed, writer) => {
                pieces.push(Piece::Ours("mut ".into()));
                pieces.push(Piece::Keep(input as &dyn ToTokens));
            }
            _ => pieces.push(Piece::Keep(input as &dyn ToTokens)),
        }
        if let (Some(comma), true) = (comma, index + 1 < count) {
            pieces.push(Piece::Keep(comma));
        }
    }
    Piece::Group(Delim::User(Delimiter::Parenthesis, &function.sig.paren_token.span), pieces)
}

/// Whether a loop assigns the parameter, which is not `mut` yet.
fn is_newly_mutable(typed: &syn::PatType, writer: &Writer<'_, '_>) -> bool {
    match &*typed.pat {
        syn::Pat::Ident(name) => name.mutability.is_none() && writer.is_assigned(&name.ident),
        _ => false,
    }
}

/// ` -> T`
fn output<'a>(line: Line<'a>, writer: &Writer<'a, '_>) -> Line<'a> {
    let (completion, options) = (writer.completion, writer.options);
    let answer = |part: &Part<'a>| match &part.answer {
        AnswerType::Behind(ty) => {
            let root = if options.root.is_empty() { "uncallback::" } else { &options.root };
            let trait_ = format!(" as {root}__private::Callback>::Answer");
            vec![Piece::Ours("<".into()), Piece::Keep(*ty), Piece::Ours(trait_.into())]
        }
        AnswerType::Args(args) => match args[..] {
            [] => vec![Piece::Ours("()".into())],
            [one] => vec![Piece::Keep(one)],
            _ => vec![crate::rules::tuple(args.iter().map(|ty| vec![Piece::Keep(*ty)]))],
        },
    };
    if let (true, Some((error, value))) = (writer.error_first, completion.error_first()) {
        let result = if options.style == Style::Strict { "::core::result::Result" } else { "Result" };
        let line = line.ours(format!(" -> {result}<")).keep(value).ours(", ").keep(error);
        return line.ours(">");
    }
    if let [whole] = &completion.parts[..] {
        if whole.answer.arity() == 0 {
            return line;
        }
        return line.ours(" -> ").with(answer(whole));
    }
    let result = if options.style == Style::Strict { "::core::result::Result" } else { "Result" };
    let (ok, err) = (completion.part(Role::Ok), completion.part(Role::Err));
    line.ours(format!(" -> {result}<")).with(answer(ok)).ours(", ").with(answer(err)).ours(">")
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
