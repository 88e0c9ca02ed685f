//! Functions that are converted together: calls among them become plain awaits.
//!
//! What has to be known of a converted callee stands here: where its completion was, whether it may answer before it
//! first suspends (then code behind a call of it may come too late, UC04), and with which others it is recursive
//! (then the call is boxed, or its future would contain itself).
use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Expr, FnArg, Ident};

use crate::Callees;
use crate::cps::place::{Place, callee_name};
use crate::cps::tree::{Await, Last, Seq, ident_of};
use crate::cps::walk;
use crate::recognise::Completion;
use crate::rules::Form;

/// What is known of the functions of a unit.
#[derive(Default)]
pub(crate) struct Unit {
    callees: BTreeMap<String, Callee>,
    /// Calls of methods on a clone of `self`, by their place in the syntax tree.
    on_clones: BTreeSet<*const Expr>,
    /// The clones of `self` that a converted method is called on, for each function.
    lent_clones: BTreeMap<String, BTreeSet<String>>,
    /// What is known of other functions.
    declared: Callees,
}

/// A function of the unit.
pub(crate) struct Callee {
    /// Which arguments of a call are its completion, not counting `self`.
    places: Vec<usize>,
    is_method: bool,
    /// It is converted; otherwise only its body is known.
    is_converted: bool,
    /// What it is called now, if not as before.
    pub(crate) new_name: Option<String>,
    /// What it returns for what its completion was called with.
    pub(crate) form: Form,
    /// It may answer before its first suspension.
    pub(crate) at_once: bool,
    /// The functions that it may call, itself among them if it is recursive.
    reaches: BTreeSet<String>,
}

/// The variables of a body that are clones of `self`, and never anything else.
///
/// ```text
/// let this = self.clone();    let this = Rc::clone(&self);
/// ```
pub(crate) fn clones_of_self(block: &syn::Block) -> BTreeSet<String> {
    #[derive(Default)]
    struct Bindings<'a> {
        clones: Vec<&'a syn::Ident>,
        all: Vec<&'a syn::Ident>,
    }
    impl<'a> Visit<'a> for Bindings<'a> {
        fn visit_local(&mut self, local: &'a syn::Local) {
            if let (syn::Pat::Ident(name), Some(init)) = (&local.pat, &local.init) {
                if is_clone_of_self(&init.expr) {
                    self.clones.push(&name.ident);
                }
            }
            visit::visit_local(self, local);
        }
        fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
            self.all.push(&pat.ident);
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut bindings = Bindings::default();
    bindings.visit_block(block);
    let is_one = |name: &&syn::Ident| bindings.all.iter().filter(|other| *other == name).count() == 1;
    bindings.clones.iter().copied().filter(is_one).map(ToString::to_string).collect()
}

fn is_clone_of_self(init: &Expr) -> bool {
    let is_self = |expr: &Expr| match expr {
        Expr::Reference(reference) => ident_of(&reference.expr).is_some_and(|ident| ident == "self"),
        other => ident_of(other).is_some_and(|ident| ident == "self"),
    };
    match init {
        Expr::MethodCall(call) => call.method == "clone" && call.args.is_empty() && is_self(&call.receiver),
        Expr::Call(call) => {
            let is_clone = matches!(&*call.func, Expr::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "clone"));
            is_clone && call.args.len() == 1 && is_self(&call.args[0])
        }
        _ => false,
    }
}

/// A member of a unit, as it was built.
pub(crate) struct Member<'m, 'a> {
    pub(crate) sig: &'a syn::Signature,
    pub(crate) block: &'a syn::Block,
    pub(crate) new_name: Option<String>,
    /// It is going to be async; otherwise it stays as it is.
    pub(crate) is_converted: bool,
    pub(crate) completion: &'m Completion<'a>,
    pub(crate) body: &'m Seq<'a>,
}

impl Unit {
    /// What is known of these functions, if all of them are converted.
    pub(crate) fn of<'m, 'a: 'm>(
        members: impl Iterator<Item = Member<'m, 'a>> + Clone,
        declared: Callees,
    ) -> Self {
        let mut unit = Unit { declared, ..Unit::default() };
        for member in members.clone() {
            let receivers = usize::from(matches!(member.sig.inputs.first(), Some(FnArg::Receiver(_))));
            let places = member.completion.parts.iter().map(|part| part.index - receivers).collect();
            let callee = Callee {
                places,
                is_method: receivers == 1,
                is_converted: member.is_converted,
                new_name: member.new_name,
                form: Form::of(member.completion, member.body),
                at_once: false,
                reaches: BTreeSet::new(),
            };
            unit.callees.insert(member.sig.ident.to_string(), callee);
        }
        // Two functions of one name (in different `impl`s): which of them a call means can't be seen.
        let mut seen = BTreeSet::new();
        for member in members.clone() {
            let name = member.sig.ident.to_string();
            if !seen.insert(name.clone()) {
                unit.callees.remove(&name);
            }
        }
        for member in members.clone() {
            unit.find_clones(&member);
        }
        unit.follow(members);
        unit
    }

    fn find_clones(&mut self, member: &Member<'_, '_>) {
        if !matches!(member.sig.inputs.first(), Some(FnArg::Receiver(_))) {
            return;
        }
        let clones = clones_of_self(member.block);
        let mut lent = BTreeSet::new();
        walk::suspensions(member.body, &mut |suspension| {
            let Expr::MethodCall(call) = suspension.call else { return };
            let clone = ident_of(&call.receiver).and_then(|name| clones.get(&name.to_string()));
            let Some(clone) = clone else { return };
            self.on_clones.insert(std::ptr::from_ref(suspension.call));
            if self.callee(suspension).is_some() {
                lent.insert(clone.clone());
            }
        });
        self.lent_clones.insert(member.sig.ident.to_string(), lent);
    }

    /// Both facts spread from callee to caller, until nothing changes.
    fn follow<'m, 'a: 'm>(&mut self, members: impl Iterator<Item = Member<'m, 'a>> + Clone) {
        loop {
            let mut changed = false;
            for member in members.clone() {
                let name = member.sig.ident.to_string();
                let mut calls = BTreeSet::new();
                walk::suspensions(member.body, &mut |suspension| {
                    if self.callee(suspension).is_some() {
                        calls.insert(callee_name(suspension.call));
                    }
                });
                for callee in calls.clone() {
                    calls.extend(
                        self.callees.get(&callee).into_iter().flat_map(|callee| callee.reaches.clone()),
                    );
                }
                let at_once = self.may_answer_at_once(member.body);
                let Some(callee) = self.callees.get_mut(&name) else { continue };
                changed |= at_once != callee.at_once || calls != callee.reaches;
                callee.at_once = at_once;
                callee.reaches = calls;
            }
            if !changed {
                return;
            }
        }
    }

    /// Whether a suspension calls a method on a clone of `self`. That may be another object, but it has the same methods.
    pub(crate) fn is_on_clone(&self, suspension: &Await<'_>) -> bool {
        self.on_clones.contains(&std::ptr::from_ref(suspension.call))
    }

    /// Whether a variable of a function is a clone of `self` that is lent to the futures of its methods, and so has to
    /// live as long as they do. The object itself lives until then, too.
    pub(crate) fn is_lent_clone(&self, function: &str, name: &Ident) -> bool {
        self.lent_clones.get(function).is_some_and(|clones| clones.contains(&name.to_string()))
    }

    /// The converted function that a suspension calls, if it is one of this unit.
    pub(crate) fn callee(&self, suspension: &Await<'_>) -> Option<&Callee> {
        self.known(suspension).filter(|callee| callee.is_converted)
    }

    /// The function that a suspension calls, if its body is in view.
    pub(crate) fn known(&self, suspension: &Await<'_>) -> Option<&Callee> {
        let (name, args, is_method) = match suspension.call {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path)
                    if path.path.segments.len() == 1 || path.path.segments[0].ident == "Self" =>
                {
                    (path.path.segments.last()?.ident.to_string(), &call.args, false)
                }
                _ => return None,
            },
            Expr::MethodCall(call)
                if self.is_on_clone(suspension)
                    || ident_of(&call.receiver).is_some_and(|ident| ident == "self") =>
            {
                (call.method.to_string(), &call.args, true)
            }
            _ => return None,
        };
        let callee = self.callees.get(&name)?;
        let is_there = |place: &Place<'_>, index: usize| {
            args.iter().nth(index).is_some_and(|arg| crate::cps::place::contains(arg, place.arg))
        };
        let shift = usize::from(callee.is_method && !is_method);
        let fits = callee.places.len() == suspension.places.len()
            && callee
                .places
                .iter()
                .zip(&suspension.places)
                .all(|(index, place)| is_there(place, index + shift));
        (fits && (callee.is_method || !is_method)).then_some(callee)
    }

    /// Whether the function that a suspension calls may call back before it returns, if anything is known of it.
    pub(crate) fn answers_at_once(&self, suspension: &Await<'_>) -> Option<bool> {
        let declared = || self.declared.answers_at_once(&callee_name(suspension.call));
        self.known(suspension).map(|callee| callee.at_once).or_else(declared)
    }

    /// Whether this function is called again before `callee` is through.
    pub(crate) fn is_recursive(&self, function: &str, callee: &Await<'_>) -> bool {
        let name = callee_name(callee.call);
        name == function || self.callees.get(&name).is_some_and(|callee| callee.reaches.contains(function))
    }

    /// Whether some path gets to an answer without a suspension that certainly waits.
    pub(crate) fn may_answer_at_once(&self, seq: &Seq<'_>) -> bool {
        let mut may = false;
        walk::first_ends(seq, &mut |last| {
            may |= match last {
                Last::Answer(_) => true,
                Last::Await(suspension) => self.may_call_back_at_once(suspension),
                Last::FirstWins(race) => race.calls().any(|call| self.may_call_back_at_once(call)),
                Last::Repeated(repeated) => self.may_call_back_at_once(&repeated.events),
                Last::Open | Last::Diverges | Last::Branch(..) | Last::CountDown(_) | Last::Taken(_) => false,
            };
        });
        may
    }

    fn may_call_back_at_once(&self, suspension: &Await<'_>) -> bool {
        if suspension.calls_join_point() {
            return suspension.join.is_some_and(|join| join.at_once);
        }
        let continues = || match &suspension.callbacks[..] {
            [] => suspension.join.is_none_or(|join| join.at_once),
            callbacks => callbacks.iter().any(|callback| self.may_answer_at_once(&callback.body)),
        };
        self.answers_at_once(suspension) == Some(true) && continues()
    }
}
