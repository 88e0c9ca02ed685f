//! EARLY, where the wait comes later: an early way that waits, inside of something that has to end before the wait.
//!
//! ```text
//! match *m.lock() {                                   =>   let staged = match *m.lock() {
//!     0 => done(0),                                            0 => Either::Left(ready(0)),
//!     n => {                                                   n => {
//!         if n > 9 { op(n, done); return; }                        let staged = if n > 9 {
//!         emit(n);                                                     Either::Left(start!(op(n, _)))
//!         done(n)                                                  } else {
//!     }                                                                emit(n);
//! }                                                                    Either::Right(ready(n))
//!                                                                  };
//!                                                                  Either::Right(staged)
//!                                                              }
//!                                                          };
//!                                                          staged.await
//! ```
//!
//! What follows the early way becomes its other way, so that both give a future. The same is done to `let .. else`, and to a
//! match of which one arm goes on. Where the early way is deeper inside, or several ways go on, it leaves a labelled block:
//!
//! ```text
//! for x in xs {                                       =>   let staged = 'early: {
//!     if x > 9 { op(x, done); return; }                        for x in xs {
//! }                                                                if x > 9 { break 'early Either::Left(start!(op(x, _))); }
//! emit(0);                                                     }
//! done(0)                                                      emit(0);
//!                                                              Either::Right(ready(0))
//!                                                          };
//! ```
//!
//! Condition: what a branch inside of that block looks at holds nothing over the wait (UC13 otherwise: it cannot be let go
//! of).
use syn::{Expr, Pat};

use crate::cps::leave::diverges_expr;
use crate::cps::tree::{Branch, Last, Seq, Shape, Step, Way};
use crate::cps::walk;
use crate::order::drops;
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Leaving, Level, Mode, Staged, Writer};
use crate::refusal::{Code, Finding};
use crate::switch::Rule;

use super::branch::{Ways, gives_value, sides_of};

/// What follows a branch that some ways leave early.
struct Behind<'b, 'a> {
    steps: &'b [Step<'a>],
    last: &'b Last<'a>,
    /// The `let` to which the branch gives its value.
    binds: Option<&'a syn::Local>,
}

impl Behind<'_, '_> {
    fn count(&self) -> usize {
        usize::from(gives_value(self.last))
    }
}

/// How many ways of a branch, and of those inside of it that wait as well, give a value.
fn early_ways(branch: &Branch<'_>) -> usize {
    let mut count = 0;
    walk::ways(&branch.shape, &mut |way| {
        count += match gives_value(&way.last) {
            true => 1,
            false => forks(way).filter(|branch| branch.suspends()).map(early_ways).sum(),
        };
    });
    count
}

fn forks<'s, 'a>(seq: &'s Seq<'a>) -> impl Iterator<Item = &'s Branch<'a>> {
    seq.steps.iter().filter_map(|step| match step {
        Step::Fork(branch) => Some(branch),
        Step::Plain(_) | Step::Alias | Step::Join(_) => None,
    })
}

impl<'a> Writer<'a, '_> {
    /// Whether an early way waits while something is held that has to die first.
    pub(crate) fn must_split(&self, branch: &Branch<'a>, mode: &Mode) -> bool {
        let is_held = matches!(mode, Mode::Staged(_)) || self.scrutinee_holds(branch);
        is_held && branch.suspends() && self.options.keeps(Rule::Temporaries)
    }

    pub(crate) fn split(
        &mut self,
        branch: &Branch<'a>,
        steps: &[Step<'a>],
        last: &Last<'a>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        if *mode == Mode::Leave || matches!(last, Last::Open) {
            // What follows is behind the block that this stands in: there is no other way that could give a future.
            return self.refuse_held(branch);
        }
        if let Mode::Staged(staged) = mode {
            let staged = staged.clone();
            return self.split_in_stage(branch, steps, last, level, &staged);
        }
        let write = |writer: &mut Self, level: &mut Level<'a>, staged: &Staged| {
            writer.split_in_stage(branch, steps, last, level, staged)
        };
        self.staged(level, mode, write, false);
    }

    fn split_in_stage(
        &mut self,
        branch: &Branch<'a>,
        steps: &[Step<'a>],
        last: &Last<'a>,
        level: &mut Level<'a>,
        staged: &Staged,
    ) {
        let behind = Behind { steps, last, binds: branch.binds };
        let pieces = match &branch.shape {
            Shape::If { expr, then, otherwise: None } => {
                let mut ways = Ways::in_stage(staged, behind.count() + usize::from(gives_value(&then.last)));
                let early = self.way(then, level, &mut ways);
                let line =
                    Line::new().keep(&expr.if_token).ours(" ").keep(&*expr.cond).ours(" ").with([early]);
                let later = Block::ours(self.behind(&behind, None, level, &mut ways));
                line.ours(" else ").with([Piece::Block(later)])
            }
            Shape::LetElse { local, otherwise } => {
                let Some(init) = &local.init else { return };
                let mut ways =
                    Ways::in_stage(staged, behind.count() + usize::from(gives_value(&otherwise.last)));
                let pat: &'a Pat = match &local.pat {
                    Pat::Type(typed) => &typed.pat,
                    pat => pat,
                };
                let later = Block::ours(self.behind(&behind, None, level, &mut ways));
                let matched = Line::new().keep(pat).ours(" => ").with([Piece::Block(later)]);
                let missed = self.way(otherwise, level, &mut ways);
                let arms = Block::ours(vec![matched, Line::new().ours("_ => ").with([missed])]);
                Line::new().ours("match ").keep(&*init.expr).ours(" ").with([Piece::Block(arms)])
            }
            Shape::Match { expr, arms } => match self.split_match(expr, arms, &behind, level, staged) {
                Some(line) => line,
                None => return self.leave_early(branch, &behind, level, staged),
            },
            Shape::If { .. } | Shape::Block { .. } => {
                return self.leave_early(branch, &behind, level, staged);
            }
        };
        let name = self.fresh("staged");
        level.push(Line::new().ours(format!("let {name} = ")).with(pieces.pieces).ours(";"));
        level.push(vec![Piece::Ours(name.into())]);
    }

    /// A match of which one arm goes on and the others leave: what follows goes into that arm.
    fn split_match(
        &mut self,
        expr: &'a syn::ExprMatch,
        arms: &[Way<'a>],
        behind: &Behind<'_, 'a>,
        level: &Level<'a>,
        staged: &Staged,
    ) -> Option<Line<'a>> {
        let goes_on =
            |(arm, way): &(&'a syn::Arm, &Way<'a>)| matches!(way, Way::Kept) && !diverges_expr(&arm.body);
        let falls = |way: &Way<'a>| matches!(way, Way::Taken(seq) if matches!(seq.last, Last::Open));
        let open = expr.arms.iter().zip(arms).filter(goes_on).count();
        if open != 1 || arms.iter().any(falls) {
            return None;
        }
        let leaving =
            arms.iter().filter(|way| matches!(way, Way::Taken(seq) if gives_value(&seq.last))).count();
        let mut ways = Ways::in_stage(staged, behind.count() + leaving);
        let mut lines = Vec::new();
        for (arm, way) in expr.arms.iter().zip(arms) {
            if !goes_on(&(arm, way)) {
                lines.push(self.arm(arm, way, level, &mut ways));
                continue;
            }
            let later = Block::ours(self.behind(behind, Some(&arm.body), level, &mut ways));
            let line = Line::new().keep(&arm.pat).ours(" ").keep(&arm.fat_arrow_token).ours(" ");
            lines.push(line.with([Piece::Block(later)]));
        }
        let arms = Piece::Block(Block::user(&expr.brace_token, lines));
        Some(Line::new().keep(&expr.match_token).ours(" ").keep(&*expr.expr).ours(" ").with([arms]))
    }

    /// The branch and what follows it in a labelled block, which its early ways leave with their futures.
    fn leave_early(
        &mut self,
        branch: &Branch<'a>,
        behind: &Behind<'_, 'a>,
        level: &mut Level<'a>,
        staged: &Staged,
    ) {
        let name = self.fresh("staged");
        let label = format!("'{}", self.fresh("early"));
        let count = early_ways(branch) + behind.count();
        let leaving = Leaving { label: label.clone(), staged: staged.clone(), number: 0, count };
        let outer = self.leaving.replace(leaving);
        let mut inner = Level::new(level.alive.iter().cloned());
        self.fork(branch, &mut inner);
        let mode = match gives_value(behind.last) {
            true => self.next_future(),
            false => Mode::Staged(staged.clone()),
        };
        self.leaving = outer;
        self.sequence(behind.steps, behind.last, &mut inner, &mode);
        let block = Piece::Block(Block::ours(inner.lines));
        level.push(Line::new().ours(format!("let {name} = {label}: ")).with([block]).ours(";"));
        level.push(vec![Piece::Ours(name.into())]);
    }

    /// An early way: it leaves the labelled block with its future.
    pub(super) fn leave(&mut self, seq: &Seq<'a>, mut inner: Level<'a>) -> Vec<Line<'a>> {
        let mode = self.next_future();
        let leaving = self.leaving.take();
        self.seq(seq, &mut inner, &mode);
        if let (Some(leaving), Some(value)) = (&leaving, inner.lines.pop()) {
            inner.push(Line::new().ours(format!("break {} ", leaving.label)).with(value.pieces).ours(";"));
        }
        self.leaving = leaving;
        inner.lines
    }

    /// The mode of the next future with which the labelled block is left.
    fn next_future(&mut self) -> Mode {
        let Some(leaving) = &mut self.leaving else { return Mode::Return };
        let mut staged = leaving.staged.clone();
        staged.sides.extend(sides_of(leaving.number, leaving.count));
        leaving.number += 1;
        Mode::Staged(staged)
    }

    /// What follows, as a way: the value that the branch gave is bound first.
    fn behind(
        &mut self,
        behind: &Behind<'_, 'a>,
        value: Option<&'a Expr>,
        level: &Level<'a>,
        ways: &mut Ways,
    ) -> Vec<Line<'a>> {
        let mut inner = Level::new(level.alive.iter().cloned());
        match (value, behind.binds) {
            (Some(value), Some(local)) => {
                inner.push(Line::new().ours("let ").keep(&local.pat).ours(" = ").keep(value).ours(";"));
                inner.alive.extend(drops::bindings_of(&local.pat, drops::Value::Of(value), self.known));
            }
            (Some(value), None) => inner.push(Line::new().keep(value).ours(";")),
            (None, _) => {}
        }
        let mode = ways.next_to(behind.last);
        self.sequence(behind.steps, behind.last, &mut inner, &mode);
        inner.lines
    }

    fn refuse_held(&mut self, branch: &Branch<'a>) {
        let at: &dyn quote::ToTokens = match &branch.shape {
            Shape::If { expr, .. } => &expr.if_token,
            Shape::Match { expr, .. } => &expr.match_token,
            Shape::LetElse { local, .. } => *local,
            Shape::Block { expr, .. } => *expr,
        };
        let message =
            "a way of this waits while something around it is still held, and would hold it over the wait";
        self.notes.push(Finding::about(Code::UC13, at, message));
        self.refused = true;
    }
}
