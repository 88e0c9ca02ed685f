//! libcurl's multi interface: an HTTP client without threads, driven by sockets and one timer.
//!
//! The completion is not a callback: it is polled with `curl_multi_info_read` after each step, so transfers are keyed by their
//! easy handles. Socket and timer callbacks belong to the multi handle and share what it has; the write callback belongs to the transfer.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`.

mod adapters;
mod by_hand;
mod plain;
#[path = "../by_hand/pump.rs"]
mod pump;
