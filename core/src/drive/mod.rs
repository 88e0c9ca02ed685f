//! From a future back to a callback.
//!
//! [`drive`] lets callers that still speak callbacks use a function that has become an `async fn`, and keeps the order
//! of effects that they expect: the future is polled at once, and each later part runs inside the call that wakes it, as
//! the callback would have.

mod handle;
mod inline;
mod on;
mod task;
mod turn;

pub use handle::Driving;
pub use inline::{drive, drive_checked};
pub use on::{Runnable, drive_on};
