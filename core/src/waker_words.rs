//! A waker in two atomic words, for protocols whose state word says whose it is.
//!
//! One side writes the words, then announces them by a swap of its state word to a value that it never used before. The
//! other copies them and then swaps *that very* value away: if this succeeds the copy is the waker that was announced,
//! and is owned; if not, the copy may be torn, and is forgotten. So neither side ever waits for the other.

use core::{
    mem::ManuallyDrop,
    ptr,
    task::{RawWakerVTable, Waker},
};

use crate::sync::{
    atomic::{AtomicPtr, Ordering::Relaxed},
    delay,
};

#[derive(Debug)]
#[repr(C)]
pub(crate) struct WakerWords {
    data: AtomicPtr<()>,
    vtable: AtomicPtr<RawWakerVTable>,
}

impl WakerWords {
    #[inline]
    pub(crate) fn empty() -> Self {
        Self { data: AtomicPtr::new(ptr::null_mut()), vtable: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Words that nobody else knows yet, with a waker in them.
    #[inline]
    pub(crate) fn holding(waker: Waker) -> Self {
        let WakerCopy { data, vtable } = WakerCopy::of(waker);
        Self { data: AtomicPtr::new(data), vtable: AtomicPtr::new(vtable) }
    }

    /// Stores a waker, to be announced. The words own it from then on.
    #[inline]
    pub(crate) fn write(&self, waker: Waker) -> WakerCopy {
        let words = WakerCopy::of(waker);
        // ORDERING: published by the swap that announces them.
        self.data.store(words.data, Relaxed);
        // ORDERING: as above.
        self.vtable.store(words.vtable, Relaxed);
        words
    }

    /// Copies the words, which may be in change.
    #[inline]
    pub(crate) fn copy(&self) -> WakerCopy {
        // ORDERING: the load of the state word has acquired them; a newer pair comes with a newer state.
        let data = self.data.load(Relaxed);
        delay();
        // ORDERING: as above.
        let vtable = self.vtable.load(Relaxed);
        WakerCopy { data, vtable }
    }
}

/// The two words of a waker, not yet known to be a pair that belongs to us. Dropping it does nothing.
#[derive(Clone, Copy)]
pub(crate) struct WakerCopy {
    data: *mut (),
    vtable: *mut RawWakerVTable,
}

impl WakerCopy {
    /// The words own the waker from here on.
    #[inline]
    fn of(waker: Waker) -> Self {
        let waker = ManuallyDrop::new(waker);
        Self { data: waker.data().cast_mut(), vtable: ptr::from_ref(waker.vtable()).cast_mut() }
    }

    /// # Safety
    /// The words are those of one stored waker, and nobody else will turn them into a waker again.
    #[inline]
    pub(crate) unsafe fn into_waker(self) -> Waker {
        // SAFETY: the table came from `Waker::vtable`, which is `&'static`; the pair from `ManuallyDrop<Waker>`,
        // whose ownership passes on here (contract).
        unsafe { Waker::new(self.data, &*self.vtable) }
    }

    /// Whether these are the words of `waker`.
    #[inline]
    pub(crate) fn is(self, waker: &Waker) -> bool {
        ptr::eq(self.data, waker.data()) && ptr::eq(self.vtable, waker.vtable())
    }
}
