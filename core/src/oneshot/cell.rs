//! The memory that completer and receiver share for one call.

use alloc::boxed::Box;
use core::alloc::Layout;
use core::any::Any;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

use super::link::Link;
use super::pool;
use super::states::Outcome;
use crate::sync::UnsafeCell;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// 32 bytes for a value of up to 8 bytes on 64-bit targets.
#[repr(C)]
pub(crate) struct Cell<T, L> {
    pub(crate) link: L,
    contents: UnsafeCell<MaybeUninit<Contents<T>>>,
}

/// Value or payload; the outcome in the link's word says which. The payload is boxed twice to be one pointer wide.
#[repr(C)]
union Contents<T> {
    value: ManuallyDrop<T>,
    payload: ManuallyDrop<Box<Payload>>,
}

/// How a call ended, with what it left.
#[derive(Debug)]
pub(crate) enum Landing<T> {
    Value(T),
    Panic(Payload),
    Lost { panicked: bool },
}

impl<T, L: Link> Cell<T, L> {
    pub(crate) fn new() -> Self {
        Cell { link: L::new(), contents: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// # Safety
    /// The caller is the completer and has not finished.
    #[inline]
    pub(crate) unsafe fn write_value(&self, value: T) {
        // SAFETY: before DONE the contents belong to the completer alone.
        self.contents.with_mut(|c| unsafe {
            c.write(MaybeUninit::new(Contents { value: ManuallyDrop::new(value) }));
        });
    }

    /// # Safety
    /// The caller is the completer and has not finished.
    pub(crate) unsafe fn write_payload(&self, payload: Payload) {
        let payload = ManuallyDrop::new(Box::new(payload));
        // SAFETY: before DONE the contents belong to the completer alone.
        self.contents.with_mut(|c| unsafe {
            c.write(MaybeUninit::new(Contents { payload }));
        });
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// As for [`take`](Self::take), and the outcome is [`Outcome::Value`].
    #[inline]
    pub(crate) unsafe fn take_value(&self) -> T {
        // SAFETY: a value was written and is moved out once (contract).
        self.contents.with_mut(|c| unsafe { ManuallyDrop::into_inner((*c).assume_init_read().value) })
    }

    /// Moves the contents out.
    ///
    /// # Safety
    /// The caller owns the contents (see [`states`](super::states)), they were written for this `outcome`, and this
    /// happens once.
    #[inline]
    pub(crate) unsafe fn take(&self, outcome: Outcome) -> Landing<T> {
        match outcome {
            // SAFETY: passed on to the caller.
            Outcome::Value => Landing::Value(unsafe { self.take_value() }),
            // SAFETY: the outcome says which member was written (contract); moved out once (contract).
            Outcome::Panic => Landing::Panic(
                self.contents
                    .with_mut(|c| unsafe { *ManuallyDrop::into_inner((*c).assume_init_read().payload) }),
            ),
            Outcome::Lost => Landing::Lost { panicked: false },
            Outcome::LostInPanic => Landing::Lost { panicked: true },
        }
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
    pub(crate) fn allocate() -> Self {
        let cell = pool::allocate(Self::LAYOUT).cast::<Cell<T, L>>();
        // SAFETY: freshly allocated with this very layout.
        unsafe { cell.write(Cell::new()) };
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

#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = {
    use super::threads::Threads;
    use crate::local::Local;

    // One class of the pool for everything up to a word.
    assert!(size_of::<Cell<u64, Threads>>() == 32);
    assert!(size_of::<Cell<(), Threads>>() == 32);
    assert!(size_of::<Cell<u64, Local>>() == 32);
};
