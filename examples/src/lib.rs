//! What the example programs share: a web server of their own, so that they have something real to talk to.

pub mod server;

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
