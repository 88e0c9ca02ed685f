//! The queue that `local` (on its one thread) and the bounded policies of `mpsc` (under a lock) share.
//!
//! It is a plain value: every method computes, and hands back what has to happen afterwards. Values are dropped and
//! wakers are cloned, woken and dropped by the caller, once the queue is no longer in use, because that is
//! user code and may come back to this very queue.
//!
//! | event | queue before | duty of the caller |
//! |---|---|---|
//! | push | has room | none |
//! | push | somebody waits, so it is empty | wake what comes back |
//! | push | full, drop newest | drop the value that comes back; it is counted |
//! | push | full, block | wait until that has changed, *before* the push |
//! | push | full, drop oldest | drop the oldest, which comes back; it is counted |
//! | push | watcher gone or source failed | drop the value that comes back; it is not counted |
//! | last emitter leaves, or the source fails | any | wake what comes back |
//! | pop | has values | the oldest comes back |
//! | look behind the last value | empty, emitters left | register a waker |
//! | look behind the last value | empty, no emitter left | end, or resume the panic once |
//! | watcher leaves | any | drop values and waker that come back |

use alloc::boxed::Box;
use core::{any::Any, mem, task::Waker};

use super::{fifo::Fifo, policy::Room};
use crate::watch::StreamMark;

/// What a panic left behind.
pub(super) type Payload = Box<dyn Any + Send>;

/// Which value goes when there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    DropNewest,
    DropOldest,
    /// None: whoever pushes waits before. Only under a lock.
    #[cfg(any(feature = "std", loom))]
    Block,
}

pub(super) struct Queue<T> {
    /// Without room once the source is done or the watcher gone, so that a push asks only this; and stopped while the
    /// consumer waits.
    values: Fifo<T>,
    when_full: WhenFull,
    lost: u64,
    emitters: usize,
    /// The source is done: its last emitter left, or its callback panicked.
    closed: bool,
    watcher_gone: bool,
    panic: Option<Payload>,
    waker: Option<Waker>,
    /// The consumer found nothing and wants to be woken. Without it `waker` is only kept for the next time.
    waiting: bool,
    mark: StreamMark,
}

/// What became of a value, and what its push asks of its caller.
#[must_use]
pub(super) enum Pushed<T> {
    Added,
    /// The value has found no place.
    Refused(T),
    /// This value has made way for it.
    InPlaceOf(T),
}

impl<T> Pushed<T> {
    /// Drops the value that made way, which is user code.
    #[inline]
    pub(super) fn settle(self) -> Result<(), T> {
        match self {
            Pushed::Added => Ok(()),
            Pushed::Refused(value) => Err(value),
            Pushed::InPlaceOf(oldest) => {
                drop(oldest);
                Ok(())
            }
        }
    }
}

/// What the consumer finds.
pub(super) enum Look<T> {
    Value(T),
    Empty,
    Ended(Option<Payload>),
}

impl<T> Queue<T> {
    /// A queue with one emitter and a watcher.
    pub(super) fn new(room: Room) -> Self {
        Self {
            values: Fifo::new(room.capacity),
            when_full: room.when_full,
            lost: 0,
            emitters: 1,
            closed: false,
            watcher_gone: false,
            panic: None,
            waker: None,
            waiting: false,
            mark: StreamMark::new(),
        }
    }

    pub(super) fn mark(&self) -> StreamMark {
        self.mark
    }

    /// Whether a push has to wait for the consumer.
    #[cfg(any(feature = "std", loom))]
    #[inline]
    pub(super) fn must_wait(&self) -> bool {
        self.when_full == WhenFull::Block && !self.values.has_room() && self.values.room() > 0
    }

    /// Pushes, if that asks nothing of the caller: there is room, and nobody waits. The common case in few instructions.
    #[inline]
    pub(super) fn push_quietly(&mut self, value: T) -> Result<(), T> {
        self.values.push_quickly(value)?;
        self.mark.pushed();
        Ok(())
    }

    /// Pushes, if the consumer waits, and hands back whom to wake.
    #[inline]
    pub(super) fn push_for_waiter(&mut self, value: T) -> Result<Waker, T> {
        match self.take_waiting() {
            Some(waker) => {
                self.mark.pushed();
                self.values.push_first(value);
                Ok(waker)
            }
            None => Err(value),
        }
    }

    /// Pushes if nobody waits.
    pub(super) fn push_for_nobody(&mut self, value: T) -> Pushed<T> {
        debug_assert!(!self.waiting);
        if !self.values.has_room() {
            return self.push_without_room(value);
        }
        self.mark.pushed();
        self.values.push(value);
        Pushed::Added
    }

    /// The queue is full, or nobody is left to take from it.
    #[cold]
    fn push_without_room(&mut self, value: T) -> Pushed<T> {
        if self.values.room() == 0 {
            return Pushed::Refused(value);
        }
        self.lost += 1;
        self.mark.lost();
        if self.when_full != WhenFull::DropOldest {
            return Pushed::Refused(value);
        }
        let oldest = self.values.pop();
        self.values.push(value);
        oldest.map_or(Pushed::Added, Pushed::InPlaceOf)
    }

    /// Who has to be woken: the consumer if it waits, once.
    #[inline]
    fn take_waiting(&mut self) -> Option<Waker> {
        if !mem::take(&mut self.waiting) {
            return None;
        }
        self.waker.take()
    }

    /// The oldest value, if that takes few instructions, as is common; otherwise [`look`](Self::look) finds it.
    #[inline]
    pub(super) fn pop_quickly(&mut self) -> Option<T> {
        let value = self.values.pop_quickly();
        if value.is_some() {
            self.mark.left(1);
        }
        value
    }

    #[inline]
    pub(super) fn look(&mut self) -> Look<T> {
        match self.values.pop() {
            Some(value) => {
                self.mark.left(1);
                Look::Value(value)
            }
            None if self.closed => Look::Ended(self.panic.take()),
            None => Look::Empty,
        }
    }

    /// Exchanges the waiting values for none, whose memory is used again.
    #[cfg(any(feature = "std", loom))]
    pub(super) fn swap_values(&mut self, none: &mut Fifo<T>) {
        debug_assert!(none.is_empty());
        self.mark.left(self.values.len());
        self.values.exchange(none);
    }

    /// How many values wait.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Parks the consumer with the waker that is already here, if it is the same one, and there is nothing to take.
    #[inline]
    pub(super) fn park_again(&mut self, waker: &Waker) -> bool {
        if self.closed || !self.values.is_empty() {
            return false;
        }
        let same = self.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        if same {
            self.wait();
        }
        same
    }

    /// Parks the consumer. What comes back is the waker before, to be dropped by the caller.
    #[must_use]
    pub(super) fn park(&mut self, waker: Waker) -> Option<Waker> {
        self.wait();
        self.waker.replace(waker)
    }

    #[inline]
    fn wait(&mut self) {
        debug_assert!(self.values.is_empty());
        self.waiting = true;
        self.values.stop();
    }

    /// Keeps a waker that was woken for the next time, unless there is a newer one, which makes it come back.
    #[must_use]
    pub(super) fn keep_waker(&mut self, waker: Waker) -> Option<Waker> {
        if self.waker.is_some() || self.watcher_gone {
            return Some(waker);
        }
        self.waker = Some(waker);
        None
    }

    pub(super) fn add_emitter(&mut self) {
        self.emitters += 1;
    }

    /// An emitter leaves; the last one ends the stream.
    #[must_use]
    pub(super) fn remove_emitter(&mut self) -> Option<Waker> {
        self.emitters -= 1;
        if self.emitters > 0 || self.closed {
            return None;
        }
        self.closed = true;
        self.values.close();
        self.mark.source_gone();
        self.take_waiting()
    }

    /// The callback panicked: the stream ends with this panic. A payload that nobody can take comes back.
    pub(super) fn fail(&mut self, payload: Payload) -> (Option<Payload>, Option<Waker>) {
        if self.closed || self.watcher_gone {
            return (Some(payload), None);
        }
        self.closed = true;
        self.values.close();
        self.panic = Some(payload);
        self.mark.source_gone();
        (None, self.take_waiting())
    }

    /// The stream is dropped. The caller drops what comes back.
    #[must_use]
    pub(super) fn leave(&mut self) -> (Fifo<T>, Option<Waker>, Option<Payload>) {
        self.watcher_gone = true;
        self.values.close();
        self.mark.dropped();
        self.waiting = false;
        (mem::replace(&mut self.values, Fifo::new(0)), self.waker.take(), self.panic.take())
    }

    pub(super) fn watcher_gone(&self) -> bool {
        self.watcher_gone
    }

    pub(super) fn take_lost(&mut self) -> u64 {
        mem::take(&mut self.lost)
    }
}
