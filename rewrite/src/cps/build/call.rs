//! Calls that take the completion, or a closure that leads to it.
use syn::{Expr, Local, Pat, Stmt};

use super::{Builder, Node};
use crate::cps::alias::{alias_of, forget, forget_shadowed};
use crate::cps::place::{self, Aliases, What};
use crate::cps::tree::*;
use crate::order::outcomes::{By, Outcomes};
use crate::refusal::{Code, Step as Decision, ends_of_expr};

impl<'a> Builder<'a, '_> {
    /// A call that takes the completion, or a closure that leads to it.
    pub(super) fn call(
        &mut self,
        expr: &'a Expr,
        is_statement: bool,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut places = match place::find(expr, aliases) {
            Ok(places) => places,
            Err(refused) => {
                let outcomes = match refused.code {
                    Code::UC09 => self.refuse_use(refused.at, aliases),
                    code => self.refuse(code, refused.at, refused.message),
                };
                return (Node::Step(Step::Alias), outcomes);
            }
        };
        let suspend = |places, callbacks| {
            let suspension = Await { places, callbacks, ..Await::of(expr, is_statement) };
            let outcomes = Outcomes::completed_by(By::Callback, ends_of_expr(expr));
            (Node::Last(Last::Await(Box::new(suspension))), outcomes)
        };
        match places.len() {
            0 => (Node::Step(Step::Alias), self.refuse_use(expr, aliases)),
            1 => {
                let place = places.remove(0);
                match place.what {
                    What::Completion(ref alias) if alias.shared.is_some() => {
                        (Node::Step(Step::Alias), self.refuse_use(place.arg, aliases))
                    }
                    What::Completion(ref alias) => {
                        if let Some(join) = alias.join {
                            let suspension = Await {
                                places: vec![place],
                                join: Some(join),
                                ..Await::of(expr, is_statement)
                            };
                            return (
                                Node::Last(Last::Await(Box::new(suspension))),
                                Outcomes::falls(1, ends_of_expr(expr)),
                            );
                        }
                        if self.completion.parts.len() == 2 {
                            // One half of a pair is handed on; what becomes of the other half cannot be seen.
                            let role = alias.role;
                            let name = self.completion.part(role).name;
                            let message = format!(
                                "`{name}` is handed on alone; the other half of the pair stays behind"
                            );
                            return (Node::Step(Step::Alias), self.refuse(Code::UC05, place.arg, message));
                        }
                        suspend(vec![place], Vec::new())
                    }
                    What::Closure(closure, prepare) => {
                        let callback = self.callback(expr, closure, prepare, aliases);
                        suspend(vec![place], vec![callback])
                    }
                }
            }
            2 => {
                let second = places.remove(1);
                let first = places.remove(0);
                match (&first.what, &second.what) {
                    (What::Completion(a), What::Completion(b)) if a.role != b.role => {
                        suspend(vec![first, second], Vec::new())
                    }
                    (What::Closure(a, prepare_a), What::Closure(b, prepare_b)) => {
                        let a = self.callback(expr, a, prepare_a, aliases);
                        let b = self.callback(expr, b, prepare_b, aliases);
                        suspend(vec![first, second], vec![a, b])
                    }
                    _ => {
                        let message = "one of these two callbacks is the completion itself and the other one leads to it";
                        (Node::Step(Step::Alias), self.refuse(Code::UC05, second.arg, message))
                    }
                }
            }
            _ => {
                let message = "more than two callbacks of this call lead to the completion";
                let outcomes = self.refuse(Code::UC14, expr, message);
                if let Some(finding) = self.findings.last_mut() {
                    finding.help =
                        "lead to it by one callback, or by one for success and one for failure".into();
                }
                (Node::Step(Step::Alias), outcomes)
            }
        }
    }

    pub(super) fn callback(
        &mut self,
        call: &'a Expr,
        closure: &'a syn::ExprClosure,
        prepare: &'a [Stmt],
        aliases: &Aliases,
    ) -> Callback<'a> {
        let mut inside = aliases.clone();
        // What was taken out before belongs to the callback in which it was taken.
        inside.retain(|_, alias| alias.shared != Some(Shared::Content));
        let mut kept = Vec::new();
        for stmt in prepare {
            if let Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) = stmt {
                if let Some(alias) = alias_of(&init.expr, &inside) {
                    inside.insert(name.ident.to_string(), alias);
                    continue;
                }
            }
            forget_shadowed(stmt, &mut inside);
            kept.push(stmt);
        }
        closure.inputs.iter().for_each(|pat| forget(pat, &mut inside));
        let (body, outcomes) = self.tail(&closure.body, &inside);
        let entered = Decision {
            at: closure.inputs_begin.span,
            text: format!("callback of `{}`", place::callee_name(call)),
        };
        self.accept(outcomes.after(entered), "end of callback");
        Callback::new(closure, kept, body)
    }
}
