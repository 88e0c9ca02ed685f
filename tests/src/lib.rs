//! Tests that cross the crates of the workspace.
//!
//! The library part is the tool that the tests share: [`trace`] runs a callback version and a converted version of a
//! program and compares what they do.

pub mod fixture;
pub mod generate;
pub mod programs;
pub mod rewriting;
pub mod shapes;
pub mod sources;
pub mod trace;
