//! The function as continuation-passing code: what is sequence, what is suspension, what is an answer.
mod alias;
mod blocking;
pub(crate) mod build;
pub(crate) mod count_down;
pub(crate) mod first_wins;
pub(crate) mod leave;
pub(crate) mod place;
pub(crate) mod repeated;
pub(crate) mod tree;
pub(crate) mod walk;
