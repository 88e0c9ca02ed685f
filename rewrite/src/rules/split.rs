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
//! What follows the early way becomes its other way, so that both give a future.
//!
//! Condition: the early way is that of an `if` without `else` (UC13 otherwise: what is held cannot be let go of).
use crate::cps::tree::{Branch, Last, Shape, Step};
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Side, Staged, Writer};
use crate::refusal::{Code, Finding};
use crate::switch::Rule;

use super::branch::gives_value;

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
        let Shape::If { expr, then, otherwise: None } = &branch.shape else {
            return self.refuse_held(branch);
        };
        let is_choice = gives_value(last) && gives_value(&then.last);
        let side = |side: Side| {
            let mut staged = staged.clone();
            staged.sides.extend(is_choice.then_some(side));
            Mode::Staged(staged)
        };
        let mut early = Level::new(level.alive.iter().cloned());
        self.seq(then, &mut early, &side(Side::Left));
        let mut later = Level::new(level.alive.iter().cloned());
        self.sequence(steps, last, &mut later, &side(Side::Right));
        let early = match then.braces {
            Some(braces) => Block::user(braces, early.lines),
            None => Block::ours(early.lines),
        };
        let name = self.fresh("staged");
        let line = Line::new()
            .ours(format!("let {name} = "))
            .keep(&expr.if_token)
            .ours(" ")
            .keep(&*expr.cond)
            .ours(" ");
        let line =
            line.with([Piece::Block(early)]).ours(" else ").with([Piece::Block(Block::ours(later.lines))]);
        level.push(line.ours(";"));
        level.push(vec![Piece::Ours(name.into())]);
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
