//! How many events may wait in a list that has no lock: a number of places, one for each event.
//!
//! An emitter takes a place before it pushes, and the consumer gives it back after it has taken the event. So there are
//! never more events than places.
//!
//! | who | step | operation |
//! |---|---|---|
//! | emitter | takes a place | CAS of `taken` to one more, while fewer than `capacity` are out |
//! | emitter | finds none | - ; its event is refused |
//! | consumer | gives a place back | stores one more to `given_back`, which is written by nobody else |
//!
//! Places that are out are the difference of two numbers that only grow, and that are not read at the same moment. A
//! `given_back` that is too old makes places seem taken that are free again: the event is one that came before, as far as
//! anybody can tell. A `taken` that is too old is found out by the CAS. An emitter whose list has ended keeps its place,
//! which nobody needs any more.

use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(super) struct Places {
    capacity: usize,
    taken: AtomicUsize,
    given_back: AtomicUsize,
}

impl Places {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, taken: AtomicUsize::new(0), given_back: AtomicUsize::new(0) }
    }

    /// Takes a place, if there is one.
    #[inline]
    pub(super) fn take(&self) -> bool {
        // ORDERING: Relaxed throughout: these are numbers, and the events are published by the list.
        let mut taken = self.taken.load(Relaxed);
        loop {
            let out = taken.wrapping_sub(self.given_back.load(Relaxed));
            // Negative if places were taken and given back since `taken` was read: then the swap fails.
            if out as isize >= 0 && out >= self.capacity {
                return false;
            }
            match self.taken.compare_exchange_weak(taken, taken.wrapping_add(1), Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(now) => taken = now,
            }
        }
    }

    /// Gives a place back. Called by the consumer alone.
    #[inline]
    pub(super) fn give_back(&self) {
        // ORDERING: Relaxed, as in `take`; nobody else writes it.
        self.given_back.store(self.given_back.load(Relaxed).wrapping_add(1), Relaxed);
    }
}
