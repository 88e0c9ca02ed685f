//! CONVERTED: a call of a function that is converted together with this one is awaited itself.
//!
//! ```text
//! fetch_twice(id, move |v| C)     =>   let v = fetch_twice(id).await;  C
//! fetch_twice(id, move |v| C); R  =>   let pending = kick_now(fetch_twice(id));  R  let v = pending.await;  C
//! walk(n - 1, move |v| C)         =>   let v = Box::pin(walk(n - 1)).await;  C      within `walk`
//! ```
//!
//! Condition: the callee can't answer before it suspends, or nothing stands behind the call, or the callback suspends
//! again (UC04).
use quote::ToTokens;
use syn::Expr;

use crate::Style;
use crate::cps::place::is_wrapper;
use crate::cps::tree::Await;
use crate::plan::out::{Piece, parens};
use crate::plan::writer::{Writer, wrapped};
use crate::refusal::{Code, Finding, quoted};
use crate::switch::Rule;

impl<'a> Writer<'a, '_> {
    /// The callee's own future, if the suspension calls a converted function or a join point.
    pub(crate) fn direct(&mut self, suspension: &Await<'a>, starts: bool) -> Option<Vec<Piece<'a>>> {
        let mut future = if suspension.calls_join_point() {
            vec![Piece::Keep(suspension.call)]
        } else {
            let new_name = self.unit.callee(suspension)?.new_name.as_deref();
            let call = without_places(suspension, new_name);
            if self.unit.is_recursive(&self.function, suspension) && self.options.keeps(Rule::Boxed) {
                wrapped("Box::pin", call)
            } else {
                call
            }
        };
        if starts {
            future = wrapped(self.core("kick_now"), future);
        }
        Some(future)
    }

    /// Whether a suspension calls a converted function or a join point.
    pub(crate) fn is_direct(&self, suspension: &Await<'a>) -> bool {
        suspension.calls_join_point() || self.unit.callee(suspension).is_some()
    }

    /// Refuses code behind the call of a function that is known to answer at once, if the callback may finish then.
    pub(crate) fn check_late_rest(&mut self, suspension: &Await<'a>) {
        let finishes = suspension.callbacks.is_empty()
            || suspension.callbacks.iter().any(|callback| self.unit.may_answer_at_once(&callback.body));
        let Some(stmt) = suspension.rest.first() else { return };
        let at_once = self.unit.answers_at_once(suspension) == Some(true);
        if !at_once || !finishes || !self.options.keeps(Rule::AtOnce) {
            return;
        }
        let name = crate::cps::place::callee_name(suspension.call);
        let message = format!(
            "`{name}` may call back before it returns; then {} runs after the caller's continuation",
            quoted(statement(stmt))
        );
        self.notes.push(Finding::about(Code::UC04, statement(stmt), message));
        self.refused = true;
    }
}

impl<'a> Writer<'a, '_> {
    /// Tells a reader, once a function, that a callee is taken to call back only after it has returned.
    pub(crate) fn note_assumed(&mut self, suspension: &Await<'a>) {
        let Some(stmt) = suspension.rest.first() else { return };
        // A cell that holds the completion calls nobody.
        let is_cell = matches!(suspension.call, Expr::Call(call) if is_wrapper(&call.func));
        if self.options.style == Style::Strict
            || suspension.calls_join_point()
            || is_cell
            || self.unit.answers_at_once(suspension).is_some()
            || self.notes.iter().any(|note| note.code == Code::UC04)
        {
            return;
        }
        let name = crate::cps::place::callee_name(suspension.call);
        let message = format!(
            "{} is taken to run before the callback: `{name}` must not call back before it returns",
            quoted(statement(stmt))
        );
        self.notes.push(Finding {
            help: format!(
                "if it may, say so: `#[uncallback(callees(at_once({name})))]`; if it never does, `callees(later({name}))`"
            ),
            ..Finding::about(Code::UC04, statement(stmt), message)
        });
    }
}

/// A statement without its semicolon.
fn statement(stmt: &syn::Stmt) -> &dyn ToTokens {
    match stmt {
        syn::Stmt::Expr(expr, _) => expr,
        other => other,
    }
}

/// The call without the arguments that were callbacks.
fn without_places<'a>(suspension: &Await<'a>, new_name: Option<&str>) -> Vec<Piece<'a>> {
    let (mut pieces, paren, args): (Vec<Piece<'a>>, _, _) = match suspension.call {
        Expr::Call(call) => {
            let callee = match (new_name, &*call.func) {
                (Some(name), Expr::Path(path)) if path.path.segments.len() > 1 => {
                    Piece::Ours(format!("Self::{name}").into())
                }
                (Some(name), _) => Piece::Ours(name.to_owned().into()),
                (None, func) => Piece::Keep(func),
            };
            (vec![callee], &call.paren_token, &call.args)
        }
        Expr::MethodCall(call) => {
            let mut pieces: Vec<Piece<'a>> = vec![Piece::Keep(&*call.receiver), Piece::Keep(&call.dot_token)];
            pieces.push(match new_name {
                Some(name) => Piece::Ours(name.to_owned().into()),
                None => Piece::Keep(&call.method),
            });
            pieces.extend(call.turbofish.as_ref().map(|turbofish| Piece::Keep(turbofish as &dyn ToTokens)));
            (pieces, &call.paren_token, &call.args)
        }
        other => return vec![Piece::Keep(other)],
    };
    let kept: Vec<_> = args.pairs().filter(|pair| !suspension.is_callback(pair.value())).collect();
    let count = kept.len();
    let mut inside = Vec::new();
    for (index, pair) in kept.into_iter().enumerate() {
        let (arg, comma) = pair.into_tuple();
        inside.push(Piece::Keep(arg as &dyn ToTokens));
        if let (Some(comma), true) = (comma, index + 1 < count) {
            inside.push(Piece::Keep(comma));
        }
    }
    pieces.push(parens(paren, inside));
    pieces
}
