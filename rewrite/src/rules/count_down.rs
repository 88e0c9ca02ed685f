//! ALL: callbacks that are counted down become a `join`, whose children run in the order in which they are answered.
//!
//! ```text
//! for url in urls {                                        let mut branches = Vec::new();
//!     let (left, sizes, done) = (left.clone(), ..);        for url in urls {
//!     fetch(url, move |page| {                                 let sizes = sizes.clone();
//!         sizes.borrow_mut().push(page.len());                 branches.push(kick_now(async move {
//!         left.set(left.get() - 1);                   =>           let page = call!(fetch(url, _)).await;
//!         if left.get() == 0 {
//!             done.take().unwrap()(sum(&sizes))                    sizes.borrow_mut().push(page.len());
//!         }                                                    }));
//!     });                                                  }
//! }                                                        join(branches).await;
//!                                                          sum(&sizes)
//! ```
//!
//! Every call is made where it was made, and a callback that fires at once runs at once. With nothing to count, the
//! callback version never answers and a join is ready: that difference is named.
//!
//! Where callbacks end it with the first error, the children give a `Result`, and those that are left when it has come run
//! on, as their callbacks did:
//!
//! ```text
//! match page {                                             match pending.await {
//!     Err(e) => {
//!         if let Some(done) = done.take() {        =>          Err(e) => return Err(e),
//!             done(Err(e))
//!         }
//!     }
//!     Ok(page) => { .. }                                       Ok(page) => { .. }
//! }                                                        } Ok(())
//!                                                          ..
//!                                                          try_join_detached(branches).await?;
//! ```
//!
//! Condition: the counter and the cell of the completion have no other use, and what the last callback does needs
//! nothing of its own callback. Otherwise the callbacks stay, and the function awaits the cell.
use syn::{Pat, Stmt};

use crate::Style;
use crate::cps::count_down::{CountDown, Entry, clones_in, is_variable};
use crate::cps::tree::Await;
use crate::order::drops::Binding;
use crate::order::names::{self, Names};
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, named, wrapped};
use crate::refusal::{Code, Finding};
use crate::switch::Rule;

impl<'a> Writer<'a, '_> {
    pub(crate) fn count_down(&mut self, join: &CountDown<'a>, level: &mut Level<'a>, mode: &Mode) {
        let needed = join.needed.clone();
        let branches = self.fresh("branches");
        let mut children = Vec::new();
        let mut parts = join.parts.iter();
        for entry in &join.entries {
            match entry {
                Entry::Keep(stmt) => self.plain(stmt, level),
                Entry::Branch(before, call) => {
                    let child = self.fresh("branch");
                    let part = parts.next().cloned().unwrap_or_default();
                    let lines = self.child(before, call, join, &part, &needed, None);
                    let block = Piece::Block(Block::ours(lines));
                    level.push(Line::new().ours(format!("let {child} = ")).with([block]).ours(";"));
                    children.push(child);
                }
                Entry::Each(each, before, call) => {
                    let turn = names::bound_by(&each.pat).into_iter().map(ToString::to_string).collect();
                    let collect = Some((&*branches, &turn));
                    let part = parts.next().cloned().unwrap_or_default();
                    let body = self.child(before, call, join, &part, &Names::new(), collect);
                    let vec = if self.options.style == Style::Strict { "::std::vec::Vec" } else { "Vec" };
                    level.push(Line::new().ours(format!("let mut {branches} = {vec}::new();")));
                    let head = Line::new().keep(&each.for_token).ours(" ").keep(&*each.pat).ours(" ");
                    let head = head.keep(&each.in_token).ours(" ").keep(&*each.expr).ours(" ");
                    level.push(head.with([Piece::Block(Block::user(&each.body.brace_token, body))]));
                    if is_variable(&each.expr) {
                        let moved = names::of_expr(&each.expr);
                        level.mark_moved(|name| moved.contains(name));
                    }
                    self.notes.push(Finding {
                        help: "answer an empty list before the loop, if it can be empty".into(),
                        ..Finding::about(Code::UC11, &each.expr, "with nothing to wait for, the callback version never answers; this one answers at once")
                    });
                }
            }
        }
        self.end_before_the_wait(level, &needed, &branches, &children);
        let what = if children.is_empty() { branches } else { format!("({})", children.join(", ")) };
        let line = self.wait_for_all(join, &what);
        level.push(line);
        level.segment = level.lines.len();
        level.alive.retain(|binding| needed.contains(&binding.name()));
        level
            .alive
            .iter_mut()
            .for_each(|binding| *binding = Binding { inside: false, moved: false, ..binding.clone() });
        self.seq(&join.zero, level, mode);
    }

    /// `join(what).await;`, or the form in which the first error ends it.
    fn wait_for_all(&mut self, join: &CountDown<'a>, what: &str) -> Line<'a> {
        if !join.fails {
            return Line::new().ours(format!("{}({what}).await;", self.core("join")));
        }
        let try_join = match self.options.keeps(Rule::Failure) {
            true => self.detached("try_join_detached", join.is_sync),
            false => self.core("try_join"),
        };
        if !self.options.eager && self.completion.is_result() {
            return Line::new().ours(format!("{try_join}({what}).await?;"));
        }
        // In an `async` block, or behind an alias, nothing says into which error `?` converts.
        let (err, error) = (self.variant("Err"), self.fresh("error"));
        let leave = Line::new().ours(format!("return {err}({error});"));
        let line = Line::new().ours(format!("if let {err}({error}) = {try_join}({what}).await "));
        line.with([Piece::Block(Block::ours(vec![leave]))])
    }

    /// The loop goes into a block, if something dies with it: only the children and what the end needs leave.
    fn end_before_the_wait(
        &mut self,
        level: &mut Level<'a>,
        needed: &Names,
        branches: &str,
        children: &[String],
    ) {
        let dies =
            |binding: &&Binding| binding.visible && !binding.moved && !needed.contains(&binding.name());
        let dying: Vec<Binding> = level.alive.iter().filter(dies).cloned().collect();
        if dying.is_empty() || !self.options.keeps(Rule::Scope) {
            return;
        }
        let foreign: Vec<Binding> = dying.into_iter().filter(|binding| !binding.inside).collect();
        let (mut lines, at_end) = self.take_segment(level, &foreign);
        lines.extend(at_end);
        let waiting = match children {
            [] => vec![branches.to_owned()],
            _ => children.to_vec(),
        };
        let named_ours = |name: &String| vec![Piece::Ours(name.clone().into())];
        let mut values: Vec<Vec<Piece<'a>>> = waiting.iter().map(named_ours).collect();
        let mut pattern: Vec<Vec<Piece<'a>>> = waiting.iter().map(named_ours).collect();
        for binding in level.alive.iter().filter(|binding| binding.inside && needed.contains(&binding.name()))
        {
            let mutable = binding.mutable.then(|| Piece::Ours("mut ".into()));
            pattern.push(mutable.into_iter().chain([named(&binding.ident)]).collect());
            values.push(vec![named(&binding.ident)]);
        }
        let one_or_tuple = |mut elements: Vec<Vec<Piece<'a>>>| match elements.len() {
            1 => elements.remove(0),
            _ => vec![super::tuple(elements)],
        };
        lines.push(one_or_tuple(values).into());
        let block = Piece::Block(Block::ours(lines));
        level.push(Line::new().ours("let ").with(one_or_tuple(pattern)).ours(" = ").with([block]).ours(";"));
    }

    /// One child: the clones that it needs, the call, and what its callback did before it counted down.
    fn child(
        &mut self,
        before: &'a [Stmt],
        call: &Await<'a>,
        join: &CountDown<'a>,
        part: &Names,
        needed: &Names,
        collect: Option<(&str, &Names)>,
    ) -> Vec<Line<'a>> {
        let mut used = names::of_expr(call.call);
        // Whether a child needs a name for itself: for its call, or for what its callback did before it counted down.
        let is_used = |name: &str| part.contains(name) || call.is_argument(name);
        used.retain(|name| !join.needed.contains(name) || is_used(name));
        let is_gone =
            |name: &str| join.gone.contains(name) || (join.needed.contains(name) && !used.contains(name));
        let mut lines: Vec<Line<'a>> = before.iter().filter_map(|stmt| without(stmt, &is_gone)).collect();
        let own: Names = before.iter().flat_map(bound_by).collect();
        // What the end needs as well is lent to the child, not given.
        for name in names::idents_of_closure(call.callbacks[0].closure) {
            let name_ = name.to_string();
            if needed.contains(&name_) && !own.contains(&name_) && is_used(&name_) {
                lines.push(Line::new().ours("let ").name(&name).ours(" = ").name(&name).ours(".clone();"));
            }
        }
        let mut inner = Level::new([]);
        let callback = &call.callbacks[0];
        let is_own =
            |name: &String| own.contains(name) || collect.is_some_and(|(_, turn)| turn.contains(name));
        let dies_first = self.is_direct(call) && call.holds_temporaries();
        if collect.is_some() && !dies_first && call.arguments().iter().all(is_own) {
            // The child owns what the call needs, so it can make the call itself.
            let mut awaited = self.called(call, "call");
            awaited.push(Piece::Ours(".await".into()));
            self.bind(call, callback, awaited, &mut inner);
        } else {
            let pending = self.fresh("pending");
            let started = self.called(call, "start");
            lines.push(Line::new().ours(format!("let {pending} = ")).with(started).ours(";"));
            self.bind(call, callback, vec![Piece::Ours(format!("{pending}.await").into())], &mut inner);
        }
        if join.fails {
            self.seq(&callback.body, &mut inner, &Mode::Return);
            let ok = self.variant("Ok");
            inner.push(Line::new().ours(format!("{ok}(())")));
        } else {
            self.steps(&callback.body.steps, &mut inner);
        }
        let body = vec![Piece::Ours("async move ".into()), Piece::Block(Block::ours(inner.lines))];
        let child = wrapped(self.core("kick_now"), body);
        match collect {
            Some((branches, _)) => {
                let child = Piece::Group(Delim::Ours(proc_macro2::Delimiter::Parenthesis), child);
                lines.push(Line::new().ours(format!("{branches}.push")).with([child]).ours(";"));
            }
            None => lines.push(child.into()),
        }
        lines
    }
}

fn bound_by(stmt: &Stmt) -> Vec<String> {
    match stmt {
        Stmt::Local(local) => names::bound_by(&local.pat).into_iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// A `let` without the clones that are gone: of the counter and the cell, and those that only the end needs.
pub(super) fn without<'a>(stmt: &'a Stmt, is_gone: &dyn Fn(&str) -> bool) -> Option<Line<'a>> {
    let Stmt::Local(local) = stmt else { return Some(Line::new().keep(stmt)) };
    let Some(pairs) = clones_in(local) else { return Some(Line::new().keep(stmt)) };
    let is_gone = |pat: &Pat| matches!(pat, Pat::Ident(name) if is_gone(&name.ident.to_string()));
    let kept: Vec<_> = pairs.iter().filter(|(pat, _)| !is_gone(pat)).collect();
    match kept[..] {
        [] => None,
        _ if kept.len() == pairs.len() => Some(Line::new().keep(stmt)),
        [(pat, expr)] => Some(Line::new().ours("let ").keep(*pat).ours(" = ").keep(*expr).ours(";")),
        _ => {
            let pats = super::tuple(kept.iter().map(|(pat, _)| vec![Piece::Keep(*pat)]));
            let exprs = super::tuple(kept.iter().map(|(_, expr)| vec![Piece::Keep(*expr)]));
            Some(Line::new().ours("let ").with([pats]).ours(" = ").with([exprs]).ours(";"))
        }
    }
}
