//! Branches and loops.
use quote::ToTokens;
use syn::{Block, Expr, Pat};

use super::{Builder, Node};
use crate::cps::alias::{forget, forget_conditions, opened};
use crate::cps::leave::{breaks, diverges_expr, returns};
use crate::cps::place::{Aliases, mentions};
use crate::cps::tree::*;
use crate::order::names;
use crate::order::outcomes::Outcomes;
use crate::refusal::{Code, Step as Decision, ends_of, quoted};

impl<'a> Builder<'a, '_> {
    pub(super) fn branch(&mut self, expr: &'a Expr, aliases: &Aliases) -> (Shape<'a>, Outcomes) {
        match expr {
            Expr::If(branch) => self.condition(branch, aliases),
            Expr::Match(branch) => {
                if mentions(&branch.expr, aliases) {
                    let outcomes = self.refuse_use(&branch.expr, aliases);
                    return (Shape::Match { expr: branch, arms: Vec::new() }, outcomes);
                }
                let mut arms = Vec::new();
                let mut total = Outcomes::diverges();
                for arm in &branch.arms {
                    let mut inside = aliases.clone();
                    forget(&arm.pat, &mut inside);
                    let taken =
                        Decision { at: ends_of(&arm.pat).0, text: format!("{} matches", quoted(&arm.pat)) };
                    let (way, outcomes) = if mentions(&arm.body, &inside) || returns(&arm.body) {
                        let (seq, outcomes) = self.tail(&arm.body, &inside);
                        (Way::Taken(seq), outcomes)
                    } else if diverges_expr(&arm.body) {
                        (Way::Kept, Outcomes::diverges())
                    } else {
                        (Way::Kept, Outcomes::falls(0, ends_of(&arm.body)))
                    };
                    arms.push(way);
                    total = total.or(outcomes.after(taken));
                }
                (Shape::Match { expr: branch, arms }, total)
            }
            Expr::Block(block) => {
                let (body, outcomes) = self.block(&block.block, aliases);
                let outcomes = if block.label.is_some() { outcomes.landed() } else { outcomes };
                (Shape::Block { expr, body }, outcomes)
            }
            Expr::Unsafe(block) => {
                let (body, outcomes) = self.block(&block.block, aliases);
                (Shape::Block { expr, body }, outcomes)
            }
            _ => unreachable!("only called for branches"),
        }
    }

    pub(super) fn condition(&mut self, branch: &'a syn::ExprIf, aliases: &Aliases) -> (Shape<'a>, Outcomes) {
        if mentions(&branch.cond, aliases) {
            let outcomes = self.refuse_use(&branch.cond, aliases);
            let then = Seq { steps: Vec::new(), last: Last::Open, braces: None, leaves: false };
            return (Shape::If { expr: branch, then, otherwise: None }, outcomes);
        }
        let at = ends_of(&branch.cond).0;
        let decision = |value| Decision { at, text: format!("{} is {value}", quoted(&branch.cond)) };
        let mut inside = aliases.clone();
        forget_conditions(&branch.cond, &mut inside);
        let (then, outcomes) = self.block(&branch.then_branch, &inside);
        let outcomes = outcomes.after(decision("true"));
        let (otherwise, other) = match &branch.else_branch {
            None => (None, Outcomes::falls(0, (branch.if_token.span, branch.if_token.span))),
            Some((_, expr)) => match &**expr {
                Expr::If(nested) => {
                    let (shape, outcomes) = self.condition(nested, aliases);
                    (Some(Box::new(Otherwise::If(shape))), outcomes)
                }
                other => {
                    let (seq, outcomes) = self.tail(other, aliases);
                    (Some(Box::new(Otherwise::Block(seq))), outcomes)
                }
            },
        };
        (Shape::If { expr: branch, then, otherwise }, outcomes.or(other.after(decision("false"))))
    }

    /// `if let Some(done) = done.take() { .. }`: whoever awaits is there to be answered.
    pub(super) fn opening(
        &mut self,
        expr: &'a Expr,
        branch: &'a syn::ExprIf,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        if let Some((name, alias)) = opened(&branch.cond, aliases) {
            if alias.shared.is_some() {
                let names = names::of_stmts(&branch.then_branch.stmts);
                let then = |builder: &mut Self, inside: &Aliases| builder.block(&branch.then_branch, inside);
                return self.taken(name, names, aliases, then);
            }
            inside.insert(name.to_string(), alias);
        }
        let (body, outcomes) = self.block(&branch.then_branch, &inside);
        if body.steps.is_empty() {
            return (Node::Last(body.last), outcomes);
        }
        let shape = Shape::Block { expr, body };
        (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
    }

    pub(super) fn repeat(
        &mut self,
        expr: &'a Expr,
        keyword: &dyn ToTokens,
        body: &'a Block,
        pat: Option<&'a Pat>,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        if let Some(pat) = pat {
            forget(pat, &mut inside);
        }
        let (seq, outcomes) = self.block(body, &inside);
        let name = self.name_of_completion();
        if !outcomes.falls[1].is_empty() || !outcomes.falls[2].is_empty() {
            let message = format!("{name} is called once per turn of this loop");
            let outcomes = self.refuse(Code::UC12, keyword, message);
            return (Node::Step(Step::Alias), outcomes);
        }
        // The loop may end without having completed, or leave from inside.
        let exits = Outcomes { falls: Default::default(), ..outcomes };
        let endless = matches!(expr, Expr::Loop(repeat) if !breaks(&repeat.body));
        let outcomes = if endless { exits } else { exits.or(Outcomes::falls(0, ends_of(expr))) };
        let shape = Shape::Block { expr, body: seq };
        (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
    }
}

/// Whether the branch falls through right after an answer on some way.
pub(super) fn answers_at_once(shape: &Shape<'_>) -> bool {
    let seq = |seq: &Seq<'_>| !seq.leaves && answers_in(seq);
    match shape {
        Shape::If { then, otherwise, .. } => {
            seq(then)
                || match otherwise.as_deref() {
                    Some(Otherwise::Block(block)) => seq(block),
                    Some(Otherwise::If(shape)) => answers_at_once(shape),
                    None => false,
                }
        }
        Shape::Match { arms, .. } => arms.iter().any(|arm| matches!(arm, Way::Taken(taken) if seq(taken))),
        Shape::LetElse { .. } => false,
        Shape::Block { body, .. } => seq(body),
    }
}

/// Whether some way to the end of a sequence has its answer there.
pub(super) fn answers_in(seq: &Seq<'_>) -> bool {
    match &seq.last {
        Last::Answer(_) => true,
        Last::Branch(branch, _) => answers_at_once(&branch.shape),
        Last::Taken(taken) => answers_in(&taken.then),
        Last::Open
        | Last::Diverges
        | Last::Await(_)
        | Last::CountDown(_)
        | Last::FirstWins(_)
        | Last::Repeated(_) => false,
    }
}
