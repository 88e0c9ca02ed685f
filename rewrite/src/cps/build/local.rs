//! `let` statements: new names of the completion, handles, early ends, join points.
use syn::{Expr, Local, Pat};

use super::optional::optional_let;
use super::{Builder, Cells, Node};
use crate::cps::alias::{alias_of, fills_cell, forget};
use crate::cps::place::{self, Aliases, mentions};
use crate::cps::tree::*;
use crate::order::names;
use crate::order::outcomes::Outcomes;
use crate::recognise::Role;
use crate::refusal::{Step as Decision, ends_of, quoted};

impl<'a> Builder<'a, '_> {
    pub(super) fn local(&mut self, local: &'a Local, aliases: &mut Aliases) -> (Node<'a>, Outcomes) {
        let nothing = Outcomes::falls(0, ends_of(local));
        let Some(init) = &local.init else { return (Node::Step(Step::Alias), nothing) };
        if let Some((_, diverge)) = &init.diverge {
            if let Some((name, alias)) = optional_let(local, aliases) {
                aliases.insert(name.to_string(), alias);
                return (Node::Step(Step::Alias), nothing);
            }
            if mentions(&init.expr, aliases) {
                let outcomes = self.refuse_use(&init.expr, aliases);
                return (Node::Step(Step::Alias), outcomes);
            }
            let (otherwise, outcomes) = self.tail(diverge, aliases);
            let missed = Decision {
                at: ends_of(&local.pat).0,
                text: format!("{} does not match", quoted(&local.pat)),
            };
            let outcomes = outcomes.after(missed).or(nothing);
            let shape = Shape::LetElse { local, otherwise };
            return (Node::Step(Step::Fork(Branch { shape, binds: None })), outcomes);
        }
        let alias = alias_of(&init.expr, aliases)
            .filter(|_| self.cells == Cells::AreNames || !fills_cell(&init.expr));
        if let (Pat::Ident(name), Some(alias)) = (&local.pat, alias) {
            aliases.insert(name.ident.to_string(), alias);
            return (Node::Step(Step::Alias), nothing);
        }
        if let (Pat::Ident(name), Expr::Closure(closure)) = (&local.pat, &*init.expr) {
            return self.join_point(local, name, closure, aliases);
        }
        match &*init.expr {
            expr @ (Expr::If(_) | Expr::Match(_)) => {
                let (shape, outcomes) = self.branch(expr, aliases);
                let node = Last::Branch(Box::new(Branch { shape, binds: Some(local) }), &[]);
                if !outcomes.falls[1].is_empty() || !outcomes.falls[2].is_empty() {
                    let outcomes = self.refuse_use(&init.expr, aliases);
                    return (Node::Last(node), outcomes);
                }
                (Node::Last(node), outcomes)
            }
            Expr::Call(call) if self.role_of(&call.func, aliases).is_some() => {
                if matches!(local.pat, Pat::Wild(_)) {
                    let (node, outcomes, _) = self.expr(&init.expr, true, aliases);
                    return (node, outcomes);
                }
                (Node::Step(Step::Alias), self.refuse_use(&init.expr, aliases))
            }
            expr @ (Expr::Call(_) | Expr::MethodCall(_) | Expr::Try(_)) => {
                let (node, outcomes) = self.call(expr, true, aliases);
                match node {
                    Node::Last(Last::Await(mut suspension)) => {
                        suspension.handle = Some(local);
                        (Node::Last(Last::Await(suspension)), outcomes)
                    }
                    node => (node, outcomes),
                }
            }
            Expr::Macro(mac) => {
                let outcomes = self.refuse_macro(&mac.mac, aliases);
                (Node::Step(Step::Alias), outcomes)
            }
            other => (Node::Step(Step::Alias), self.refuse_use(other, aliases)),
        }
    }

    /// Whether some path gets to an answer before a call that certainly waits. A call of a function of the same unit may
    /// not wait; which ones do is known only when all are built.
    pub(super) fn may_answer_at_once(&self, seq: &Seq<'a>) -> bool {
        let mut all_wait = true;
        let waits = |suspension: &Await<'_>| !self.unit.contains(&place::callee_name(suspension.call));
        crate::cps::walk::first_ends(seq, &mut |last| {
            all_wait &= match last {
                Last::Answer(_) => false,
                Last::Await(suspension) => waits(suspension),
                Last::FirstWins(race) => race.calls().all(waits),
                Last::Repeated(repeated) => waits(&repeated.events),
                Last::Open | Last::Diverges | Last::Branch(..) | Last::CountDown(_) | Last::Taken(_) => true,
            };
        });
        !all_wait
    }

    /// `let k = move |v| J;`
    pub(super) fn join_point(
        &mut self,
        local: &'a Local,
        name: &syn::PatIdent,
        closure: &'a syn::ExprClosure,
        aliases: &mut Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        closure.inputs.iter().for_each(|pat| forget(pat, &mut inside));
        let (body, outcomes) = self.tail(&closure.body, &inside);
        let entered = Decision { at: name.ident.span(), text: format!("`{}`", name.ident) };
        self.accept(outcomes.after(entered), "end of callback");
        // A plain closure that changes what it has captured would have to be declared `mut`.
        let mut gives_future =
            !names::mutable_in(self.sig, self.block).is_disjoint(&names::of_closure(closure));
        crate::cps::walk::suspensions(&body, &mut |_| gives_future = true);
        let join =
            Join { arity: closure.inputs.len(), at_once: self.may_answer_at_once(&body), gives_future };
        let alias = Alias { role: Role::Whole, cloned: false, join: Some(join), shared: None };
        aliases.insert(name.ident.to_string(), alias);
        let point = JoinPoint { local, closure, body, gives_future };
        (Node::Step(Step::Join(Box::new(point))), Outcomes::falls(0, ends_of(local)))
    }
}
