//! From a future back to a callback.
//!
//! [`drive`] lets callers that still speak callbacks use a function that has become an `async fn`, and keeps the order
//! of effects that they expect: the future is polled at once, and each later part runs inside the call that wakes it, as
//! the callback would have.

mod driver;
mod handle;
mod inline;
mod on;
mod task;
mod turn;

pub use driver::{Driver, LocalDriving, local_drive, local_run_woken};
pub use handle::Driving;
pub use inline::{drive, drive_checked};
pub use on::{Runnable, drive_on};
