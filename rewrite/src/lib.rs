//! The rewriting engine of `uncallback`: callback style in, direct style out, with the same order of effects.
//!
//! The engine is a function from a syntax tree and options to a plan or to findings. It reads no files, starts no
//! processes and keeps no state, so it can run in a macro, in a command, in an editor and in a fuzzer.
//!
//! ```text
//! source ──parse──▶ syn tree ──recognise──▶ completions, callback calls
//!                        │
//!                        ▼
//!                   CPS tree ──order──▶ findings UCxx
//!                        │
//!                        ▼
//!                      plan ──┬─▶ emit::tokens   (the macro)
//!                             └─▶ emit::text     (the command)
//! ```
mod callees;
mod convert;
mod cps;
pub mod emit;
mod knowledge;
mod options;
mod order;
pub mod plan;
mod recognise;
pub mod refusal;
mod rules;
#[cfg(feature = "switches")]
pub mod switch;
#[cfg(not(feature = "switches"))]
#[allow(dead_code, unreachable_pub)]
mod switch;
#[cfg(feature = "text")]
pub mod text;
mod unit;

pub use callees::Callees;
pub use convert::{convert, convert_together, sibling};
pub use knowledge::{Knowledge, destructors};
pub use options::{Options, Style};
pub use refusal::{Code, Finding};

use plan::out::Piece;
use quote::ToTokens;

/// A function with a body, wherever it stands.
#[derive(Clone, Copy)]
pub struct Function<'a> {
    /// Its attributes.
    pub attrs: &'a [syn::Attribute],
    /// Its visibility, or none in a trait.
    pub vis: Option<&'a syn::Visibility>,
    /// Its signature.
    pub sig: &'a syn::Signature,
    /// Its body.
    pub block: &'a syn::Block,
    /// All of it.
    pub item: &'a dyn ToTokens,
}

/// What became of a function.
pub enum Outcome<'a> {
    /// It has no completion, so there is nothing to convert. The word says what its callbacks are, if it has any.
    NotACompletion(Option<&'static str>),
    /// It has one, but its direct style would not mean the same.
    Refused(Vec<Finding>),
    /// Its direct style.
    Converted(Converted<'a>),
}

/// A function in direct style.
pub struct Converted<'a> {
    /// The new item, or items.
    pub pieces: Vec<Piece<'a>>,
    /// Named differences and assumptions, to be shown beside it.
    pub notes: Vec<Finding>,
    /// Public macros and functions of the core crate that the output names, such as `call`.
    pub uses: Vec<&'static str>,
    /// Which parameters of the callback function are gone, and what a check passes for them: callbacks that record.
    pub recorders: Vec<(usize, String)>,
}
