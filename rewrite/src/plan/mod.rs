//! What is going to be written.
//!
//! `signature` writes what stands in front of the body, `writer` the body: it walks the CPS tree and asks one file of `rules/` for each
//! kind of node.
pub(crate) mod function;
pub mod out;
mod recorder;
pub(crate) mod sibling;
mod signature;
pub(crate) mod wrap;
pub(crate) mod writer;
