//! GIO: callbacks that come on the thread whose context started the operation, with a result that is asked for by a second
//! function, and cancellation that is itself a callback with an error.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`. The library is the system's; where there is none, `build.rs` says so.
#![cfg(has_gio)]

mod adapters;
mod by_hand;
mod plain;
