//! Finding out what an asynchronous program waits for, with feature `debug`.
//!
//! An `async` program that hangs shows nothing: no thread is inside the call that never answers. With this feature the
//! crate keeps a list of the calls under way, and tells what goes wrong with their callbacks.
//!
//! ```
//! use uncallback::debug;
//!
//! let mut forgotten = None;
//! let request = uncallback::start(|done: uncallback::Completer<u32>| forgotten = Some(done));
//! let calls = debug::pending();
//! assert!(calls.iter().any(|call| call.place().file() == file!()));
//! debug::print_pending(); // call of core/src/debug/mod.rs:3:15 for u32, made 12 µs ago: not polled yet
//! # drop(request);
//! ```
//!
//! | question | answer |
//! |---|---|
//! | what is the program waiting for? | [`pending`], [`print_pending`], [`print_pending_at_exit`] |
//! | which stream is not emptied, and what has it lost? | [`streams`] |
//! | which calls take too long? | [`report_slow_calls`] |
//! | which callback holds up its thread? | [`report_blocking_callbacks`] |
//! | which callback was dropped, or called twice, and where? | [`on_report`], [`report_to_stderr`] |
//!
//! It costs a lock and a clock reading for each step of each call, so it is for development and for the day when
//! something hangs. Without the feature nothing of it is compiled. Followed are all calls that wait: of `call`, `start`,
//! `start_with` and their macros, of [`local`](crate::local), `Slot`, `pinned` and module `ffi`, and all streams of events.

mod backtrace;
pub(crate) mod hooks;
mod pending;
mod registry;
mod report;
mod streams;

pub use self::{
    pending::{PendingCall, WaitsFor, pending, print_pending, print_pending_at_exit},
    report::{Report, on_report, report_blocking_callbacks, report_slow_calls, report_to_stderr},
    streams::{OpenStream, streams},
};
