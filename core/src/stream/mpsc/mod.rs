//! Events from a callback that any thread may call, several at once.
//!
//! Fits every source: the callback is `Fn(T) + Send + Sync` when `T` is `Send`. It is what [`events!`](macro@crate::events)
//! uses when no variant is named. The emitter can be cloned; the stream ends when the last clone is dropped.
//!
//! Events of one thread keep their order; between threads the order is that of their pushes.
//!
//! The policies are [`unbounded`], [`drop_newest`], [`drop_oldest`], [`latest`], [`block`]; module [`stream`](super) says what each
//! is meant for. What happens when the stream is dropped, or the callback is never called, or panics, says
//! [`Events`](super::Events#what-happens-when).
//!
//! ```
//! use uncallback::stream::{events, mpsc};
//!
//! let mut stream = events(mpsc::unbounded(), |emit| {
//!     std::thread::scope(|threads| {
//!         threads.spawn(|| emit.emit(1));
//!         threads.spawn(|| emit.emit(1));
//!     })
//! });
//! let mut sum = 0;
//! stream.drain(|n| sum += n);
//! assert_eq!(sum, 2);
//! ```
//!
//! # How it works
//!
//! The events of `unbounded` and `latest` are a linked list whose head is swapped: one atomic instruction for each event,
//! and neither side ever waits for the other. So it is with `drop_newest`, which takes a second one to count the events that
//! wait. `drop_oldest` and `block` take a short lock, never around user code.
//!
//! An event of the list has a small piece of memory of its own, which comes from the free list of the emitting thread and
//! goes to that of the consuming one. On one thread nothing is allocated after the first events; from thread to thread each
//! event is an allocation.

mod bounded;
mod list;
mod node;
mod places;

use core::{
    any::type_name,
    fmt,
    panic::Location,
    task::{Context, Poll},
};

use self::{bounded::Bounded, list::List, places::Places};
use super::{
    generated::fits_a_mark,
    policy::{Room, policies},
    queue::{Payload, WhenFull},
    variant::{Overflow, Receive, catch, sealed::Sealed},
};
use crate::sync::Arc;

policies!(
    "mpsc",
    "Each event takes a short lock, on both sides, and so may have to wait for another thread that was stopped while it \
     held it. [`spsc`](super::spsc) has this policy without a lock, for sources that have one thread."
);

/// Keeps every event, `capacity` of them at a time: a callback that finds no room **blocks its thread** until the stream
/// takes an event.
///
/// For sources that have a thread of their own and can be slowed down: a file that is read, a decoder. Never for a thread
/// that runs an event loop or an executor: it stands still meanwhile, and if the stream is polled by that same
/// thread, or by something that waits for it, the two wait for each other for ever. The same holds for a source that fires
/// inside the call that registers it, or in the consumer's own code.
///
/// The way out is to drop the stream: every blocked callback goes on then, and its event is dropped.
///
/// Also where there is room, each event takes a short lock, on both sides.
///
/// # Panics
/// If `capacity` is 0.
///
/// ```
/// use uncallback::stream::{events, mpsc};
///
/// # uncallback::__private::block_on(async {
/// let mut numbers = events(mpsc::block(2), |emit| {
///     std::thread::spawn(move || (0..1000).for_each(|n| emit.emit(n)))
/// });
/// let mut sum = 0;
/// while let Some(n) = numbers.next().await {
///     sum += n;
/// }
/// assert_eq!((sum, numbers.lagged()), (499_500, 0));
/// # });
/// ```
pub fn block(capacity: usize) -> Policy {
    Policy(Room::bounded(capacity, WhenFull::Block))
}

impl Sealed for Policy {}
impl Overflow for Policy {
    type Emitter<T> = Emitter<T>;
    type Receiver<T> = Receiver<T>;

    fn open<T>(self) -> (Emitter<T>, Receiver<T>) {
        let Policy(room) = self;
        let (to, from) = if room.is_unbounded() {
            let (list, consumer) = List::open();
            (To::Every(list), From::List(consumer))
        } else if room.is_latest() {
            let (list, consumer) = List::open();
            (To::Latest(list), From::List(consumer))
        } else if room.drops_newest() {
            let (list, consumer) = List::open();
            let places = Arc::new(Places::new(room.capacity));
            (To::First(list, places.clone()), From::First(consumer, places))
        } else {
            let (queue, consumer) = Bounded::open(room);
            (To::Bounded(queue), From::Bounded(consumer))
        };
        (Emitter { to }, Receiver { from })
    }
}

/// Where an emitter's events go.
enum To<T> {
    Every(Arc<List<T>>),
    /// Each event takes the place of the one before it.
    Latest(Arc<List<T>>),
    /// The first that find a place.
    First(Arc<List<T>>, Arc<Places>),
    Bounded(Arc<Bounded<T>>),
}

/// Where a receiver's events come from.
// With a tag of its own, because one that hides in a field has to be computed for each event.
#[repr(u8)]
enum From<T> {
    List(list::Consumer<T>),
    First(list::Consumer<T>, Arc<Places>),
    Bounded(bounded::Consumer<T>),
}

/// The callback's side of a stream fed from any thread.
///
/// # What happens when
///
/// - the last clone is **dropped**: the stream ends, after the events that wait were taken.
/// - it is **never called** and never dropped: the stream waits. That can't be told from a source that has nothing to say.
/// - it is called again and again: each call is an event. What does not fit goes as the policy says, and is counted by
///   [`lagged`](super::Events::lagged).
/// - the callback **panics** in [`emit_with`](Self::emit_with): the stream ends, and the panic resumes in its consumer after
///   the events before it. Later events are dropped. Other panics go into the source, which may or may not go on.
/// - the stream is gone: events are dropped at once, on the emitting thread. See [`is_closed`](Self::is_closed).
///
/// ```
/// use uncallback::stream::{events, mpsc};
///
/// let mut stream = events(mpsc::unbounded(), |emit: mpsc::Emitter<u8>| {
///     let second = emit.clone();
///     std::thread::spawn(move || second.emit(1)).join().unwrap();
/// });
/// assert_eq!(stream.drain(|_| ()), 1);
/// ```
pub struct Emitter<T> {
    to: To<T>,
}

impl<T> Emitter<T> {
    /// Hands an event to the stream and wakes the consumer if it waits.
    ///
    /// What does not fit is dropped and counted as the policy says, or blocks this thread under [`block`]; once the stream
    /// is gone it is dropped uncounted.
    ///
    /// ```
    /// # use uncallback::stream::{events, mpsc};
    /// let mut stream = events(mpsc::unbounded(), |emit| emit.emit("clicked"));
    /// assert_eq!(stream.drain(|event| assert_eq!(event, "clicked")), 1);
    /// ```
    #[inline]
    pub fn emit(&self, value: T) {
        let refused = self.offer(value);
        drop(refused);
    }

    /// Hands an event to the stream, or gives it back if it is refused.
    ///
    /// # Errors
    /// The value itself, if the queue is full and drops the newest (that counts as lost), or if the stream is gone.
    /// Under [`block`] it waits for room, so only if the stream is gone.
    ///
    /// ```
    /// # use uncallback::stream::{events, mpsc};
    /// let stream = events(mpsc::drop_newest(1), |emit| {
    ///     assert_eq!(emit.offer(1), Ok(()));
    ///     assert_eq!(emit.offer(2), Err(2));
    /// });
    /// # drop(stream);
    /// ```
    #[inline]
    pub fn offer(&self, value: T) -> Result<(), T> {
        match &self.to {
            To::Every(list) => list.push::<false>(value),
            _ => self.offer_within_bounds(value),
        }
    }

    /// Apart, so that the commonest policy stays short.
    #[inline(never)]
    fn offer_within_bounds(&self, value: T) -> Result<(), T> {
        match &self.to {
            To::Every(list) => list.push::<false>(value),
            To::Latest(list) => list.push::<true>(value),
            To::First(list, places) if places.take() => list.push::<false>(value),
            To::First(list, _) => {
                list.count_refused();
                Err(value)
            }
            To::Bounded(queue) => queue.push(value),
        }
    }

    /// Hands over what `make` returns; a panic in it ends the stream and resumes in the consumer.
    ///
    /// The source's own frames are not unwound. Without `std` the panic goes through to the source.
    ///
    /// ```
    /// # use uncallback::stream::{events, mpsc};
    /// let mut stream = events(mpsc::unbounded(), |emit| emit.emit_with(|| "mapped".len()));
    /// assert_eq!(stream.drain(|n| assert_eq!(n, 6)), 1);
    /// ```
    #[inline]
    pub fn emit_with(&self, make: impl FnOnce() -> T) {
        match catch(make) {
            Ok(value) => self.emit(value),
            Err(payload) => self.fail(payload),
        }
    }

    /// Whether the stream is gone, so that a source can stop early.
    ///
    /// ```
    /// # use uncallback::stream::{events, mpsc};
    /// let mut kept = None;
    /// let stream = events(mpsc::unbounded(), |emit: mpsc::Emitter<u8>| kept = Some(emit));
    /// drop(stream);
    /// assert!(kept.unwrap().is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        match &self.to {
            To::Every(list) | To::Latest(list) | To::First(list, _) => list.is_gone(),
            To::Bounded(queue) => queue.is_gone(),
        }
    }

    #[cold]
    fn fail(&self, payload: Payload) {
        match &self.to {
            To::Every(list) | To::Latest(list) | To::First(list, _) => list.fail(payload),
            To::Bounded(queue) => queue.fail(payload),
        }
    }
}

fits_a_mark!(Emitter, [&] self);

impl<T> Clone for Emitter<T> {
    fn clone(&self) -> Self {
        let to = match &self.to {
            To::Every(list) => {
                list.add_emitter();
                To::Every(list.clone())
            }
            To::Latest(list) => {
                list.add_emitter();
                To::Latest(list.clone())
            }
            To::First(list, places) => {
                list.add_emitter();
                To::First(list.clone(), places.clone())
            }
            To::Bounded(queue) => {
                queue.add_emitter();
                To::Bounded(queue.clone())
            }
        };
        Self { to }
    }
}

impl<T> Drop for Emitter<T> {
    fn drop(&mut self) {
        match &self.to {
            To::Every(list) | To::Latest(list) | To::First(list, _) => list.remove_emitter(),
            To::Bounded(queue) => queue.remove_emitter(),
        }
    }
}

impl<T> fmt::Debug for Emitter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("mpsc::Emitter").finish_non_exhaustive()
    }
}

/// The stream's side of a stream fed from any thread; [`Events`](super::Events) holds it.
///
/// Dropping it drops the events that wait.
///
/// ```
/// use uncallback::stream::{Events, events, mpsc};
///
/// let stream: Events<mpsc::Receiver<u8>, ()> = events(mpsc::unbounded(), |emit| emit.emit(1));
/// # drop(stream);
/// ```
pub struct Receiver<T> {
    from: From<T>,
}

impl<T> Receiver<T> {
    #[inline(never)]
    fn poll_within_bounds(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match &mut self.from {
            From::List(consumer) => consumer.poll_event(cx),
            From::First(consumer, places) => {
                let polled = consumer.poll_event(cx);
                if let Poll::Ready(Some(_)) = polled {
                    places.give_back();
                }
                polled
            }
            From::Bounded(consumer) => consumer.poll_event(cx),
        }
    }
}

impl<T> Sealed for Receiver<T> {}
impl<T> Receive for Receiver<T> {
    type Item = T;

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match &mut self.from {
            From::List(consumer) => consumer.poll_event(cx),
            _ => self.poll_within_bounds(cx),
        }
    }

    fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        match &mut self.from {
            From::List(consumer) => consumer.drain(each),
            From::First(consumer, places) => consumer.drain(|event| {
                places.give_back();
                each(event);
            }),
            From::Bounded(consumer) => consumer.drain(each),
        }
    }

    fn opened_at(&self, place: &'static Location<'static>) {
        let mark = match &self.from {
            From::List(consumer) | From::First(consumer, _) => consumer.mark(),
            From::Bounded(consumer) => consumer.mark(),
        };
        mark.opened(place, type_name::<T>());
    }

    fn lagged(&mut self) -> u64 {
        match &mut self.from {
            From::List(consumer) | From::First(consumer, _) => consumer.lagged(),
            From::Bounded(consumer) => consumer.lagged(),
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("mpsc::Receiver").finish_non_exhaustive()
    }
}
