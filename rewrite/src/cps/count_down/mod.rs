//! ALL: callbacks that are counted down by hand.
//!
//! ```text
//! let left = Rc::new(Cell::new(2));                     a counter,
//! let done = Rc::new(RefCell::new(Some(done)));         the completion in a cell,
//! op(1, x, move |v| {                                   registrations, or one in a loop,
//!     a.set(v);                                         each with a part of its own,
//!     left.set(left.get() - 1);                         a decrement,
//!     if left.get() == 0 {                              and a test for zero:
//!         done.take().unwrap()(a.get() + b.get())       whoever is last answers
//!     }
//! });
//! ```
//!
//! Only the counter and the cell of the completion are understood, and go; whatever else the callbacks share stays as it
//! is. The counter and the cell must have no other use. Where the shape does not fit, the rule leaves the function to
//! the others, which keep the callbacks as they are.
mod counter;
mod look;

use std::collections::BTreeSet;

use syn::{Block, Stmt};

pub(crate) use counter::{clones_in, is_variable};
pub(super) use look::find;
pub(crate) use look::other_uses;

use super::tree::{Await, Seq};
use crate::order::names;

/// A function whose callbacks are counted down.
pub(crate) struct CountDown<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    /// What the last one does, which is to answer.
    pub(crate) zero: Seq<'a>,
    /// The names that it needs.
    pub(crate) needed: names::Names,
    /// The names of the counter and of the cell with the completion: they go.
    pub(crate) gone: BTreeSet<String>,
    /// The names that each callback mentions before it counts down.
    pub(crate) parts: Vec<names::Names>,
    /// Callbacks end it with an error.
    pub(crate) fails: bool,
    /// The cell may be shared between threads.
    pub(crate) is_sync: bool,
}

impl<'a> CountDown<'a> {
    /// The calls that are waited for.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Await<'a>> {
        self.entries.iter().filter_map(Entry::call)
    }
}

/// A statement of the function.
pub(crate) enum Entry<'a> {
    Keep(&'a Stmt),
    /// A registration: the statements before it in its block, and the call.
    Branch(&'a [Stmt], Await<'a>),
    /// A registration for each turn of a loop.
    Each(&'a syn::ExprForLoop, &'a [Stmt], Await<'a>),
}

impl<'a> Entry<'a> {
    pub(crate) fn call(&self) -> Option<&Await<'a>> {
        match self {
            Entry::Keep(_) => None,
            Entry::Branch(_, call) | Entry::Each(_, _, call) => Some(call),
        }
    }
}

/// What was found, before the answer is built.
pub(super) struct Shape<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) zero: &'a Block,
    /// The cell with the completion and its clones.
    pub(super) cells: BTreeSet<String>,
    counters: BTreeSet<String>,
    /// What each callback does before it counts down.
    pub(super) drafts: Vec<Draft<'a>>,
    is_sync: bool,
}

/// What a callback does before it counts down, some of which may end everything with an error.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) stmts: &'a [Stmt],
    /// The match behind that, of which this arm counts down, and what it does before.
    pub(super) arm: Option<(&'a syn::ExprMatch, &'a syn::Arm, &'a Block, &'a [Stmt])>,
}

impl<'a> Draft<'a> {
    /// Whether the pattern of the arm that counts down binds one of these names.
    fn binds_one_of(&self, needed: &names::Names) -> bool {
        let bound = self.arm.map(|(_, arm, ..)| names::bound_by(&arm.pat)).unwrap_or_default();
        bound.iter().any(|ident| needed.contains(&ident.to_string()))
    }

    fn names(&self) -> names::Names {
        let mut names = names::of_stmts(self.stmts);
        if let Some((expr, ..)) = self.arm {
            names.extend(names::of_expr(&expr.expr));
        }
        names.extend(self.arm.map(|(.., part)| names::of_stmts(part)).unwrap_or_default());
        names
    }

    /// All of it that is not the failing arms.
    fn plain(&self) -> impl Iterator<Item = &'a Stmt> + use<'a> {
        self.stmts.iter().chain(self.arm.map_or(&[][..], |(.., part)| part))
    }
}

impl<'a> Shape<'a> {
    pub(super) fn with(self, zero: Seq<'a>, fails: bool) -> CountDown<'a> {
        let gone = self.counters.union(&self.cells).cloned().collect();
        let mut needed = names::of_stmts(&self.zero.stmts);
        needed.retain(|name| !self.cells.contains(name));
        let parts = self.drafts.iter().map(|draft| draft.names()).collect();
        CountDown { entries: self.entries, zero, needed, gone, parts, fails, is_sync: self.is_sync }
    }
}
