//! ANY: callbacks of which the first one answers become a `race`; with a timer among them it is a timeout.
//!
//! ```text
//! let done = Rc::new(RefCell::new(Some(done)));            let pending = start!(fetch(url, _));
//! let late = done.clone();                                 let branch = async move { Some(pending.await) };
//! fetch(url, move |page| {                                 let pending2 = start!(after(limit, ||));
//!     if let Some(done) = done.take() {               =>   let branch2 = async move {
//!         done(Some(page))                                     pending2.await;
//!     }                                                        None
//! });                                                      };
//! after(limit, move || {                                   race((branch, branch2)).await
//!     if let Some(done) = late.take() { done(None) }
//! });
//! ```
//!
//! Every call is made where it was made. The callback of a loser still came, and found the cell empty:
//!
//! | what callbacks do | form |
//! |---|---|
//! | nothing but to take and to answer | `race`: losers are dropped |
//! | something before they take, or what they capture may be seen to die | `race_detached`: losers run on, each in the turn in which its answer comes; one whose callee calls back at once runs at once (`kick_now`) |
//! | something that only the winner does, where losers run on or the winner waits again | the children give what the winner goes on with, as a future |
//!
//! A race without children panics where callbacks over an empty list never answer; that difference is named.
//!
//! Condition: the cell has no other use, each callback takes from it once on every path and does nothing if it is empty,
//! and nothing runs behind the answer (UC03). Otherwise the callbacks stay, and the function awaits the cell.
use syn::Stmt;

use super::branch::sides_of;
use super::count_down::without;
use super::race_form::{Form, note};
use crate::Style;
use crate::cps::count_down::Entry;
use crate::cps::first_wins::{FirstWins, Taken, only_takes};
use crate::cps::tree::Await;
use crate::order::drops::{self, Binding, Value};
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Side, Staged, Writer, wrapped};
use crate::recognise::{AnswerType, Part};
use crate::refusal::{Code, Finding};

use super::capture::latest;

impl<'a> Writer<'a, '_> {
    pub(crate) fn first_wins(&mut self, race: &FirstWins<'a>, level: &mut Level<'a>, mode: &Mode) {
        for call in race.calls() {
            self.check_late_rest(call);
        }
        let form = self.form(race, level);
        if let Mode::Staged(staged) = mode {
            let staged = staged.clone();
            return self.race_in_stage(race, &form, level, &staged);
        }
        if form.dies {
            let inside = |writer: &mut Self, level: &mut Level<'a>, staged: &Staged| {
                writer.race_in_stage(race, &form, level, staged)
            };
            return self.staged(level, mode, inside, false);
        }
        let mut winner = self.race(race, &form, level);
        winner.push(Piece::Ours(".await".into()));
        if form.staged {
            let name = self.fresh("winner");
            level.push(Line::new().ours(format!("let ({name},) = ")).with(winner).ours(";"));
            winner = vec![Piece::Ours(format!("{name}.await").into())];
        }
        self.finish(Some(winner), level, mode);
    }

    /// The race as the value of a block that ends before the wait.
    fn race_in_stage(&mut self, race: &FirstWins<'a>, form: &Form, level: &mut Level<'a>, staged: &Staged) {
        let mut future = self.race(race, form, level);
        if form.staged {
            future.push(Piece::Ours(".await.0.await".into()));
            let body = Piece::Block(Block::ours(vec![future.into()]));
            future = vec![Piece::Ours("async move ".into()), body];
        }
        if staged.at_once {
            future = wrapped(self.core("kick_now"), future);
        }
        let value = self.sided(&staged.sides, future);
        level.push(value);
    }

    /// `race((branch, branch2))`, with what makes the children in front of it.
    fn race(&mut self, race: &FirstWins<'a>, form: &Form, level: &mut Level<'a>) -> Vec<Piece<'a>> {
        let count = race.calls().count();
        let mut children = Vec::new();
        let mut branches = None;
        for entry in &race.entries {
            match entry {
                Entry::Keep(stmt) => self.plain(stmt, level),
                Entry::Branch(before, call) => {
                    let sides = sides_of(children.len(), count);
                    let mut lines = without_cell(before, race);
                    let is_scoped = !lines.is_empty();
                    let child = self.racer(call, &sides, form, level, before, &mut lines);
                    if is_scoped {
                        lines.push(child.into());
                        children.push(vec![Piece::Block(Block::ours(lines))]);
                    } else {
                        level.lines.extend(lines);
                        children.push(child);
                    }
                    self.name_child(&mut children, level);
                }
                Entry::Each(each, before, call) => {
                    let branches: &String = branches.insert(self.fresh("branches"));
                    let mut lines = without_cell(before, race);
                    let mut inside = Level::new(level.alive.iter().cloned());
                    inside.alive.extend(drops::bindings_of(&each.pat, Value::Unknown, self.known));
                    let child = self.racer(call, &[], form, &inside, before, &mut lines);
                    let child = Piece::Group(Delim::Ours(proc_macro2::Delimiter::Parenthesis), child);
                    lines.push(Line::new().ours(format!("{branches}.push")).with([child]).ours(";"));
                    let vec = if self.options.style == Style::Strict { "::std::vec::Vec" } else { "Vec" };
                    level.push(Line::new().ours(format!("let mut {branches} = {vec}::new();")));
                    let head = Line::new().keep(&each.for_token).ours(" ").keep(&*each.pat).ours(" ");
                    let head = head.keep(&each.in_token).ours(" ").keep(&*each.expr).ours(" ");
                    level.push(head.with([Piece::Block(Block::user(&each.body.brace_token, lines))]));
                    self.notes.push(Finding {
                        help: "answer an empty list before the loop, if it can be empty".into(),
                        ..Finding::about(Code::UC11, &each.expr, "with nothing to wait for, the callback version never answers; a race of nothing panics")
                    });
                }
            }
        }
        let racing = match branches {
            Some(branches) => vec![Piece::Ours(branches.into())],
            None => vec![super::tuple(children)],
        };
        let function = match form.detached {
            false => self.core("race"),
            true => self.detached("race_detached", race.is_sync),
        };
        wrapped(function, racing)
    }

    /// The group whose losers run on: on this thread, unless the completion may go to others.
    pub(crate) fn detached(&mut self, name: &'static str, is_sync: bool) -> String {
        let is_sent = |part: &Part<'_>| part.is_send || matches!(part.answer, AnswerType::Behind(_));
        match is_sync && self.completion.parts.iter().all(is_sent) {
            true => self.core(name),
            false => format!("{}::{name}", self.core("local")),
        }
    }

    /// Gives the last child a name.
    fn name_child(&mut self, children: &mut [Vec<Piece<'a>>], level: &mut Level<'a>) {
        let Some(child) = children.last_mut() else { return };
        let name = self.fresh("branch");
        let made = std::mem::replace(child, vec![Piece::Ours(name.clone().into())]);
        level.push(Line::new().ours(format!("let {name} = ")).with(made).ours(";"));
    }

    /// A child: the call, and what its callback does until it takes. Gives the child itself.
    fn racer(
        &mut self,
        call: &Await<'a>,
        sides: &[Side],
        form: &Form,
        level: &Level<'a>,
        before: &'a [Stmt],
        lines: &mut Vec<Line<'a>>,
    ) -> Vec<Piece<'a>> {
        let pending = self.fresh("pending");
        let mut inner = Level::new(level.alive.iter().cloned());
        let mut bound = Level::new([]);
        before.iter().for_each(|stmt| note(stmt, &mut bound, self.known));
        inner.alive.extend(bound.alive.into_iter().map(|binding| Binding { inside: false, ..binding }));
        for carried in self.prepared(call, lines) {
            inner.push(carried.rebound());
        }
        let awaited = vec![Piece::Ours(format!("{pending}.await").into())];
        // In a future of its own there is no loop to go round.
        let turns = self.turns.take();
        let outer = std::mem::replace(&mut self.winners, form.staged.then(|| sides.to_vec()));
        self.resume(call, awaited, &mut inner, &Mode::Value);
        self.winners = outer;
        self.turns = turns;
        let only_waits = matches!(&inner.lines[..], [line] if matches!(&line.pieces[..], [Piece::Ours(text)] if *text == format!("{pending}.await")));
        let started = self.called(call, "start");
        if only_waits {
            return started;
        }
        lines.push(Line::new().ours(format!("let {pending} = ")).with(started).ours(";"));
        let runs_at_once = form.detached && call.callbacks.iter().any(|callback| !only_takes(&callback.body));
        let body = Piece::Block(Block::ours(inner.lines));
        let child = vec![Piece::Ours("async move ".into()), body];
        if runs_at_once { wrapped(self.core("kick_now"), child) } else { child }
    }

    /// What the first callback goes on with: its answer, or the future of it.
    pub(crate) fn taken(&mut self, taken: &Taken<'a>, level: &mut Level<'a>, mode: &Mode) {
        let Some(sides) = self.winners.take() else { return self.seq(&taken.then, level, mode) };
        let captured = latest(level).into_iter().filter(|binding| taken.names.contains(&binding.name()));
        let mut inner = Level::new(captured.cloned().collect::<Vec<_>>());
        self.seq(&taken.then, &mut inner, &Mode::Value);
        let future = vec![Piece::Ours("async move ".into()), Piece::Block(Block::ours(inner.lines))];
        // In a tuple, as a future that is the value of another one looks like a forgotten `.await`.
        let name = self.fresh("winner");
        let future = self.sided(&sides, future);
        level.push(Line::new().ours(format!("let {name} = ")).with(future).ours(";"));
        let value = vec![Piece::Ours(format!("({name},)").into())];
        self.winners = Some(sides);
        self.finish(Some(value), level, mode);
    }
}

/// The statements before a call without the clones of the cell.
fn without_cell<'a>(before: &'a [Stmt], race: &FirstWins<'a>) -> Vec<Line<'a>> {
    before.iter().filter_map(|stmt| without(stmt, &|name| race.gone.contains(name))).collect()
}
