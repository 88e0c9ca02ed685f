//! Events that stay on one thread: no atomics, no `Send`.
//!
//! Fits sources that take `impl FnMut(T)` or `impl Fn(T)` without `Send`: GUI toolkits, parsers, WebAssembly.
//! The emitter can be cloned; the stream ends when the last clone is dropped.
//!
//! The policies are [`unbounded`], [`drop_newest`], [`drop_oldest`], [`latest`]; module [`stream`](super) says what each
//! is meant for. What happens when the stream is dropped, or the callback is never called, or panics, says
//! [`Events`](super::Events#what-happens-when).
//!
//! ```
//! use uncallback::stream::{events, local};
//!
//! let mut keys = events(local::unbounded(), |emit| {
//!     let on_key: Box<dyn Fn(char)> = Box::new(move |key| emit.emit(key));
//!     on_key('a');
//!     on_key('b');
//! });
//! let mut seen = String::new();
//! keys.drain(|key| seen.push(key));
//! assert_eq!(seen, "ab");
//! ```

use alloc::rc::Rc;
use core::{
    any::type_name,
    cell::UnsafeCell,
    fmt,
    panic::Location,
    task::{Context, Poll},
};

use super::{
    generated::fits_a_mark,
    policy::{Room, policies},
    queue::{Look, Payload, Queue, WhenFull},
    variant::{Overflow, Receive, catch, resume, sealed::Sealed},
};

policies!("local", "No lock is taken: there is one thread.");

impl Sealed for Policy {}
impl Overflow for Policy {
    type Emitter<T> = Emitter<T>;
    type Receiver<T> = Receiver<T>;

    fn open<T>(self) -> (Emitter<T>, Receiver<T>) {
        let queue = Rc::new(Shared(UnsafeCell::new(Queue::new(self.0))));
        (Emitter { queue: queue.clone() }, Receiver { queue })
    }
}

/// The queue of the two sides. `Rc` keeps it on one thread.
struct Shared<T>(UnsafeCell<Queue<T>>);

impl<T> Shared<T> {
    /// Runs `step`, which calls no user code and therefore does not come back here.
    #[inline(always)]
    fn with<R>(&self, step: impl FnOnce(&mut Queue<T>) -> R) -> R {
        // SAFETY: `Shared` is not `Sync`, so all access is on this thread; every access goes through this method; and
        // no step reaches it again, because methods of the queue leave wakers and values alone.
        step(unsafe { &mut *self.0.get() })
    }
}

/// The callback's side of a stream on one thread.
///
/// # What happens when
///
/// - the last clone is **dropped**: the stream ends, after the events that wait were taken.
/// - it is **never called** and never dropped: the stream waits. That can't be told from a source that has nothing to say.
/// - it is called again and again: each call is an event. What does not fit goes as the policy says, and is counted by
///   [`lagged`](super::Events::lagged).
/// - the callback **panics** in [`emit_with`](Self::emit_with): the stream ends, and the panic resumes in its consumer after
///   the events before it. Later events are dropped. Other panics go into the source, which may or may not go on.
/// - the stream is gone: events are dropped at once. See [`is_closed`](Self::is_closed).
///
/// ```
/// use uncallback::stream::{events, local};
///
/// let mut stream = events(local::unbounded(), |emit: local::Emitter<u8>| {
///     let second = emit.clone();
///     emit.emit(1);
///     second.emit(2);
/// });
/// assert_eq!(stream.drain(|_| ()), 2);
/// ```
pub struct Emitter<T> {
    queue: Rc<Shared<T>>,
}

impl<T> Emitter<T> {
    /// Hands an event to the stream and wakes the consumer if it waits.
    ///
    /// What does not fit is dropped and counted as the policy says; once the stream is gone it is dropped uncounted.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::unbounded(), |emit| emit.emit("clicked"));
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
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let stream = events(local::drop_newest(1), |emit| {
    ///     assert_eq!(emit.offer(1), Ok(()));
    ///     assert_eq!(emit.offer(2), Err(2));
    /// });
    /// # drop(stream);
    /// ```
    #[inline]
    pub fn offer(&self, value: T) -> Result<(), T> {
        match self.queue.with(|queue| queue.push_quietly(value)) {
            Ok(()) => Ok(()),
            Err(value) => self.offer_with_duties(value),
        }
    }

    /// Hands over an event for which somebody waits, or is gone, or for which there is no room.
    #[inline(never)]
    fn offer_with_duties(&self, value: T) -> Result<(), T> {
        match self.queue.with(|queue| queue.push_for_waiter(value)) {
            Ok(waker) => self.wake(waker),
            Err(value) => return self.offer_to_nobody(value),
        }
        Ok(())
    }

    #[inline(never)]
    fn offer_to_nobody(&self, value: T) -> Result<(), T> {
        self.queue.with(|queue| queue.push_for_nobody(value)).settle()
    }

    /// Hands over what `make` returns; a panic in it ends the stream and resumes in the consumer.
    ///
    /// The source's own frames are not unwound. Without `std` the panic goes through to the source.
    ///
    /// ```
    /// # use uncallback::stream::{events, local};
    /// let mut stream = events(local::unbounded(), |emit| emit.emit_with(|| "mapped".len()));
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
    /// # use uncallback::stream::{events, local};
    /// let mut kept = None;
    /// let stream = events(local::unbounded(), |emit: local::Emitter<u8>| kept = Some(emit));
    /// drop(stream);
    /// assert!(kept.unwrap().is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.queue.with(|queue| queue.watcher_gone())
    }

    fn fail(&self, payload: Payload) {
        let (unclaimed, wake) = self.queue.with(|queue| queue.fail(payload));
        if let Some(waker) = wake {
            waker.wake();
        }
        drop(unclaimed);
    }

    /// Wakes without giving the waker away: a consumer that parks again with the same waker needs no new clone.
    #[inline]
    fn wake(&self, waker: core::task::Waker) {
        waker.wake_by_ref();
        let superseded = self.queue.with(|queue| queue.keep_waker(waker));
        drop(superseded);
    }
}

fits_a_mark!(Emitter, [&] self);

impl<T> Clone for Emitter<T> {
    fn clone(&self) -> Self {
        self.queue.with(Queue::add_emitter);
        Self { queue: self.queue.clone() }
    }
}

impl<T> Drop for Emitter<T> {
    fn drop(&mut self) {
        let wake = self.queue.with(Queue::remove_emitter);
        if let Some(waker) = wake {
            waker.wake();
        }
    }
}

impl<T> fmt::Debug for Emitter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("local::Emitter").finish_non_exhaustive()
    }
}

/// The stream's side of a stream on one thread; [`Events`](super::Events) holds it.
///
/// Dropping it drops the events that wait.
///
/// ```
/// use uncallback::stream::{Events, events, local};
///
/// let stream: Events<local::Receiver<u8>, ()> = events(local::unbounded(), |emit| emit.emit(1));
/// # drop(stream);
/// ```
pub struct Receiver<T> {
    queue: Rc<Shared<T>>,
}

impl<T> Receiver<T> {
    /// The next event, or the end, if there is either.
    #[inline]
    fn take(&mut self) -> Poll<Option<T>> {
        match self.queue.with(Queue::look) {
            Look::Value(value) => Poll::Ready(Some(value)),
            Look::Empty => Poll::Pending,
            Look::Ended(None) => Poll::Ready(None),
            Look::Ended(Some(payload)) => resume(payload),
        }
    }

    /// The first event of a burst, the end, or the first wait with this waker.
    #[inline(never)]
    fn poll_otherwise(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Poll::Ready(event) = self.take() {
            return Poll::Ready(event);
        }
        let waker = cx.waker().clone();
        // Cloning is user code and may have pushed.
        if let Poll::Ready(event) = self.take() {
            return Poll::Ready(event);
        }
        let old = self.queue.with(|queue| queue.park(waker));
        drop(old);
        Poll::Pending
    }
}

impl<T> Sealed for Receiver<T> {}
impl<T> Receive for Receiver<T> {
    type Item = T;

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(event) = self.queue.with(Queue::pop_quickly) {
            return Poll::Ready(Some(event));
        }
        if self.queue.with(|queue| queue.park_again(cx.waker())) {
            return Poll::Pending;
        }
        self.poll_otherwise(cx)
    }

    fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        let waiting = self.queue.with(|queue| queue.len());
        for _ in 0..waiting {
            let look = self.queue.with(Queue::look);
            // A policy that drops the oldest keeps the number: what went made room for another.
            if let Look::Value(value) = look {
                each(value);
            }
        }
        waiting
    }

    fn opened_at(&self, place: &'static Location<'static>) {
        self.queue.with(|queue| queue.mark()).opened(place, type_name::<T>());
    }

    fn lagged(&mut self) -> u64 {
        self.queue.with(Queue::take_lost)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let left_behind = self.queue.with(Queue::leave);
        drop(left_behind);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("local::Receiver").finish_non_exhaustive()
    }
}
