//! `?`: handing an error on unchanged.
//!
//! ```text
//! |r| match r { Err(e) => done(Err(e)), Ok(v) => S }                        =>   let v = r?;  S
//! |r| { let v = match r { Ok(v) => v, Err(e) => { done(Err(e)); return; } }; S }   =>   let v = r?;  S
//! |r| { if let Err(e) = r { done(Err(e)); return; } let v = r.unwrap(); S }        =>   let v = r?;  S
//! |r| { let Some(v) = r else { done(None); return; }; S }                   =>   let v = r?;  S
//! Err(e) => done(Err(e.into()))                                             =>   r?
//! Err(e) => done(Err(MyError::Io(e)))                                       =>   r.map_err(MyError::Io)?
//! ```
//!
//! Condition: the arm does nothing but hand the error on, no arm has a guard, and the answer is written as a `Result`
//! (or an `Option`). Only for readers: `?` inserts a conversion, which may leave a type open, so the output that nobody
//! reads keeps the match. Otherwise the match stays as it is written.
use proc_macro2::Delimiter;
use syn::{Expr, Ident, Pat};

use crate::Style;
use crate::cps::tree::{Answer, Callback, Last, Seq, Shape, Step, Way, ident_of};
use crate::plan::out::{Delim, Line, Piece};
use crate::plan::writer::Writer;
use crate::recognise::Role;
use crate::switch::Rule;

/// How much of the callback's body a `?` has taken care of.
pub(crate) enum Done<'c, 'a> {
    Nothing,
    /// So many of its first steps.
    Steps(usize),
    /// Everything but this way of its branch.
    UntilWay(&'c Seq<'a>),
}

pub(crate) struct HandOn<'c, 'a> {
    /// What the value is bound to.
    pub(crate) pattern: &'a Pat,
    /// `map_err(V)`
    wraps: Option<&'a Expr>,
    pub(crate) done: Done<'c, 'a>,
}

impl<'a> HandOn<'_, 'a> {
    pub(crate) fn suffix(&self, line: Line<'a>) -> Line<'a> {
        match self.wraps {
            Some(wrap) => line
                .ours(".map_err")
                .with([Piece::Group(Delim::Ours(Delimiter::Parenthesis), vec![Piece::Keep(wrap)])])
                .ours("?"),
            None => line.ours("?"),
        }
    }
}

impl<'a> Writer<'a, '_> {
    pub(crate) fn question_mark<'c>(&self, callback: &'c Callback<'a>) -> Option<HandOn<'c, 'a>> {
        if self.options.style != Style::Readable
            || !(self.completion.is_result() || self.completion.is_option())
        {
            return None;
        }
        let mut params = callback.params();
        let param = match (params.next(), params.next()) {
            (Some(Pat::Ident(param)), None) if param.by_ref.is_none() => &param.ident,
            _ => return None,
        };
        self.in_branch(callback, param)
            .or_else(|| self.in_let(callback, param))
            .or_else(|| self.in_let_else(callback, param))
            .or_else(|| self.in_if_let(callback, param))
    }

    /// `match r { Err(e) => done(Err(e)), Ok(v) => S }` is all of the body.
    fn in_branch<'c>(&self, callback: &'c Callback<'a>, param: &Ident) -> Option<HandOn<'c, 'a>> {
        let Last::Branch(branch, []) = &callback.body.last else { return None };
        let Shape::Match { expr, arms } = &branch.shape else { return None };
        if !callback.body.steps.is_empty() || ident_of(&expr.expr) != Some(param) {
            return None;
        }
        let [first, second] = &expr.arms[..] else { return None };
        let [Way::Taken(first_way), Way::Taken(second_way)] = &arms[..] else { return None };
        for (failure, failing, success, succeeding) in
            [(first, first_way, second, second_way), (second, second_way, first, first_way)]
        {
            let Some(wraps) = self.hands_on(&failure.pat, failing) else { continue };
            let Some(pattern) = self.success(&success.pat) else { continue };
            return Some(HandOn { pattern, wraps, done: Done::UntilWay(succeeding) });
        }
        None
    }

    /// `let v = match r { Ok(v) => v, Err(e) => { done(Err(e)); return; } };` is its first step.
    fn in_let<'c>(&self, callback: &'c Callback<'a>, param: &Ident) -> Option<HandOn<'c, 'a>> {
        let Some(Step::Fork(branch)) = callback.body.steps.first() else { return None };
        let (Shape::Match { expr, arms }, Some(local)) = (&branch.shape, branch.binds) else { return None };
        if ident_of(&expr.expr) != Some(param) || expr.arms.len() != 2 {
            return None;
        }
        let (kept, taken) = match &arms[..] {
            [Way::Kept, Way::Taken(taken)] => (0, taken),
            [Way::Taken(taken), Way::Kept] => (1, taken),
            _ => return None,
        };
        let wraps = self.hands_on(&expr.arms[1 - kept].pat, taken)?;
        let Pat::Ident(inner) = self.success(&expr.arms[kept].pat)? else { return None };
        if ident_of(&expr.arms[kept].body) != Some(&inner.ident) {
            return None;
        }
        Some(HandOn { pattern: &local.pat, wraps, done: Done::Steps(1) })
    }

    /// `let Some(v) = r else { done(None); return; };` is its first step.
    fn in_let_else<'c>(&self, callback: &'c Callback<'a>, param: &Ident) -> Option<HandOn<'c, 'a>> {
        let Some(Step::Fork(branch)) = callback.body.steps.first() else { return None };
        let Shape::LetElse { local, otherwise } = &branch.shape else { return None };
        let init = local.init.as_ref()?;
        if ident_of(&init.expr) != Some(param) || !self.completion.is_option() {
            return None;
        }
        let pattern = self.success(&local.pat)?;
        let answer = only_answer(otherwise)?;
        is_none(answer).then_some(HandOn { pattern, wraps: None, done: Done::Steps(1) })
    }

    /// `if let Err(e) = r { done(Err(e)); return; }` and `let v = r.unwrap();` are its first steps.
    fn in_if_let<'c>(&self, callback: &'c Callback<'a>, param: &Ident) -> Option<HandOn<'c, 'a>> {
        let [Step::Fork(branch), Step::Plain(syn::Stmt::Local(local)), ..] = &callback.body.steps[..] else {
            return None;
        };
        let Shape::If { expr, then, otherwise: None } = &branch.shape else { return None };
        let Expr::Let(failure) = &*expr.cond else { return None };
        let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        let Expr::MethodCall(unwrap) = &*init.expr else { return None };
        let unwraps = ["unwrap", "expect"].iter().any(|method| unwrap.method == method);
        if !unwraps || ident_of(&failure.expr) != Some(param) || ident_of(&unwrap.receiver) != Some(param) {
            return None;
        }
        let wraps = self.hands_on(&failure.pat, then)?;
        (!self.completion.is_option()).then_some(HandOn { pattern: &local.pat, wraps, done: Done::Steps(2) })
    }

    /// Whether this arm only hands on what its pattern binds; inside, what it wraps it in.
    fn hands_on(&self, pat: &'a Pat, way: &Seq<'a>) -> Option<Option<&'a Expr>> {
        let answer = match (only_answer(way), &way.last) {
            (Some(answer), _) => answer,
            (None, Last::Answer(answer)) if !self.options.keeps(Rule::ErrorArm) => answer,
            _ => return None,
        };
        if self.completion.is_option() {
            let is_none_pattern = match pat {
                Pat::Ident(ident) => ident.ident == "None",
                Pat::Path(path) => path.path.is_ident("None"),
                _ => false,
            };
            return (is_none_pattern && is_none(answer)).then_some(None);
        }
        let error = match variant_of(pat, "Err")? {
            Pat::Ident(error) => &error.ident,
            _ => return None,
        };
        let value = match (answer.role, &answer.args[..]) {
            (Role::Err, [value]) => *value,
            (Role::Whole, [Expr::Call(call)]) if is_variant(&call.func, "Err") && call.args.len() == 1 => {
                &call.args[0]
            }
            _ => return None,
        };
        match value {
            value if ident_of(value) == Some(error) => Some(None),
            Expr::MethodCall(call) if call.method == "into" && ident_of(&call.receiver) == Some(error) => {
                Some(None)
            }
            Expr::Call(call) if call.args.len() == 1 && ident_of(&call.args[0]) == Some(error) => {
                let Expr::Path(path) = &*call.func else { return None };
                let last = path.path.segments.last()?;
                if last.ident == "from" {
                    return Some(None);
                }
                // By convention a capital is a constructor, which has no effects.
                last.ident.to_string().starts_with(char::is_uppercase).then_some(Some(&call.func))
            }
            _ => None,
        }
    }

    /// What `Ok(..)` or `Some(..)` holds.
    fn success(&self, pat: &'a Pat) -> Option<&'a Pat> {
        variant_of(pat, if self.completion.is_option() { "Some" } else { "Ok" })
    }
}

fn only_answer<'c, 'a>(seq: &'c Seq<'a>) -> Option<&'c Answer<'a>> {
    match (&seq.steps[..], &seq.last) {
        ([], Last::Answer(answer)) => Some(answer),
        _ => None,
    }
}

fn is_none(answer: &Answer<'_>) -> bool {
    matches!(answer.args[..], [arg] if ident_of(arg).is_some_and(|ident| ident == "None"))
}

fn is_variant(func: &Expr, name: &str) -> bool {
    matches!(func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn variant_of<'a>(pat: &'a Pat, name: &str) -> Option<&'a Pat> {
    match pat {
        Pat::TupleStruct(variant)
            if variant.elems.len() == 1
                && variant.path.segments.last().is_some_and(|last| last.ident == name) =>
        {
            variant.elems.first()
        }
        _ => None,
    }
}
