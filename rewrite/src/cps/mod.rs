//! The function as continuation-passing code: what is sequence, what is suspension, what is an answer.
mod blocking;
pub(crate) mod build;
pub(crate) mod count_down;
pub(crate) mod place;
pub(crate) mod tree;
pub(crate) mod walk;
