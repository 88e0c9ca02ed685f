//! The crates that people bridge callbacks with, each in its best documented use.
//!
//! Left out, and why: `cb_fut` blocks the thread in `poll`, so it cannot take part in a single-threaded workload;
//! `async-oneshot` has a data race on waker updates that has been open for years; `fibre` brings some thirty further packages
//! to build.

pub mod callback_future;
pub mod hand_written;
pub mod oneshot;
pub mod stream;
