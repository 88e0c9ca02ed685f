//! The queue that `local` (on its one thread) and the bounded policies of `mpsc` (under a lock) share.
//!
//! It is a plain value: every method computes, and hands back what has to happen afterwards. Values are dropped and
//! wakers are cloned, woken and dropped by the caller, once the queue is no longer in use, because that is
//! user code and may come back to this very queue.
//!
//! | event | queue before | duty of the caller |
//! |---|---|---|
//! | push | has room | wake what comes back |
//! | push | full, drop newest | drop the value that comes back; it is counted |
//! | push | full, block | wait until that has changed, *before* the push |
//! | push | full, drop oldest | drop the oldest, which comes back; it is counted; wake what comes back |
//! | push | watcher gone or source failed | drop the value that comes back; it is not counted |
//! | last emitter leaves, or the source fails | any | wake what comes back |
//! | look | has values | the oldest comes back |
//! | look | empty, emitters left | register a waker |
//! | look | empty, no emitter left | end, or resume the panic once |
//! | watcher leaves | any | drop values and waker that come back |

use alloc::{boxed::Box, collections::VecDeque};
use core::{any::Any, mem, task::Waker};

use super::policy::Room;
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
    values: VecDeque<T>,
    /// How many values may wait; 0 once the source is done or the watcher gone, so that a push asks only this.
    room: usize,
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

/// What a push asks of its caller.
#[must_use]
pub(super) struct Pushed<T> {
    /// A value that found no place.
    pub(super) refused: Option<T>,
    /// A value that made room.
    pub(super) evicted: Option<T>,
    pub(super) wake: Option<Waker>,
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
            values: VecDeque::new(),
            room: room.capacity,
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

    /// Whether a push only asks the caller to wake.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.values.len() < self.room
    }

    /// Whether a push has to wait for the consumer.
    #[cfg(any(feature = "std", loom))]
    #[inline]
    pub(super) fn must_wait(&self) -> bool {
        self.when_full == WhenFull::Block && !self.has_room() && self.room > 0
    }

    /// Pushes if there [is room](Self::has_room), and hands back whom to wake.
    #[inline]
    pub(super) fn push_into_room(&mut self, value: T) -> Option<Waker> {
        debug_assert!(self.has_room());
        self.mark.pushed();
        self.values.push_back(value);
        self.take_waiting()
    }

    /// Pushes, if that asks nothing of the caller: there is room, and nobody waits. The common case in few instructions.
    #[inline]
    pub(super) fn push_quietly(&mut self, value: T) -> Result<(), T> {
        if !self.has_room() || self.waiting {
            return Err(value);
        }
        self.mark.pushed();
        self.values.push_back(value);
        Ok(())
    }

    pub(super) fn push(&mut self, value: T) -> Pushed<T> {
        if !self.has_room() {
            return self.push_without_room(value);
        }
        Pushed { refused: None, evicted: None, wake: self.push_into_room(value) }
    }

    /// The queue is full, or nobody is left to take from it.
    #[cold]
    fn push_without_room(&mut self, value: T) -> Pushed<T> {
        if self.room == 0 {
            return Pushed { refused: Some(value), evicted: None, wake: None };
        }
        self.lost += 1;
        self.mark.lost();
        if self.when_full != WhenFull::DropOldest {
            return Pushed { refused: Some(value), evicted: None, wake: None };
        }
        let evicted = self.values.pop_front();
        self.values.push_back(value);
        Pushed { refused: None, evicted, wake: self.take_waiting() }
    }

    /// Who has to be woken: the consumer if it waits, once.
    #[inline]
    fn take_waiting(&mut self) -> Option<Waker> {
        if !mem::take(&mut self.waiting) {
            return None;
        }
        self.waker.take()
    }

    #[inline]
    pub(super) fn look(&mut self) -> Look<T> {
        match self.values.pop_front() {
            Some(value) => {
                self.mark.left(1);
                Look::Value(value)
            }
            None if self.closed => Look::Ended(self.panic.take()),
            None => Look::Empty,
        }
    }

    /// Exchanges the waiting values for an empty buffer, whose memory is used again.
    #[cfg(any(feature = "std", loom))]
    pub(super) fn swap_values(&mut self, empty: &mut VecDeque<T>) {
        debug_assert!(empty.is_empty());
        self.mark.left(self.values.len());
        mem::swap(&mut self.values, empty);
    }

    /// How many values wait.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Parks the consumer with the waker that is already here, if it is the same one.
    #[inline]
    pub(super) fn park_again(&mut self, waker: &Waker) -> bool {
        self.waiting = self.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        self.waiting
    }

    /// Parks the consumer. What comes back is the waker before, to be dropped by the caller.
    #[must_use]
    pub(super) fn park(&mut self, waker: Waker) -> Option<Waker> {
        self.waiting = true;
        self.waker.replace(waker)
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
        self.room = 0;
        self.mark.source_gone();
        self.take_waiting()
    }

    /// The callback panicked: the stream ends with this panic. A payload that nobody can take comes back.
    pub(super) fn fail(&mut self, payload: Payload) -> (Option<Payload>, Option<Waker>) {
        if self.closed || self.watcher_gone {
            return (Some(payload), None);
        }
        self.closed = true;
        self.room = 0;
        self.panic = Some(payload);
        self.mark.source_gone();
        (None, self.take_waiting())
    }

    /// The stream is dropped. The caller drops what comes back.
    #[must_use]
    pub(super) fn leave(&mut self) -> (VecDeque<T>, Option<Waker>, Option<Payload>) {
        self.watcher_gone = true;
        self.room = 0;
        self.mark.dropped();
        self.waiting = false;
        (mem::take(&mut self.values), self.waker.take(), self.panic.take())
    }

    pub(super) fn watcher_gone(&self) -> bool {
        self.watcher_gone
    }

    pub(super) fn take_lost(&mut self) -> u64 {
        mem::take(&mut self.lost)
    }
}
