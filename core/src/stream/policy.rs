//! The overflow policies that `local` and `mpsc` have in common.

use super::queue::WhenFull;

/// Defines a variant's `Policy` and the functions that make it.
macro_rules! policies {
    // `$lock` says what `drop_oldest` has to say of locks.
    ($variant:literal, $lock:literal) => {
        /// How many events may wait, and which one goes when there are more. Made by [`unbounded`], [`drop_newest`],
        /// [`drop_oldest`] and [`latest`].
        ///
        /// ```
        #[doc = concat!("use uncallback::stream::", $variant, ";")]
        ///
        #[doc = concat!("let policy: ", $variant, "::Policy = ", $variant, "::latest();")]
        /// # let _ = policy;
        /// ```
        #[derive(Debug, Clone, Copy)]
        pub struct Policy(Room);

        /// Keeps every event, in as much memory as it takes.
        ///
        /// ```
        #[doc = concat!("use uncallback::stream::{events, ", $variant, "};")]
        ///
        #[doc = concat!("let mut stream = events(", $variant, "::unbounded(), |emit| (0..1000).for_each(|n| emit.emit(n)));")]
        /// assert_eq!(stream.drain(|_| ()), 1000);
        /// ```
        pub fn unbounded() -> Policy {
            Policy(Room::UNBOUNDED)
        }

        /// Keeps the first `capacity` events that wait, and drops and counts what comes while it is full.
        ///
        /// # Panics
        /// If `capacity` is 0.
        ///
        /// ```
        #[doc = concat!("use uncallback::stream::{events, ", $variant, "};")]
        ///
        #[doc = concat!("let mut stream = events(", $variant, "::drop_newest(2), |emit| (0..5).for_each(|n| emit.emit(n)));")]
        /// let mut seen = Vec::new();
        /// stream.drain(|n| seen.push(n));
        /// assert_eq!((seen, stream.lagged()), (vec![0, 1], 3));
        /// ```
        pub fn drop_newest(capacity: usize) -> Policy {
            Policy(Room::bounded(capacity, WhenFull::DropNewest))
        }

        /// Keeps the last `capacity` events, and drops and counts the oldest when one too many comes.
        ///
        #[doc = $lock]
        ///
        /// # Panics
        /// If `capacity` is 0.
        ///
        /// ```
        #[doc = concat!("use uncallback::stream::{events, ", $variant, "};")]
        ///
        #[doc = concat!("let mut stream = events(", $variant, "::drop_oldest(2), |emit| (0..5).for_each(|n| emit.emit(n)));")]
        /// let mut seen = Vec::new();
        /// stream.drain(|n| seen.push(n));
        /// assert_eq!((seen, stream.lagged()), (vec![3, 4], 3));
        /// ```
        pub fn drop_oldest(capacity: usize) -> Policy {
            Policy(Room::bounded(capacity, WhenFull::DropOldest))
        }

        /// Keeps the newest event only: a value that changes, of which only the present state matters.
        ///
        /// ```
        #[doc = concat!("use uncallback::stream::{events, ", $variant, "};")]
        ///
        #[doc = concat!("let mut volume = events(", $variant, "::latest(), |emit| [10, 20, 30].map(|v| emit.emit(v)));")]
        /// let mut seen = Vec::new();
        /// volume.drain(|v| seen.push(v));
        /// assert_eq!((seen, volume.lagged()), (vec![30], 2));
        /// ```
        pub fn latest() -> Policy {
            Policy(Room::bounded(1, WhenFull::DropOldest))
        }
    };
}
pub(super) use policies;

/// How many events may wait, and which one goes when there are more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) capacity: usize,
    pub(super) when_full: WhenFull,
}

impl Room {
    pub(super) const UNBOUNDED: Self = Room { capacity: usize::MAX, when_full: WhenFull::DropNewest };

    pub(super) fn bounded(capacity: usize, when_full: WhenFull) -> Self {
        assert!(capacity > 0, "a stream of events needs room for at least one");
        Room { capacity, when_full }
    }

    #[cfg(any(feature = "std", loom))]
    pub(super) fn is_unbounded(self) -> bool {
        self.capacity == usize::MAX
    }

    /// Whether an event that finds no room is refused.
    #[cfg(any(feature = "std", loom))]
    pub(super) fn drops_newest(self) -> bool {
        self.when_full == WhenFull::DropNewest
    }

    /// Whether an event takes the place of the one before it.
    #[cfg(any(feature = "std", loom))]
    pub(super) fn is_latest(self) -> bool {
        self.capacity == 1 && self.when_full == WhenFull::DropOldest
    }
}
