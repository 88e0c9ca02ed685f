//! Events from a callback that any thread may call, several at once.
//!
//! Fits every source: the callback is `Fn(T) + Send + Sync` when `T` is `Send`. It is what [`events!`](macro@crate::events)
//! uses when no variant is named. The emitter can be cloned; the stream ends when the last clone is dropped.
//!
//! Events of one thread keep their order; between threads the order is that of their pushes.
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
//! A lock around a few moves, never around user code. The consumer of an unbounded stream takes the whole buffer in
//! exchange for its own empty one and then works without the lock; a bounded one takes one value at a time, because
//! values it had already taken could no longer make room.

use alloc::collections::VecDeque;
use core::{
    fmt, mem,
    task::{Context, Poll, Waker},
};
use std::sync::PoisonError;

use super::{
    generated::fits_a_mark,
    policy::{Room, policies},
    queue::{Look, Payload, Queue, WhenFull},
    variant::{Overflow, Receive, catch, resume, sealed::Sealed},
};
use crate::sync::{Arc, Mutex, MutexGuard};

policies!("mpsc");

impl Sealed for Policy {}
impl Overflow for Policy {
    type Emitter<T> = Emitter<T>;
    type Receiver<T> = Receiver<T>;

    fn open<T>(self) -> (Emitter<T>, Receiver<T>) {
        let unbounded = self.0.is_unbounded();
        let shared = Arc::new(Shared { queue: Mutex::new(Queue::new(self.0)) });
        let emitter = Emitter { shared: shared.clone() };
        (emitter, Receiver { shared, unbounded, taken: VecDeque::new(), spare: None })
    }
}

struct Shared<T> {
    queue: Mutex<Queue<T>>,
}

impl<T> Shared<T> {
    /// Locks the queue. No user code runs until the guard is dropped.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        // Nothing panics under the lock, apart from a queue longer than memory; the queue is whole even then.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The callback's side of a stream fed from any thread.
///
/// Dropping the last clone ends the stream, after the events that wait were taken. When the stream is gone, emitted
/// values are dropped at once, on the emitting thread.
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
    shared: Arc<Shared<T>>,
}

impl<T> Emitter<T> {
    /// Hands an event to the stream and wakes the consumer if it waits.
    ///
    /// What does not fit is dropped and counted as the policy says; once the stream is gone it is dropped uncounted.
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
        let mut queue = self.shared.lock();
        if !queue.has_room() {
            return Self::offer_without_room(queue, value);
        }
        let wake = queue.push_into_room(value);
        drop(queue);
        if let Some(waker) = wake {
            waker.wake();
        }
        Ok(())
    }

    #[cold]
    fn offer_without_room(mut queue: MutexGuard<'_, Queue<T>>, value: T) -> Result<(), T> {
        let pushed = queue.push(value);
        drop(queue);
        if let Some(waker) = pushed.wake {
            waker.wake();
        }
        // Last, because a drop that panics must not cost a wake-up.
        drop(pushed.evicted);
        pushed.refused.map_or(Ok(()), Err)
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
        self.shared.lock().watcher_gone()
    }

    fn fail(&self, payload: Payload) {
        let (unclaimed, wake) = self.shared.lock().fail(payload);
        if let Some(waker) = wake {
            waker.wake();
        }
        drop(unclaimed);
    }
}

fits_a_mark!(Emitter, [&] self);

impl<T> Clone for Emitter<T> {
    fn clone(&self) -> Self {
        self.shared.lock().add_emitter();
        Self { shared: self.shared.clone() }
    }
}

impl<T> Drop for Emitter<T> {
    fn drop(&mut self) {
        let wake = self.shared.lock().remove_emitter();
        if let Some(waker) = wake {
            waker.wake();
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
    shared: Arc<Shared<T>>,
    unbounded: bool,
    /// Values that were taken out of the shared queue and not yet handed on.
    taken: VecDeque<T>,
    /// A clone that was not needed last time.
    spare: Option<Waker>,
}

impl<T> Sealed for Receiver<T> {}
impl<T> Receive for Receiver<T> {
    type Item = T;

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(value) = self.taken.pop_front() {
            return Poll::Ready(Some(value));
        }
        // Cloned before the lock is taken, because cloning is user code; kept if it turns out not to be needed.
        let spare = match self.spare.take() {
            Some(spare) if spare.will_wake(cx.waker()) => spare,
            _ => cx.waker().clone(),
        };
        let mut queue = self.shared.lock();
        if self.unbounded && queue.len() > 1 {
            queue.swap_values(&mut self.taken);
            drop(queue);
            self.spare = Some(spare);
            return Poll::Ready(self.taken.pop_front());
        }
        let look = queue.look();
        if let Look::Empty = look {
            let unused = if queue.park_again(&spare) { Some(spare) } else { queue.park(spare) };
            drop(queue);
            // Either the clone that was not needed, or the waker before, which may belong to another task.
            self.spare = unused.filter(|waker| waker.will_wake(cx.waker()));
            return Poll::Pending;
        }
        drop(queue);
        self.spare = Some(spare);
        match look {
            Look::Value(value) => Poll::Ready(Some(value)),
            Look::Ended(Some(payload)) => resume(payload),
            Look::Ended(None) | Look::Empty => Poll::Ready(None),
        }
    }

    fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        if self.taken.is_empty() {
            self.shared.lock().swap_values(&mut self.taken);
        } else {
            let mut arrived = VecDeque::new();
            self.shared.lock().swap_values(&mut arrived);
            self.taken.append(&mut arrived);
        }
        let count = self.taken.len();
        // Taken out one by one: if `each` panics, the rest still waits.
        while let Some(value) = self.taken.pop_front() {
            each(value);
        }
        count
    }

    fn lagged(&mut self) -> u64 {
        self.shared.lock().take_lost()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let left_behind = self.shared.lock().leave();
        let taken = mem::take(&mut self.taken);
        drop((taken, left_behind));
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("mpsc::Receiver").finish_non_exhaustive()
    }
}
