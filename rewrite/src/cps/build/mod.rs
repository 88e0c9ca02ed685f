//! From statements to the CPS tree, with the path analysis on the way.
mod branch;
mod call;
mod count_down;
mod first_wins;
mod local;
mod optional;
mod refuse;

use std::collections::BTreeSet;

use syn::{Block, Expr, Pat, Stmt};

use self::branch::{answers_at_once, answers_in};
use super::alias::{alias_of, forget, forget_shadowed, is_content, mentions_completion, opened};
use super::leave::{breaks_label, diverges, returns_in};
use super::place::{Aliases, mentions};
use super::tree::*;
use crate::order::names;
use crate::order::outcomes::{By, Outcomes};
use crate::recognise::{Completion, Role};
use crate::refusal::{Code, Finding, ends_of, ends_of_expr};

/// What is known of a function before its body is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a, 'c> {
    pub(crate) sig: &'a syn::Signature,
    pub(crate) completion: &'c Completion<'a>,
    /// The names of the functions that are converted together with this one, and its own.
    pub(crate) unit: &'c names::Names,
    /// Code behind the answer is a reason to refuse.
    pub(crate) refuses_late: bool,
}

/// Builds the tree of a function's body, or says why there is none.
pub(crate) fn build<'a>(block: &'a Block, around: Around<'a, '_>) -> Result<Seq<'a>, Vec<Finding>> {
    if let Some(finding) = super::blocking::find(block) {
        return Err(vec![finding]);
    }
    // A completion that is put into a cell is called by whoever takes it out. If the paths show that this happens once,
    // the cell is just another name of it. If not (callbacks that are counted down, or of which the first one wins),
    // the cell itself is what the function starts, and its callbacks stay as they are.
    if let Some(join) = count_down(block, around) {
        return Ok(join);
    }
    build_with(block, around, Cells::AreNames).or_else(|_| build_with(block, around, Cells::AreHandles))
}

/// A body whose callbacks are counted down.
fn count_down<'a>(block: &'a Block, around: Around<'a, '_>) -> Option<Seq<'a>> {
    let [part] = &around.completion.parts[..] else { return None };
    let shape = super::count_down::find(block, &part.name.to_string())?;
    let mut builder = Builder::new(block, around, Cells::AreNames);
    let alias = Alias { role: part.role, cloned: false, join: None, shared: None };
    let aliases: Aliases = shape.cells.iter().map(|cell| (cell.clone(), alias.clone())).collect();
    let (zero, outcomes) = builder.block(shape.zero, &aliases);
    builder.accept(outcomes, "end of callback");
    if !builder.findings.is_empty() {
        return None;
    }
    let mut shape = shape;
    let fails = builder.failing_parts(&mut shape)?;
    let last = Last::CountDown(Box::new(shape.with(zero, fails)));
    Some(Seq { steps: Vec::new(), last, braces: None, leaves: false })
}

/// What putting the completion into a cell means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    AreNames,
    AreHandles,
}

fn build_with<'a>(block: &'a Block, around: Around<'a, '_>, cells: Cells) -> Result<Seq<'a>, Vec<Finding>> {
    let mut builder = Builder::new(block, around, cells);
    let mut aliases = Aliases::new();
    for part in &around.completion.parts {
        aliases.insert(
            part.name.to_string(),
            Alias { role: part.role, cloned: false, join: None, shared: None },
        );
    }
    let (seq, outcomes) = builder.block(block, &aliases);
    builder.accept(outcomes, "end of function");
    if builder.findings.is_empty() { Ok(seq) } else { Err(builder.findings) }
}

/// What a statement turned out to be.
enum Node<'a> {
    Step(Step<'a>),
    Last(Last<'a>),
}

struct Builder<'a, 'c> {
    findings: Vec<Finding>,
    completion: &'c Completion<'a>,
    unit: &'c names::Names,
    sig: &'a syn::Signature,
    block: &'a Block,
    cells: Cells,
    refuses_late: bool,
    /// Cells that turned out to be something else than callbacks of which the first one wins.
    not_raced: BTreeSet<*const Stmt>,
}

impl<'a, 'c> Builder<'a, 'c> {
    fn new(block: &'a Block, around: Around<'a, 'c>, cells: Cells) -> Self {
        let Around { sig, completion, unit, refuses_late } = around;
        Builder {
            findings: Vec::new(),
            completion,
            unit,
            sig,
            block,
            cells,
            refuses_late,
            not_raced: BTreeSet::new(),
        }
    }
}

impl<'a> Builder<'a, '_> {
    /// Every way out must have completed exactly once.
    fn accept(&mut self, outcomes: Outcomes, end: &str) {
        let outcomes = outcomes.arrive();
        let name = self.name_of_completion();
        for trail in &outcomes.falls[0] {
            let message =
                format!("this path ends without calling {name}; an `.await` on it would never finish");
            self.report_path(Code::UC01, trail, message, Some(end));
        }
        for trail in &outcomes.falls[2] {
            let by_callbacks = trail.made_by.iter().filter(|by| **by == By::Callback).count();
            let (code, message) = if by_callbacks > 1 {
                (Code::UC19, format!("two callbacks call {name}, and neither knows of the other"))
            } else if trail.made_by.contains(&By::Clone) {
                (Code::UC15, format!("two clones of {name} are called on this path"))
            } else {
                (Code::UC02, format!("{name} has already been called on this path"))
            };
            self.report_path(code, trail, message, Some("second call"));
        }
    }

    fn block(&mut self, block: &'a Block, aliases: &Aliases) -> (Seq<'a>, Outcomes) {
        let braces = (block.brace_token.span.open(), block.brace_token.span.close());
        let (mut seq, outcomes) = self.stmts(&block.stmts, Outcomes::falls(0, braces), aliases.clone());
        seq.braces = Some(&block.brace_token);
        (seq, outcomes)
    }

    fn stmts(&mut self, stmts: &'a [Stmt], mut total: Outcomes, mut aliases: Aliases) -> (Seq<'a>, Outcomes) {
        let mut steps = Vec::new();
        let open = |steps, leaves| Seq { steps, last: Last::Open, braces: None, leaves };
        for (index, stmt) in stmts.iter().enumerate() {
            let rest = &stmts[index + 1..];
            if let Some((last, outcomes)) = self.first_wins(&stmts[index..], &aliases) {
                let leaves = !outcomes.can_fall();
                return (Seq { steps, last, braces: None, leaves }, total.then(outcomes));
            }
            if let Some((last, outcomes)) = self.taken_or_left(stmt, rest, &aliases) {
                return (Seq { steps, last, braces: None, leaves: false }, total.then(outcomes));
            }
            if !concerns(stmt, &aliases) {
                steps.push(Step::Plain(stmt));
                forget_shadowed(stmt, &mut aliases);
                if diverges(stmt) {
                    let broken = breaks_label(stmt).then(|| Outcomes::breaks(ends_without_semicolon(stmt)));
                    total = total.then(broken.unwrap_or_default());
                    return (Seq { steps, last: Last::Diverges, braces: None, leaves: false }, total);
                }
                let mut plain = Outcomes::falls(0, ends_without_semicolon(stmt));
                if breaks_label(stmt) {
                    plain = plain.or(Outcomes::breaks(ends_without_semicolon(stmt)));
                }
                total = total.then(plain);
                continue;
            }
            let (node, outcomes, returned) = self.stmt(stmt, &mut aliases);
            match node {
                _ if returned && !outcomes.can_fall() && matches!(node, Node::Step(_)) => {
                    return (open(steps, true), total.then(outcomes));
                }
                Node::Last(last) if outcomes.completes() || returned || all_leave(&outcomes) => {
                    let (last, leaves, more) = self.with_rest(last, rest, &aliases);
                    let outcomes = total.then(outcomes);
                    let outcomes = match more {
                        Some(more) => outcomes.then(more),
                        None => outcomes,
                    };
                    let outcomes = if leaves { outcomes.leave() } else { outcomes };
                    let leaves = leaves || returned;
                    return (Seq { steps, last, braces: None, leaves }, outcomes);
                }
                Node::Last(Last::Branch(branch, _)) => {
                    steps.push(Step::Fork(*branch));
                    total = total.then(outcomes);
                }
                Node::Last(_) => total = total.then(outcomes),
                Node::Step(step) => {
                    steps.push(step);
                    total = total.then(outcomes);
                }
            }
        }
        (open(steps, false), total)
    }

    /// What stands behind the statement that completes, and its outcomes if the completion is in it.
    fn with_rest(
        &mut self,
        last: Last<'a>,
        rest: &'a [Stmt],
        aliases: &Aliases,
    ) -> (Last<'a>, bool, Option<Outcomes>) {
        if let Some(end) = rest.last().filter(|_| rest.iter().any(|stmt| mentions_completion(stmt, aliases)))
        {
            let (_, more) = self.stmts(rest, Outcomes::falls(0, ends_of(end)), aliases.clone());
            return (last, false, Some(more));
        }
        let (rest, leaves) = match rest.split_last() {
            Some((Stmt::Expr(Expr::Return(bare), _), before)) if bare.expr.is_none() => (before, true),
            _ => (rest, false),
        };
        let last = match last {
            Last::Await(mut suspension) => {
                suspension.rest = rest;
                Last::Await(suspension)
            }
            Last::Branch(branch, _) => {
                if !rest.is_empty() && answers_at_once(&branch.shape) {
                    self.refuse_late(rest);
                }
                Last::Branch(branch, rest)
            }
            Last::Taken(taken) if !rest.is_empty() && !answers_in(&taken.then) => {
                // It runs in the other callbacks as well, and in this one before the answer.
                self.refuse(Code::UC05, &rest[0], "code behind the part that waits");
                Last::Taken(taken)
            }
            last => {
                self.refuse_late(rest);
                last
            }
        };
        (last, leaves, None)
    }

    /// A statement that mentions the completion or returns. The last of the three: the statement is a `return`.
    fn stmt(&mut self, stmt: &'a Stmt, aliases: &mut Aliases) -> (Node<'a>, Outcomes, bool) {
        match stmt {
            Stmt::Local(local) => {
                let (node, outcomes) = self.local(local, aliases);
                forget_shadowed_by(&local.pat, aliases, &node);
                (node, outcomes, false)
            }
            Stmt::Expr(expr, semi) => self.expr(expr, semi.is_some(), aliases),
            Stmt::Macro(mac) => {
                let outcomes = self.refuse_macro(&mac.mac, aliases);
                (Node::Step(Step::Plain(stmt)), outcomes, false)
            }
            Stmt::Item(_) => (Node::Step(Step::Plain(stmt)), Outcomes::falls(0, ends_of(stmt)), false),
        }
    }

    fn expr(
        &mut self,
        expr: &'a Expr,
        is_statement: bool,
        aliases: &mut Aliases,
    ) -> (Node<'a>, Outcomes, bool) {
        let (node, outcomes) = match expr {
            Expr::Paren(inner) => return self.expr(&inner.expr, is_statement, aliases),
            Expr::Group(inner) => return self.expr(&inner.expr, is_statement, aliases),
            Expr::Return(leave) => {
                let Some(value) = &leave.expr else {
                    let outcomes = Outcomes::falls(0, ends_of_expr(expr)).leave();
                    return (Node::Step(Step::Alias), outcomes, true);
                };
                let (node, outcomes, _) = self.expr(value, true, aliases);
                return (node, outcomes.leave(), true);
            }
            Expr::Call(call) => match self.role_of(&call.func, aliases) {
                Some(Alias { join: Some(join), .. }) => {
                    if let Some(arg) = call.args.iter().find(|arg| mentions(arg, aliases)) {
                        (Node::Step(Step::Alias), self.refuse_use(arg, aliases))
                    } else if join.gives_future {
                        let suspension = Await { join: Some(join), ..Await::of(expr, is_statement) };
                        (
                            Node::Last(Last::Await(Box::new(suspension))),
                            Outcomes::falls(1, ends_of_expr(expr)),
                        )
                    } else {
                        let answer = Answer {
                            call: expr,
                            role: Role::Whole,
                            args: vec![expr],
                            is_statement,
                            joins: true,
                        };
                        (Node::Last(Last::Answer(answer)), Outcomes::falls(1, ends_of_expr(expr)))
                    }
                }
                Some(alias) if alias.shared.is_some() => {
                    (Node::Step(Step::Alias), self.refuse_use(expr, aliases))
                }
                Some(alias) => {
                    let part = self.completion.part(alias.role);
                    if part.returns && !is_statement {
                        (Node::Step(Step::Alias), self.refuse_use(expr, aliases))
                    } else if let Some(arg) = call.args.iter().find(|arg| mentions(arg, aliases)) {
                        (Node::Step(Step::Alias), self.refuse_use(arg, aliases))
                    } else {
                        let args = call.args.iter().collect();
                        let answer =
                            Answer { call: expr, role: alias.role, args, is_statement, joins: false };
                        let outcomes = match alias.cloned {
                            true => Outcomes::completed_by(By::Clone, ends_of_expr(expr)),
                            false => Outcomes::falls(1, ends_of_expr(expr)),
                        };
                        (Node::Last(Last::Answer(answer)), outcomes)
                    }
                }
                None => self.call(expr, is_statement, aliases),
            },
            Expr::MethodCall(_) | Expr::Try(_) => self.call(expr, is_statement, aliases),
            Expr::If(branch) if optional::is_optional_if(branch, aliases) => {
                self.opening(expr, branch, aliases)
            }
            Expr::If(branch)
                if opened(&branch.cond, aliases).is_some_and(|(_, alias)| alias.shared.is_some()) =>
            {
                let opened = self.opening(expr, branch, aliases);
                if let Some((_, otherwise)) = &branch.else_branch {
                    self.refuse_to_race(otherwise);
                }
                opened
            }
            Expr::Match(branch) if is_content(&branch.expr, aliases) => self.taken_in_match(branch, aliases),
            Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Unsafe(_) => {
                if let Some(way) = optional::optional_match(expr, aliases) {
                    let (node, outcomes) = self.optional(way, aliases);
                    return (node, outcomes, false);
                }
                let (shape, outcomes) = self.branch(expr, aliases);
                (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
            }
            Expr::Macro(mac) => (Node::Step(Step::Alias), self.refuse_macro(&mac.mac, aliases)),
            Expr::ForLoop(repeat) => {
                self.repeat(expr, &repeat.for_token, &repeat.body, Some(&repeat.pat), aliases)
            }
            Expr::While(repeat) => self.repeat(expr, &repeat.while_token, &repeat.body, None, aliases),
            Expr::Loop(repeat) => self.repeat(expr, &repeat.loop_token, &repeat.body, None, aliases),
            Expr::Assign(assign) => {
                let message =
                    "the completion is kept for later: this function is a leaf; there is no chain to flatten";
                (Node::Step(Step::Alias), self.refuse(Code::UC05, &assign.right, message))
            }
            other => (Node::Step(Step::Alias), self.refuse_use(other, aliases)),
        };
        (node, outcomes, false)
    }

    /// An expression that is the end of a function, of a callback or of a way.
    fn tail(&mut self, expr: &'a Expr, aliases: &Aliases) -> (Seq<'a>, Outcomes) {
        if let Expr::Block(block) = expr {
            if block.label.is_none() && block.attrs.is_empty() {
                return self.block(&block.block, aliases);
            }
        }
        let mut aliases = aliases.clone();
        let (node, outcomes, leaves) = self.expr(expr, false, &mut aliases);
        let last = match node {
            Node::Last(last) => last,
            Node::Step(_) => Last::Open,
        };
        (Seq { steps: Vec::new(), last, braces: None, leaves }, outcomes)
    }

    fn role_of(&self, func: &Expr, aliases: &Aliases) -> Option<Alias> {
        alias_of(func, aliases)
    }
}

/// No way falls through, and some leave: nothing behind it runs.
fn all_leave(outcomes: &Outcomes) -> bool {
    !outcomes.can_fall()
}

/// Whether the paths through a statement matter: it mentions the completion, or may leave what stands behind it.
fn concerns(stmt: &Stmt, aliases: &Aliases) -> bool {
    mentions_completion(stmt, aliases) || returns_in(stmt)
}

/// As [`forget_shadowed`], unless the `let` has just made the name one of the completion's.
fn forget_shadowed_by(pat: &Pat, aliases: &mut Aliases, node: &Node<'_>) {
    if !matches!(node, Node::Step(Step::Alias | Step::Join(_))) {
        forget(pat, aliases);
    }
}

/// The ends of a statement's expression.
fn ends_without_semicolon(stmt: &Stmt) -> (proc_macro2::Span, proc_macro2::Span) {
    match stmt {
        Stmt::Expr(expr, _) => ends_of_expr(expr),
        other => ends_of(other),
    }
}
