//! `callback-future`, the one published crate that adapts a callback as such.
//!
//! It boxes the call and the callback, and it answers `Pending` even if the callback has run inside the call, so
//! that it is polled twice in every workload.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};

use callback_future::CallbackFuture;

use crate::harness::task::pending;

/// The row's name.
pub const NAME: &str = "callback-future (two polls)";
/// The package.
pub const PACKAGE: &str = "callback-future";

/// What the API under it is given.
pub type Callback = Box<dyn FnOnce(u64) + Send>;

/// Makes one call, lets `between` happen after the first poll, and returns the result.
pub fn call(
    start: impl FnOnce(Callback) + Send + 'static,
    between: impl FnOnce(),
    context: &mut Context<'_>,
) -> u64 {
    let mut future = pin!(CallbackFuture::new(start));
    pending(future.as_mut(), context);
    between();
    match future.poll(context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the second poll comes after the callback"),
    }
}
