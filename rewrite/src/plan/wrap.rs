//! F0: the body stays in callback style and is awaited as a whole.
//!
//! ```text
//! fn wait(x: u64, done: Box<dyn FnOnce(u64)>) {    =>   async fn wait(x: u64) -> u64 {
//!     WAITERS.push(done);                                   call(move |completer| {
//!     op(x, |v| WAITERS.pop()(v));                              let done = Box::new(move |value| completer.complete(value)) as Box<dyn FnOnce(_)>;
//! }                                                             WAITERS.push(done);
//!                                                               op(x, |v| WAITERS.pop()(v));
//!                                                           }).await
//!                                                       }
//! ```
//!
//! A function that borrows makes the call when it is called, so that its future borrows nothing; one that returns
//! something gives it together with the future.
//!
//! Condition: a single completion that is called once (`FnOnce`), and a reason that wrapping helps against.
use syn::ReturnType;

use super::out::{Block, Line, Piece};
use super::recorder::recorders;
use super::signature::{Kind, Signature};
use crate::order::names;
use crate::recognise::{Completion, Holder, Part};
use crate::refusal::{Finding, Wrap};
use crate::rules::Form;
use crate::{Converted, Function, Options};

/// The wrapped function, if wrapping helps against these findings.
pub(crate) fn write<'a>(
    function: Function<'a>,
    completion: &Completion<'a>,
    options: &Options,
    findings: &[Finding],
) -> Option<Converted<'a>> {
    let [part] = &completion.parts[..] else { return None };
    let helps = findings.iter().all(|finding| finding.code.wrap() != Wrap::No);
    if !helps || !part.once || part.returns {
        return None;
    }
    let returns = matches!(&function.sig.output, ReturnType::Type(..));
    let kind = match (returns, super::function::borrows(function.sig)) {
        (true, _) => Kind::StartedWith,
        (false, true) => Kind::Started,
        (false, false) => Kind::Async,
    };
    let taken = names::all_in(function.item.to_token_stream());
    let fresh = |wanted: &str| {
        let mut name = wanted.to_owned();
        while taken.contains(&name) {
            name.push('_');
        }
        name
    };
    let completer = fresh("completer");
    let mut lines = vec![callback(part, &completer, &fresh("value"))];
    lines.extend(function.block.stmts.iter().map(|stmt| Line::new().keep(stmt)));

    let (entry, end) = match kind {
        Kind::Async => ("call", ".await"),
        Kind::StartedWith => ("start_with", ""),
        Kind::Started | Kind::Eager => ("start_with", ".1"),
    };
    // In a macro the name is a path; a file imports the macro of the same name, so it is written out there as well.
    let root = if options.root.is_empty() { "uncallback::" } else { &options.root };
    let body = vec![Piece::Ours(format!("move |{completer}| ").into()), Piece::Block(Block::ours(lines))];
    let call = Line::from(super::writer::wrapped(format!("{root}{entry}"), body)).ours(end);

    let signature =
        Signature { function, completion, options, kind, form: Form::Same, is_assigned: &|_| false };
    let line = signature.write().with([Piece::Block(Block::user(&function.block.brace_token, vec![call]))]);
    // The reasons stay as notes: where wrapping changes something, they name it.
    let differs = |finding: &&Finding| finding.code.wrap() == Wrap::Differs;
    let notes = findings.iter().filter(differs).cloned().collect();
    Some(Converted {
        pieces: line.pieces,
        notes,
        uses: Vec::new(),
        recorders: recorders(completion, Form::Same, options),
    })
}

/// `let done = move |value| completer.complete(value);`, in what the body expects to get.
fn callback<'a>(part: &Part<'a>, completer: &str, value: &str) -> Line<'a> {
    let closure = match part.answer.arity() {
        0 => format!("move || {completer}.complete(())"),
        1 => format!("move |{value}| {completer}.complete({value})"),
        arity => {
            let values: Vec<_> = (0..arity).map(|index| format!("{value}{index}")).collect();
            let values = values.join(", ");
            format!("move |{values}| {completer}.complete(({values}))")
        }
    };
    let infer = vec!["_"; part.answer.arity()].join(", ");
    let send = if part.is_send { " + Send" } else { "" };
    let boxed = format!("Box::new({closure}) as Box<dyn FnOnce({infer}){send}>");
    let callback = match part.holder {
        Holder::Box => boxed,
        Holder::OptionBox => format!("Some({boxed})"),
        Holder::Plain | Holder::Rc | Holder::Arc | Holder::Ref => closure,
    };
    Line::new().ours("let ").name(part.name).ours(format!(" = {callback};"))
}
