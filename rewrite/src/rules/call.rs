//! The call with a mark where the callback stood.
//!
//! ```text
//! fetch(id, move |a| ..)                         =>   fetch(id, _)
//! set_timeout(ms, move || ..)                    =>   set_timeout(ms, ||)
//! stat(path, move |name, size| ..)               =>   stat(path, |_, _|)
//! read(path, move |b| .., move |e| ..)           =>   read(path, ok: _, err: _)
//! client.get(url).on_done(done).send()           =>   client.get(url).on_done(_).send()
//! later(x, done)   with a boxed completion       =>   later(x, Box::new(_))
//! ```
use syn::Expr;

use crate::cps::place::Place;
use crate::plan::out::{Delim, Piece, parens};
use crate::plan::writer::Writer;
use crate::recognise::{Holder, Part, Role};

/// What stands at a place instead of the callback.
pub(crate) struct Mark<'p, 'a> {
    pub(crate) place: &'p Place<'a>,
    pub(crate) text: String,
}

/// The mark for a callback of so many arguments.
pub(crate) fn mark_of_arity(arity: usize) -> String {
    match arity {
        0 => "||".into(),
        1 => "_".into(),
        several => format!("|{}|", vec!["_"; several].join(", ")),
    }
}

/// The mark for the completion itself, in what the callee expects to get.
pub(crate) fn mark_of_completion(part: &Part<'_>, is_wrapped: bool) -> String {
    let label = match part.role {
        Role::Whole => "",
        Role::Ok => "ok: ",
        Role::Err => "err: ",
    };
    let mark = format!("{label}{}", mark_of_arity(part.answer.arity()));
    match part.holder {
        _ if is_wrapped => mark,
        Holder::Plain => mark,
        Holder::Box => format!("Box::new({mark})"),
        Holder::OptionBox => format!("Some(Box::new({mark}))"),
        Holder::Rc => format!("Rc::new({mark})"),
        Holder::Arc => format!("Arc::new(sync {mark})"),
        Holder::Ref => format!("&{mark}"),
    }
}

impl<'a> Writer<'a, '_> {
    /// `name!(call with marks)`
    pub(crate) fn marked(
        &mut self,
        name: &'static str,
        call: &'a Expr,
        marks: &[Mark<'_, 'a>],
    ) -> Vec<Piece<'a>> {
        let name = self.core(name);
        let mut inside = Vec::new();
        pieces(call, marks, &mut inside);
        vec![
            Piece::Ours(format!("{name}!").into()),
            Piece::Group(Delim::Ours(proc_macro2::Delimiter::Parenthesis), inside),
        ]
    }
}

fn holds(expr: &Expr, marks: &[Mark<'_, '_>]) -> bool {
    struct Holds<'m, 'p, 'a>(&'m [Mark<'p, 'a>], bool);
    impl<'v> syn::visit::Visit<'v> for Holds<'_, '_, '_> {
        fn visit_expr(&mut self, expr: &'v Expr) {
            self.1 |= self.0.iter().any(|mark| std::ptr::eq(mark.place.arg, expr));
            if !self.1 {
                syn::visit::visit_expr(self, expr);
            }
        }
    }
    let mut holds = Holds(marks, false);
    syn::visit::Visit::visit_expr(&mut holds, expr);
    holds.1
}

fn pieces<'a>(expr: &'a Expr, marks: &[Mark<'_, 'a>], out: &mut Vec<Piece<'a>>) {
    if let Some(mark) = marks.iter().find(|mark| std::ptr::eq(mark.place.arg, expr)) {
        out.push(Piece::Ours(mark.text.clone().into()));
        return;
    }
    if !holds(expr, marks) {
        out.push(Piece::Keep(expr));
        return;
    }
    match expr {
        Expr::Call(call) => {
            pieces(&call.func, marks, out);
            out.push(parens(&call.paren_token, arguments(&call.args, marks)));
        }
        Expr::MethodCall(call) => {
            pieces(&call.receiver, marks, out);
            out.push(Piece::Keep(&call.dot_token));
            out.push(Piece::Keep(&call.method));
            if let Some(turbofish) = &call.turbofish {
                out.push(Piece::Keep(turbofish));
            }
            out.push(parens(&call.paren_token, arguments(&call.args, marks)));
        }
        Expr::Field(field) => {
            pieces(&field.base, marks, out);
            out.push(Piece::Keep(&field.dot_token));
            out.push(Piece::Keep(&field.member));
        }
        Expr::Try(attempt) => {
            pieces(&attempt.expr, marks, out);
            out.push(Piece::Keep(&attempt.question_token));
        }
        Expr::Reference(reference) => {
            out.push(Piece::Keep(&reference.and_token));
            if let Some(mutability) = &reference.mutability {
                out.push(Piece::Keep(mutability));
            }
            pieces(&reference.expr, marks, out);
        }
        Expr::Paren(inner) => pieces(&inner.expr, marks, out),
        Expr::Group(inner) => pieces(&inner.expr, marks, out),
        other => out.push(Piece::Keep(other)),
    }
}

fn arguments<'a>(
    args: &'a syn::punctuated::Punctuated<Expr, syn::Token![,]>,
    marks: &[Mark<'_, 'a>],
) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    for pair in args.pairs() {
        let (arg, comma) = pair.into_tuple();
        if !out.is_empty() && holds(arg, marks) {
            // The text emitter copies the gap between neighbours; a mark is no neighbour of anything.
            out.push(Piece::Ours(" ".into()));
        }
        pieces(arg, marks, &mut out);
        if let Some(comma) = comma {
            out.push(Piece::Keep(comma));
        }
    }
    out
}
