//! A ring: storage that was allocated once, and refuses an event when it is full.
//!
//! | who | may touch |
//! |---|---|
//! | producer | places that hold no counted event: from `tail` on, while `tail - head < capacity` |
//! | consumer | places that the gate counted; advances `head` after it has read one |
//!
//! The producer keeps the `head` that it saw last and loads it again only when the ring looks full.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

use super::storage::{Read, Storage, Written};
use crate::sync::{
    UnsafeCell,
    atomic::{
        AtomicUsize,
        Ordering::{Acquire, Release},
    },
};

pub(in crate::stream) struct Ring<T> {
    /// As many as `capacity`, rounded up to a power of two.
    places: Box<[UnsafeCell<MaybeUninit<T>>]>,
    capacity: usize,
    /// How many events the consumer took.
    head: AtomicUsize,
}

/// The producer's end.
pub(in crate::stream) struct Writer {
    tail: usize,
    head_seen: usize,
}

/// The consumer's end.
pub(in crate::stream) struct Reader {
    head: usize,
}

// SAFETY: events move from one thread to the other through the ring, so they have to be `Send`. The sides touch
// disjoint places, as the table above says.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; a shared reference gives no access to events without the private ends.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(super) fn open(capacity: usize) -> (Self, Writer, Reader) {
        let places =
            (0..capacity.next_power_of_two()).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
        let ring = Self { places, capacity, head: AtomicUsize::new(0) };
        (ring, Writer { tail: 0, head_seen: 0 }, Reader { head: 0 })
    }

    #[inline]
    fn place(&self, index: usize) -> &UnsafeCell<MaybeUninit<T>> {
        &self.places[index & (self.places.len() - 1)]
    }
}

impl<T> Storage<T> for Ring<T> {
    type Writer = Writer;
    type Reader = Reader;

    #[inline]
    unsafe fn write(&self, at: &mut Writer, value: T) -> Written<T> {
        if at.tail.wrapping_sub(at.head_seen) >= self.capacity {
            // ORDERING: Acquire: the consumer has finished reading the places before this index.
            at.head_seen = self.head.load(Acquire);
            if at.tail.wrapping_sub(at.head_seen) >= self.capacity {
                return Written::Refused(value);
            }
        }
        // SAFETY: the consumer is past the event that was here, and the new one is not counted yet.
        self.place(at.tail).with_mut(|place| unsafe { (*place).write(value) });
        at.tail = at.tail.wrapping_add(1);
        Written::Added
    }

    unsafe fn take_back(&self, at: &mut Writer) -> T {
        at.tail = at.tail.wrapping_sub(1);
        // SAFETY: just written, and the consumer leaves it to us.
        self.place(at.tail).with_mut(|place| unsafe { (*place).assume_init_read() })
    }

    #[inline]
    unsafe fn read(&self, at: &mut Reader, _known: usize) -> Read<T> {
        // SAFETY: the event is counted, and the index moves on, so it is read once.
        let value = self.place(at.head).with(|place| unsafe { (*place).assume_init_read() });
        at.head = at.head.wrapping_add(1);
        // ORDERING: Release: the read above is over before the producer may write here again.
        self.head.store(at.head, Release);
        Read::Event(value)
    }
}
