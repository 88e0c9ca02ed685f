//! c-ares: name resolution that asks its host to watch sockets and a timer, and whose callbacks may come inside of the
//! call that starts or cancels them.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`. The library is the system's; where there is none, `build.rs` says so.
#![cfg(has_cares)]

mod adapters;
mod by_hand;
mod plain;
#[path = "../by_hand/pump.rs"]
mod pump;
mod responder;
