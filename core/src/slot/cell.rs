//! The cell of a [`Slot`](super::Slot), between its calls.
//!
//! It is the cell of a single call, and so is its protocol (`oneshot/link.rs`). Only its receiver differs: it does not
//! free the cell, but makes the next call in it (`oneshot/reuse.rs`).

use core::task::Waker;

use crate::oneshot::Threads;
use crate::oneshot::cell::Shared;
use crate::oneshot::contents::Landing;
use crate::oneshot::link::{Cancel, Link};
use crate::watch::Mark;

pub(super) type SlotCell<T> = Shared<T, Threads>;

/// A cell that no call has used yet.
#[cold]
pub(super) fn allocate<T>() -> SlotCell<T> {
    Shared::allocate(Threads::idle(), Mark::new())
}

/// What the receiver finds that wants to be done with a call, and what it has to drop after it has acted on that.
#[must_use]
pub(super) struct GivenUp<T> {
    /// The cell is idle and the slot's. Otherwise the completer has it, and will free it.
    pub(super) kept: bool,
    /// User code runs when this is dropped.
    _unwanted: (Option<Waker>, Option<Landing<T>>),
}

/// Ends whatever the cell is in the middle of, and lets go of the waker.
///
/// # Safety
/// The caller is the receiver of a live cell. Unless the cell was kept, it may not be touched again.
pub(super) unsafe fn give_up<T>(cell: SlotCell<T>) -> GivenUp<T> {
    // SAFETY: passed on to the caller.
    match unsafe { Threads::cancel(cell.link()) } {
        Cancel::Pending(waker) => GivenUp { kept: false, _unwanted: (waker, None) },
        Cancel::Done(outcome) => {
            // SAFETY: DONE: cell and contents are ours. An idle cell says that there are no contents.
            let unwanted = unsafe {
                let landing = cell.get().contents.take(outcome);
                (cell.get().link.rest_without_waker(), Some(landing))
            };
            GivenUp { kept: true, _unwanted: unwanted }
        }
    }
}
