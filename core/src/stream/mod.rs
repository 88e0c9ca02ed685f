//! Streams of events from callbacks that are called again and again.
//!
//! To a first approximation, [`events!`](macro@crate::events) turns `button.on_click(|click| ..)` into something to loop
//! over. Two things have to be said where it is called, because nobody else can know them:
//!
//! **What happens when events come faster than they are taken.** A callback can't wait, so something has to give:
//!
//! | policy | waiting events | meant for |
//! |---|---|---|
//! | `unbounded` | all, in as much memory as it takes | events that are rare, or must all be seen |
//! | `drop_newest(n)` | the first `n` | requests: who comes late is turned away |
//! | `drop_oldest(n)` | the last `n` | measurements: the recent past matters |
//! | `latest` | the last one | state: pointer position, battery level |
//! | `block(n)` | the first `n`; the next one **blocks its thread** | sources with a thread of their own, which can be slowed down |
//!
//! What is lost is counted: see [`Events::lagged`]. [`block`](mpsc::block) is not for callbacks on the thread of an event
//! loop, and [`local`] does not have it: there the consumer would wait for itself.
//!
//! **What the source asks of its callback**, if the general answer is not the one you want:
//!
//! | variant | fits | how |
//! |---|---|---|
//! | [`mpsc`] (when none is named) | `Fn(T) + Send + Sync` and everything below | no lock, but for `drop_oldest` and `block`, which take a short one |
//! | [`spsc`] | `FnMut(T) + Send` | no lock: one or two atomic instructions for each event |
//! | [`local`] | `Fn(T)` or `FnMut(T)` without `Send` | no atomics |
//!
//! A stream is polled by any executor. A consumer that waits is woken once, not once for each event.
//!
//! ```
//! # uncallback::__private::block_on(async {
//! use uncallback::stream::{events, local};
//!
//! let mut lines = events(local::unbounded(), |emit| {
//!     "one\ntwo".lines().for_each(|line| emit.emit(line.to_owned()))
//! });
//! assert_eq!(lines.next().await.as_deref(), Some("one"));
//! assert_eq!(lines.next().await.as_deref(), Some("two"));
//! assert_eq!(lines.next().await, None);
//! # });
//! ```

mod events;
mod fifo;
pub(crate) mod generated;
mod policy;
mod queue;
pub(crate) mod variant;

pub mod local;
#[cfg(any(feature = "std", loom))]
pub mod mpsc;
pub mod spsc;

pub use self::{
    events::{Events, Next, NextBatch, OnDrop, events},
    variant::{Overflow, Receive},
};
