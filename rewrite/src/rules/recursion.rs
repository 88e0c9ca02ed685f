//! LOOP: a function that ends in a call of itself, with the same completion, is a loop.
//!
//! ```text
//! fn h(a: u64, n: u32, done: D) {                      =>   async fn h(mut a: u64, mut n: u32) -> u64 {
//!     if n == 0 { done(a); return; }                            loop {
//!     op(a, move |v| h(a + v, n - 1, done))                         if n == 0 { return a; }
//! }                                                                 let v = call!(op(a, _)).await;
//!                                                                   (a, n) = (a + v, n - 1);
//!                                                               }
//!                                                           }
//! ```
//!
//! The parameters are assigned at once, because each new one is computed from the old ones; one that is handed on
//! unchanged stays. A name that the body binds again is carried under a name of ours.
//!
//! Condition: the completion is handed on as it is, nothing stands behind the call, the parameters are names (UC17), and
//! one whose type is open (`T`, `impl Trait`) is handed on unchanged: another value may have another type.
//! Other calls of itself are awaited in a box (rule CONVERTED), unless each of them would want a larger type of answer
//! than the one before (UC16).
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{FnArg, Pat, Signature, Type};

use crate::Function;
use crate::cps::place::callee_name;
use crate::cps::tree::{Await, Seq, ident_of};
use crate::cps::walk;
use crate::order::names;
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer};
use crate::refusal::{Code, Finding, quoted};
use crate::switch::Rule;

/// The loop that a function becomes.
pub(crate) struct Turns<'a> {
    sig: &'a Signature,
    /// The parameters that are not the completion.
    params: Vec<&'a Ident>,
    /// Those that the body binds again, and what carries them.
    carried: BTreeMap<String, String>,
    /// Those that a turn assigns.
    pub(crate) assigned: BTreeSet<String>,
    label: Option<String>,
}

impl<'a> Writer<'a, '_> {
    /// Whether this suspension starts the next turn of the function's loop.
    pub(crate) fn is_turn(&self, suspension: &Await<'a>) -> bool {
        self.turns.as_ref().is_some_and(|turns| self.calls_itself(suspension, turns.sig))
    }

    fn calls_itself(&self, suspension: &Await<'a>, sig: &Signature) -> bool {
        suspension.callbacks.is_empty()
            && suspension.join.is_none()
            && suspension.rest.is_empty()
            && suspension.handle.is_none()
            && !self.unit.is_on_clone(suspension)
            && self.unit.callee(suspension).is_some()
            && callee_name(suspension.call) == self.function
            && self.keeps_open_types(suspension, sig)
    }

    /// Whether each parameter whose type is open gets the value that it has.
    fn keeps_open_types(&self, suspension: &Await<'a>, sig: &Signature) -> bool {
        let params: Vec<_> = sig
            .inputs
            .iter()
            .enumerate()
            .filter(|(index, _)| self.completion.parts.iter().all(|part| part.index != *index))
            .filter_map(|(_, input)| match input {
                FnArg::Typed(typed) => Some(typed),
                FnArg::Receiver(_) => None,
            })
            .collect();
        let args: Vec<_> = suspension.kept_args().collect();
        let surplus = args.len().saturating_sub(params.len());
        params.iter().zip(&args[surplus..]).all(|(param, arg)| {
            let is_same = match &*param.pat {
                Pat::Ident(name) => ident_of(arg).is_some_and(|ident| *ident == name.ident),
                _ => false,
            };
            is_same || !is_open(&param.ty, sig)
        })
    }

    /// Refuses a call of itself that wants a larger type of answer than the function gives: there would be no end to it.
    pub(crate) fn check_growth(&mut self, suspension: &Await<'a>, sig: &Signature) {
        if callee_name(suspension.call) != self.function || self.unit.callee(suspension).is_none() {
            return;
        }
        for (part, callback) in self.completion.parts.iter().zip(&suspension.callbacks) {
            for (declared, param) in part.answer.written().iter().zip(callback.params()) {
                let Pat::Type(wanted) = param else { continue };
                let type_text = |ty: &Type| quoted(ty).replace(" < ", "<").replace(" >", ">");
                let grows = type_text(&wanted.ty).len() > type_text(declared).len();
                if is_open(&wanted.ty, sig) && grows {
                    let message = format!(
                        "this call of `{}` is for {}, and the function gives {}: each turn would be another function",
                        self.function,
                        type_text(&wanted.ty),
                        type_text(declared)
                    );
                    self.notes.push(Finding::about(Code::UC16, &*wanted.ty, message));
                    self.refused = true;
                }
            }
        }
    }

    /// Prepares a loop if the function ends in a call of itself.
    pub(crate) fn prepare_turns(&mut self, function: Function<'a>, body: &Seq<'a>) {
        if !self.ends_in_itself(body, function.sig) {
            return;
        }
        let bound = bound_anywhere(function.block);
        let mut turns = Turns {
            sig: function.sig,
            params: Vec::new(),
            carried: BTreeMap::new(),
            assigned: BTreeSet::new(),
            label: None,
        };
        for (index, input) in function.sig.inputs.iter().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            if self.completion.parts.iter().any(|part| part.index == index) {
                continue;
            }
            let Pat::Ident(name) = &*typed.pat else {
                let message = "this parameter is a pattern, which the next turn of the loop cannot assign";
                self.notes.push(Finding::about(Code::UC17, &*typed.pat, message));
                self.refused = true;
                return;
            };
            turns.params.push(&name.ident);
            if bound.contains(&name.ident.to_string()) {
                let carrier = self.fresh(&format!("next_{}", name.ident));
                turns.carried.insert(name.ident.to_string(), carrier);
            }
        }
        self.turns = Some(turns);
    }

    fn ends_in_itself(&self, body: &Seq<'a>, sig: &Signature) -> bool {
        let mut found = false;
        walk::suspensions(body, &mut |suspension| found |= self.calls_itself(suspension, sig));
        found
    }

    /// The next turn: the parameters get their new values.
    pub(crate) fn turn(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, mode: &Mode) {
        let Some(mut turns) = self.turns.take() else { return };
        let kept = suspension.kept_args();
        // A method called by its path has its receiver among the arguments; it is not a parameter that changes.
        let surplus = kept.clone().count().saturating_sub(turns.params.len());
        let mut targets = Vec::new();
        let mut values: Vec<Vec<Piece<'a>>> = Vec::new();
        for (param, arg) in turns.params.iter().zip(kept.skip(surplus)) {
            let name = param.to_string();
            let carrier = turns.carried.get(&name);
            if carrier.is_none() && ident_of(arg).is_some_and(|ident| ident == *param) {
                continue;
            }
            turns.assigned.insert(name);
            targets.push(match carrier {
                Some(carrier) => Piece::Ours(carrier.clone().into()),
                None => Piece::Name((*param).clone()),
            });
            values.push(vec![Piece::Keep(arg)]);
        }
        if !self.options.keeps(Rule::Simultaneous) {
            for (target, value) in targets.drain(..).zip(values.drain(..)) {
                level.push(Line::from(vec![target]).ours(" = ").with(value).ours(";"));
            }
        }
        let line = match targets.len() {
            0 => None,
            1 => {
                let value = values.remove(0);
                Some(Line::from(targets).ours(" = ").with(value).ours(";"))
            }
            _ => {
                let targets = super::answer::tuple(targets.into_iter().map(|target| vec![target]));
                Some(Line::from(vec![targets]).ours(" = ").with([super::answer::tuple(values)]).ours(";"))
            }
        };
        level.lines.extend(line);
        if *mode == Mode::Return && self.options.keeps(Rule::EarlyTurn) {
            // An early end: what follows in this turn must not run. A label, because it may stand in another loop.
            let label = turns.label.get_or_insert_with(|| "'turn".into()).clone();
            level.push(Line::new().ours(format!("continue {label};")));
        }
        self.turns = Some(turns);
    }

    /// `loop { .. }` round the lines of the body.
    pub(crate) fn looped(&mut self, lines: Vec<Line<'a>>) -> Vec<Line<'a>> {
        let Some(turns) = &self.turns else { return lines };
        let mut before = Vec::new();
        let mut inside = Vec::new();
        for param in &turns.params {
            let Some(carrier) = turns.carried.get(&param.to_string()) else { continue };
            before.push(Line::new().ours(format!("let mut {carrier} = ")).name(param).ours(";"));
            inside.push(Line::new().ours("let ").name(param).ours(format!(" = {carrier};")));
        }
        inside.extend(lines);
        let label = turns.label.as_ref().map_or(String::new(), |label| format!("{label}: "));
        before.push(Line::new().ours(format!("{label}loop ")).with([Piece::Block(Block::ours(inside))]));
        before
    }

    /// Whether a parameter has to become `mut`.
    pub(crate) fn is_assigned(&self, param: &Ident) -> bool {
        self.turns.as_ref().is_some_and(|turns| {
            let name = param.to_string();
            turns.assigned.contains(&name) && !turns.carried.contains_key(&name)
        })
    }
}

/// Whether the caller chooses a type, or a part of it.
fn is_open(ty: &Type, sig: &Signature) -> bool {
    let mentioned = names::all_in(ty.to_token_stream());
    mentioned.contains("impl")
        || sig.generics.type_params().any(|param| mentioned.contains(&param.ident.to_string()))
}

/// Every name that a body binds, at any depth.
fn bound_anywhere(block: &syn::Block) -> names::Names {
    struct Bound(names::Names);
    impl<'v> syn::visit::Visit<'v> for Bound {
        fn visit_pat(&mut self, pat: &'v Pat) {
            self.0.extend(names::bound_by(pat).into_iter().map(ToString::to_string));
            syn::visit::visit_pat(self, pat);
        }
    }
    let mut bound = Bound(names::Names::new());
    syn::visit::Visit::visit_block(&mut bound, block);
    bound.0
}
