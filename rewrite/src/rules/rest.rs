//! REST: what stands behind a call runs before its callback.
//!
//! ```text
//! op(x, move |a| C);  emit(1);              =>   let pending = start!(op(x, _));  emit(1);  let a = pending.await;  C
//! op(x, move |a| C);  let n = 7; emit(n);   =>   ..  { let n = 7; emit(n); }  ..
//! op(x, move |a| C);  if n == 0 { return; } emit(1);   =>   ..  (|| { if n == 0 { return; } emit(1); })();  ..
//! ```
//!
//! Condition: the callee does not call back before it returns, or the callback waits for something else (UC04). A callee of
//! which nothing is known is taken for such a one where people read the output, with a note.
use quote::ToTokens;
use syn::Expr;

use crate::Style;
use crate::cps::place::{callee_name, is_wrapper};
use crate::cps::tree::Await;
use crate::plan::out::{Block, Delim, Line, Piece};
use crate::plan::writer::{Writer, wrapped};
use crate::refusal::{Code, Finding, quoted};
use crate::switch::Rule;

use super::suspend::is_block_like;

impl<'a> Writer<'a, '_> {
    /// Refuses code behind the call of a function that is known to answer at once, if the callback may finish then.
    pub(crate) fn check_late_rest(&mut self, suspension: &Await<'a>) {
        let finishes = suspension.callbacks.is_empty()
            || suspension.callbacks.iter().any(|callback| self.unit.may_answer_at_once(&callback.body));
        let Some(stmt) = suspension.rest.first() else { return };
        let at_once = self.unit.answers_at_once(suspension) == Some(true);
        if !at_once || !finishes || !self.options.keeps(Rule::AtOnce) {
            return;
        }
        let name = callee_name(suspension.call);
        let message = format!(
            "`{name}` may call back before it returns; then {} runs after the caller's continuation",
            quoted(statement(stmt))
        );
        self.notes.push(Finding::about(Code::UC04, statement(stmt), message));
        self.refused = true;
    }

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
        let name = callee_name(suspension.call);
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

    /// Whether the callee has to be reckoned with calling back before it returns. A reader is spared that where nothing
    /// speaks for it; the compiler is not, as what a callee in view calls may be unknown in turn.
    pub(super) fn may_be_early(&self, suspension: &Await<'a>) -> bool {
        suspension.calls_join_point()
            || self.options.style == Style::Strict
            || self.unit.answers_at_once(suspension) == Some(true)
    }

    /// A started call, or (with the rule REST broken) what it gives, before the rest has run.
    pub(super) fn waited_for(&self, started: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
        if self.options.keeps(Rule::Rest) {
            return started;
        }
        let mut awaited = started;
        awaited.push(Piece::Ours(".await".into()));
        wrapped("::core::future::ready", awaited)
    }

    /// The rest of the function, which runs before the callback.
    pub(super) fn rest(&mut self, suspension: &Await<'a>, lines: &mut Vec<Line<'a>>) {
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
}

/// A statement without its semicolon.
fn statement(stmt: &syn::Stmt) -> &dyn ToTokens {
    match stmt {
        syn::Stmt::Expr(expr, _) => expr,
        other => other,
    }
}
