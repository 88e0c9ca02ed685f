//! SQLite: an update hook as a stream, progress and busy handlers as questions, `sqlite3_exec` as a list.
//!
//! The same cases run on the glue with the adapters and on the glue by hand: `cases.rs`. What has nothing to do with
//! callbacks, both share: `plain.rs`.

mod adapters;
mod by_hand;
mod plain;
