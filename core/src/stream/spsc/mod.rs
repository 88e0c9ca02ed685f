//! Events from one callback that runs on one thread at a time: no lock.
//!
//! Fits sources that take `impl FnMut(T) + Send`: drivers, audio and network threads. There is one emitter, which
//! can't be cloned; the stream ends when it is dropped.
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
//! Only the two policies that need no lock are here. For [`drop_oldest`](super::mpsc::drop_oldest) and
//! [`latest`](super::mpsc::latest) use [`mpsc`](super::mpsc), whose callback fits every source.

mod blocks;
mod gate;
mod ring;
mod storage;

use core::{
    fmt,
    task::{Context, Poll},
};

use self::{
    blocks::Blocks,
    gate::{ConsumerSide, Gate, Parked, ProducerSide, Seen},
    ring::Ring,
    storage::Storage,
};
use super::{
    generated::fits_a_mark,
    queue::Payload,
    variant::{Overflow, Receive, catch, resume, sealed::Sealed},
};
use crate::sync::{
    Arc, UnsafeCell,
    atomic::{AtomicUsize, Ordering::Relaxed},
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

impl Sealed for Unbounded {}
impl Overflow for Unbounded {
    type Emitter<T> = Emitter<T>;
    type Receiver<T> = Receiver<T>;

    fn open<T>(self) -> (Emitter<T>, Receiver<T>) {
        let (blocks, writer, reader) = Blocks::open();
        let (producer, consumer) = open(blocks, writer, reader);
        (Emitter { producer }, Receiver { consumer })
    }
}

impl Sealed for DropNewest {}
impl Overflow for DropNewest {
    type Emitter<T> = BoundedEmitter<T>;
    type Receiver<T> = BoundedReceiver<T>;

    fn open<T>(self) -> (BoundedEmitter<T>, BoundedReceiver<T>) {
        let (ring, writer, reader) = Ring::open(self.capacity);
        let (producer, consumer) = open(ring, writer, reader);
        (BoundedEmitter { producer }, BoundedReceiver { consumer })
    }
}

/// What the two sides share. The last of them frees it.
struct Channel<S> {
    gate: Gate,
    storage: S,
    lost: AtomicUsize,
    /// Written by the producer before it closes the gate, taken by the consumer after it found it closed.
    panic: UnsafeCell<Option<Payload>>,
}

// SAFETY: the payload is `Send` and is handed over through the gate; the other fields say for themselves.
unsafe impl<S: Sync + Send> Sync for Channel<S> {}

fn open<T, S: Storage<T>>(
    storage: S,
    writer: S::Writer,
    reader: S::Reader,
) -> (Producer<T, S>, Consumer<T, S>) {
    let channel = Arc::new(Channel {
        gate: Gate::new(),
        storage,
        lost: AtomicUsize::new(0),
        panic: UnsafeCell::new(None),
    });
    let producer =
        Producer { channel: channel.clone(), writer, side: ProducerSide::default(), finished: false };
    (producer, Consumer { channel, reader, side: ConsumerSide::default() })
}

struct Producer<T, S: Storage<T>> {
    channel: Arc<Channel<S>>,
    writer: S::Writer,
    side: ProducerSide,
    /// The consumer was found gone, or the gate is closed: the queue is not touched any more.
    finished: bool,
}

impl<T, S: Storage<T>> Producer<T, S> {
    #[inline]
    fn offer(&mut self, value: T) -> Result<(), T> {
        if self.finished {
            return Err(value);
        }
        // SAFETY: there is one producer, and `&mut self` is it.
        if let Err(value) = unsafe { self.channel.storage.write(&mut self.writer, value) } {
            // ORDERING: a counter; nothing is published by it.
            self.channel.lost.fetch_add(1, Relaxed);
            return Err(value);
        }
        // SAFETY: the one producer, and the event was written above.
        match unsafe { self.channel.gate.push(&mut self.side) } {
            Ok(None) => Ok(()),
            Ok(Some(waker)) => {
                waker.wake();
                Ok(())
            }
            Err(()) => {
                self.finished = true;
                // SAFETY: written above, and the consumer was gone before it was counted.
                Err(unsafe { self.channel.storage.take_back(&mut self.writer) })
            }
        }
    }

    #[inline]
    fn offer_with(&mut self, make: impl FnOnce() -> T) {
        match catch(make) {
            Ok(value) => drop(self.offer(value)),
            Err(payload) if self.finished => drop(payload),
            Err(payload) => {
                // SAFETY: the gate is open, so the consumer does not look here yet.
                self.channel.panic.with_mut(|place| unsafe { *place = Some(payload) });
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.finished = true;
        // SAFETY: there is one producer, and `&mut self` is it.
        if let Some(waker) = unsafe { self.channel.gate.close(&mut self.side) } {
            waker.wake();
        }
    }
}

impl<T, S: Storage<T>> Drop for Producer<T, S> {
    fn drop(&mut self) {
        if !self.finished {
            self.close();
        }
    }
}

struct Consumer<T, S: Storage<T>> {
    channel: Arc<Channel<S>>,
    reader: S::Reader,
    side: ConsumerSide,
}

impl<T, S: Storage<T>> Consumer<T, S> {
    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let word = match self.channel.gate.look(&mut self.side) {
                Seen::Event => return Poll::Ready(Some(self.take())),
                Seen::Ended => return Poll::Ready(self.end()),
                Seen::Nothing { word } => word,
            };
            if Gate::is_parked_with(&self.side, cx.waker()) {
                return Poll::Pending;
            }
            let waker = cx.waker().clone();
            // SAFETY: there is one consumer, and `&mut self` is it; `word` is from the look above.
            match unsafe { self.channel.gate.park(&mut self.side, word, waker) } {
                Parked::Yes { before } => {
                    drop(before);
                    return Poll::Pending;
                }
                // Something was pushed or closed meanwhile, so that the next look finds it.
                Parked::No { unused } => drop(unused),
            }
        }
    }

    /// Takes an event that is known to be there.
    #[inline]
    fn take(&mut self) -> T {
        debug_assert!(Gate::has_known(&self.side));
        // SAFETY: there is one consumer, and the gate counted the event.
        let value = unsafe { self.channel.storage.read(&mut self.reader) };
        Gate::took(&mut self.side);
        value
    }

    #[cold]
    fn end(&mut self) -> Option<T> {
        // SAFETY: the gate is closed, so the producer is past writing here.
        let panic = self.channel.panic.with_mut(|place| unsafe { (*place).take() });
        match panic {
            Some(payload) => resume(payload),
            None => None,
        }
    }

    fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        let ready = self.channel.gate.ready(&mut self.side);
        for _ in 0..ready {
            each(self.take());
        }
        ready
    }

    fn lagged(&mut self) -> u64 {
        // ORDERING: a counter; nothing is published by it.
        self.channel.lost.swap(0, Relaxed) as u64
    }

    fn drop_known(&mut self) {
        while Gate::has_known(&self.side) {
            drop(self.take());
        }
    }
}

impl<T, S: Storage<T>> Drop for Consumer<T, S> {
    fn drop(&mut self) {
        /// Drops the rest also if the drop of one event panics.
        struct Rest<'a, T, S: Storage<T>>(&'a mut Consumer<T, S>);
        impl<T, S: Storage<T>> Drop for Rest<'_, T, S> {
            fn drop(&mut self) {
                self.0.drop_known();
            }
        }

        // SAFETY: there is one consumer, and `&mut self` is it.
        let waker = unsafe { self.channel.gate.leave(&mut self.side) };
        let rest = Rest(self);
        drop(waker);
        rest.0.drop_known();
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
                self.producer.channel.gate.is_gone()
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
    /// Dropping it ends the stream, after the events that wait were taken. When the stream is gone, emitted values
    /// are dropped at once.
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
    /// Dropping it ends the stream, after the events that wait were taken. When the stream is gone, emitted values
    /// are dropped at once.
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
