//! JOIN: a local continuation becomes a closure that gives a future, or the answer itself if it never waits.
//!
//! ```text
//! let k = move |v: i64| op(9, v, done);       =>   let k = move |v: i64| async move { call!(op(9, v, _)).await };
//! match x { 0 => k(0), _ => op(1, x, k) }     =>   match x {
//!                                                      0 => k(0).await,
//!                                                      _ => {
//!                                                          let joined = call!(op(1, x, _)).await;
//!                                                          k(joined).await
//!                                                      }
//!                                                  }
//!
//! let k = move |v| done(v + 1);               =>   let k = move |v| v + 1;
//! match x { 0 => k(0), _ => op(1, x, k) }     =>   match x {
//!                                                      0 => k(0),
//!                                                      _ => {
//!                                                          let joined = call!(op(1, x, _)).await;
//!                                                          k(joined)
//!                                                      }
//!                                                  }
//! ```
//!
//! Not an async closure: its future would borrow the closure, and could not leave the block in which that stands.
//! The closure captures what and when the callback's did, so that nothing has to be copied, and a way round the join
//! point needs no `return`.
//!
//! Condition: every path through the closure completes once, and so does every path through what follows it, by the
//! closure or by the completion itself (UC01, UC02).
use crate::cps::tree::{Await, JoinPoint, ident_of};
use crate::order::drops::{self, Binding};
use crate::order::names;
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer};

use super::capture::latest;

impl<'a> Writer<'a, '_> {
    pub(crate) fn join_point(&mut self, point: &JoinPoint<'a>, level: &mut Level<'a>) {
        let closure = point.closure;
        let captures = names::of_closure(closure);
        let captured =
            latest(level).into_iter().filter(|binding| captures.contains(&binding.name())).cloned();
        let mut inner = Level::new(captured);
        let params =
            closure.inputs.iter().flat_map(|pat| drops::bindings_of(pat, drops::Value::Unknown, self.known));
        inner.alive.extend(params.map(|binding| Binding { inside: false, ..binding }));
        let (turns, leaving) = (self.turns.take(), self.leaving.take());
        self.seq(&point.body, &mut inner, &Mode::Value);
        (self.turns, self.leaving) = (turns, leaving);

        let Some(init) = &point.local.init else { return };
        let mut line = Line::new().keep(&point.local.let_token).ours(" ").keep(&point.local.pat).ours(" ");
        line = line.keep(&init.eq_token).ours(" ");
        line = match &closure.capture {
            Some(capture) => line.keep(capture).ours(" "),
            None => line.ours("move "),
        };
        line = line.keep(&closure.inputs_begin);
        for pair in closure.inputs.pairs() {
            let (pat, comma) = pair.into_tuple();
            line = line.keep(pat);
            if let Some(comma) = comma {
                line = line.keep(comma);
            }
        }
        line = line.keep(&closure.inputs_end).ours(if point.gives_future { " async move " } else { " " });
        let body = match (point.body.braces, &mut inner.lines[..]) {
            (Some(braces), _) => vec![Piece::Block(Block::user(braces, inner.lines))],
            (None, [only]) if !point.gives_future => std::mem::take(&mut only.pieces),
            (None, _) => vec![Piece::Block(Block::ours(inner.lines))],
        };
        level.push(line.with(body).keep(&point.local.semi_token));
        let visible =
            latest(level).iter().any(|binding| binding.visible && captures.contains(&binding.name()));
        level.mark_moved(|name| captures.contains(name));
        // It holds what it captured, and goes where it is called.
        let bound = drops::bindings_of(&point.local.pat, drops::Value::Unknown, self.known);
        level.alive.extend(bound.into_iter().map(|binding| Binding { visible, ..binding }));
    }

    /// The completion of this suspension is a join point: what was awaited goes through it.
    pub(crate) fn resume_joined(
        &mut self,
        suspension: &Await<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let joined = self.fresh("joined");
        let place = &suspension.places[0];
        let Some(join) = suspension.join else { return };
        let args = match join.arity {
            1 => joined.clone(),
            _ => (0..join.arity).map(|index| format!("{joined}.{index}")).collect::<Vec<_>>().join(", "),
        };
        level.push(Line::new().ours(format!("let {joined} = ")).with(awaited).ours(";"));
        let Some(name) = ident_of(place.arg) else { return };
        let wait = if join.gives_future { ".await" } else { "" };
        let call = vec![Piece::Name(name.clone()), Piece::Ours(format!("({args}){wait}").into())];
        self.finish(Some(call), level, mode);
    }
}
