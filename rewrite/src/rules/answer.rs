//! DONE: calling the completion is the value of the function.
//!
//! ```text
//! done(a + 1)            =>   a + 1
//! done(a); return;       =>   return a;        where something follows that must not run
//! done(a, b)             =>   (a, b)
//! ok(a)    err(e)        =>   Ok(a)    Err(e)
//! done(None, Some(a))    done(Some(e), None)    =>   Ok(a)    Err(e)      if there is no other kind of call
//! ```
//!
//! Condition: the value of the call is not used (UC08), nothing runs after it (UC03).
use syn::Expr;

use crate::cps::tree::Answer;
use crate::order::drops;
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Level, Mode, Writer, wrapped};
use crate::recognise::Role;
use crate::refusal::{Code, Finding, quoted};
use crate::rules::suspend::is_block_like;
use proc_macro2::Delimiter;

impl<'a> Writer<'a, '_> {
    pub(crate) fn answer(&mut self, answer: &Answer<'a>, level: &mut Level<'a>, mode: &Mode) {
        self.note_guards(answer, level);
        if self.error_first {
            if let Some((variant, value)) = one_of_both(answer) {
                let value = wrapped(self.variant(variant), vec![Piece::Keep(value)]);
                return self.finish(Some(value), level, mode);
            }
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

/// `(None, Some(v))` or `(Some(e), None)`: an error-first answer that is a `Result`.
pub(crate) fn one_of_both<'a>(answer: &Answer<'a>) -> Option<(&'static str, &'a Expr)> {
    let some = |expr: &'a Expr| match expr {
        Expr::Call(call) if call.args.len() == 1 => {
            let Expr::Path(path) = &*call.func else { return None };
            path.path.is_ident("Some").then(|| &call.args[0])
        }
        _ => None,
    };
    let none = |expr: &Expr| matches!(expr, Expr::Path(path) if path.path.is_ident("None"));
    match answer.args[..] {
        [error, value] if none(error) => Some(("Ok", some(value)?)),
        [error, value] if none(value) => Some(("Err", some(error)?)),
        _ => None,
    }
}

impl<'a> Writer<'a, '_> {
    /// What a callee hands to an error-first completion that was passed on, as a `Result`.
    pub(crate) fn finish_error_first(
        &mut self,
        callee: &str,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let answer = self.fresh("answer");
        level.push(Line::new().ours(format!("let {answer} = ")).with(awaited).ours(";"));
        let (some, none) = (self.variant("Some"), self.variant("None"));
        let (ok, err) = (self.variant("Ok"), self.variant("Err"));
        let arm = |text: String| Line::new().ours(text);
        let arms = vec![
            arm(format!("({some}(error), {none}) => {err}(error),")),
            arm(format!("({none}, {some}(value)) => {ok}(value),")),
            arm(format!("_ => panic!(\"`{callee}` called back with neither or both\"),")),
        ];
        let value = vec![Piece::Ours(format!("match {answer} ").into()), Piece::Block(Block::ours(arms))];
        self.finish(Some(value), level, mode);
    }
}
