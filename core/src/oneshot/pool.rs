//! Where cells come from.

use core::alloc::Layout;
use core::ptr::NonNull;

/// Memory for one cell.
#[inline]
pub(crate) fn allocate(layout: Layout) -> NonNull<u8> {
    // SAFETY: a cell has at least the link's three words: the size is not zero.
    let memory = unsafe { global::alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
}

/// Gives the memory of a cell back.
///
/// # Safety
/// `memory` came from [`allocate`] with the same `layout`, and nobody uses it any more.
#[inline]
pub(crate) unsafe fn free(memory: NonNull<u8>, layout: Layout) {
    // SAFETY: passed on to the caller.
    unsafe { global::dealloc(memory.as_ptr(), layout) };
}

#[cfg(not(loom))]
use alloc::alloc as global;
#[cfg(loom)]
use loom::alloc as global;
