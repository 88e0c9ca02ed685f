//! Functions that are converted together: calls among them become plain awaits.
//!
//! What has to be known of a converted callee stands here: where its completion was, whether it may answer before it
//! first suspends (then code behind a call of it may come too late, UC04), and with which others it is recursive
//! (then the call is boxed, or its future would contain itself).
use std::collections::{BTreeMap, BTreeSet};

use syn::{Expr, FnArg};

use crate::cps::place::{Place, callee_name};
use crate::cps::tree::{Answer, Await, Last, Otherwise, Seq, Shape, Step, Way, ident_of};
use crate::recognise::Completion;

/// What is known of the functions of a unit.
#[derive(Default)]
pub(crate) struct Unit {
    callees: BTreeMap<String, Callee>,
}

/// A function that is going to be async.
pub(crate) struct Callee {
    /// Which arguments of a call are its completion, not counting `self`.
    places: Vec<usize>,
    is_method: bool,
    /// What it is called now, if not as before.
    pub(crate) new_name: Option<String>,
    /// It may answer before its first suspension.
    pub(crate) at_once: bool,
    /// The functions that it may call, itself among them if it is recursive.
    reaches: BTreeSet<String>,
}

/// A member of a unit, as it was built.
pub(crate) struct Member<'m, 'a> {
    pub(crate) sig: &'a syn::Signature,
    pub(crate) new_name: Option<String>,
    pub(crate) completion: &'m Completion<'a>,
    pub(crate) body: &'m Seq<'a>,
}

impl Unit {
    /// What is known of these functions, if all of them are converted.
    pub(crate) fn of<'m, 'a: 'm>(members: impl Iterator<Item = Member<'m, 'a>> + Clone) -> Self {
        let mut unit = Unit::default();
        for member in members.clone() {
            let receivers = usize::from(matches!(member.sig.inputs.first(), Some(FnArg::Receiver(_))));
            let places = member.completion.parts.iter().map(|part| part.index - receivers).collect();
            let callee = Callee {
                places,
                is_method: receivers == 1,
                new_name: member.new_name,
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
        unit.follow(members);
        unit
    }

    /// Both facts spread from callee to caller, until nothing changes.
    fn follow<'m, 'a: 'm>(&mut self, members: impl Iterator<Item = Member<'m, 'a>> + Clone) {
        loop {
            let mut changed = false;
            for member in members.clone() {
                let name = member.sig.ident.to_string();
                let mut calls = BTreeSet::new();
                suspensions(member.body, &mut |suspension| {
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

    /// The converted function that a suspension calls, if it is one of this unit.
    pub(crate) fn callee(&self, suspension: &Await<'_>) -> Option<&Callee> {
        let (name, args, is_method) = match suspension.call {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path)
                    if path.path.segments.len() == 1 || path.path.segments[0].ident == "Self" =>
                {
                    (path.path.segments.last()?.ident.to_string(), &call.args, false)
                }
                _ => return None,
            },
            Expr::MethodCall(call) if ident_of(&call.receiver).is_some_and(|ident| ident == "self") => {
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

    /// Whether this function is called again before `callee` is through.
    pub(crate) fn is_recursive(&self, function: &str, callee: &Await<'_>) -> bool {
        let name = callee_name(callee.call);
        name == function || self.callees.get(&name).is_some_and(|callee| callee.reaches.contains(function))
    }

    /// Whether some path gets to an answer without a suspension that certainly waits.
    pub(crate) fn may_answer_at_once(&self, seq: &Seq<'_>) -> bool {
        let in_steps = seq.steps.iter().any(|step| match step {
            Step::Fork(branch) => self.shape_may_answer(&branch.shape),
            Step::Plain(_) | Step::Alias | Step::Join(_) => false,
        });
        in_steps
            || match &seq.last {
                Last::Open | Last::Diverges => false,
                Last::Answer(_) => true,
                Last::Await(suspension) => {
                    suspension.joins
                        || self.callee(suspension).is_some_and(|callee| callee.at_once) && {
                            suspension.callbacks.is_empty()
                                || suspension
                                    .callbacks
                                    .iter()
                                    .any(|callback| self.may_answer_at_once(&callback.body))
                        }
                }
                Last::Branch(branch, _) => self.shape_may_answer(&branch.shape),
            }
    }

    fn shape_may_answer(&self, shape: &Shape<'_>) -> bool {
        match shape {
            Shape::If { then, otherwise, .. } => {
                self.may_answer_at_once(then)
                    || match otherwise.as_deref() {
                        Some(Otherwise::Block(seq)) => self.may_answer_at_once(seq),
                        Some(Otherwise::If(shape)) => self.shape_may_answer(shape),
                        None => false,
                    }
            }
            Shape::Match { arms, .. } => {
                arms.iter().any(|way| matches!(way, Way::Taken(seq) if self.may_answer_at_once(seq)))
            }
            Shape::LetElse { otherwise, .. } => self.may_answer_at_once(otherwise),
            Shape::Block { body, .. } => self.may_answer_at_once(body),
        }
    }
}

/// All suspensions of a sequence, at any depth.
pub(crate) fn suspensions<'s, 'a>(seq: &'s Seq<'a>, see: &mut impl FnMut(&'s Await<'a>)) {
    ends(seq, &mut |last| {
        if let Last::Await(suspension) = last {
            see(suspension);
        }
    });
}

/// All answers of a sequence, at any depth.
pub(crate) fn answers<'s, 'a>(seq: &'s Seq<'a>, see: &mut impl FnMut(&'s Answer<'a>)) {
    ends(seq, &mut |last| {
        if let Last::Answer(answer) = last {
            see(answer);
        }
    });
}

/// How a sequence ends, and how the sequences in it do.
fn ends<'s, 'a>(seq: &'s Seq<'a>, see: &mut impl FnMut(&'s Last<'a>)) {
    for step in &seq.steps {
        match step {
            Step::Fork(branch) => ends_in_shape(&branch.shape, see),
            Step::Join(point) => ends(&point.body, see),
            Step::Plain(_) | Step::Alias => {}
        }
    }
    see(&seq.last);
    match &seq.last {
        Last::Await(suspension) => suspension.callbacks.iter().for_each(|callback| ends(&callback.body, see)),
        Last::Branch(branch, _) => ends_in_shape(&branch.shape, see),
        Last::Open | Last::Diverges | Last::Answer(_) => {}
    }
}

fn ends_in_shape<'s, 'a>(shape: &'s Shape<'a>, see: &mut impl FnMut(&'s Last<'a>)) {
    match shape {
        Shape::If { then, otherwise, .. } => {
            ends(then, see);
            match otherwise.as_deref() {
                Some(Otherwise::Block(seq)) => ends(seq, see),
                Some(Otherwise::If(shape)) => ends_in_shape(shape, see),
                None => {}
            }
        }
        Shape::Match { arms, .. } => {
            for way in arms {
                if let Way::Taken(seq) = way {
                    ends(seq, see);
                }
            }
        }
        Shape::LetElse { otherwise, .. } => ends(otherwise, see),
        Shape::Block { body, .. } => ends(body, see),
    }
}
