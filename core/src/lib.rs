//! Callback APIs as futures and streams.
#![cfg_attr(not(feature = "std"), no_std)]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aliased;
#[cfg(feature = "blocking")]
mod blocking;
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
mod scoped;
mod slot;
pub mod stream;
mod sync;
#[cfg(feature = "tracing")]
mod trace;
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
    ignored_calls, start, start_with,
};
pub use pinned::{Pinned, PinnedCompleter, pinned};
pub use scoped::scoped;
pub use slot::{Slot, SlotCall, SlotCompleter};
pub use stream::{Events, events};

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "macros")]
pub use uncallback_macros::{listener, uncallback};
