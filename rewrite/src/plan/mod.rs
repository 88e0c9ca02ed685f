//! What is going to be written.
//!
//! `function` writes the signature, `writer` the body: it walks the CPS tree and asks one file of `rules/` for each
//! kind of node.
pub(crate) mod function;
pub mod out;
pub(crate) mod writer;
