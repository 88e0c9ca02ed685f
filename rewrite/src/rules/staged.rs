//! F3, staged: what the callback does becomes a future that starts where the callback could have run.
//!
//! ```text
//! op(x, move |a| op(a, move |b| D));  R   =>   let staged = {
//!                                                  let pending = start!(op(x, _));
//!                                                  let staged2 = kick_now(async move { let a = pending.await; .. D });
//!                                                  R
//!                                                  staged2
//!                                              };
//!                                              staged.await
//! ```
//!
//! The `async move` block captures what the closure captured, when it did. The outer block lets everything else of the
//! segment die before the wait.
use crate::cps::tree::Await;
use crate::order::drops::Binding;
use crate::plan::out::{Block, Line, Piece, is_taken_by_future};
use crate::plan::writer::{Level, Mode, Staged, Writer, wrapped};
use crate::switch::Rule;

use super::suspend::start_line;

impl<'a> Writer<'a, '_> {
    /// Puts what `inside` writes, and the current segment, into a block whose value is a future, and awaits that.
    pub(crate) fn staged(
        &mut self,
        level: &mut Level<'a>,
        mode: &Mode,
        inside: impl FnOnce(&mut Self, &mut Level<'a>, &Staged),
        at_once: bool,
    ) {
        let staged = self.fresh("staged");
        // Of several variables of one name from outside, the name means the last.
        let mut seen = std::collections::BTreeSet::new();
        let outside = level.alive.iter().rev().filter(|binding| !binding.inside);
        let meant = outside.filter(|binding| seen.insert(binding.name()) && binding.visible);
        let foreign: Vec<Binding> = meant.cloned().collect();
        let (lines, _) = self.take_segment(level, &foreign);
        let mut block = Level { lines, segment: 0, alive: level.alive.clone() };
        block.segment = block.lines.len();
        inside(self, &mut block, &Staged { sides: Vec::new(), at_once });
        self.end_without_self(&foreign, &mut block);
        let block = Piece::Block(Block::ours(block.lines));
        level.push(Line::new().ours(format!("let {staged} = ")).with([block]).ours(";"));
        self.finish(Some(vec![Piece::Ours(format!("{staged}.await").into())]), level, mode);
    }

    /// `self` can't be bound again in a block: if the future that is the block's value does not own it, it is moved when
    /// the block is through with it.
    pub(super) fn end_without_self(&mut self, foreign: &[Binding], block: &mut Level<'a>) {
        let is_taken = |line: &Line<'a>| is_taken_by_future(&line.pieces, "self");
        let Some(this) = foreign.iter().find(|binding| binding.ident == "self") else { return };
        if block.lines.iter().any(is_taken) || !self.options.keeps(Rule::Foreign) {
            return;
        }
        let Some(value) = block.lines.pop() else { return };
        let (staged, name) = (self.fresh("staged"), self.fresh("_this"));
        block.push(Line::new().ours(format!("let {staged} = ")).with(value.pieces).ours(";"));
        block.push(Line::new().ours(format!("let {name} = ")).name(&this.ident).ours(";"));
        block.push(Line::new().ours(staged));
    }

    /// A suspension whose value is its future.
    pub(super) fn suspend_in_stage(
        &mut self,
        suspension: &Await<'a>,
        level: &mut Level<'a>,
        staged: &Staged,
    ) {
        let only_passes_on = match &suspension.callbacks[..] {
            [] => suspension.join.is_none() || suspension.places.is_empty(),
            [callback] => self.only_hands_on(callback),
            _ => false,
        } && !self.changes_form(suspension);
        let rest = suspension.rest;
        let mut carried = Vec::new();
        if !only_passes_on {
            carried = self.prepared(suspension, &mut level.lines);
        }
        let started = self.started_call(suspension);
        let mut future = if only_passes_on && suspension.may_end_a_block() {
            started
        } else {
            let pending = self.fresh("pending");
            level.push(start_line(suspension, &pending, started));
            vec![Piece::Ours(pending.into())]
        };
        if !only_passes_on {
            let mut inner = Level::new(level.alive.iter().cloned());
            for carried in &carried {
                inner.push(carried.rebound());
            }
            future.push(Piece::Ours(".await".into()));
            // In a future of its own there is no loop to go round.
            let turns = self.turns.take();
            self.resume(suspension, future, &mut inner, &Mode::Value);
            self.turns = turns;
            let body = Piece::Block(Block::ours(inner.lines));
            future = vec![Piece::Ours("async move ".into()), body];
            if staged.at_once || !rest.is_empty() {
                future = wrapped(self.core("kick_now"), future);
            }
        }
        if !rest.is_empty() && !only_passes_on {
            let name = self.fresh("staged");
            level.push(Line::new().ours(format!("let {name} = ")).with(future).ours(";"));
            future = vec![Piece::Ours(name.into())];
        }
        self.rest(suspension, &mut level.lines);
        let value = self.sided(&staged.sides, future);
        level.push(value);
    }
}
