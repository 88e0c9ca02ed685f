//! Where a bounded number of events waits for the consumer: a queue under a lock.
//!
//! A lock around a few moves, never around user code. The consumer takes one event at a time, because events that it had
//! already taken could no longer make room.
//!
//! Under the policy `block` an emitter that finds no room sleeps on a condition variable, and says so in `sleepers`, so
//! that a consumer without sleepers has nobody to tell. Who ends such a sleep:
//!
//! | event | wakes |
//! |---|---|
//! | the consumer takes an event | one sleeper, which finds room |
//! | it takes all of them, or leaves | all of them |
//! | the source fails on another thread | all of them: there is no room for anybody any more |

use core::{
    mem,
    task::{Context, Poll, Waker},
};
use std::sync::PoisonError;

use crate::{
    stream::{
        fifo::Fifo,
        policy::Room,
        queue::{Look, Payload, Queue},
        variant::resume,
    },
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    watch::StreamMark,
};

pub(super) struct Bounded<T> {
    queue: Mutex<Queue<T>>,
    /// Emitters that wait for room. Changed under the lock only.
    sleepers: AtomicUsize,
    room: Condvar,
}

impl<T> Bounded<T> {
    /// A queue with one emitter and its consumer.
    pub(super) fn open(room: Room) -> (Arc<Self>, Consumer<T>) {
        let shared = Arc::new(Self {
            queue: Mutex::new(Queue::new(room)),
            sleepers: AtomicUsize::new(0),
            room: Condvar::new(),
        });
        (shared.clone(), Consumer { shared, taken: Fifo::new(usize::MAX), spare: None })
    }

    /// Locks the queue. No user code runs until the guard is dropped.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        // Nothing panics under the lock, apart from a queue longer than memory; the queue is whole even then.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: T) -> Result<(), T> {
        let mut queue = self.lock();
        if queue.must_wait() {
            queue = self.wait_for_room(queue);
        }
        match queue.push_for_waiter(event) {
            Ok(waker) => {
                drop(queue);
                waker.wake();
                Ok(())
            }
            Err(event) => {
                let pushed = queue.push_for_nobody(event);
                drop(queue);
                pushed.settle()
            }
        }
    }

    #[cold]
    fn wait_for_room<'a>(&'a self, mut queue: MutexGuard<'a, Queue<T>>) -> MutexGuard<'a, Queue<T>> {
        // ORDERING: the lock orders all access to this number.
        self.sleepers.fetch_add(1, Relaxed);
        while queue.must_wait() {
            queue = self.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        // ORDERING: as above.
        self.sleepers.fetch_sub(1, Relaxed);
        queue
    }

    /// Ends the consumer's access, and wakes emitters for which there may be room now.
    #[inline]
    fn unlock(&self, queue: MutexGuard<'_, Queue<T>>, wake: fn(&Condvar)) {
        // ORDERING: as in `wait_for_room`.
        let sleepers = self.sleepers.load(Relaxed);
        drop(queue);
        if sleepers > 0 {
            wake(&self.room);
        }
    }

    #[cold]
    pub(super) fn fail(&self, payload: Payload) {
        let mut queue = self.lock();
        let (unclaimed, wake) = queue.fail(payload);
        self.unlock(queue, Condvar::notify_all);
        if let Some(waker) = wake {
            waker.wake();
        }
        drop(unclaimed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.lock().watcher_gone()
    }

    pub(super) fn add_emitter(&self) {
        self.lock().add_emitter();
    }

    pub(super) fn remove_emitter(&self) {
        let wake = self.lock().remove_emitter();
        if let Some(waker) = wake {
            waker.wake();
        }
    }
}

/// The stream's side.
pub(super) struct Consumer<T> {
    shared: Arc<Bounded<T>>,
    /// Events that `drain` took out of the queue, and did not hand on because it was interrupted by a panic.
    taken: Fifo<T>,
    /// A clone that was not needed last time.
    spare: Option<Waker>,
}

impl<T> Consumer<T> {
    #[inline(never)]
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(event) = self.taken.pop() {
            return Poll::Ready(Some(event));
        }
        // Cloned before the lock is taken, because cloning is user code; kept if it turns out not to be needed.
        let spare = match self.spare.take() {
            Some(spare) if spare.will_wake(cx.waker()) => spare,
            _ => cx.waker().clone(),
        };
        let mut queue = self.shared.lock();
        let look = queue.look();
        if let Look::Empty = look {
            let unused = if queue.park_again(&spare) { Some(spare) } else { queue.park(spare) };
            drop(queue);
            // Either the clone that was not needed, or the waker before, which may belong to another task.
            self.spare = unused.filter(|waker| waker.will_wake(cx.waker()));
            return Poll::Pending;
        }
        self.shared.unlock(queue, Condvar::notify_one);
        self.spare = Some(spare);
        match look {
            Look::Value(event) => Poll::Ready(Some(event)),
            Look::Ended(Some(payload)) => resume(payload),
            Look::Ended(None) | Look::Empty => Poll::Ready(None),
        }
    }

    pub(super) fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        let mut arrived = Fifo::new(usize::MAX);
        let mut queue = self.shared.lock();
        queue.swap_values(&mut arrived);
        self.shared.unlock(queue, Condvar::notify_all);
        if self.taken.is_empty() {
            mem::swap(&mut self.taken, &mut arrived);
        }
        // Those that an interrupted `drain` has left come first.
        while let Some(event) = arrived.pop() {
            self.taken.push(event);
        }
        let count = self.taken.len();
        // Taken out one by one: if `each` panics, the rest still waits.
        while let Some(event) = self.taken.pop() {
            each(event);
        }
        count
    }

    pub(super) fn mark(&self) -> StreamMark {
        self.shared.lock().mark()
    }

    pub(super) fn lagged(&mut self) -> u64 {
        self.shared.lock().take_lost()
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        let left_behind = queue.leave();
        self.shared.unlock(queue, Condvar::notify_all);
        let taken = mem::replace(&mut self.taken, Fifo::new(0));
        drop((taken, left_behind));
    }
}
