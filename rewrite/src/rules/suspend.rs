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
//! | F3 (`staged.rs`) | the callback suspends again: then it does not matter when the callee completes |
//!
//! What is taken for granted of callees, and where code behind the call goes, stands in `rest.rs`; what follows the await in
//! `resume.rs`.
use syn::Pat;

use crate::Style;
use crate::cps::tree::{Await, Branch, Callback, Last, Seq};
use crate::cps::walk;
use crate::order::drops::Binding;
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, wrapped};
use crate::switch::Rule;

use super::call::{Mark, mark_of_arity};
use super::capture::{Carried, dying, takes_parts};
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
    pub(super) fn started_call(&mut self, suspension: &Await<'a>) -> Vec<Piece<'a>> {
        if suspension.handle.is_some() {
            return self.called(suspension, "start_with");
        }
        let started = self.called(suspension, "start");
        self.waited_for(started)
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
}

/// `let pending = start!(..);`, or with the handle that the call returns.
pub(super) fn start_line<'a>(suspension: &Await<'a>, pending: &str, started: Vec<Piece<'a>>) -> Line<'a> {
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
    pub(super) fn may_end_a_block(&self) -> bool {
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
