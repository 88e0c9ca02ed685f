//! Linked blocks: storage that grows, one allocation for every 64 events.
//!
//! | who | may touch |
//! |---|---|
//! | producer | the block it writes to: places from its own index on, and `next` |
//! | consumer | `head`, and every place that the gate counted; `next` of a block all of whose places were counted and one more |
//! | whoever drops the channel | everything |
//!
//! A block is freed by the consumer once it has taken the block's last event and seen an event behind it, because then
//! the producer has moved on. The blocks that are left, one or more, are freed with the channel. No event is in them:
//! the consumer drops what is counted when it leaves, and the producer takes back what it pushed too late.

use alloc::boxed::Box;
use core::{mem::MaybeUninit, ptr, ptr::NonNull};

use super::storage::{HandedOver, Storage, Written};
use crate::sync::UnsafeCell;

/// Under loom small, so that a model crosses from block to block.
const PLACES: usize = if cfg!(loom) { 2 } else { 64 };

struct Block<T> {
    places: [UnsafeCell<MaybeUninit<T>>; PLACES],
    /// Written once, by the producer, before it publishes the first event of the next block.
    next: UnsafeCell<*mut Block<T>>,
}

impl<T> Block<T> {
    fn allocate() -> NonNull<Self> {
        let places = core::array::from_fn(|_| UnsafeCell::new(MaybeUninit::uninit()));
        let block = Box::new(Self { places, next: UnsafeCell::new(ptr::null_mut()) });
        NonNull::from(Box::leak(block))
    }
}

pub(in crate::stream) struct Blocks<T> {
    /// The first block that was not freed. The consumer's own, until the channel is dropped.
    head: UnsafeCell<NonNull<Block<T>>>,
}

/// The producer's end.
pub(in crate::stream) struct Writer<T> {
    block: NonNull<Block<T>>,
    index: usize,
    /// Where the quick way ends: behind the block's last place, or before the first if nothing is written any more.
    end: usize,
}

/// The consumer's end.
pub(in crate::stream) struct Reader<T> {
    /// The head block.
    block: NonNull<Block<T>>,
    index: usize,
    /// Behind the last event of this block that was handed over.
    end: usize,
}

// SAFETY: events move from one thread to the other through the blocks, so they have to be `Send`. The sides touch
// disjoint places, as the table above says.
unsafe impl<T: Send> Send for Blocks<T> {}
// SAFETY: as above; a shared reference gives no access to events without the private ends.
unsafe impl<T: Send> Sync for Blocks<T> {}
// SAFETY: the pointer is to a block of `Blocks`, whose events are `Send`.
unsafe impl<T: Send> Send for Writer<T> {}
// SAFETY: a shared reference to a writer does nothing.
unsafe impl<T: Send> Sync for Writer<T> {}
// SAFETY: as for the writer.
unsafe impl<T: Send> Send for Reader<T> {}
// SAFETY: as for the writer.
unsafe impl<T: Send> Sync for Reader<T> {}

impl<T> Blocks<T> {
    pub(super) fn open() -> (Self, Writer<T>, Reader<T>) {
        let block = Block::allocate();
        let writer = Writer { block, index: 0, end: PLACES };
        (Self { head: UnsafeCell::new(block) }, writer, Reader { block, index: 0, end: 0 })
    }
}

impl<T> Storage<T> for Blocks<T> {
    type Writer = Writer<T>;
    type Reader = Reader<T>;

    #[inline]
    unsafe fn write_quickly(&self, at: &mut Writer<T>, value: T) -> Result<(), T> {
        if at.index >= at.end {
            return Err(value);
        }
        // SAFETY: the producer's block is not freed: the consumer frees a block only after an event behind it.
        let block = unsafe { at.block.as_ref() };
        // SAFETY: before the end, which is at most `PLACES`.
        let place = unsafe { block.places.get_unchecked(at.index) };
        // SAFETY: this place is not counted yet, so only the producer touches it.
        place.with_mut(|place| unsafe { (*place).write(value) });
        at.index += 1;
        Ok(())
    }

    fn stop(at: &mut Writer<T>) {
        at.end = 0;
    }

    /// The producer's block is full.
    unsafe fn write(&self, at: &mut Writer<T>, value: T) -> Written<T> {
        debug_assert!(at.index == PLACES);
        let next = Block::allocate();
        // SAFETY: nobody else knows the block yet.
        unsafe { next.as_ref() }.places[0].with_mut(|place| unsafe { (*place).write(value) });
        // SAFETY: the producer's block is not freed before an event behind it is counted.
        let block = unsafe { at.block.as_ref() };
        // SAFETY: nobody reads `next` before an event behind this block is counted.
        block.next.with_mut(|link| unsafe { *link = next.as_ptr() });
        *at = Writer { block: next, index: 1, end: PLACES };
        Written::Added
    }

    unsafe fn take_back(&self, at: &mut Writer<T>) -> T {
        at.index -= 1;
        // SAFETY: as in `write`.
        let block = unsafe { at.block.as_ref() };
        // SAFETY: just written, and the consumer leaves it to us.
        block.places[at.index].with_mut(|place| unsafe { (*place).assume_init_read() })
    }

    #[inline]
    unsafe fn read(&self, at: &mut Reader<T>) -> Option<T> {
        if at.index >= at.end {
            return None;
        }
        // SAFETY: the head block, which nobody else frees.
        let block = unsafe { at.block.as_ref() };
        // SAFETY: before the end, which is at most `PLACES`.
        let place = unsafe { block.places.get_unchecked(at.index) };
        // SAFETY: the event was handed over, and the index moves on, so it is read once.
        let value = place.with(|place| unsafe { (*place).assume_init_read() });
        at.index += 1;
        Some(value)
    }

    #[inline]
    fn handed_over(at: &Reader<T>) -> usize {
        at.end - at.index
    }

    unsafe fn hand_over(&self, at: &mut Reader<T>, known: usize) -> HandedOver {
        if at.index == PLACES {
            // SAFETY: an event behind this block is counted, so the producer has linked the next one and moved on.
            unsafe { self.advance(at) };
        }
        at.end = PLACES.min(at.index + known);
        HandedOver::Events(at.end - at.index)
    }
}

impl<T> Blocks<T> {
    /// Frees the head block and goes to the next.
    ///
    /// # Safety
    /// Called by the consumer, which has taken all events of the head block and knows of one behind it.
    #[cold]
    unsafe fn advance(&self, at: &mut Reader<T>) {
        self.head.with_mut(|head| {
            // SAFETY: `head` is the consumer's own; the producer has left this block, so it can be freed.
            unsafe {
                let done = Box::from_raw((*head).as_ptr());
                let next = done.next.with(|next| *next);
                *head = NonNull::new_unchecked(next);
                *at = Reader { block: *head, index: 0, end: 0 };
            }
        });
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        // SAFETY: both sides are gone, so all blocks that are linked are ours.
        let mut next = self.head.with(|head| unsafe { (*head).as_ptr() });
        while !next.is_null() {
            // SAFETY: as above; each block was leaked from a box, and is linked once.
            let block = unsafe { Box::from_raw(next) };
            // SAFETY: as above.
            next = block.next.with(|next| unsafe { *next });
        }
    }
}
