//! SUSP: a call whose callback goes on becomes an await, in the flattest form that is exact.
//!
//! ```text
//! F1  op(x, move |a| C)                      =>   let a = call!(op(x, _)).await;  C
//! F2  op(x, move |a| C);  R                  =>   let pending = start!(op(x, _));  R  let a = pending.await;  C
//! F2  let g = guard(); op(g.n, move |a| C)   =>   let pending = { let g = guard(); let pending = start!(op(g.n, _)); pending };
//!                                                 let a = pending.await;  C
//! F3  op(x, move |a| op(a, move |b| D));  R  =>   let staged = {
//!                                                     let pending = start!(op(x, _));
//!                                                     let staged = kick_now(async move { let a = pending.await; .. D });
//!                                                     R
//!                                                     staged
//!                                                 };
//!                                                 staged.await
//! ```
//!
//! | form | exact when |
//! |---|---|
//! | F1 | nothing follows the call, and nothing that is not captured has anything left to drop |
//! | F2 | the callee does not complete before it returns, or nothing follows the call |
//! | F3 | the callback suspends again: then it does not matter when the callee completes |
//!
//! A callee of which nothing is known is taken to complete later where people read the output, which is F2 then, with a
//! note. The compiler gets F3, which needs no assumption.
use syn::Pat;

use crate::Style;
use crate::cps::first_wins::only_takes;
use crate::cps::tree::{Await, Branch, Callback, Last, Seq, ident_of};
use crate::cps::walk;
use crate::knowledge::behind_question_mark;
use crate::order::drops::{self, Binding, Value};
use crate::order::names;
use crate::plan::out::{Block, Delim, Line, Piece, is_taken_by_future};
use crate::plan::writer::{Level, Mode, Staged, Writer, wrapped};
use crate::recognise::Role;
use crate::switch::Rule;

use super::call::{Mark, mark_of_arity};
use super::capture::{Carried, alive_in, dying, params_of, takes_parts};
use super::lent::is_lent_to;

/// Where the part of a callback goes that stays inside of it.
const MAPPING: &str = "__mapping__";

impl<'a> Writer<'a, '_> {
    pub(crate) fn suspend(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, mode: &Mode) {
        if let [callback] = &suspension.callbacks[..] {
            if is_lent_to(callback) {
                self.check_lent(callback);
            }
        }
        if self.is_turn(suspension) && matches!(mode, Mode::Turn | Mode::Return) {
            return self.turn(suspension, level, mode);
        }
        self.check_late_rest(suspension);
        self.note_assumed(suspension);
        if let Mode::Staged(staged) = mode {
            let staged = staged.clone();
            return self.suspend_in_stage(suspension, level, &staged);
        }
        let dies = self.options.keeps(Rule::Scope) && !dying(level, suspension).is_empty();
        let is_prepared = suspension.callbacks.iter().any(|callback| !callback.prepare.is_empty());
        let hides = self.options.keeps(Rule::Snapshot) && !suspension.changed_captures().is_empty();
        let has_rest = !suspension.rest.is_empty();
        let goes_on = suspension.callbacks.iter().any(|callback| suspends(&callback.body));

        if self.options.keeps(Rule::Parts) && takes_parts(level, suspension) {
            self.staged(
                level,
                mode,
                |writer, level, staged| writer.suspend_in_stage(suspension, level, staged),
                has_rest,
            );
        } else if !has_rest && !dies && !is_prepared && suspension.handle.is_none() {
            self.flat(suspension, level, mode);
        } else if has_rest && goes_on && self.may_be_early(suspension) && self.options.keeps(Rule::Staged) {
            self.staged(
                level,
                mode,
                |writer, level, staged| writer.suspend_in_stage(suspension, level, staged),
                true,
            );
        } else if !dies && !is_prepared && !hides && suspension.handle.is_none() {
            self.started(suspension, level, mode);
        } else {
            self.scoped(suspension, level, mode);
        }
    }

    /// F1
    fn flat(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, mode: &Mode) {
        let name = if self.must_start(suspension) { "start" } else { "call" };
        let mut future = self.called(suspension, name);
        if self.is_direct(suspension) && suspension.holds_temporaries() {
            // In a statement of its own, so that what the arguments made dies before the wait.
            let pending = self.fresh("pending");
            level.push(Line::new().ours(format!("let {pending} = ")).with(future).ours(";"));
            future = vec![Piece::Ours(pending.into())];
        }
        future.push(Piece::Ours(".await".into()));
        self.resume(suspension, future, level, mode);
    }

    /// Whether the callee has to be reckoned with calling back before it returns. A reader is spared that where nothing
    /// speaks for it; the compiler is not, as what a callee in view calls may be unknown in turn.
    fn may_be_early(&self, suspension: &Await<'a>) -> bool {
        suspension.calls_join_point()
            || self.options.style == Style::Strict
            || self.unit.answers_at_once(suspension) == Some(true)
    }

    /// F2, without a block.
    pub(crate) fn started(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, mode: &Mode) {
        let pending = self.pending(suspension);
        let started = self.called(suspension, "start");
        let started = self.waited_for(started);
        level.push(
            Line::new()
                .ours("let ")
                .with(pattern_of(suspension, &pending))
                .ours(" = ")
                .with(started)
                .ours(";"),
        );
        self.rest(suspension, &mut level.lines);
        self.resume(suspension, vec![Piece::Ours(format!("{pending}.await").into())], level, mode);
    }

    /// F2: the segment becomes a block, from which the pending call and the captures leave.
    pub(crate) fn scoped(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, mode: &Mode) {
        let pending = self.pending(suspension);
        let mut dying = dying(level, suspension);
        dying.retain(|dying| !dying.inside);
        let (mut lines, at_end) = self.take_segment(level, &dying);
        let mut carried = self.prepared(suspension, &mut lines);
        let started = self.started_call(suspension);
        let mut behind = Vec::new();
        let snapshots = self.snapshots(suspension, level, &carried, &mut behind);
        carried.extend(snapshots);
        self.rest(suspension, &mut behind);
        behind.extend(at_end);

        let mut pattern = pattern_of(suspension, &pending);
        if carried.is_empty() && behind.is_empty() && suspension.may_end_a_block() {
            lines.push(started.into());
        } else {
            lines.push(start_line(suspension, &pending, started));
            lines.extend(behind);
            if carried.is_empty() {
                lines.push(Line::new().ours(pending.clone()));
            } else {
                lines.push(tuple_line(&pending, carried.iter().map(|carried| vec![carried.value()])));
                let first = if suspension.repeats { format!("mut {pending}") } else { pending.clone() };
                pattern = tuple_line(&first, carried.iter().map(Carried::pattern)).pieces;
            }
        }
        let block = Piece::Block(Block::ours(lines));
        level.push(Line::new().ours("let ").with(pattern).ours(" = ").with([block]).ours(";"));
        self.resume(suspension, vec![Piece::Ours(format!("{pending}.await").into())], level, mode);
    }

    /// A name for what a started call gives.
    fn pending(&mut self, suspension: &Await<'a>) -> String {
        self.fresh(if suspension.repeats { "events" } else { "pending" })
    }

    /// `let t = t;` in front of the lines of the segment, for what came from outside of it and dies with it; and what has
    /// to stand at the end of it, for what has no name that could be bound again.
    pub(crate) fn take_segment(
        &mut self,
        level: &mut Level<'a>,
        foreign: &[Binding],
    ) -> (Vec<Line<'a>>, Vec<Line<'a>>) {
        let own = level.lines.split_off(level.segment);
        let foreign = if self.options.keeps(Rule::Foreign) { foreign } else { &[] };
        let mut lines: Vec<Line<'a>> = Vec::new();
        let mut at_end = Vec::new();
        for binding in foreign {
            if binding.ident == "self" {
                // `self` can't be bound again; it is moved when the segment is through with it.
                let name = self.fresh("_this");
                at_end.push(Line::new().ours(format!("let {name} = ")).name(&binding.ident).ours(";"));
                continue;
            }
            if !binding.parts.is_empty() {
                // The other parts of it are gone: each that is left dies by itself.
                for part in &binding.parts {
                    let name = self.fresh(&format!("_{}", binding.ident));
                    let line = Line::new().ours(format!("let {name} = ")).name(&binding.ident);
                    at_end.push(line.ours(format!("{part};")));
                }
                continue;
            }
            let mutable = if binding.mutable { "mut " } else { "" };
            let line = Line::new().ours(format!("let {mutable}")).name(&binding.ident).ours(" = ");
            lines.push(line.name(&binding.ident).ours(";"));
        }
        lines.extend(own);
        (lines, at_end)
    }

    /// The call, made now; beside the handle that it returns if that has a name.
    fn started_call(&mut self, suspension: &Await<'a>) -> Vec<Piece<'a>> {
        if suspension.handle.is_some() {
            return self.called(suspension, "start_with");
        }
        let started = self.called(suspension, "start");
        self.waited_for(started)
    }

    /// A started call, or (with the rule REST broken) what it gives, before the rest has run.
    fn waited_for(&self, started: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
        if self.options.keeps(Rule::Rest) {
            return started;
        }
        let mut awaited = started;
        awaited.push(Piece::Ours(".await".into()));
        wrapped("::core::future::ready", awaited)
    }

    /// The rest of the function, which runs before the callback.
    fn rest(&mut self, suspension: &Await<'a>, lines: &mut Vec<Line<'a>>) {
        self.rest_lines(suspension.rest, lines);
    }

    pub(crate) fn rest_lines(&mut self, rest: &'a [syn::Stmt], lines: &mut Vec<Line<'a>>) {
        let binds = self.options.keeps(Rule::RestBlock)
            && rest.iter().any(|stmt| matches!(stmt, syn::Stmt::Local(_) | syn::Stmt::Item(_)));
        let leaves = self.options.keeps(Rule::RestReturn) && rest.iter().any(crate::cps::leave::returns_in);
        let ends_in_value = matches!(rest.last(), Some(syn::Stmt::Expr(expr, None)) if !is_block_like(expr));
        let mut own: Vec<Line<'a>> = rest.iter().map(|stmt| Line::new().keep(stmt)).collect();
        if leaves {
            // `return` leaves what stands behind the call, and no more: the callback is still to come.
            let block = Piece::Block(Block::ours(own));
            let parens = Delim::Ours(proc_macro2::Delimiter::Parenthesis);
            let closure = Piece::Group(parens, vec![Piece::Ours("|| ".into()), block]);
            lines.push(Line::from(vec![closure, Piece::Ours("();".into())]));
        } else if binds {
            let mut line = Line::from(vec![Piece::Block(Block::ours(own))]);
            if ends_in_value {
                line = line.ours(";");
            }
            lines.push(line);
        } else {
            if ends_in_value {
                if let Some(last) = own.pop() {
                    own.push(last.ours(";"));
                }
            }
            lines.extend(own);
        }
    }

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
            let value = whole.and_then(behind_question_mark).map_or(Value::Unknown, Value::Typed);
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

    /// The call with its marks, in a macro of the core crate.
    pub(crate) fn called(&mut self, suspension: &Await<'a>, name: &'static str) -> Vec<Piece<'a>> {
        if let Some(future) = self.direct(suspension, name == "start") {
            return future;
        }
        let marks: Vec<Mark<'_, 'a>> = match &suspension.callbacks[..] {
            [] => self.marks_of_completion(&suspension.places),
            callbacks => {
                let labels: &[&str] = if callbacks.len() == 2 { &["ok: ", "err: "] } else { &[""] };
                let marks = suspension.places.iter().zip(callbacks).zip(labels);
                let mark = |((place, callback), label): ((_, &Callback<'a>), _)| {
                    let text = match is_lent_to(callback) {
                        true => MAPPING.into(),
                        false => format!("{label}{}", mark_of_arity(callback.closure.inputs.len())),
                    };
                    Mark { place, text }
                };
                marks.map(mark).collect()
            }
        };
        let discards = suspension.is_statement
            && suspension.handle.is_none()
            && self.options.style == Style::Strict
            && self.options.keeps(Rule::Handle);
        let name = if suspension.repeats { "events" } else { name };
        let is_lazy = name == "start" && !self.options.keeps(Rule::EagerStart);
        let mut pieces = self.marked(if is_lazy { "call" } else { name }, suspension.call, &marks);
        if let [callback] = &suspension.callbacks[..] {
            if is_lent_to(callback) {
                let mapping = self.mapping(callback);
                super::lent::replace(&mut pieces, MAPPING, &mut Some(mapping));
            }
        }
        if discards {
            // What the call returns died at its semicolon; the future would keep it.
            if let Some(Piece::Group(_, inside)) = pieces.last_mut() {
                let call = std::mem::take(inside);
                *inside = wrapped("::core::mem::drop", call);
            }
        }
        if let (true, Some(Piece::Group(_, inside))) = (suspension.repeats, pieces.last_mut()) {
            inside.push(Piece::Ours(", unbounded".into()));
        }
        pieces
    }

    /// Whether what is awaited is the answer as it is.
    fn only_hands_on(&self, callback: &Callback<'a>) -> bool {
        self.winners.is_none() && is_identity(callback)
    }

    /// A lazy call holds its arguments until the first poll, and so does its type: the future would not be `Send` if
    /// one of them is not.
    fn must_start(&self, suspension: &Await<'a>) -> bool {
        if !self.completion.parts.iter().any(|part| part.is_send) {
            return false;
        }
        const NOT_SEND: &[&str] =
            &["Rc", "RefCell", "Cell", "lock", "borrow", "borrow_mut", "NonNull", "UnsafeCell"];
        let mentioned = suspension.all_but_callbacks();
        NOT_SEND.iter().any(|name| mentioned.contains(*name))
    }

    // ---- F3 ----

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
    fn end_without_self(&mut self, foreign: &[Binding], block: &mut Level<'a>) {
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
    fn suspend_in_stage(&mut self, suspension: &Await<'a>, level: &mut Level<'a>, staged: &Staged) {
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

/// `let pending = start!(..);`, or with the handle that the call returns.
fn start_line<'a>(suspension: &Await<'a>, pending: &str, started: Vec<Piece<'a>>) -> Line<'a> {
    let Some(handle) = suspension.handle else {
        return Line::new().ours(format!("let {pending} = ")).with(started).ours(";");
    };
    let (pattern, ty): (&Pat, _) = match &handle.pat {
        Pat::Type(typed) => (&typed.pat, Some(&*typed.ty)),
        other => (other, None),
    };
    let elements = vec![Piece::Keep(pattern), Piece::Ours(format!(", {pending}").into())];
    let parens = Piece::Group(Delim::Ours(proc_macro2::Delimiter::Parenthesis), elements);
    let mut line = Line::new().ours("let ").with([parens]);
    if let Some(ty) = ty {
        let elements = vec![Piece::Keep(ty), Piece::Ours(", _".into())];
        let parens = Piece::Group(Delim::Ours(proc_macro2::Delimiter::Parenthesis), elements);
        line = line.ours(": ").with([parens]);
    }
    line.ours(" = ").with(started).ours(";")
}

/// `pending, a, b` in parentheses.
fn tuple_line<'a>(first: &str, more: impl Iterator<Item = Vec<Piece<'a>>>) -> Line<'a> {
    let first = std::iter::once(vec![Piece::Ours(first.to_owned().into())]);
    Line::from(vec![super::answer::tuple(first.chain(more))])
}

/// What a started call is bound to: a stream is asked for one event after the other, and changes with it.
fn pattern_of<'a>(suspension: &Await<'a>, pending: &str) -> Vec<Piece<'a>> {
    let mutable = if suspension.repeats { "mut " } else { "" };
    vec![Piece::Ours(format!("{mutable}{pending}").into())]
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

/// Whether there is another suspension in a sequence.
pub(crate) fn suspends(seq: &Seq<'_>) -> bool {
    let mut found = false;
    walk::first_ends(seq, &mut |last| {
        found |= matches!(last, Last::Await(_) | Last::FirstWins(_) | Last::Repeated(_))
    });
    found
}

impl Await<'_> {
    /// Whether the started call may be the value of a block. What its arguments made would outlive the block's variables
    /// there, in editions before 2024.
    fn may_end_a_block(&self) -> bool {
        self.handle.is_none() && self.rest.is_empty() && !self.holds_temporaries()
    }
}

impl Branch<'_> {
    /// Whether some way of it waits.
    pub(crate) fn suspends(&self) -> bool {
        let mut found = false;
        walk::ways(&self.shape, &mut |way| found |= suspends(way));
        found
    }
}

/// An expression that ends in a brace and needs no semicolon as a statement.
pub(crate) fn is_block_like(expr: &syn::Expr) -> bool {
    use syn::Expr::*;
    matches!(expr, If(_) | Match(_) | Block(_) | Unsafe(_) | ForLoop(_) | While(_) | Loop(_))
}
