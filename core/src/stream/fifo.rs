//! The values of a [`Queue`](super::queue::Queue): first in, first out, in as much memory as it takes.
//!
//! Two buffers: one is filled, the other emptied. When that one is empty and the other is not, they change places. So
//! neither side ever has to ask whether it has come round, as in a ring, and each place is written and read once:
//!
//! ```text
//! leaving:  [ -  -  3  4  5 ]        arrived:  [ 6  7  8  -  - ]
//!                   next     end                        len    limit
//! ```
//!
//! `limit` is where the quick way of a push ends. It is less than the capacity where a push has something else to see
//! to: there is no more room, somebody waits for a value, or no value is wanted any more.

use alloc::vec::Vec;
use core::{mem, ptr};

pub(super) struct Fifo<T> {
    arrived: Vec<T>,
    /// At most the capacity of `arrived`.
    limit: usize,
    /// Its values are those from `next` to `end`. As a `Vec` it is empty at all times, and only owns the memory.
    leaving: Vec<T>,
    next: usize,
    end: usize,
    /// How many values there may be.
    room: usize,
}

impl<T> Fifo<T> {
    pub(super) fn new(room: usize) -> Self {
        Self { arrived: Vec::new(), limit: 0, leaving: Vec::new(), next: 0, end: 0, room }
    }

    #[inline]
    fn left(&self) -> usize {
        self.end - self.next
    }

    pub(super) fn len(&self) -> usize {
        self.left() + self.arrived.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.next == self.end && self.arrived.is_empty()
    }

    /// How many values there may be.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.room
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.len() < self.room
    }

    /// There is no room for anything any more.
    pub(super) fn close(&mut self) {
        self.room = 0;
        self.limit = 0;
    }

    /// Adds a value if that is below the limit; otherwise it comes back. The common case in few instructions.
    #[inline]
    pub(super) fn push_quickly(&mut self, value: T) -> Result<(), T> {
        let len = self.arrived.len();
        if len >= self.limit {
            return Err(value);
        }
        // SAFETY: the limit is at most the capacity, so this place is ours, and behind the values that are there. After
        // the write there is one more.
        unsafe {
            self.arrived.as_mut_ptr().add(len).write(value);
            self.arrived.set_len(len + 1);
        }
        Ok(())
    }

    /// Adds a value, for which there [is room](Self::has_room).
    #[inline]
    pub(super) fn push(&mut self, value: T) {
        debug_assert!(self.has_room());
        self.arrived.push(value);
        self.raise_limit();
    }

    /// Adds the first value, for somebody who waits for it: it is about to leave.
    #[inline]
    pub(super) fn push_first(&mut self, value: T) {
        debug_assert!(self.is_empty() && self.room > 0);
        if self.leaving.capacity() == 0 {
            self.make_place();
        }
        // SAFETY: there is memory for one, and no value in it.
        unsafe { self.leaving.as_mut_ptr().write(value) };
        (self.next, self.end) = (0, 1);
    }

    #[cold]
    fn make_place(&mut self) {
        self.leaving.reserve(1);
    }

    /// Sends every push the long way, until the next [`push`](Self::push).
    #[inline]
    pub(super) fn stop(&mut self) {
        self.limit = 0;
    }

    /// Exchanges the values. Each side keeps its room.
    #[cfg(any(feature = "std", loom))]
    pub(super) fn exchange(&mut self, other: &mut Self) {
        mem::swap(self, other);
        mem::swap(&mut self.room, &mut other.room);
        self.stop();
        other.stop();
    }

    /// As far as there is memory and room.
    #[inline]
    fn raise_limit(&mut self) {
        self.limit = self.arrived.capacity().min(self.room.saturating_sub(self.left()));
    }

    /// Takes the oldest value of those that are leaving. The common case in few instructions.
    #[inline]
    pub(super) fn pop_quickly(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        // SAFETY: before `end`, so it is a value of ours; `next` moves on, so it is taken once.
        let value = unsafe { self.leaving.as_ptr().add(self.next).read() };
        self.next += 1;
        Some(value)
    }

    /// Takes the oldest value.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.next == self.end && !self.arrived.is_empty() {
            self.change_places();
        }
        self.pop_quickly()
    }

    /// All that was leaving has left: now those leave that have arrived.
    #[inline(never)]
    fn change_places(&mut self) {
        debug_assert!(self.left() == 0);
        mem::swap(&mut self.arrived, &mut self.leaving);
        (self.next, self.end) = (0, self.leaving.len());
        // SAFETY: none is a valid number, and the values are not forgotten: they are those from `next` to `end`.
        unsafe { self.leaving.set_len(0) };
        self.raise_limit();
    }
}

impl<T> Drop for Fifo<T> {
    fn drop(&mut self) {
        let left =
            ptr::slice_from_raw_parts_mut(self.leaving.as_mut_ptr().wrapping_add(self.next), self.left());
        // SAFETY: these are values of ours, which nobody else drops. Those that arrived drop with their `Vec`, also if
        // one of these panics.
        unsafe { left.drop_in_place() };
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::VecDeque, rc::Rc};

    use super::*;

    /// Runs a fixed sequence of pseudo-random steps beside a `VecDeque`, which is right by definition.
    fn compare_with_deque<T: Clone + PartialEq + core::fmt::Debug>(room: usize, value: impl Fn(u64) -> T) {
        let (mut fifo, mut deque) = (Fifo::new(room), VecDeque::new());
        let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
        for number in 0..if cfg!(miri) { 300 } else { 30_000 } {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Phases in which the values become more, and in which they become fewer.
            let pushes = if number % 200 < 100 { 5 } else { 3 };
            match random % 8 {
                0 => fifo.stop(),
                step if step < pushes => {
                    if fifo.push_quickly(value(number)).is_ok() {
                        deque.push_back(value(number));
                    } else if fifo.is_empty() {
                        fifo.push_first(value(number));
                        deque.push_back(value(number));
                    } else if fifo.has_room() {
                        fifo.push(value(number));
                        deque.push_back(value(number));
                    }
                }
                step if step < 6 => assert_eq!(fifo.pop(), deque.pop_front()),
                _ => {
                    if let Some(oldest) = fifo.pop_quickly() {
                        assert_eq!(Some(oldest), deque.pop_front());
                    }
                }
            }
            assert_eq!(fifo.len(), deque.len());
            assert_eq!(fifo.is_empty(), deque.is_empty());
            assert!(fifo.len() <= room, "more values than there is room for");
        }
    }

    #[test]
    fn order_is_kept_however_pushes_and_pops_alternate() {
        compare_with_deque(usize::MAX, |number| number);
        compare_with_deque(7, |number| number);
        compare_with_deque(1, |number| number);
    }

    #[test]
    fn values_without_size_are_counted() {
        compare_with_deque(usize::MAX, |_| ());
        compare_with_deque(3, |_| ());
    }

    #[test]
    fn value_that_owns_memory_is_neither_lost_nor_dropped_twice() {
        let owned = Rc::new(());
        compare_with_deque(5, |_| owned.clone());
        assert_eq!(Rc::strong_count(&owned), 1);
    }

    #[test]
    fn exchanged_values_keep_to_the_room_of_their_new_place() {
        let (mut bounded, mut other) = (Fifo::new(2), Fifo::new(usize::MAX));
        (0..2).for_each(|n| bounded.push(n));
        bounded.exchange(&mut other);
        assert!(bounded.is_empty());
        (2..4).for_each(|n| bounded.push(n));
        assert_eq!(bounded.push_quickly(4), Err(4));
        other.push(5);
        assert_eq!([other.pop(), other.pop(), other.pop(), other.pop()], [Some(0), Some(1), Some(5), None]);
        assert_eq!([bounded.pop(), bounded.pop(), bounded.pop()], [Some(2), Some(3), None]);
    }
}
