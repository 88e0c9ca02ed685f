//! One cell and one waker for all the calls of a place that calls again and again.

mod call;
mod cell;
mod completer;

use core::fmt;
use core::panic::Location;
use core::ptr::NonNull;

pub use call::SlotCall;
pub use completer::SlotCompleter;

use cell::SlotCell;

/// Makes calls one after the other without allocating for each, and without cloning the waker for each.
///
/// For loops, and for objects that make the same call again and again. The first call allocates; as long as calls end
/// before their futures are dropped, the rest do not.
///
/// The waker of the last poll is kept until the slot is dropped, polled by another task, or left by a future that is
/// dropped early. So a slot that outlives the task it was used in keeps that task's memory alive.
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
    cell: Option<NonNull<SlotCell<T>>>,
}

// SAFETY: the cell holds a `T` and a waker, both of which may be sent; the completer's side is ordered by its word.
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
        F: FnOnce(SlotCompleter<T>) -> H,
    {
        SlotCall::idle(self, api, Location::caller())
    }

    /// A cell in IDLE.
    #[inline]
    fn idle_cell(&mut self) -> NonNull<SlotCell<T>> {
        match self.cell {
            // SAFETY: the slot's cell is alive.
            Some(cell) if unsafe { cell.as_ref() }.is_idle() => cell,
            _ => self.new_cell(),
        }
    }

    #[cold]
    fn new_cell(&mut self) -> NonNull<SlotCell<T>> {
        self.give_up();
        *self.cell.get_or_insert_with(SlotCell::allocate)
    }

    /// Ends whatever the cell is in the middle of.
    fn give_up(&mut self) {
        let Some(cell) = self.cell else { return };
        // SAFETY: the slot is the receiver, and forgets a cell that is not kept.
        let given_up = unsafe { SlotCell::give_up(cell) };
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
        let given_up = unsafe { SlotCell::give_up(cell) };
        if given_up.kept {
            // SAFETY: IDLE: the memory is ours, and there are no contents.
            unsafe { SlotCell::free(cell) };
        }
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
