//! Callback APIs as futures and streams: exact, fast, and kind when something goes wrong.
//!
//! A callback API takes a function and calls it with the answer. This crate makes one awaitable in a line, without a
//! runtime of its own: any executor polls its futures. What people ask first:
//!
//! | question | in short |
//! |---|---|
//! | [How do I await a callback?](#how-do-i-await-a-callback) | [`call!(fetch(url, _)).await`](call!), with `_` where the callback goes |
//! | [What if it never comes, or comes twice?](#what-if-it-never-comes-or-comes-twice) | dropped uncalled, it is a panic with the place of the call, or an error; the first of two calls counts |
//! | [What if I drop the future?](#what-if-i-drop-the-future) | nothing blocks; the late answer is dropped, and [`cancel_with`](Call::cancel_with) tells the API |
//! | [How do I wait for several, or again and again?](#how-do-i-wait-for-several-or-again-and-again) | [`start!`] them and [`join`] or [`race`]; a repeated callback is a stream, by [`events!`] |
//!
//! # How do I await a callback?
//!
//! ```
//! use uncallback::call;
//! # fn fetch(url: &str, then: impl FnOnce(Vec<u8>) + Send + 'static) { then(url.into()) }
//! # fn stat(path: &str, then: impl FnOnce(String, u64)) { then(path.into(), 3) }
//! # fn read(_: &str, ok: impl FnOnce(u8), err: impl FnOnce(String)) { drop(ok); err("no such file".into()) }
//! # struct Rows; impl Rows { fn to_vec(&self) -> Vec<u8> { vec![1] } }
//! # fn query(_sql: &str, then: impl FnOnce(&Rows)) { then(&Rows) }
//! # uncallback::__private::block_on(async {
//! let body = call!(fetch("a.b/c", _)).await; //                  `_` stands where the callback goes
//! let (name, size) = call!(stat("a", |_, _|)).await; //          a callback of two arguments
//! let rows = call!(query("..", |r: &Rows| => r.to_vec())).await; // mapped to something owned, inside the callback
//! let byte = call!(read("b", ok: _, err: _)).await; //            one callback for success, one for failure
//! # assert_eq!((body, name, size, rows), (b"a.b/c".to_vec(), "a".to_string(), 3, vec![1]));
//! # assert_eq!(byte, Err("no such file".to_string()));
//! # });
//! ```
//!
//! [`call!`] is lazy, as futures are: the API is called at the first poll. [`start!`] calls it at once, as callback code
//! does, and is awaited later. [`call()`](call()) and [`start()`](start()) are the same as functions, for code that
//! wants to hold the [`Completer`].
//!
//! # What if it never comes, or comes twice?
//!
//! It may come before the call returns, later, or from another thread; all of these are the ordinary case. Beyond it:
//!
//! | the callback | and the awaiter |
//! |---|---|
//! | is dropped without being called | panics, naming the place of the `call!`; with [`checked`](Call::checked) it gets [`Lost`], with [`flat`](Call::flat) an error of its own kind |
//! | is called a second time | keeps the first answer; the second is dropped and [counted](ignored_calls) |
//! | panics in its mapping | resumes the panic; the API never sees it |
//! | comes after the future was dropped | is gone: the answer is dropped. [`cancel_with`](Call::cancel_with) tells the API |
//! | is kept for ever | waits for ever: that can't be told from a slow one. Feature `debug` lists the open calls |
//!
//! **Never called.** What can be seen of that is a callback that is dropped:
//!
//! ```
//! # use uncallback::call;
//! # uncallback::__private::block_on(async {
//! fn forgetful(then: impl FnOnce(u32)) { drop(then) }
//!
//! let lost = call!(forgetful(_)).checked().await.unwrap_err();
//! assert_eq!(lost.place().file(), file!());
//! # });
//! ```
//!
//! **Called twice, or with a panic.** Neither unwinds into the API, which is not prepared for it:
//!
//! ```
//! # use std::panic::{catch_unwind, AssertUnwindSafe};
//! # use uncallback::{__private::block_on, call};
//! fn twice(mut then: impl FnMut(u32)) {
//!     then(1);
//!     then(2); // dropped and counted
//! }
//! assert_eq!(block_on(call!(twice(_))), 1);
//!
//! let small = call!(twice(|n| => u8::try_from(n + 255).unwrap())); // `twice` never sees that panic,
//! let panicked = catch_unwind(AssertUnwindSafe(|| block_on(small))); // the awaiter does
//! assert!(panicked.is_err());
//! ```
//!
//! # What if I drop the future?
//!
//! Nothing blocks. Before its first poll a [`call!`] has done nothing at all; after that the API goes on, and its answer
//! is dropped when it comes. What the API call returned is kept by the future and dropped with it, unless it is to be
//! used for cancelling:
//!
//! ```
//! # use uncallback::start;
//! # struct Request; impl Request { fn abort(self) { println!("aborted") } }
//! # fn fetch(_url: &str, then: impl FnOnce(u32) + 'static) -> Request { std::mem::forget(then); Request }
//! let pending = start!(fetch("a.b/c", _)).cancel_with(|request| request.abort());
//! drop(pending); // aborts the request
//! ```
//!
//! Every type that stands for a callback, or for what comes of it, answers the same questions under the heading
//! "What happens when": see [`Started`](Started#what-happens-when).
//!
//! # How do I wait for several, or again and again?
//!
//! ```
//! use uncallback::{join, start};
//! # fn fetch(id: u32, then: impl FnOnce(u32) + Send + 'static) { then(id * 2) }
//! # uncallback::__private::block_on(async {
//! let (a, b) = (start!(fetch(1, _)), start!(fetch(2, _))); // both are under way
//! assert_eq!(join((a, b)).await, (2, 4));
//! # });
//! ```
//!
//! [`join`], [`try_join`] and [`race`] run the code of their children in the order in which the answers arrive, as
//! callbacks that count down together do.
//!
//! [`events!`] makes a stream of a callback that is called many times; what happens when events come faster than they
//! are taken is said at the call. See [`stream`].
//!
//! ```
//! use uncallback::events;
//! # struct Button; impl Button { fn on_click(&self, f: impl Fn(u32)) { f(1) } }
//! # uncallback::__private::block_on(async {
//! # let button = Button;
//! let mut clicks = events!(button.on_click(_), drop_oldest(16));
//! assert_eq!(clicks.next().await, Some(1));
//! # });
//! ```
//!
//! # The other direction, and whole functions
//!
//! [`drive`] calls a callback with the output of a future, for callers that have not moved yet.
//! With feature `macros`, `#[uncallback]` turns a function that takes a callback into an `async fn`, keeping the order of
//! its effects, and `#[listener]` turns a trait of event methods into a stream.
//!
//! # Where to look
//!
//! | for | there is |
//! |---|---|
//! | one call | [`call!`], [`start!`], [`start_with!`] |
//! | a callback that is called again and again | [`events!`], module [`stream`] |
//! | several futures at once | [`join`], [`try_join`], [`race`], and the forms whose losers go on |
//! | callers that still pass a callback | [`drive`], [`drive_checked`], [`drive_on`], [`Driver`] |
//! | an `async fn` that begins where it is called | [`kick`], [`kick_now`] |
//! | values and callbacks that are not `Send` | [`local`] |
//! | one call site that calls again and again without allocating | [`Slot`] |
//! | callbacks that can't outlive the call | [`scoped`] |
//! | operations that can be stopped for certain, without any allocation | [`pinned`] |
//! | C callbacks | [module `ffi`][ffi], feature `ffi` |
//! | blocking code | [`blocking`][blocking], feature `blocking` |
//! | a test that a function does the same in both styles | [module `check`][check], feature `check` |
//! | what a program waits for | [module `debug`][debug], feature `debug`; spans with feature `tracing` |
//!
//! # Cost
//!
//! A call takes a cell of 32 bytes, for a value of up to a word, from a free list of its thread: after the first calls
//! nothing is allocated. A callback that fires inside the API call costs no atomic read-modify-write; one that fires later
//! costs one on its side, and neither side ever waits for the other.
//!
//! # Without `std`
//!
//! The crate then needs `alloc` and atomics. Cells come from the allocator, every completion takes the path of those that
//! come later, and a panic of a mapping can't be caught. Feature `stackful-coroutines` keeps `std`, and gives up only what
//! relies on a call staying on its thread, for programs with coroutines that move between threads in the middle of one.
//!
//! # In WebAssembly
//!
//! `wasm32-unknown-unknown` works with default features, without threads: calls, streams, joins, and [`drive`] as the
//! executor, each run by the callback that JavaScript calls. A panic ends the program there: it can't resume in the awaiter.
//! Policies that block ([`block`](stream::mpsc::block)) need threads.
//!
#![cfg_attr(feature = "ffi", doc = "[ffi]: mod@crate::ffi")]
#![cfg_attr(not(feature = "ffi"), doc = "[ffi]: #where-to-look")]
#![cfg_attr(feature = "blocking", doc = "[blocking]: fn@crate::blocking")]
#![cfg_attr(not(feature = "blocking"), doc = "[blocking]: #where-to-look")]
#![cfg_attr(feature = "check", doc = "[check]: mod@crate::check")]
#![cfg_attr(not(feature = "check"), doc = "[check]: #where-to-look")]
#![cfg_attr(feature = "debug", doc = "[debug]: mod@crate::debug")]
#![cfg_attr(not(feature = "debug"), doc = "[debug]: #where-to-look")]
#![cfg_attr(not(feature = "std"), no_std)]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aliased;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "check")]
pub mod check;
#[cfg(feature = "debug")]
pub mod debug;
#[cfg(feature = "std")]
mod drive;
#[cfg(feature = "ffi")]
pub mod ffi;
mod group;
pub mod local;
mod macros;
mod oneshot;
mod pinned;
mod quiet;
mod scoped;
mod slot;
pub mod stream;
mod sync;
#[cfg(feature = "tracing")]
mod trace;
mod waker_words;
mod watch;

#[cfg(feature = "blocking")]
pub use blocking::{Blocking, blocking};
#[cfg(feature = "std")]
pub use drive::{Driver, Driving, LocalDriving, Runnable, drive, drive_checked, drive_on};
pub use group::{
    Children, Either, Join, Kick, Kicked, Race, RaceChildren, RaceRest, Rest, TryChildren, TryJoin,
    TryJoinRest, join, kick, kick_now, race, race_rest, try_join, try_join_rest,
};
#[cfg(feature = "std")]
pub use group::{race_detached, try_join_detached};
pub use oneshot::{
    Attempt, Call, CancelWith, Checked, Completer, Flat, KeepsHandle, Lost, Reach, Started, Threads, call,
    ignored_calls, lost, start, start_with,
};
pub use pinned::{Pinned, PinnedCompleter, pinned};
pub use scoped::scoped;
pub use slot::{Slot, SlotCall};
#[doc(inline)]
pub use stream::{Events, events};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "macros")]
pub use uncallback_macros::{listener, uncallback};
