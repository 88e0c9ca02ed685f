//! What a call leaves in its cell: a value, or the payload of a panic.

use alloc::boxed::Box;
use core::any::Any;
use core::mem::{ManuallyDrop, MaybeUninit};

use super::states::Outcome;
use crate::sync::UnsafeCell;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Room for what the completer leaves. Who may touch it is decided by the phase of the cell it is in.
pub(crate) struct Contents<T>(UnsafeCell<MaybeUninit<Either<T>>>);

/// Value or payload; the outcome in the link's word says which. The payload is boxed twice to be one pointer wide.
#[repr(C)]
union Either<T> {
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

impl<T> Contents<T> {
    #[inline]
    pub(crate) fn empty() -> Self {
        Contents(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// # Safety
    /// The caller is the completer and has not finished.
    #[inline]
    pub(crate) unsafe fn write_value(&self, value: T) {
        // SAFETY: before DONE the contents belong to the completer alone.
        self.0.with_mut(|c| unsafe {
            c.write(MaybeUninit::new(Either { value: ManuallyDrop::new(value) }));
        });
    }

    /// # Safety
    /// The caller is the completer and has not finished.
    pub(crate) unsafe fn write_payload(&self, payload: Payload) {
        let payload = ManuallyDrop::new(Box::new(payload));
        // SAFETY: before DONE the contents belong to the completer alone.
        self.0.with_mut(|c| unsafe {
            c.write(MaybeUninit::new(Either { payload }));
        });
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// As for [`take`](Self::take), and the outcome is [`Outcome::Value`].
    #[inline]
    pub(crate) unsafe fn take_value(&self) -> T {
        // SAFETY: a value was written and is moved out once (contract).
        self.0.with_mut(|c| unsafe { ManuallyDrop::into_inner((*c).assume_init_read().value) })
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
                self.0.with_mut(|c| unsafe { *ManuallyDrop::into_inner((*c).assume_init_read().payload) }),
            ),
            Outcome::Lost => Landing::Lost { panicked: false },
            Outcome::LostInPanic => Landing::Lost { panicked: true },
        }
    }
}
