//! `cb_fut`, whose macro puts a channel of the standard library between a callback and a future.
//!
//! Its future blocks the thread until the callback has run, so that it can take part only where the callback runs inside the
//! call.

use std::pin::pin;
use std::task::Context;

use crate::api::call_inside;
use crate::harness::task::ready;

/// The row's name.
pub const NAME: &str = "cb_fut (blocks)";
/// The package.
pub const PACKAGE: &str = "cb_fut";

/// Makes one call whose callback runs inside, and returns its result.
pub fn call(value: u64, context: &mut Context<'_>) -> u64 {
    ready(pin!(cb_fut::once!(call_inside(value, ->(answer)))), context)
}
