//! What the variants have in common: how one is opened, and what the consumer can ask of it.

use core::panic::Location;
use core::task::{Context, Poll};

pub(crate) mod sealed {
    /// Only the variants of this crate: their contract tests are the same for all.
    pub trait Sealed {}
}

/// Where the events wait, and what happens when there are more of them than were taken.
///
/// The values that implement it are made by the functions of [`local`](crate::stream::local),
/// [`spsc`](crate::stream::spsc) and [`mpsc`](crate::stream::mpsc): `unbounded()`, `drop_newest(n)`,
/// `drop_oldest(n)`, `latest()`, `block(n)`.
///
/// ```
/// use uncallback::stream::{events, local};
///
/// let mut stream = events(local::drop_oldest(2), |emit| {
///     (1..=3).for_each(|n| emit.emit(n)); // a source that fires inside the registering call
/// });
/// let mut seen = Vec::new();
/// stream.drain(|n| seen.push(n));
/// assert_eq!(seen, [2, 3]);
/// assert_eq!(stream.lagged(), 1);
/// ```
///
/// Code that leaves the choice to its caller is generic over it:
///
/// ```
/// use uncallback::stream::{Events, Overflow, events, mpsc};
///
/// fn ticks<O>(policy: O) -> Events<O::Receiver<u32>, O::Emitter<u32>>
/// where
///     O: Overflow,
/// {
///     events(policy, |emit| emit) // a source that keeps the emitter, until the stream is dropped
/// }
/// let ticks = ticks(mpsc::unbounded());
/// ticks.handle().emit(1);
/// ```
pub trait Overflow: sealed::Sealed {
    /// The callback's side, such as [`spsc::Emitter`](crate::stream::spsc::Emitter).
    type Emitter<T>;
    /// The stream's side, which [`Events`](crate::stream::Events) holds.
    type Receiver<T>: Receive<Item = T>;

    /// Makes the two sides.
    #[doc(hidden)]
    fn open<T>(self) -> (Self::Emitter<T>, Self::Receiver<T>);
}

/// The consumer's side of a variant; [`Events`](crate::stream::Events) is its public face.
///
/// ```
/// use uncallback::stream::{Events, Receive, events, mpsc};
///
/// fn count_ready<R: Receive<Item = u32>, H>(stream: &mut Events<R, H>) -> usize {
///     stream.drain(|_| ())
/// }
/// let mut stream = events(mpsc::unbounded(), |emit| emit.emit(7));
/// assert_eq!(count_ready(&mut stream), 1);
/// ```
pub trait Receive: sealed::Sealed {
    /// The type of the events.
    type Item;

    /// The next event, the end, or a registered waker.
    #[doc(hidden)]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;

    /// Hands over what is there at the time of the call.
    #[doc(hidden)]
    fn drain(&mut self, each: impl FnMut(Self::Item)) -> usize;

    /// Says where the stream was made, for feature `debug`.
    #[doc(hidden)]
    fn opened_at(&self, place: &'static Location<'static>);

    /// The number of lost events since the last call.
    #[doc(hidden)]
    fn lagged(&mut self) -> u64;
}

/// Goes on with a panic that a callback left behind.
pub(super) fn resume(payload: super::queue::Payload) -> ! {
    #[cfg(feature = "std")]
    std::panic::resume_unwind(payload);
    #[cfg(not(feature = "std"))]
    {
        drop(payload);
        panic!("the callback panicked");
    }
}

/// Runs what a user gave us, and hands back its panic instead of unwinding into the source.
///
/// Without `std` there is nothing to catch with: the panic goes through.
pub(super) fn catch<T>(make: impl FnOnce() -> T) -> Result<T, super::queue::Payload> {
    #[cfg(feature = "std")]
    return std::panic::catch_unwind(core::panic::AssertUnwindSafe(make));
    #[cfg(not(feature = "std"))]
    return Ok(make());
}
