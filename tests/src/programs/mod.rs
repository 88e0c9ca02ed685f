//! Puts whole programs through the real rewriter, compiles both versions together and runs them against each other.
//!
//! A [`Case`] is a module of callback functions. Many cases become one executable, because starting the compiler costs
//! more than a small program: each case is a file of its own with the functions unchanged, the same functions under
//! `#[uncallback]`, and, if there is one, the text that the command would write. The executable compares the versions and
//! reports; what does not compile is taken out and reported with the compiler's words.

mod batch;
mod case;
mod child;
mod compiler;
mod report;
mod shrink;

pub use batch::{Verdict, Verdicts, check};
pub use case::Case;
pub use child::Child;
pub use compiler::Compiler;
pub use report::{Failure, Report};
pub use shrink::shrink;
