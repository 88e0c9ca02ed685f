//! Holds the keys against the signature. What can't be inferred and was not said is an error that lists the choices.
mod function;
mod keyed;
mod lasting;
mod operation;
mod place;
mod pump;

pub(super) use function::{Function, Parameter, Role, all_names};
pub(super) use keyed::{Event, Keyed, Known, Source};
pub(super) use operation::Operation;
pub(super) use pump::{Feed, Pump};

use super::block::Block;
use super::keys::{Keys, Kind};
use proc_macro2::Span;
use syn::{Error, ForeignItemFn, Ident, Result, ReturnType, TypeFnPtr};

/// What `generate` needs; nothing is missing any more.
pub(super) enum Plan {
    Operation(Box<Operation>),
    Keyed(Box<Keyed>),
    Pump(Box<Pump>),
}

/// The plans for one function, from what its helper attributes say.
pub(super) fn plans(function: &ForeignItemFn, all: Vec<Keys>, block: &Block) -> Result<Vec<Plan>> {
    if let Some(variadic) = &function.sig.variadic {
        return Err(Error::new_spanned(
            variadic,
            "a variadic function has no type to check a callback against; wrap it in a function of fixed parameters, \
             or use `ffi::Shared::register` with the callback's type written down",
        ));
    }
    let (feeds, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|keys| matches!(keys.kind, Kind::FdInterest | Kind::Timer));
    let mut plans = Vec::new();
    for keys in others {
        let function = Function::in_block(function, block)?;
        plans.push(match keys.kind {
            Kind::Keyed => Plan::Keyed(Box::new(Keyed::new(function, keys, block)?)),
            _ => Plan::Operation(Box::new(Operation::new(function, keys, block)?)),
        });
    }
    if !feeds.is_empty() {
        // One function may set both callbacks: one sibling feeds both.
        plans.push(Plan::Pump(Box::new(Pump::new(Function::in_block(function, block)?, feeds)?)));
    }
    Ok(plans)
}

fn require(holds: bool, span: Span, message: impl std::fmt::Display) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(span, message)) }
}

/// `cancelled`, and what it demands of other keys.
fn cancellation(keys: &Keys) -> Result<&Ident> {
    let Some(class) = &keys.cancelled else {
        let classes = "fires: the callback still comes, with a cancelled status, now or later\n\
                       silent: no callback after the cancelling function has returned\n\
                       silent_then_destroy: as silent, but the destroy function runs\n\
                       blocks: as silent, and the cancelling function waits for a running callback\n\
                       none: the library can't cancel";
        return Err(Error::new(
            keys.span,
            format!(
                "missing `cancelled`: what becomes of the callback when the operation is cancelled? A wrong answer is a double free or a \
                 leak, so it is never guessed. One of:\n{classes}"
            ),
        ));
    };
    let needs_cancel = class == "silent" || class == "silent_then_destroy" || class == "blocks";
    require(
        !needs_cancel || keys.cancel.is_some(),
        class.span(),
        "missing `cancel = function(arguments)`; `handle` is what the function returned",
    )?;
    Ok(class)
}

/// `answer` and `on_panic`, for callbacks that return something to C.
fn answers(keys: &Keys, callback: Option<&TypeFnPtr>) -> Result<()> {
    let returns = callback.is_some_and(|bare| !matches!(bare.output, ReturnType::Default));
    if returns || keys.answer.is_some() || keys.on_panic.is_some() {
        on_panic(keys)?;
        require(
            keys.answer.is_some(),
            keys.span,
            "missing `answer = expression`: what the callback returns to C",
        )?;
    }
    Ok(())
}

/// `on_panic`, or `unwind = abort`, which leaves nothing to answer.
fn on_panic(keys: &Keys) -> Result<()> {
    if let (true, Some(answer)) = (keys.aborts(), &keys.on_panic) {
        return Err(Error::new_spanned(
            answer,
            "with `unwind = abort` a panic ends the process, so there is nobody to answer: leave `on_panic` out",
        ));
    }
    require(
        keys.aborts() || keys.on_panic.is_some(),
        keys.span,
        "missing `on_panic = expression`: what C gets when Rust has panicked; usually the value that makes C stop. (Or \
         `unwind = abort`, which ends the process instead.)",
    )
}

/// `refused`, held against what the function returns.
fn refused(function: &Function, keys: &Keys) -> Result<()> {
    let returns = !matches!(function.item.sig.output, ReturnType::Default);
    require(
        !returns || keys.refused.is_some(),
        keys.span,
        "missing `refused`: the function returns a value; does it say that C has not taken the callback? One of: nonzero \
         (0 is success), negative (others are a handle), null (others are an object), never",
    )?;
    require(
        returns || keys.refused.as_ref().is_none_or(|word| word == "never"),
        keys.span,
        "the function returns nothing, so it can't refuse: leave `refused` out",
    )
}
