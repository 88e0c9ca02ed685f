//! One cell for all the calls of a place that calls again and again.

mod call;
mod cell;

use core::fmt;
use core::panic::Location;
use core::task::Waker;

use crate::Completer;

pub use call::SlotCall;

use cell::SlotCell;

/// Makes calls one after the other without allocating for each.
///
/// For loops, and for objects that make the same call again and again. The first call allocates; as long as calls end
/// before their futures are dropped, the rest do not. Nor does a call whose callback fires inside of it clone the waker,
/// if the one before did the same.
///
/// For that the waker of such a call is kept until the slot is dropped, used by another task, or left by a future that is
/// dropped early. So a slot that outlives the task it was used in may keep that task's memory alive.
///
/// # What happens when
///
/// - it is **dropped**: it can't be while a [`SlotCall`] is there. If a callback is still out, of a call whose future was
///   dropped or forgotten, the cell is left to it: its value is dropped when it comes.
/// - a callback is **called twice**, is **never called**, or **panics**: see [`SlotCall`](SlotCall#what-happens-when).
///
/// ```
/// # use uncallback::Slot;
/// # fn read(n: u32, then: impl FnOnce(u32) + Send + 'static) { std::thread::spawn(move || then(n * 2)); }
/// # uncallback::__private::block_on(async {
/// let mut slot = Slot::new();
/// let mut sum = 0;
/// for n in 0..3 {
///     sum += slot.call(|done| read(n, move |m| done.complete(m))).await;
/// }
/// assert_eq!(sum, 6);
/// # });
/// ```
pub struct Slot<T> {
    /// `None` before the first call, and after a call was given up.
    cell: Option<SlotCell<T>>,
}

// SAFETY: the cell holds a `T` and a waker, both of which may be sent; the completer's side is ordered by the link.
unsafe impl<T: Send> Send for Slot<T> {}
// SAFETY: a shared slot can't do anything.
unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// A slot that has not made a call yet, and has not allocated.
    ///
    /// See the example of [`Slot`].
    pub const fn new() -> Self {
        Slot { cell: None }
    }

    /// Makes an API call at the first poll, and is the future of its callback.
    ///
    /// As [`call`](crate::call()), in the memory of this slot. If an earlier call is still out, because its future was
    /// dropped or forgotten, that memory is left to its callback, and this call gets new memory.
    ///
    /// What happens when the future is dropped, or the callback is called twice, never called, or panics:
    /// see [`SlotCall`](SlotCall#what-happens-when). See the example of [`Slot`].
    ///
    /// # Panics
    /// The future panics if the callback is dropped without being called (see [`SlotCall::checked`]), and resumes a
    /// panic that was caught in it. A panic of `api` passes through.
    ///
    /// # Cancel safety
    /// See [`SlotCall`].
    #[inline]
    #[track_caller]
    pub fn call<H, F>(&mut self, api: F) -> SlotCall<'_, T, H, F>
    where
        F: FnOnce(Completer<T>) -> H,
    {
        SlotCall::idle(self, api, Location::caller())
    }

    /// A cell in which a call is open whose completer is still to be made.
    #[inline]
    fn open(&mut self, waker: &Waker) -> SlotCell<T> {
        match self.cell {
            // SAFETY: the slot's cell is alive, and the slot is the receiver.
            Some(cell) if unsafe { cell.get().link.open(waker) } => cell,
            _ => self.open_closer(waker),
        }
    }

    /// As `open`, for the first call, and after one that was left in the middle.
    #[cold]
    fn open_closer(&mut self, waker: &Waker) -> SlotCell<T> {
        self.give_up();
        let cell = *self.cell.get_or_insert_with(cell::allocate);
        // SAFETY: as above.
        let open = unsafe { cell.get().link.open(waker) };
        debug_assert!(open, "what was given up is idle");
        cell
    }

    /// Ends whatever the cell is in the middle of.
    fn give_up(&mut self) {
        let Some(cell) = self.cell else { return };
        // SAFETY: the slot is the receiver, and forgets a cell that is not kept.
        let given_up = unsafe { cell::give_up(cell) };
        if !given_up.kept {
            self.cell = None;
        }
        // User code, when all is in order.
        drop(given_up);
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot::new()
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        let Some(cell) = self.cell else { return };
        // SAFETY: the slot is the receiver, and goes.
        let given_up = unsafe { cell::give_up(cell) };
        if given_up.kept {
            // SAFETY: idle: the memory is ours, and there are no contents.
            unsafe { cell.free() };
        }
        // User code, when all is in order.
        drop(given_up);
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
