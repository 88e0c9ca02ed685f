//! Callbacks that are counted down, and of which the first one that fails ends it.
use syn::{Expr, Stmt};

use super::{Builder, Node};
use crate::cps::count_down::{Draft, Entry, Shape as Counted};
use crate::cps::first_wins::is_value;
use crate::cps::place::Aliases;
use crate::cps::tree::*;
use crate::cps::walk;
use crate::order::names;
use crate::order::outcomes::Outcomes;
use crate::recognise::Role;

impl<'a> Builder<'a, '_> {
    /// Builds what callbacks do before they count down, if some of that ends everything with an error: whether there is
    /// such a part. Nothing, if one of them answers in another way.
    pub(super) fn failing_parts(&mut self, counted: &mut Counted<'a>) -> Option<bool> {
        let alias = Alias { role: Role::Whole, cloned: false, join: None, shared: Some(Shared::Cell) };
        let aliases: Aliases = counted.cells.iter().map(|cell| (cell.clone(), alias.clone())).collect();
        let takes = |stmt: &Stmt| !names::of_stmts(std::slice::from_ref(stmt)).is_disjoint(&counted.cells);
        let fails = counted.drafts.iter().any(|draft| draft.arm.is_some() || draft.stmts.iter().any(takes));
        if !fails {
            return Some(false);
        }
        let drafts = counted.drafts.clone();
        let calls = counted.entries.iter_mut().filter_map(|entry| match entry {
            Entry::Keep(_) => None,
            Entry::Branch(_, call) | Entry::Each(_, _, call) => Some(call),
        });
        for (call, draft) in calls.zip(drafts) {
            call.callbacks[0].body = self.failing_part(draft, &aliases)?;
        }
        self.findings.is_empty().then_some(true)
    }

    fn failing_part(&mut self, draft: Draft<'a>, aliases: &Aliases) -> Option<Seq<'a>> {
        let is_concerned = |stmt: &Stmt| super::concerns(stmt, aliases);
        let mut steps = Vec::new();
        for stmt in draft.stmts {
            if !is_concerned(stmt) {
                steps.push(Step::Plain(stmt));
                continue;
            }
            let (node, outcomes, _) = self.stmt(stmt, &mut aliases.clone());
            match node {
                Node::Last(Last::Branch(branch, _)) if goes_on_or_fails(&outcomes) => {
                    steps.push(Step::Fork(*branch));
                }
                Node::Step(Step::Fork(branch)) if goes_on_or_fails(&outcomes) => {
                    steps.push(Step::Fork(branch));
                }
                _ => return None,
            }
        }
        let last = match draft.arm {
            None => Last::Open,
            Some((expr, counting, block, part)) => {
                if part.iter().any(is_concerned)
                    || expr.arms.iter().any(|arm| matches!(arm.pat, syn::Pat::Guard(_)))
                {
                    return None;
                }
                let way = |builder: &mut Self, arm: &'a syn::Arm| {
                    if std::ptr::eq(arm, counting) {
                        let steps = part.iter().map(Step::Plain).collect();
                        let braces = Some(&block.brace_token);
                        return Some(Way::Taken(Seq { steps, last: Last::Open, braces, leaves: false }));
                    }
                    let (seq, outcomes) = builder.tail(&arm.body, aliases);
                    (goes_on_or_fails(&outcomes.leave())).then_some(Way::Taken(seq))
                };
                let arms = expr.arms.iter().map(|arm| way(self, arm)).collect::<Option<_>>()?;
                let shape = Shape::Match { expr, arms };
                Last::Branch(Box::new(Branch { shape, binds: None }), &[])
            }
        };
        let seq = Seq { steps, last, braces: None, leaves: false };
        let mut only_errors = true;
        walk::ends(&seq, &mut |last| {
            only_errors &= match last {
                Last::Taken(taken) => is_error(&taken.then),
                Last::Await(_) | Last::FirstWins(_) | Last::Repeated(_) | Last::CountDown(_) => false,
                _ => true,
            };
        });
        only_errors.then_some(seq)
    }
}

/// Every way either goes on to count down, or answers and leaves.
fn goes_on_or_fails(outcomes: &Outcomes) -> bool {
    let [_, once, twice] = &outcomes.falls;
    let [never, _, again] = &outcomes.exits;
    [once, twice, never, again].iter().all(|trails| trails.is_empty())
        && outcomes.breaks.iter().all(Vec::is_empty)
}

/// `done(Err(e))`, where `e` is there already.
fn is_error(seq: &Seq<'_>) -> bool {
    let only_answers = seq.steps.iter().all(|step| matches!(step, Step::Alias));
    match &seq.last {
        Last::Answer(answer) if only_answers => match answer.args[..] {
            [Expr::Call(call)] => {
                let is_err = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("Err"));
                is_err && call.args.len() == 1 && is_value(&call.args[0])
            }
            _ => false,
        },
        _ => false,
    }
}
