//! A callback that comes again and again becomes a loop over a stream of its events.
//!
//! ```text
//! let mut done = Some(done);                           let mut events = events!(on_event(x, _), unbounded);
//! let mut count = 0;                              =>   while let Some(event) = events.next().await {
//! on_event(x, move |event| {                               count += 1;
//!     count += 1;                                          if event == last { return count; }
//!     if event == last {                               }
//!         if let Some(done) = done.take() {            lost()
//!             done(count)
//!         }
//!     }
//! });
//! ```
//!
//! The callback stays registered when it has answered, and goes on doing what it does; the stream is dropped then, and its
//! events with it. An executor that polls a woken task before the next event comes runs the loop's turn in the turn of
//! the event, so up to the answer nothing differs. What comes behind it decides:
//!
//! | what the callback does beside answering | form |
//! |---|---|
//! | nothing, and it answers the first time | the call is awaited, as one that calls back once |
//! | it computes and keeps count, in variables of its own whose end nobody sees | the loop |
//! | anything that may be seen: a call, a shared variable, a macro, a capture with a destructor | the callback stays, and the function awaits the cell |
//!
//! In the last row, where events go on to be seen, no stream could be dropped; where a callback wants that, write it with
//! `events!`.
//!
//! Condition: the completion has no other use than to be taken and called (UC05), and nothing runs behind that (UC03).
use syn::{Expr, Pat, Stmt};

use super::answer::tuple;
use super::capture::{alive_in, assigns, latest};
use super::race_form::{captures_visibly, note};
use crate::cps::first_wins::is_there;
use crate::cps::repeated::Repeated;
use crate::cps::tree::{Await, Callback, Last, Otherwise, Seq, Shape, Step, Way, ident_of};
use crate::order::names::{self, Names};
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, wrapped};
use crate::switch::Rule;

impl<'a> Writer<'a, '_> {
    pub(crate) fn repeated(&mut self, repeated: &Repeated<'a>, level: &mut Level<'a>, mode: &Mode) {
        let mut alive = Level::new(level.alive.iter().cloned());
        repeated.before.iter().for_each(|stmt| note(stmt, &mut alive, self.known));
        let is_hidden = alive.alive.iter().any(|binding| repeated.gone.contains(&binding.name()));
        let captures = captures_visibly(&alive, &[], &repeated.events, &repeated.gone, self.known);
        let body = &repeated.events.callbacks[0].body;
        let is_seen = repeated.events.repeats && !is_silent(body, &own_variables(&alive, &repeated.events));
        let must_stay = self.options.keeps(Rule::Repeated) && (captures || is_seen);
        let in_stage = repeated.events.repeats && matches!(mode, Mode::Staged(_));
        if is_hidden || must_stay || in_stage {
            return self.suspend(&repeated.cell, level, mode);
        }
        repeated.before.iter().for_each(|stmt| self.plain(stmt, level));
        if !repeated.events.repeats {
            return self.suspend(&repeated.events, level, mode);
        }
        let dies = !super::capture::dying(level, &repeated.events).is_empty();
        let hides = !repeated.events.changed_captures().is_empty();
        let is_prepared = repeated.events.callbacks.iter().any(|callback| !callback.prepare.is_empty());
        if dies || hides || is_prepared {
            self.scoped(&repeated.events, level, mode);
        } else {
            self.started(&repeated.events, level, mode);
        }
    }

    /// `while let Some(event) = events.next().await { .. }`
    pub(crate) fn each_event(
        &mut self,
        suspension: &Await<'a>,
        callback: &Callback<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
    ) {
        let [Piece::Ours(events)] = &awaited[..] else { return };
        let events = events.trim_end_matches(".await").to_owned();
        level.alive = alive_in(level, suspension, callback, self.known);
        level.segment = level.lines.len();
        let mut turn = Level::new(level.alive.iter().cloned());
        // The turns of this loop are no turns of the function.
        let turns = self.turns.take();
        self.seq(&callback.body, &mut turn, &Mode::Turn);
        self.turns = turns;
        let bare = |pat: &'a Pat| match pat {
            Pat::Type(typed) => vec![Piece::Keep(&*typed.pat)],
            other => vec![Piece::Keep(other)],
        };
        let mut params: Vec<_> = callback.params().map(bare).collect();
        let event = match params.len() {
            1 => params.remove(0),
            _ => vec![tuple(params)],
        };
        let some = self.variant("Some");
        let line = Line::new().ours("while let ").with(wrapped(some, event));
        let line = line.ours(format!(" = {events}.next().await "));
        level.push(line.with([Piece::Block(Block::ours(turn.lines))]));
        let lost = self.core("lost");
        level.push(Line::new().ours(format!("{lost}()")));
    }
}

/// The captured variables that belong to the callback alone, and die without a trace.
fn own_variables(level: &Level<'_>, suspension: &Await<'_>) -> Names {
    let captures = suspension.captures();
    let alive = latest(level).into_iter();
    let own =
        alive.filter(|binding| binding.mutable && !binding.visible && captures.contains(&binding.name()));
    own.map(|binding| binding.name()).collect()
}

/// Whether all that code does beside answering is to compute, and to keep what it computed in these variables.
fn is_silent(seq: &Seq<'_>, own: &Names) -> bool {
    let mut own = own.clone();
    let steps = seq.steps.iter().all(|step| match step {
        Step::Alias => true,
        Step::Plain(stmt) => is_silent_stmt(stmt, &mut own),
        Step::Fork(branch) => branch.binds.is_none() && is_silent_shape(&branch.shape, &own),
        Step::Join(_) => false,
    });
    steps
        && match &seq.last {
            // What only the answering call does comes before the stream is dropped.
            Last::Taken(_) | Last::Open => true,
            Last::Branch(branch, rest) => rest.is_empty() && is_silent_shape(&branch.shape, &own),
            _ => false,
        }
}

fn is_silent_shape(shape: &Shape<'_>, own: &Names) -> bool {
    match shape {
        Shape::If { expr, then, otherwise } => {
            is_computed(&expr.cond)
                && is_silent(then, own)
                && match otherwise.as_deref() {
                    Some(Otherwise::Block(seq)) => is_silent(seq, own),
                    Some(Otherwise::If(shape)) => is_silent_shape(shape, own),
                    None => true,
                }
        }
        Shape::Match { expr, arms } => {
            let is_way = |(arm, way): (&syn::Arm, &Way<'_>)| {
                let guarded = matches!(arm.pat, Pat::Guard(_));
                !guarded
                    && match way {
                        Way::Kept => is_silent_expr(&arm.body, own),
                        Way::Taken(seq) => is_silent(seq, own),
                    }
            };
            is_computed(&expr.expr) && expr.arms.iter().zip(arms).all(is_way)
        }
        Shape::LetElse { .. } | Shape::Block { .. } => false,
    }
}

fn is_silent_stmt(stmt: &Stmt, own: &mut Names) -> bool {
    match stmt {
        Stmt::Local(local) => {
            let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none()) else { return false };
            own.extend(names::bound_by(&local.pat).into_iter().map(ToString::to_string));
            is_computed(&init.expr)
        }
        Stmt::Expr(expr, _) => is_silent_expr(expr, own),
        _ => false,
    }
}

fn is_silent_expr(expr: &Expr, own: &Names) -> bool {
    match expr {
        Expr::Assign(assign) => is_own(&assign.left, own) && is_computed(&assign.right),
        Expr::Binary(binary) => is_own(&binary.left, own) && is_computed(&binary.right),
        Expr::If(branch) => {
            let otherwise = branch.else_branch.as_ref().is_none_or(|(_, other)| is_silent_expr(other, own));
            otherwise && is_computed(&branch.cond) && is_silent_block(&branch.then_branch, own)
        }
        Expr::Block(block) => block.label.is_none() && is_silent_block(&block.block, own),
        Expr::Tuple(tuple) => tuple.elems.is_empty(),
        _ => false,
    }
}

fn is_silent_block(block: &syn::Block, own: &Names) -> bool {
    let mut own = own.clone();
    block.stmts.iter().all(|stmt| is_silent_stmt(stmt, &mut own))
}

fn is_own(expr: &Expr, own: &Names) -> bool {
    ident_of(expr).is_some_and(|ident| own.contains(&ident.to_string()))
}

/// What is there already, or arithmetic and comparisons of such.
fn is_computed(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(binary) => {
            !assigns(&binary.op) && is_computed(&binary.left) && is_computed(&binary.right)
        }
        Expr::Unary(unary) => is_computed(&unary.expr),
        Expr::Paren(inner) => is_computed(&inner.expr),
        Expr::Cast(cast) => is_computed(&cast.expr),
        Expr::Let(condition) => is_computed(&condition.expr),
        other => is_there(other),
    }
}
