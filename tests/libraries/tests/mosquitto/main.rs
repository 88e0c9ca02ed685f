//! libmosquitto: one user data for the object, fixed when it is made; operations are told apart by an id that is known
//! only after the call, and whose event may come before that.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`.

mod adapters;
mod broker;
mod by_hand;
mod plain;
