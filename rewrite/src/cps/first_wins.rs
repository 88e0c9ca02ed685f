//! ANY: callbacks of which the first one answers.
//!
//! ```text
//! let done = Rc::new(RefCell::new(Some(done)));         the completion in a cell,
//! let done2 = done.clone();
//! op(1, x, move |v| {                                   registrations, or one in a loop,
//!     emit(v);                                          each with a part of its own,
//!     if let Some(done) = done2.take() {                and one that only the first of them has:
//!         done(v)                                       it answers
//!     }
//! });
//! ```
//!
//! The cell must have no other use, and every path through a callback must take from it once.
use std::collections::BTreeSet;

use syn::{Expr, Local, Pat};

use super::count_down::Entry;
use super::tree::{Await, Last, Seq, Step, ident_of};
use crate::order::names::Names;

/// Callbacks of which the first one answers.
pub(crate) struct FirstWins<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    /// The names of the cell: they go.
    pub(crate) gone: BTreeSet<String>,
    /// The cell may be shared between threads.
    pub(crate) is_sync: bool,
}

impl<'a> FirstWins<'a> {
    /// The calls of which the first one to call back answers.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Await<'a>> {
        self.entries.iter().filter_map(Entry::call)
    }
}

/// Where a callback takes the completion out of the cell, and what only the first of them does.
pub(crate) struct Taken<'a> {
    pub(crate) then: Seq<'a>,
    /// The names that this part mentions.
    pub(crate) names: Names,
}

/// A cell with the completion, as `let` makes it.
pub(super) struct Cell<'a> {
    pub(super) name: &'a syn::Ident,
    /// The completion's name until then.
    pub(super) completion: &'a syn::Ident,
    pub(super) is_sync: bool,
}

/// `let cell = Rc::new(RefCell::new(Some(done)));`
pub(super) fn cell_in(local: &Local) -> Option<Cell<'_>> {
    let pat = match &local.pat {
        Pat::Type(typed) => &typed.pat,
        other => other,
    };
    let (Pat::Ident(name), Some(init)) = (pat, &local.init) else { return None };
    let (counted, cell) = made_by(&init.expr)?;
    let (holder, content) = made_by(cell)?;
    let is_sync = match (&*counted, &*holder) {
        ("Rc::new", "Cell::new" | "RefCell::new") => false,
        ("Arc::new", "Mutex::new") => true,
        _ => return None,
    };
    let (some, completion) = made_by(content)?;
    let completion = ident_of(completion).filter(|_| some.ends_with("Some") && init.diverge.is_none())?;
    Some(Cell { name: &name.ident, completion, is_sync })
}

/// The last two segments of a constructor's path, and its only argument.
pub(super) fn made_by(expr: &Expr) -> Option<(String, &Expr)> {
    let Expr::Call(call) = expr else { return None };
    let (Expr::Path(path), 1) = (&*call.func, call.args.len()) else { return None };
    let segments: Vec<_> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    Some((segments[segments.len().saturating_sub(2)..].join("::"), &call.args[0]))
}

/// Whether a callback comes to the place where it takes without doing anything before.
pub(crate) fn only_takes(seq: &Seq<'_>) -> bool {
    seq.steps.iter().all(|step| matches!(step, Step::Alias)) && matches!(seq.last, Last::Taken(_))
}

/// A value that is there already, in `Some`, `Ok`, `Err` or a tuple: nobody sees it being made or dropped. (A constructor
/// of the user's may make something with a destructor.)
pub(crate) fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_value),
        Expr::Call(call) => {
            let is_known =
                |path: &syn::ExprPath| ["Some", "Ok", "Err"].iter().any(|name| path.path.is_ident(name));
            let is_constructor = matches!(&*call.func, Expr::Path(path) if is_known(path));
            is_constructor && call.args.iter().all(is_value)
        }
        other => is_there(other),
    }
}

/// A variable, a part of one, or a literal.
pub(crate) fn is_there(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => is_there(&field.base),
        Expr::Paren(inner) => is_there(&inner.expr),
        Expr::Reference(inner) => is_there(&inner.expr),
        _ => false,
    }
}
