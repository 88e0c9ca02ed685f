//! nghttp2: HTTP/2 without sockets. All its callbacks are questions that come during a call, and all have the user data of
//! the session, last. A client and a server talk in memory here.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`.

mod adapters;
mod by_hand;
mod plain;
