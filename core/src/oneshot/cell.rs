//! The memory that completer and receiver share for one call.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::contents::Contents;
use super::link::Link;
use super::pool;
use crate::watch::Mark;

/// 32 bytes for a value of up to 8 bytes on 64-bit targets.
#[repr(C)]
pub(crate) struct Cell<T, L> {
    pub(crate) link: L,
    pub(crate) contents: Contents<T>,
    pub(crate) mark: Mark,
}

impl<T, L> Cell<T, L> {
    pub(crate) fn new(link: L, mark: Mark) -> Self {
        Cell { link, contents: Contents::empty(), mark }
    }
}

/// A pointer to a cell on the heap. Copies freely: who may use it is decided by the phase.
pub(crate) struct Shared<T, L> {
    cell: NonNull<Cell<T, L>>,
    owns: PhantomData<T>,
}

impl<T, L> Clone for Shared<T, L> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, L> Copy for Shared<T, L> {}

impl<T, L: Link> Shared<T, L> {
    const LAYOUT: Layout = Layout::new::<Cell<T, L>>();

    #[inline]
    pub(crate) fn allocate(link: L, mark: Mark) -> Self {
        let cell = pool::allocate(Self::LAYOUT).cast::<Cell<T, L>>();
        // SAFETY: freshly allocated with this very layout.
        unsafe { cell.write(Cell::new(link, mark)) };
        Shared { cell, owns: PhantomData }
    }

    /// # Safety
    /// The caller owns the memory (see [`states`](super::states)), has moved the contents out, and this happens once.
    #[inline]
    pub(crate) unsafe fn free(self) {
        // SAFETY: nobody else has access any more (contract). Contents are `MaybeUninit`: this runs no user code.
        unsafe { self.cell.drop_in_place() };
        // SAFETY: allocated in `allocate` with this layout.
        unsafe { pool::free(self.cell.cast(), Self::LAYOUT) };
    }

    /// Says by which the next call of this cell is followed.
    ///
    /// # Safety
    /// The cell is the caller's alone, and no reference to it is in use.
    #[inline]
    pub(crate) unsafe fn set_mark(self, mark: Mark) {
        // SAFETY: alive and ours (contract).
        unsafe { (&raw mut (*self.cell.as_ptr()).mark).write(mark) };
    }

    /// # Safety
    /// The cell is alive.
    #[inline]
    pub(crate) unsafe fn get<'a>(self) -> &'a Cell<T, L> {
        // SAFETY: alive (contract); all of a cell is behind atomics or an `UnsafeCell`.
        unsafe { self.cell.as_ref() }
    }

    /// The link is the first field.
    #[inline]
    pub(crate) fn link(self) -> NonNull<L> {
        self.cell.cast()
    }

    pub(crate) fn into_raw(self) -> *mut core::ffi::c_void {
        self.cell.as_ptr().cast()
    }

    /// # Safety
    /// `raw` came from [`into_raw`](Self::into_raw) of the same `T`.
    pub(crate) unsafe fn from_raw(raw: *mut core::ffi::c_void) -> Self {
        // SAFETY: never null, because it came from a `NonNull`.
        Shared { cell: unsafe { NonNull::new_unchecked(raw.cast()) }, owns: PhantomData }
    }
}

#[cfg(all(target_pointer_width = "64", not(loom), not(feature = "debug")))]
const _: () = {
    use super::threads::Threads;
    use crate::local::Local;

    // One class of the pool for everything up to a word.
    assert!(size_of::<Cell<u64, Threads>>() == 32);
    assert!(size_of::<Cell<(), Threads>>() == 32);
    assert!(size_of::<Cell<u64, Local>>() == 32);
};
