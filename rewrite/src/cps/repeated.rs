//! A callback that may come again and again, and answers at most once.
//!
//! ```text
//! let mut done = Some(done);                            the completion in an `Option` or a cell,
//! on_event(x, move |event| {                            one registration,
//!     count += 1;
//!     if event == last {                                whose callback answers sooner or later
//!         if let Some(done) = done.take() { done(count) }
//!     }
//! });
//! ```
//!
//! The `Option` says that the callback may be called after it has answered; so what it does then counts as well.
use std::collections::BTreeSet;

use syn::{Local, Pat, Stmt};

use super::first_wins::made_by;
use super::tree::{Await, ident_of};

/// A callback that may come again and again.
pub(crate) struct Repeated<'a> {
    /// What stands in front of the registration.
    pub(crate) before: &'a [Stmt],
    /// The registration.
    pub(crate) events: Await<'a>,
    /// The `let` of the cell as what is waited for: the callbacks stay.
    pub(crate) cell: Await<'a>,
    /// The names of the cell.
    pub(crate) gone: BTreeSet<String>,
}

/// `let mut done = Some(done);`
pub(super) fn option_in(local: &Local) -> Option<(&syn::Ident, &syn::Ident)> {
    let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else { return None };
    let (some, completion) = made_by(&init.expr)?;
    let completion = ident_of(completion).filter(|_| some.ends_with("Some") && init.diverge.is_none())?;
    name.mutability.is_some().then_some((&name.ident, completion))
}
