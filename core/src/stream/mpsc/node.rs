//! The nodes of the list: one for each event that waits, from the free lists of the thread.

use core::{alloc::Layout, mem::MaybeUninit, ptr, ptr::NonNull};

use crate::{oneshot::pool, sync::UnsafeCell};

pub(super) struct Node<T> {
    /// The event before this one as long as the node is in the list; the one after it once the consumer has taken it.
    next: UnsafeCell<*mut Node<T>>,
    event: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Node<T> {
    const LAYOUT: Layout = Layout::new::<Self>();

    pub(super) fn allocate(event: T) -> NonNull<Self> {
        let node = pool::allocate(Self::LAYOUT).cast::<Self>();
        // SAFETY: fresh memory of this layout.
        unsafe { node.write(Self::new(event, ptr::null_mut())) };
        node
    }

    /// A node in memory that this thread has at hand; otherwise the event comes back.
    #[inline]
    pub(super) fn reuse(event: T, next: *mut Self) -> Result<NonNull<Self>, T> {
        let Some(memory) = pool::reuse(Self::LAYOUT) else {
            return Err(event);
        };
        let node = memory.cast::<Self>();
        // SAFETY: memory of this layout, which nobody uses.
        unsafe { node.write(Self::new(event, next)) };
        Ok(node)
    }

    #[inline]
    fn new(event: T, next: *mut Self) -> Self {
        Self { next: UnsafeCell::new(next), event: UnsafeCell::new(MaybeUninit::new(event)) }
    }

    /// # Safety
    /// The node is alive, and the caller's alone.
    #[inline]
    pub(super) unsafe fn next(this: NonNull<Self>) -> *mut Self {
        // SAFETY: by contract.
        unsafe { this.as_ref() }.next.with(|next| unsafe { *next })
    }

    /// # Safety
    /// The node is alive, and the caller's alone.
    #[inline]
    pub(super) unsafe fn set_next(this: NonNull<Self>, next: *mut Self) {
        // SAFETY: by contract.
        unsafe { this.as_ref() }.next.with_mut(|place| unsafe { *place = next });
    }

    /// Takes the event out and frees the node.
    ///
    /// # Safety
    /// The node is alive, and the caller's alone; it ends here.
    #[inline]
    pub(super) unsafe fn into_event(this: NonNull<Self>) -> T {
        // SAFETY: by contract; the event was written when the node was made, and is read this once.
        let event = unsafe { this.as_ref() }.event.with(|event| unsafe { (*event).assume_init_read() });
        // SAFETY: allocated with this layout, and nobody uses it any more. The fields have nothing to drop.
        unsafe { pool::free(this.cast(), Self::LAYOUT) };
        event
    }
}
