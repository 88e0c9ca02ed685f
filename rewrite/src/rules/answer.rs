//! DONE: calling the completion is the value of the function.
//!
//! ```text
//! done(a + 1)            =>   a + 1
//! done(a); return;       =>   return a;        where something follows that must not run
//! done(a, b)             =>   (a, b)
//! ok(a)    err(e)        =>   Ok(a)    Err(e)
//! ```
//!
//! Condition: the value of the call is not used (UC08), nothing runs after it (UC03).
use syn::Expr;

use crate::cps::tree::Answer;
use crate::order::drops;
use crate::plan::out::{Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, wrapped};
use crate::recognise::Role;
use crate::refusal::{Code, Finding, quoted};
use crate::rules::suspend::is_block_like;
use proc_macro2::Delimiter;

impl<'a> Writer<'a, '_> {
    pub(crate) fn answer(&mut self, answer: &Answer<'a>, level: &mut Level<'a>, mode: &Mode) {
        self.note_guards(answer, level);
        if let Some((variant, value)) = self.form.half(answer).filter(|_| !answer.joins) {
            let value = value.map_or(Piece::Ours("()".into()), |value| Piece::Keep(value));
            let value = wrapped(self.variant(variant), vec![value]);
            return self.finish(Some(value), level, mode);
        }
        let value = match (&answer.args[..], answer.role) {
            ([], Role::Whole) => None,
            ([], _) => Some(vec![Piece::Ours("()".into())]),
            ([one], Role::Whole) if *mode == Mode::Value && ends_early_as_a_statement(one) => {
                Some(wrapped("", vec![Piece::Keep(*one)]))
            }
            ([one], _) => Some(vec![Piece::Keep(*one)]),
            (several, _) => Some(vec![tuple(several.iter().map(|arg| vec![Piece::Keep(*arg)]))]),
        };
        let value = match answer.role {
            Role::Whole => value,
            Role::Ok => value.map(|value| wrapped(self.variant("Ok"), value)),
            Role::Err => value.map(|value| wrapped(self.variant("Err"), value)),
        };
        // A temporary at the end of a block may outlive the block's variables, depending on the edition; in the
        // callback version it died at the semicolon.
        match value {
            Some(value) if *mode == Mode::Value && answer.is_statement && may_hold_a_guard(&answer.args) => {
                let name = self.fresh("answer");
                level.push(Line::new().ours(format!("let {name} = ")).with(value).ours(";"));
                self.finish(Some(vec![Piece::Ours(name.into())]), level, mode);
            }
            value => self.finish(value, level, mode),
        }
    }

    /// The caller's continuation ran while a guard was alive; now the guard goes first. A named difference.
    fn note_guards(&mut self, answer: &Answer<'a>, level: &Level<'a>) {
        let Some(guard) = level.alive.iter().find(|binding| binding.guard && !binding.moved) else { return };
        let message = format!(
            "the caller goes on with {} released; it was held in callback style",
            quoted(&guard.ident)
        );
        self.notes.push(Finding::about(Code::UC13, answer.call, message));
    }
}

/// `(a, b)` of ours.
pub(crate) fn tuple<'a>(elements: impl IntoIterator<Item = Vec<Piece<'a>>>) -> Piece<'a> {
    let mut pieces = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        if index > 0 {
            pieces.push(Piece::Ours(", ".into()));
        }
        pieces.extend(element);
    }
    Piece::Group(Delim::Ours(Delimiter::Parenthesis), pieces)
}

/// Whether an expression begins with a block and goes on behind it, as `{ f }(x)` does: an argument may, but where a
/// statement can stand, it ends with the block.
fn ends_early_as_a_statement(expr: &Expr) -> bool {
    let first = match expr {
        Expr::Call(call) => &call.func,
        Expr::Index(index) => &index.expr,
        Expr::Binary(binary) => &binary.left,
        Expr::Assign(assign) => &assign.left,
        Expr::Cast(cast) => &cast.expr,
        Expr::Range(range) => match &range.start {
            Some(start) => start,
            None => return false,
        },
        Expr::MethodCall(call) => return ends_early_as_a_statement(&call.receiver),
        Expr::Field(field) => return ends_early_as_a_statement(&field.base),
        Expr::Await(wait) => return ends_early_as_a_statement(&wait.base),
        Expr::Try(attempt) => return ends_early_as_a_statement(&attempt.expr),
        _ => return false,
    };
    is_block_like(first) || ends_early_as_a_statement(first)
}

fn may_hold_a_guard(args: &[&Expr]) -> bool {
    args.iter().any(|arg| drops::mentions_guard(arg))
}
