//! Completions that a caller may leave out. Whoever awaits is there to be answered, so only the way with a completion stays.
//!
//! ```text
//! if let Some(done) = done { .. }                             =>   ..
//! match done { Some(done) => .., None => {} }                 =>   ..
//! let Some(done) = done else { return };  ..                  =>   ..
//! ```
//!
//! Condition: the other way does nothing. What it did would be lost.
use syn::{Expr, ExprIf, Ident, Local, Pat, Stmt};

use super::{Builder, Node};
use crate::cps::alias::{alias_of, opened, opened_by};
use crate::cps::place::Aliases;
use crate::cps::tree::*;
use crate::order::outcomes::Outcomes;

/// Whether an `if let` is about nothing but whether there is a completion.
pub(super) fn is_optional_if(branch: &ExprIf, aliases: &Aliases) -> bool {
    let otherwise = branch.else_branch.as_ref().is_none_or(|(_, otherwise)| does_nothing(otherwise));
    otherwise && opened(&branch.cond, aliases).is_some()
}

/// The way with a completion, of a `match` that is about nothing else: its name there, what it names, and the way.
pub(super) fn optional_match<'a>(expr: &'a Expr, aliases: &Aliases) -> Option<(&'a Ident, Alias, &'a Expr)> {
    let Expr::Match(branch) = expr else { return None };
    let alias = alias_of(&branch.expr, aliases)?;
    let (some, none) = match &branch.arms[..] {
        [one, other] if opened_by(&one.pat).is_some() => (one, other),
        [one, other] => (other, one),
        _ => return None,
    };
    let is_none = match &none.pat {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.ident == "None",
        Pat::Path(path) => path.path.is_ident("None"),
        _ => false,
    };
    (is_none && does_nothing(&none.body)).then(|| Some((opened_by(&some.pat)?, alias, &*some.body)))?
}

/// The name that a `let .. else` gives to the completion, if it leaves without a word where there is none.
pub(super) fn optional_let<'a>(local: &'a Local, aliases: &Aliases) -> Option<(&'a Ident, Alias)> {
    let init = local.init.as_ref()?;
    let (_, otherwise) = init.diverge.as_ref()?;
    let leaves = match &**otherwise {
        Expr::Block(block) => match &block.block.stmts[..] {
            [Stmt::Expr(Expr::Return(leave), _)] => leave.expr.is_none(),
            _ => false,
        },
        _ => false,
    };
    let alias = alias_of(&init.expr, aliases).filter(|alias| leaves && alias.shared.is_none())?;
    Some((opened_by(&local.pat)?, alias))
}

fn does_nothing(expr: &Expr) -> bool {
    match expr {
        Expr::Block(block) => block.block.stmts.is_empty(),
        Expr::Tuple(tuple) => tuple.elems.is_empty(),
        _ => false,
    }
}

impl<'a> Builder<'a, '_> {
    /// The way of a `match` with a completion, in its place.
    pub(super) fn optional(
        &mut self,
        (name, alias, way): (&Ident, Alias, &'a Expr),
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        inside.insert(name.to_string(), alias);
        let (body, outcomes) = self.tail(way, &inside);
        if body.steps.is_empty() {
            return (Node::Last(body.last), outcomes);
        }
        let shape = Shape::Block { expr: way, body };
        (Node::Last(Last::Branch(Box::new(Branch { shape, binds: None }), &[])), outcomes)
    }
}
