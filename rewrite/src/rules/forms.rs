//! FORMS: a completion that is called with an optional error gives a `Result`.
//!
//! ```text
//! done(None, Some(a))    done(Some(e), None)    =>   Ok(a)     Err(e)
//! on_error(None)         on_error(Some(e))      =>   Ok(())    Err(e)
//! ```
//!
//! A callee that is converted with its caller gives a `Result` as well, and one that stays gives what it always gave. Where
//! the two meet, the value is brought into the form that the code behind the await looks at.
//!
//! Condition: every call of the completion is of one of these forms, so that nothing is invented for both or neither. An
//! optional error alone also needs a name that says so (`on_error`); otherwise `None` may be a value like any other.
use syn::Expr;

use crate::cps::place::callee_name;
use crate::cps::tree::{Answer, Await, Seq};
use crate::cps::walk;
use crate::plan::out::{Block, Line, Piece};
use crate::plan::writer::{Level, Writer};
use crate::recognise::Completion;

/// What an async function returns for what its completion was called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Form {
    /// The same.
    #[default]
    Same,
    /// `Result<T, E>` for an error and a value, of which there is exactly one.
    ErrorFirst,
    /// `Result<(), E>` for an error that may be there.
    ErrorOnly,
}

impl Form {
    /// The form of a function's answers.
    pub(crate) fn of(completion: &Completion<'_>, body: &Seq<'_>) -> Self {
        let form = match (completion.error_first(), completion.error_only()) {
            (Some(_), _) => Form::ErrorFirst,
            (_, Some(_)) => Form::ErrorOnly,
            _ => Form::Same,
        };
        let mut all = true;
        walk::answers(body, &mut |answer| all &= answer.joins || form.half(answer).is_some());
        if all { form } else { Form::Same }
    }

    /// Which variant of the `Result` an answer is, and what is in it; nothing for `Ok(())`.
    pub(crate) fn half<'a>(self, answer: &Answer<'a>) -> Option<(&'static str, Option<&'a Expr>)> {
        match (self, &answer.args[..]) {
            (Form::ErrorFirst, [error, value]) if is_none(error) => Some(("Ok", Some(in_some(value)?))),
            (Form::ErrorFirst, [error, value]) if is_none(value) => Some(("Err", Some(in_some(error)?))),
            (Form::ErrorOnly, [error]) if is_none(error) => Some(("Ok", None)),
            (Form::ErrorOnly, [error]) => Some(("Err", Some(in_some(error)?))),
            _ => None,
        }
    }
}

fn in_some(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Call(call) if call.args.len() == 1 => {
            let Expr::Path(path) = &*call.func else { return None };
            path.path.is_ident("Some").then(|| &call.args[0])
        }
        _ => None,
    }
}

fn is_none(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident("None"))
}

impl<'a> Writer<'a, '_> {
    /// The form of what an await gives, and the form that is needed of it.
    fn forms(&self, suspension: &Await<'a>) -> (Form, Form) {
        let is_join_point = suspension.join.is_some() && suspension.places.is_empty();
        let given = self.unit.callee(suspension).map_or(Form::Same, |callee| callee.form);
        let hands_on = suspension.callbacks.is_empty() && suspension.join.is_none();
        let needed = if hands_on { self.form } else { Form::Same };
        if is_join_point { (Form::Same, Form::Same) } else { (given, needed) }
    }

    /// Whether what an await gives has another form than what is needed.
    pub(crate) fn changes_form(&self, suspension: &Await<'a>) -> bool {
        let (given, needed) = self.forms(suspension);
        given != needed
    }

    /// What an await gives, in the form that is needed.
    pub(crate) fn in_form(
        &mut self,
        suspension: &Await<'a>,
        awaited: Vec<Piece<'a>>,
        level: &mut Level<'a>,
    ) -> Vec<Piece<'a>> {
        let (given, needed) = self.forms(suspension);
        if given == needed {
            return awaited;
        }
        let [some, none, ok, err] = ["Some", "None", "Ok", "Err"].map(|name| self.variant(name));
        let arms = match (given, needed) {
            (Form::ErrorFirst, _) => vec![
                format!("{ok}(value) => ({none}, {some}(value)),"),
                format!("{err}(error) => ({some}(error), {none}),"),
            ],
            (_, Form::ErrorFirst) => {
                let callee = callee_name(suspension.call);
                vec![
                    format!("({some}(error), {none}) => {err}(error),"),
                    format!("({none}, {some}(value)) => {ok}(value),"),
                    format!("_ => panic!(\"`{callee}` called back with neither or both\"),"),
                ]
            }
            (_, Form::ErrorOnly) => {
                vec![format!("{none} => {ok}(()),"), format!("{some}(error) => {err}(error),")]
            }
            (Form::ErrorOnly, _) | (Form::Same, _) => {
                vec![format!("{ok}(()) => {none},"), format!("{err}(error) => {some}(error),")]
            }
        };
        let answer = self.fresh("answer");
        level.push(Line::new().ours(format!("let {answer} = ")).with(awaited).ours(";"));
        let arms = arms.into_iter().map(|arm| Line::new().ours(arm)).collect();
        vec![Piece::Ours(format!("match {answer} ").into()), Piece::Block(Block::ours(arms))]
    }
}
