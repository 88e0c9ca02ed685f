//! REF: a callback that is lent something uses it inside of the callback; only owned values leave.
//!
//! ```text
//! op_str(x, move |s: &str| {                       =>   let n = call!(op_str(x, |s: &str| => {
//!     let n = s.len();                                      let n = s.len();
//!     op(n, move |b| done(b))                               n
//! })                                                    })).await;
//!                                                       call!(op(n, _)).await
//! ```
//!
//! Condition: what is lent is used before the next suspension only, by statements with one exit, and is not `&mut`
//! unless there is no next suspension (UC06).
use syn::{Pat, Type};

use crate::cps::tree::{Answer, Await, Callback, Last, Step};
use crate::order::names;
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, named};
use crate::recognise::is_lent;
use crate::refusal::{Code, Finding, quoted};

use super::call::Mark;
use super::capture::alive_in;

impl<'a> Writer<'a, '_> {
    /// Whether a parameter of the callback is a reference that ends with it.
    pub(crate) fn lends(&self, callback: &Callback<'a>) -> bool {
        lent_params(callback).next().is_some()
    }

    pub(crate) fn suspend_lent(
        &mut self,
        suspension: &Await<'a>,
        callback: &Callback<'a>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let Some(lent) = refusable(suspension, callback) else {
            return self.map_inside(suspension, callback, level, mode);
        };
        let message = format!(
            "{} is lent for the duration of the callback and cannot be held over an `.await`",
            quoted(lent)
        );
        self.notes.push(Finding {
            help: Code::UC06.next_step().into(),
            ..Finding::about(Code::UC06, lent, message)
        });
        self.refused = true;
    }

    fn map_inside(
        &mut self,
        suspension: &Await<'a>,
        callback: &Callback<'a>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for step in &callback.body.steps {
            if let Step::Plain(stmt) = step {
                lines.push(Line::new().keep(*stmt));
            }
        }
        let answer = match &callback.body.last {
            Last::Answer(answer) => Some(answer),
            _ => None,
        };
        let leaving = leaving(callback);
        match answer {
            Some(answer) => {
                let mut inside = Level::new([]);
                self.answer_inside(answer, &mut inside);
                lines.extend(inside.lines);
            }
            None if leaving.len() == 1 => lines.push(vec![named(leaving[0])].into()),
            None => {
                lines.push(vec![super::answer::tuple(leaving.iter().map(|ident| vec![named(ident)]))].into())
            }
        }
        let mut params = vec![Piece::Ours("|".into())];
        for (index, pat) in callback.params().enumerate() {
            if index > 0 {
                params.push(Piece::Ours(", ".into()));
            }
            params.push(Piece::Keep(pat));
        }
        params.push(Piece::Ours("| => ".into()));
        let body = match lines.len() {
            1 => lines.remove(0).pieces,
            _ => vec![Piece::Block(Block::ours(lines))],
        };
        let called = self.mapped(suspension, params, body);
        if answer.is_some() {
            return self.finish(Some(called), level, mode);
        }
        let alive = alive_in(level, suspension, callback);
        level.segment = level.lines.len();
        level.alive = alive;
        let line = match leaving[..] {
            [] => Line::from(called),
            [one] => Line::new().ours("let ").name(one).ours(" = ").with(called),
            _ => {
                let pattern = super::answer::tuple(leaving.iter().map(|ident| vec![named(ident)]));
                Line::new().ours("let ").with([pattern]).ours(" = ").with(called)
            }
        };
        level.push(line.ours(";"));
        self.last(&callback.body.last, level, mode);
    }

    fn answer_inside(&mut self, answer: &Answer<'a>, level: &mut Level<'a>) {
        let answer = Answer { is_statement: false, role: answer.role, args: answer.args.clone() };
        self.answer(&answer, level, &Mode::Value);
    }

    /// `call!(f(|s: &str| => body)).await`
    fn mapped(
        &mut self,
        suspension: &Await<'a>,
        params: Vec<Piece<'a>>,
        body: Vec<Piece<'a>>,
    ) -> Vec<Piece<'a>> {
        let place = &suspension.places[0];
        let slot = "__mapped__";
        let mut pieces = self.marked("call", suspension.call, &[Mark { place, text: slot.into() }]);
        let mut mapping = params;
        mapping.extend(body);
        replace(&mut pieces, slot, &mut Some(mapping));
        pieces.push(Piece::Ours(".await".into()));
        pieces
    }
}

fn replace<'a>(pieces: &mut Vec<Piece<'a>>, slot: &str, with: &mut Option<Vec<Piece<'a>>>) {
    let found = pieces.iter().position(|piece| matches!(piece, Piece::Ours(text) if text == slot));
    if let (Some(index), Some(with)) = (found, with.take_if(|_| found.is_some())) {
        pieces.splice(index..=index, with);
        return;
    }
    for piece in pieces {
        if let Piece::Group(Delim::User(..) | Delim::Ours(_), inside) = piece {
            replace(inside, slot, with);
        }
    }
}

fn lent_params<'c, 'a>(callback: &'c Callback<'a>) -> impl Iterator<Item = &'a syn::PatType> + 'c {
    callback.params().filter_map(|pat| match pat {
        Pat::Type(typed) if is_lent(&typed.ty) => Some(typed),
        _ => None,
    })
}

/// The names that the part inside binds and the part behind it needs.
fn leaving<'a>(callback: &Callback<'a>) -> Vec<&'a syn::Ident> {
    let Last::Await(next) = &callback.body.last else { return Vec::new() };
    let mut needed = names::of_expr(next.call);
    needed.extend(names::of_stmts(next.rest));
    let mut leaving: Vec<&'a syn::Ident> = Vec::new();
    let steps = callback.body.steps.iter();
    let bound = steps.filter_map(|step| match step {
        Step::Plain(syn::Stmt::Local(local)) => Some(names::bound_by(&local.pat)),
        _ => None,
    });
    for ident in bound.flatten() {
        if needed.contains(&ident.to_string()) && !leaving.contains(&ident) {
            leaving.push(ident);
        }
    }
    leaving
}

/// The parameter because of which the part before the next suspension can't stay inside.
fn refusable<'a>(suspension: &Await<'a>, callback: &Callback<'a>) -> Option<&'a syn::PatType> {
    let first = lent_params(callback).next()?;
    let only_plain = callback.body.steps.iter().all(|step| matches!(step, Step::Plain(_) | Step::Alias));
    if !only_plain || !suspension.rest.is_empty() || suspension.handle.is_some() {
        return Some(first);
    }
    match &callback.body.last {
        Last::Answer(_) => None,
        Last::Await(next) => {
            let mut behind = names::of_expr(next.call);
            behind.extend(names::of_stmts(next.rest));
            lent_params(callback).find(|typed| {
                let is_mutable =
                    matches!(&*typed.ty, Type::Reference(reference) if reference.mutability.is_some());
                let escapes =
                    names::bound_by(&typed.pat).iter().any(|ident| behind.contains(&ident.to_string()));
                is_mutable || escapes
            })
        }
        Last::Open | Last::Diverges | Last::Branch(..) => Some(first),
    }
}
