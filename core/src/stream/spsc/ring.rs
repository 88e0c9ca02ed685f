//! A ring: storage that was allocated once, and refuses an event when it is full.
//!
//! | who | may touch |
//! |---|---|
//! | producer | places that hold no counted event: from `tail` on, while `tail - head < capacity` |
//! | consumer | places that the gate counted; advances `head` after it has read one |
//!
//! The producer knows how far it may go by the `head` that it saw last, and loads it again only when it has come there.

use alloc::boxed::Box;
use core::{mem::MaybeUninit, ptr::NonNull};

use super::storage::{HandedOver, Storage, Written};
use crate::sync::{
    UnsafeCell,
    atomic::{
        AtomicUsize,
        Ordering::{Acquire, Release},
    },
};

type Place<T> = UnsafeCell<MaybeUninit<T>>;

pub(in crate::stream) struct Ring<T> {
    /// As many as `capacity`, rounded up to a power of two. Leaked from a box, so that both ends may point there.
    places: NonNull<[Place<T>]>,
    capacity: usize,
    /// How many events the consumer took.
    head: AtomicUsize,
}

/// The producer's end.
pub(in crate::stream) struct Writer<T> {
    places: Places<T>,
    tail: usize,
    /// Where the quick way ends: the ring is full, as far as the producer knows, or nothing is written any more.
    limit: usize,
}

/// The consumer's end.
pub(in crate::stream) struct Reader<T> {
    places: Places<T>,
    head: usize,
    /// Behind the last event that was handed over.
    end: usize,
}

/// The places of a ring, as each end knows them.
struct Places<T> {
    first: NonNull<Place<T>>,
    mask: usize,
}

impl<T> Places<T> {
    /// # Safety
    /// The ring is alive.
    #[inline]
    unsafe fn get(&self, index: usize) -> &Place<T> {
        // SAFETY: the mask keeps the index within the ring, which is alive (contract).
        unsafe { self.first.add(index & self.mask).as_ref() }
    }
}

// SAFETY: events move from one thread to the other through the ring, so they have to be `Send`. The sides touch
// disjoint places, as the table above says.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; a shared reference gives no access to events without the private ends.
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: they lead to the events of the ring, which are `Send`.
unsafe impl<T: Send> Send for Places<T> {}
// SAFETY: a shared reference to an end does nothing.
unsafe impl<T: Send> Sync for Places<T> {}

impl<T> Ring<T> {
    pub(super) fn open(capacity: usize) -> (Self, Writer<T>, Reader<T>) {
        let places: Box<[Place<T>]> =
            (0..capacity.next_power_of_two()).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
        let places = NonNull::from(Box::leak(places));
        let ends = || Places { first: places.cast(), mask: places.len() - 1 };
        let ring = Self { places, capacity, head: AtomicUsize::new(0) };
        (
            ring,
            Writer { places: ends(), tail: 0, limit: capacity },
            Reader { places: ends(), head: 0, end: 0 },
        )
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        // SAFETY: leaked from a box, and both ends are gone. No event is there: the consumer drops what is counted when
        // it leaves, and the producer takes back what it pushed too late.
        drop(unsafe { Box::from_raw(self.places.as_ptr()) });
    }
}

impl<T> Storage<T> for Ring<T> {
    type Writer = Writer<T>;
    type Reader = Reader<T>;

    #[inline]
    unsafe fn write_quickly(&self, at: &mut Writer<T>, value: T) -> Result<(), T> {
        if at.tail == at.limit {
            return Err(value);
        }
        // SAFETY: the ring is alive. The consumer is past the event that was here, and the new one is not counted yet.
        unsafe { at.places.get(at.tail) }.with_mut(|place| unsafe { (*place).write(value) });
        at.tail = at.tail.wrapping_add(1);
        Ok(())
    }

    fn stop(at: &mut Writer<T>) {
        at.limit = at.tail;
    }

    unsafe fn write(&self, at: &mut Writer<T>, value: T) -> Written<T> {
        // ORDERING: Acquire: the consumer has finished reading the places before this index.
        at.limit = self.head.load(Acquire).wrapping_add(self.capacity);
        // SAFETY: the contract of this function.
        match unsafe { self.write_quickly(at, value) } {
            Ok(()) => Written::Added,
            Err(value) => Written::Refused(value),
        }
    }

    unsafe fn take_back(&self, at: &mut Writer<T>) -> T {
        at.tail = at.tail.wrapping_sub(1);
        // SAFETY: the ring is alive; just written, and the consumer leaves it to us.
        unsafe { at.places.get(at.tail) }.with_mut(|place| unsafe { (*place).assume_init_read() })
    }

    unsafe fn hand_over(&self, at: &mut Reader<T>, known: usize) -> HandedOver {
        at.end = at.head.wrapping_add(known);
        HandedOver::Events(known)
    }

    #[inline]
    unsafe fn read(&self, at: &mut Reader<T>) -> Option<T> {
        if at.head == at.end {
            return None;
        }
        // SAFETY: the ring is alive. The event is counted, and the index moves on, so it is read once.
        let value = unsafe { at.places.get(at.head) }.with(|place| unsafe { (*place).assume_init_read() });
        at.head = at.head.wrapping_add(1);
        // ORDERING: Release: the read above is over before the producer may write here again.
        self.head.store(at.head, Release);
        Some(value)
    }

    #[inline]
    fn handed_over(at: &Reader<T>) -> usize {
        at.end.wrapping_sub(at.head)
    }
}
