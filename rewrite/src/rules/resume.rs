//! What follows an await: the callback's parameters are bound, and its body goes on.
//!
//! ```text
//! |a| C            =>   let a = pending.await;  C
//! |a, b: u8| C     =>   let (a, b): (_, u8) = pending.await;  C
//! |_| C            =>   pending.await;  C
//! |a| done(a)      =>   pending.await
//! ```
use syn::Pat;

use crate::cps::first_wins::only_takes;
use crate::cps::tree::{Await, Callback, Last, ident_of};
use crate::order::drops::{self, Value};
use crate::order::names;
use crate::plan::out::{Line, Piece};
use crate::plan::writer::{Level, Mode, Writer};
use crate::recognise::{Role, inside};

use super::capture::{alive_in, params_of};
use super::lent::is_lent_to;

impl<'a> Writer<'a, '_> {
    /// What follows the await: the pattern is bound, the callback's body goes on.
    pub(crate) fn resume(
        &mut self,
        suspension: &Await<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let awaited = self.in_form(suspension, awaited, level);
        match &suspension.callbacks[..] {
            [] if suspension.join.is_some() && !suspension.places.is_empty() => {
                self.resume_joined(suspension, awaited, level, mode)
            }
            [] => self.finish(Some(awaited), level, mode),
            [ok, err] => self.resume_pair(suspension, [ok, err], awaited, level, mode),
            [callback, ..] if is_lent_to(callback) => {
                self.resume_lent(suspension, callback, awaited, level, mode)
            }
            [callback, ..] if suspension.repeats => self.each_event(suspension, callback, awaited, level),
            [callback, ..] => {
                if self.only_hands_on(callback) {
                    return self.finish(Some(awaited), level, mode);
                }
                let alive = alive_in(level, suspension, callback, self.known);
                level.segment = level.lines.len();
                level.alive = alive;
                let skipped = self.bind(suspension, callback, awaited, level);
                self.go_on(callback, skipped, level, mode);
            }
        }
    }

    /// The callback's body, but for what a `?` has already done.
    pub(crate) fn go_on(
        &mut self,
        callback: &Callback<'a>,
        done: super::question_mark::Done<'_, 'a>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        use super::question_mark::Done;
        match done {
            Done::Nothing => self.seq(&callback.body, level, mode),
            Done::Steps(count) => {
                self.sequence(&callback.body.steps[count..], &callback.body.last, level, mode);
            }
            Done::UntilWay(way) => self.seq(way, level, mode),
        }
    }

    /// `let a = awaited;`
    pub(crate) fn bind<'c>(
        &mut self,
        suspension: &Await<'a>,
        callback: &'c Callback<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
    ) -> super::question_mark::Done<'c, 'a> {
        if let Some(hand_on) = self.question_mark(callback) {
            let line = Line::new().ours("let ").keep(hand_on.pattern).ours(" = ").with(awaited);
            let line = hand_on.suffix(line);
            level.push(line.ours(";"));
            // The `Result` itself is taken apart and has no name any more.
            let params: Vec<_> = callback.params().flat_map(names::bound_by).collect();
            level.alive.retain(|binding| !params.contains(&&binding.ident));
            let whole = params_of(suspension, callback, self.known).first();
            let value =
                whole.and_then(|ty| inside(ty, &["Result", "Option"])).map_or(Value::Unknown, Value::Typed);
            level.alive.extend(drops::bindings_of(hand_on.pattern, value, self.known));
            return hand_on.done;
        }
        let params: Vec<&'a Pat> = callback.params().collect();
        let line = match params[..] {
            [] | [Pat::Wild(_)] => Line::new().with(awaited),
            [Pat::Type(typed)] if matches!(*typed.pat, Pat::Wild(_)) => Line::new().with(awaited),
            [one] => Line::new().ours("let ").keep(one).ours(" = ").with(awaited),
            _ => Line::new().ours("let ").with(tuple_pattern(&params)).ours(" = ").with(awaited),
        };
        level.push(line.ours(";"));
        super::question_mark::Done::Nothing
    }

    /// Whether what is awaited is the answer as it is.
    pub(super) fn only_hands_on(&self, callback: &Callback<'a>) -> bool {
        self.winners.is_none() && is_identity(callback)
    }
}

fn tuple_pattern<'a>(params: &[&'a Pat]) -> Vec<Piece<'a>> {
    let typed = params.iter().any(|pat| matches!(pat, Pat::Type(_)));
    let bare = |pat: &'a Pat| match pat {
        Pat::Type(typed) => vec![Piece::Keep(&*typed.pat)],
        other => vec![Piece::Keep(other)],
    };
    let mut pieces = vec![super::answer::tuple(params.iter().map(|pat| bare(pat)))];
    if typed {
        let ty = |pat: &'a Pat| match pat {
            Pat::Type(typed) => vec![Piece::Keep(&*typed.ty)],
            _ => vec![Piece::Ours("_".into())],
        };
        pieces.push(Piece::Ours(": ".into()));
        pieces.push(super::answer::tuple(params.iter().map(|pat| ty(pat))));
    }
    pieces
}

/// `|a| done(a)`: the callback does what the completion does.
fn is_identity(callback: &Callback<'_>) -> bool {
    let body = match &callback.body.last {
        Last::Taken(taken) if only_takes(&callback.body) => &taken.then,
        _ => &callback.body,
    };
    let Last::Answer(answer) = &body.last else { return false };
    if !body.steps.is_empty() || answer.role != Role::Whole || !callback.prepare.is_empty() {
        return false;
    }
    let mut params = callback.params();
    match (params.next(), params.next(), &answer.args[..]) {
        (Some(Pat::Ident(param)), None, [arg]) => {
            param.by_ref.is_none() && param.subpat.is_none() && ident_of(arg) == Some(&param.ident)
        }
        _ => false,
    }
}
