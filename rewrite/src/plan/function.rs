//! The converted function: its signature, its body, and what stands beside it.
//!
//! ```text
//! pub fn total<T, F: FnOnce(u64)>(id: u64, done: F)   =>   pub async fn total<T>(id: u64) -> u64
//! ```
use proc_macro2::Span;
use quote::ToTokens;
use syn::FnArg;

use super::out::{Block, Line, Piece};
use super::recorder::recorders;
use super::signature::{Kind, Signature};
use super::writer::{Level, Mode, Staged, Writer, wrapped};
use crate::cps::place::callee_name;
use crate::cps::tree::{Seq, Step};
use crate::order::drops::{self, Binding, Value};
use crate::order::names;
use crate::recognise::Completion;
use crate::refusal::{Code, ends_of};
use crate::rules::Form;
use crate::unit::Unit;
use crate::{Converted, Finding, Function, Knowledge, Options};

/// Writes the function in direct style.
pub(crate) fn write<'a>(
    function: Function<'a>,
    completion: &Completion<'a>,
    body: &Seq<'a>,
    options: &Options,
    unit: &Unit,
    known: &Knowledge,
) -> Result<Converted<'a>, Vec<Finding>> {
    let mut writer = Writer {
        options,
        completion,
        form: Form::of(completion, body),
        unit,
        known,
        function: function.sig.ident.to_string(),
        names: names::all_in(function.item.to_token_stream()),
        turns: None,
        leaving: None,
        winners: None,
        notes: Vec::new(),
        refused: false,
        uses: Default::default(),
    };
    crate::cps::walk::suspensions(body, &mut |suspension| writer.check_growth(suspension, function.sig));
    let lines = if options.eager {
        eager(&mut writer, function, body)
    } else {
        let mut level = Level::new(params(function, completion, known));
        writer.prepare_turns(function, body);
        let mode = if writer.turns.is_some() { Mode::Turn } else { Mode::Value };
        writer.seq(body, &mut level, &mode);
        writer.looped(level.lines)
    };
    if options.exact {
        writer.notes.extend(unknown_callees(body, unit));
    }
    // Who wants no differences does not want named ones either.
    if writer.refused || (options.exact && !writer.notes.is_empty()) {
        return Err(writer.notes);
    }
    let signature = Signature {
        function,
        completion,
        options,
        kind: if options.eager { Kind::Eager } else { Kind::Async },
        form: writer.form,
        is_assigned: &|param| writer.is_assigned(param),
    };
    let line = signature.write().with([Piece::Block(Block::user(&function.block.brace_token, lines))]);
    Ok(Converted {
        pieces: line.pieces,
        notes: writer.notes,
        uses: writer.uses.into_iter().collect(),
        recorders: recorders(completion, writer.form, options),
    })
}

/// The body of a function whose first segment runs when it is called.
///
/// ```text
/// fn total(id: u64) -> impl Future<Output = u64> {
///     kick_now(async move { .. })
/// }
/// ```
fn eager<'a>(writer: &mut Writer<'a, '_>, function: Function<'a>, body: &Seq<'a>) -> Vec<Line<'a>> {
    if borrows(function.sig) {
        return eager_without_borrows(writer, function, body);
    }
    let mut level = Level::new(params(function, writer.completion, writer.known));
    writer.seq(body, &mut level, &Mode::Value);
    let body = vec![Piece::Ours("async move ".into()), Piece::Block(Block::ours(level.lines))];
    let kicked = wrapped(writer.core("kick_now"), body);
    vec![kicked.into()]
}

/// As [`eager`], where a parameter is borrowed that only the first segment needs: the future must not hold it.
fn eager_without_borrows<'a>(
    writer: &mut Writer<'a, '_>,
    function: Function<'a>,
    body: &Seq<'a>,
) -> Vec<Line<'a>> {
    let mut level = Level::new(params(function, writer.completion, writer.known));
    if let Some((param, at)) = borrowed_behind_the_await(function.sig, body) {
        let message = format!("{param} is borrowed and still needed after the first await");
        writer.notes.push(Finding::between(Code::UC20, at, message));
        writer.refused = true;
    } else if body.steps.iter().any(|step| matches!(step, Step::Fork(_))) {
        let message = "this function may answer before its first await and borrows a parameter";
        writer.notes.push(Finding::about(Code::UC20, &function.sig.ident, message));
        writer.refused = true;
    } else {
        writer.seq(body, &mut level, &Mode::Staged(Staged::default()));
    }
    level.lines
}

/// Whether a parameter is borrowed.
pub(super) fn borrows(sig: &syn::Signature) -> bool {
    sig.inputs.iter().any(|input| match input {
        FnArg::Receiver(receiver) => !matches!(receiver.kind, syn::ReceiverKind::Value),
        FnArg::Typed(typed) => matches!(*typed.ty, syn::Type::Reference(_)),
    })
}

/// The first borrowed parameter that a callback captures, and where it is declared.
fn borrowed_behind_the_await(sig: &syn::Signature, body: &Seq<'_>) -> Option<(String, (Span, Span))> {
    let mut captured = names::Names::new();
    crate::cps::walk::suspensions(body, &mut |suspension| captured.extend(suspension.captures()));
    sig.inputs.iter().find_map(|input| {
        let name = match input {
            FnArg::Receiver(receiver) if !matches!(receiver.kind, syn::ReceiverKind::Value) => {
                "self".to_owned()
            }
            FnArg::Typed(typed) if matches!(*typed.ty, syn::Type::Reference(_)) => {
                names::bound_by(&typed.pat).first()?.to_string()
            }
            _ => return None,
        };
        captured.contains(&name).then(|| (format!("`{name}`"), ends_of(input)))
    })
}

/// Calls of functions of which nothing is known but that they call back.
fn unknown_callees(body: &Seq<'_>, unit: &Unit) -> Vec<Finding> {
    let mut unknown = Vec::new();
    crate::cps::walk::suspensions(body, &mut |suspension| {
        if !suspension.calls_join_point() && unit.answers_at_once(suspension).is_none() {
            let callee: &dyn ToTokens = match suspension.call {
                syn::Expr::Call(call) => &call.func,
                syn::Expr::MethodCall(call) => &call.method,
                other => other,
            };
            let name = callee_name(suspension.call);
            unknown.push(Finding {
                help: format!(
                    "say what it does: `callees(later({name}))`, or `callees(at_once({name}))` if it may call back before it returns"
                ),
                ..Finding::about(Code::UC23, callee, format!("nothing is known of `{name}`: whether it calls back before it returns cannot be seen"))
            });
        }
    });
    unknown
}

/// The parameters that stay, as variables of the body.
fn params<'a>(function: Function<'a>, completion: &Completion<'a>, known: &Knowledge) -> Vec<Binding> {
    let mut alive = Vec::new();
    for (index, input) in function.sig.inputs.iter().enumerate() {
        if is_completion(completion, index) {
            continue;
        }
        match input {
            FnArg::Typed(typed) => {
                alive.extend(drops::bindings_of(&typed.pat, Value::Typed(&typed.ty), known));
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
                    parts: Vec::new(),
                });
            }
        }
    }
    alive
}

fn is_completion(completion: &Completion<'_>, index: usize) -> bool {
    completion.parts.iter().any(|part| part.index == index)
}
