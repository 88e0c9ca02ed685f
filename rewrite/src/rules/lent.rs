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
use crate::order::drops::{self, Value};
use crate::order::names;
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, named};
use crate::recognise::is_lent;
use crate::refusal::{Code, Finding, quoted};
use crate::switch::Rule;

use super::capture::alive_in;

impl<'a> Writer<'a, '_> {
    /// Refuses what is lent and can't stay inside.
    pub(crate) fn check_lent(&mut self, callback: &Callback<'a>) {
        let Some(lent) = refusable(callback).filter(|_| self.options.keeps(Rule::Lent)) else { return };
        let message = format!(
            "{} is lent for the duration of the callback and cannot be held over an `.await`",
            quoted(lent)
        );
        self.notes.push(Finding::about(Code::UC06, lent, message));
        self.refused = true;
    }

    /// The part of the callback that stays inside: `|s: &str| => { let n = s.len(); n }`
    pub(crate) fn mapping(&mut self, callback: &Callback<'a>) -> Vec<Piece<'a>> {
        let mut lines: Vec<Line<'a>> = Vec::new();
        for step in &callback.body.steps {
            if let Step::Plain(stmt) = step {
                lines.push(Line::new().keep(*stmt));
            }
        }
        let leaving = leaving(callback);
        match &callback.body.last {
            Last::Answer(answer) => {
                let mut inside = Level::new([]);
                self.answer_inside(answer, &mut inside);
                lines.extend(inside.lines);
            }
            _ if leaving.len() == 1 => lines.push(vec![named(leaving[0])].into()),
            _ => {
                lines.push(vec![super::answer::tuple(leaving.iter().map(|ident| vec![named(ident)]))].into())
            }
        }
        let mut mapping = vec![Piece::Ours("|".into())];
        for (index, pat) in callback.params().enumerate() {
            if index > 0 {
                mapping.push(Piece::Ours(", ".into()));
            }
            mapping.push(Piece::Keep(pat));
        }
        mapping.push(Piece::Ours("| => ".into()));
        match lines.len() {
            1 => mapping.extend(lines.remove(0).pieces),
            _ => mapping.push(Piece::Block(Block::ours(lines))),
        }
        mapping
    }

    /// What follows the await of a callback that was lent something.
    pub(crate) fn resume_lent(
        &mut self,
        suspension: &Await<'a>,
        callback: &Callback<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        if matches!(callback.body.last, Last::Answer(_)) {
            return self.finish(Some(awaited), level, mode);
        }
        let leaving = leaving(callback);
        let alive = alive_in(level, suspension, callback, self.known);
        level.segment = level.lines.len();
        level.alive = alive;
        for step in &callback.body.steps {
            if let Step::Plain(syn::Stmt::Local(local)) = step {
                let bound = drops::bindings_of(&local.pat, Value::of_init(local), self.known);
                level.alive.extend(bound.into_iter().filter(|binding| leaving.contains(&&binding.ident)));
            }
        }
        let pattern = |ident: &syn::Ident, level: &Level<'a>| {
            let mutable = level
                .alive
                .iter()
                .rev()
                .find(|binding| binding.ident == *ident)
                .is_some_and(|one| one.mutable);
            let name = named(ident);
            if mutable { vec![Piece::Ours("mut ".into()), name] } else { vec![name] }
        };
        let line = match leaving[..] {
            [] => Line::from(awaited),
            [one] => Line::new().ours("let ").with(pattern(one, level)).ours(" = ").with(awaited),
            _ => {
                let pattern = super::answer::tuple(leaving.iter().map(|ident| pattern(ident, level)));
                Line::new().ours("let ").with([pattern]).ours(" = ").with(awaited)
            }
        };
        level.push(line.ours(";"));
        self.last(&callback.body.last, level, mode);
    }

    fn answer_inside(&mut self, answer: &Answer<'a>, level: &mut Level<'a>) {
        let answer = Answer {
            call: answer.call,
            is_statement: false,
            role: answer.role,
            args: answer.args.clone(),
            joins: answer.joins,
        };
        self.answer(&answer, level, &Mode::Value);
    }
}

/// Puts pieces where a mark of this text stands.
pub(crate) fn replace<'a>(pieces: &mut Vec<Piece<'a>>, slot: &str, with: &mut Option<Vec<Piece<'a>>>) {
    let found = pieces.iter().position(|piece| matches!(piece, Piece::Ours(text) if text == slot));
    if let (Some(index), Some(with)) = (found, with.take_if(|_| found.is_some())) {
        pieces.splice(index..=index, with);
        return;
    }
    for piece in pieces {
        if let Piece::Group(_, inside) = piece {
            replace(inside, slot, with);
        }
    }
}

/// Whether a parameter of the callback is a reference that ends with it.
pub(crate) fn is_lent_to(callback: &Callback<'_>) -> bool {
    lent_params(callback).next().is_some()
}

/// What the code behind the first part needs and the first part does not mention.
pub(crate) fn needed_behind(callback: &Callback<'_>) -> names::Names {
    let Last::Await(next) = &callback.body.last else { return names::Names::new() };
    let mut needed = names::of_expr(next.call);
    needed.extend(names::of_stmts(next.rest));
    for step in &callback.body.steps {
        if let Step::Plain(stmt) = step {
            for name in names::of_stmts(std::slice::from_ref(*stmt)) {
                needed.remove(&name);
            }
        }
    }
    needed
}

fn lent_params<'c, 'a>(callback: &'c Callback<'a>) -> impl Iterator<Item = &'a syn::PatType> + 'c {
    callback.params().filter_map(|pat| match pat {
        Pat::Type(typed) if is_lent(&typed.ty) => Some(typed),
        _ => None,
    })
}

/// The names that the part inside binds, or has captured, and the part behind it needs.
pub(crate) fn leaving<'a>(callback: &Callback<'a>) -> Vec<&'a syn::Ident> {
    let Last::Await(next) = &callback.body.last else { return Vec::new() };
    let mut needed = names::of_expr(next.call);
    needed.extend(names::of_stmts(next.rest));
    let mut leaving: Vec<&'a syn::Ident> = Vec::new();
    for step in &callback.body.steps {
        let Step::Plain(stmt) = step else { continue };
        let mut idents = Vec::new();
        if let syn::Stmt::Local(local) = stmt {
            idents.extend(names::bound_by(&local.pat));
        }
        idents.extend(names::idents_in(stmt));
        for ident in idents {
            if needed.contains(&ident.to_string()) && !leaving.contains(&ident) {
                leaving.push(ident);
            }
        }
    }
    leaving
}

/// The parameter because of which the part before the next suspension can't stay inside.
fn refusable<'a>(callback: &Callback<'a>) -> Option<&'a syn::PatType> {
    let first = lent_params(callback).next()?;
    let only_plain = callback.body.steps.iter().all(|step| matches!(step, Step::Plain(_) | Step::Alias));
    if !only_plain {
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
        Last::Open
        | Last::Diverges
        | Last::Branch(..)
        | Last::CountDown(_)
        | Last::FirstWins(_)
        | Last::Repeated(_)
        | Last::Taken(_) => Some(first),
    }
}
