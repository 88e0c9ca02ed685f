//! Events from one callback that runs on one thread at a time: no lock.
//!
//! Fits sources that take `impl FnMut(T) + Send`: drivers, audio and network threads. There is one emitter, which
//! can't be cloned; the stream ends when it is dropped.
//!
//! The policies are [`unbounded`], [`drop_newest`], [`drop_oldest`], [`latest`], [`block`]; module [`stream`](super) says what each
//! is meant for. What happens when the stream is dropped, or the callback is never called, or panics, says
//! [`Events`](super::Events#what-happens-when).
//!
//! ```
//! use uncallback::stream::{events, spsc};
//!
//! let mut samples = events(spsc::unbounded(), |mut emit| {
//!     std::thread::spawn(move || (0..100).for_each(|n| emit.emit(n))).join()
//! });
//! let mut sum = 0;
//! samples.drain(|n| sum += n);
//! assert_eq!(sum, 4950);
//! ```
//!
//! No policy but `block` takes a lock, and neither side ever waits for the other, which is what a thread that plays sound,
//! or one that serves interrupts, needs. `drop_oldest` and `latest` cost a second atomic instruction for each event.

mod blocks;
mod channel;
mod gate;
mod overwriting;
mod ring;
mod storage;

use core::{
    any::type_name,
    fmt,
    panic::Location,
    task::{Context, Poll},
};

use self::{
    blocks::Blocks,
    channel::{Consumer, Producer},
    overwriting::Overwriting,
    ring::Ring,
};
use super::{
    generated::fits_a_mark,
    variant::{Overflow, Receive, sealed::Sealed},
};

/// Grows with the events that wait. Made by [`unbounded`].
///
/// ```
/// let policy: uncallback::stream::spsc::Unbounded = uncallback::stream::spsc::unbounded();
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Unbounded(());

/// Has room for a number of events and drops what comes while it is full. Made by [`drop_newest`].
///
/// ```
/// let policy: uncallback::stream::spsc::DropNewest = uncallback::stream::spsc::drop_newest(64);
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DropNewest {
    capacity: usize,
}

/// Has room for a number of events, of which the oldest makes way for one that comes. Made by [`drop_oldest`] and
/// [`latest`].
///
/// ```
/// let policy: uncallback::stream::spsc::DropOldest = uncallback::stream::spsc::latest();
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DropOldest {
    capacity: usize,
}

/// Keeps every event, in as much memory as it takes: one allocation for every 64 events that pass.
///
/// ```
/// use uncallback::stream::{events, spsc};
///
/// let mut stream = events(spsc::unbounded(), |mut emit| (0..1000).for_each(|n| emit.emit(n)));
/// assert_eq!(stream.drain(|_| ()), 1000);
/// ```
pub fn unbounded() -> Unbounded {
    Unbounded(())
}

/// Keeps the first `capacity` events that wait, and drops and counts what comes while it is full. Allocates once.
///
/// # Panics
/// If `capacity` is 0.
///
/// ```
/// use uncallback::stream::{events, spsc};
///
/// let mut stream = events(spsc::drop_newest(2), |mut emit| (0..5).for_each(|n| emit.emit(n)));
/// let mut seen = Vec::new();
/// stream.drain(|n| seen.push(n));
/// assert_eq!((seen, stream.lagged()), (vec![0, 1], 3));
/// ```
pub fn drop_newest(capacity: usize) -> DropNewest {
    assert!(capacity > 0, "a stream of events needs room for at least one");
    DropNewest { capacity }
}

/// Keeps the last `capacity` events, and drops and counts the oldest when one too many comes. Allocates once.
///
/// # Panics
/// If `capacity` is 0.
///
/// ```
/// use uncallback::stream::{events, spsc};
///
/// let mut stream = events(spsc::drop_oldest(2), |mut emit| (0..5).for_each(|n| emit.emit(n)));
/// let mut seen = Vec::new();
/// stream.drain(|n| seen.push(n));
/// assert_eq!((seen, stream.lagged()), (vec![3, 4], 3));
/// ```
pub fn drop_oldest(capacity: usize) -> DropOldest {
    assert!(capacity > 0, "a stream of events needs room for at least one");
    DropOldest { capacity }
}

/// Keeps the newest event only: a value that changes, of which only the present state matters. Allocates once.
///
/// ```
/// use uncallback::stream::{events, spsc};
///
/// let mut level = events(spsc::latest(), |mut emit| [10, 20, 30].map(|v| emit.emit(v)));
/// let mut seen = Vec::new();
/// level.drain(|v| seen.push(v));
/// assert_eq!((seen, level.lagged()), (vec![30], 2));
/// ```
pub fn latest() -> DropOldest {
    drop_oldest(1)
}

/// Keeps every event, `capacity` of them at a time: a callback that finds no room **blocks its thread**.
///
/// The same as [`mpsc::block`](super::mpsc::block), where it is said when not to use it, and that dropping the stream lets a
/// blocked callback go on. This one policy does take a lock: whoever may have to sleep can't do without.
///
/// # Panics
/// If `capacity` is 0.
///
/// ```
/// use uncallback::stream::{events, spsc};
///
/// # uncallback::__private::block_on(async {
/// let mut lines = events(spsc::block(16), |emit| {
///     std::thread::spawn(move || (0..100).for_each(|n| emit.emit(n)))
/// });
/// let mut count = 0;
/// while lines.next().await.is_some() {
///     count += 1;
/// }
/// assert_eq!(count, 100);
/// # });
/// ```
#[cfg(any(feature = "std", loom))]
pub fn block(capacity: usize) -> super::mpsc::Policy {
    super::mpsc::block(capacity)
}

impl Sealed for Unbounded {}
impl Overflow for Unbounded {
    type Emitter<T> = Emitter<T>;
    type Receiver<T> = Receiver<T>;

    fn open<T>(self) -> (Emitter<T>, Receiver<T>) {
        let (blocks, writer, reader) = Blocks::open();
        let (producer, consumer) = channel::open(blocks, writer, reader);
        (Emitter { producer }, Receiver { consumer })
    }
}

impl Sealed for DropNewest {}
impl Overflow for DropNewest {
    type Emitter<T> = BoundedEmitter<T>;
    type Receiver<T> = BoundedReceiver<T>;

    fn open<T>(self) -> (BoundedEmitter<T>, BoundedReceiver<T>) {
        let (ring, writer, reader) = Ring::open(self.capacity);
        let (producer, consumer) = channel::open(ring, writer, reader);
        (BoundedEmitter { producer }, BoundedReceiver { consumer })
    }
}

impl Sealed for DropOldest {}
impl Overflow for DropOldest {
    type Emitter<T> = OverwritingEmitter<T>;
    type Receiver<T> = OverwritingReceiver<T>;

    fn open<T>(self) -> (OverwritingEmitter<T>, OverwritingReceiver<T>) {
        let (places, writer, reader) = Overwriting::open(self.capacity);
        let (producer, consumer) = channel::open(places, writer, reader);
        (OverwritingEmitter { producer }, OverwritingReceiver { consumer })
    }
}

macro_rules! sides {
    ($storage:ident, $policy:ident, $call:literal,
     $(#[$emitter_doc:meta])* $emitter:ident, $(#[$receiver_doc:meta])* $receiver:ident) => {
        $(#[$emitter_doc])*
        pub struct $emitter<T> {
            producer: Producer<T, $storage<T>>,
        }

        impl<T> $emitter<T> {
            /// Hands an event to the stream and wakes the consumer if it waits.
            ///
            /// What does not fit is dropped and counted; once the stream is gone it is dropped uncounted.
            ///
            /// ```
            /// # use uncallback::stream::{events, spsc};
            #[doc = concat!("let mut stream = events(spsc::", $call, ", |mut emit| emit.emit(\"clicked\"));")]
            /// assert_eq!(stream.drain(|event| assert_eq!(event, "clicked")), 1);
            /// ```
            #[inline]
            pub fn emit(&mut self, value: T) {
                let refused = self.producer.offer(value);
                drop(refused);
            }

            /// Hands an event to the stream, or gives it back if it is refused.
            ///
            /// # Errors
            /// The value itself, if there is no room for it (that counts as lost), or if the stream is gone.
            ///
            /// ```
            /// # use uncallback::stream::{events, spsc};
            #[doc = concat!("let stream = events(spsc::", $call, ", |mut emit| assert_eq!(emit.offer(1), Ok(())));")]
            /// # drop(stream);
            /// ```
            #[inline]
            pub fn offer(&mut self, value: T) -> Result<(), T> {
                self.producer.offer(value)
            }

            /// Hands over what `make` returns; a panic in it ends the stream and resumes in the consumer.
            ///
            /// The source's own frames are not unwound. Without `std` the panic goes through to the source.
            ///
            /// ```
            /// # use uncallback::stream::{events, spsc};
            #[doc = concat!("let mut stream = events(spsc::", $call, ", |mut emit| emit.emit_with(|| \"mapped\".len()));")]
            /// assert_eq!(stream.drain(|n| assert_eq!(n, 6)), 1);
            /// ```
            #[inline]
            pub fn emit_with(&mut self, make: impl FnOnce() -> T) {
                self.producer.offer_with(make);
            }

            /// Whether the stream is gone, so that a source can stop early.
            ///
            /// ```
            /// # use uncallback::stream::{events, spsc};
            /// let mut kept = None;
            #[doc = concat!("let stream = events(spsc::", $call, ", |emit: spsc::", stringify!($emitter), "<u8>| kept = Some(emit));")]
            /// drop(stream);
            /// assert!(kept.unwrap().is_closed());
            /// ```
            pub fn is_closed(&self) -> bool {
                self.producer.is_closed()
            }
        }

        fits_a_mark!($emitter, [&mut] self);

        impl<T> fmt::Debug for $emitter<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(concat!("spsc::", stringify!($emitter))).finish_non_exhaustive()
            }
        }

        $(#[$receiver_doc])*
        pub struct $receiver<T> {
            consumer: Consumer<T, $storage<T>>,
        }

        impl<T> Sealed for $receiver<T> {}
        impl<T> Receive for $receiver<T> {
            type Item = T;

            #[inline]
            fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
                self.consumer.poll_event(cx)
            }

            fn drain(&mut self, each: impl FnMut(T)) -> usize {
                self.consumer.drain(each)
            }

            fn opened_at(&self, place: &'static Location<'static>) {
                self.consumer.mark().opened(place, type_name::<T>());
            }

            fn lagged(&mut self) -> u64 {
                self.consumer.lagged()
            }
        }

        impl<T> fmt::Debug for $receiver<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(concat!("spsc::", stringify!($receiver))).finish_non_exhaustive()
            }
        }
    };
}

sides! {
    Blocks, Unbounded, "unbounded()",
    /// The callback's side of an unbounded stream with one producer.
    ///
    /// # What happens when
    ///
    /// - it is **dropped**: the stream ends, after the events that wait were taken.
    /// - it is **never called** and never dropped: the stream waits. That can't be told from a source that has nothing to say.
    /// - it is called again and again: each call is an event. What does not fit goes as the policy says, and is counted by
    ///   [`lagged`](super::Events::lagged).
    /// - the callback **panics** in [`emit_with`](Self::emit_with): the stream ends, and the panic resumes in its consumer after
    ///   the events before it. Later events are dropped. Other panics go into the source, which may or may not go on.
    /// - the stream is gone: events are dropped at once. See [`is_closed`](Self::is_closed).
    ///
    /// ```
    /// use uncallback::stream::{events, spsc};
    ///
    /// let mut stream = events(spsc::unbounded(), |mut emit: spsc::Emitter<u8>| emit.emit(1));
    /// assert_eq!(stream.drain(|_| ()), 1);
    /// ```
    Emitter,
    /// The stream's side of an unbounded stream with one producer; [`Events`](super::Events) holds it.
    ///
    /// Dropping it drops the events that wait.
    ///
    /// ```
    /// use uncallback::stream::{Events, events, spsc};
    ///
    /// let stream: Events<spsc::Receiver<u8>, ()> = events(spsc::unbounded(), |mut emit| emit.emit(1));
    /// # drop(stream);
    /// ```
    Receiver
}

sides! {
    Ring, DropNewest, "drop_newest(8)",
    /// The callback's side of a bounded stream with one producer.
    ///
    /// What happens when it is dropped, never called, or panics: see [`Emitter`](Emitter#what-happens-when).
    ///
    /// ```
    /// use uncallback::stream::{events, spsc};
    ///
    /// let mut stream = events(spsc::drop_newest(4), |mut emit: spsc::BoundedEmitter<u8>| emit.emit(1));
    /// assert_eq!(stream.drain(|_| ()), 1);
    /// ```
    BoundedEmitter,
    /// The stream's side of a bounded stream with one producer; [`Events`](super::Events) holds it.
    ///
    /// Dropping it drops the events that wait.
    ///
    /// ```
    /// use uncallback::stream::{Events, events, spsc};
    ///
    /// let stream: Events<spsc::BoundedReceiver<u8>, ()> = events(spsc::drop_newest(4), |mut emit| emit.emit(1));
    /// # drop(stream);
    /// ```
    BoundedReceiver
}

sides! {
    Overwriting, DropOldest, "drop_oldest(8)",
    /// The callback's side of a stream with one producer, whose events take the place of the oldest.
    ///
    /// What happens when it is dropped, never called, or panics: see [`Emitter`](Emitter#what-happens-when).
    ///
    /// ```
    /// use uncallback::stream::{events, spsc};
    ///
    /// let mut stream = events(spsc::latest(), |mut emit: spsc::OverwritingEmitter<u8>| emit.emit(1));
    /// assert_eq!(stream.drain(|_| ()), 1);
    /// ```
    OverwritingEmitter,
    /// The stream's side of a stream with one producer, whose events take the place of the oldest;
    /// [`Events`](super::Events) holds it.
    ///
    /// Dropping it drops the events that wait.
    ///
    /// ```
    /// use uncallback::stream::{Events, events, spsc};
    ///
    /// let stream: Events<spsc::OverwritingReceiver<u8>, ()> = events(spsc::latest(), |mut emit| emit.emit(1));
    /// # drop(stream);
    /// ```
    OverwritingReceiver
}
