//! The callback's side of a call that was made through a slot.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::cell::SlotCell;
use crate::oneshot::completer::{catch, lost_outcome};
use crate::oneshot::states::Outcome;
use crate::watch::Mark;

/// The callback's side of a call made with [`Slot::call`](super::Slot::call).
///
/// # What happens when
///
/// - it is **dropped** without completing: the awaiter panics with the place of the call, or gets [`Lost`](crate::Lost) if
///   it asked with [`checked`](super::SlotCall::checked).
/// - it completes **twice**: that does not compile, because completing consumes it.
/// - it is **never** completed nor dropped: the future waits for ever.
/// - the callback **panics**: as for [`Completer`](crate::Completer#what-happens-when).
/// - the future is gone: the value is dropped by the call that completes. See [`is_abandoned`](Self::is_abandoned).
///
/// ```
/// # use uncallback::{Slot, SlotCompleter};
/// # uncallback::__private::block_on(async {
/// let mut slot = Slot::new();
/// let sum = slot.call(|done: SlotCompleter<u8>| done.complete(1 + 1)).await;
/// assert_eq!(sum, 2);
/// # });
/// ```
#[must_use = "a completer that is dropped tells the awaiter that the callback is lost"]
pub struct SlotCompleter<T> {
    cell: NonNull<SlotCell<T>>,
    mark: Mark,
    owns: PhantomData<T>,
}

// SAFETY: the completer writes a `T` on its thread that the slot reads on another; the cell's word orders the two.
unsafe impl<T: Send> Send for SlotCompleter<T> {}
// SAFETY: a shared completer only tells whether it was abandoned.
unsafe impl<T: Send> Sync for SlotCompleter<T> {}

impl<T> SlotCompleter<T> {
    /// # Safety
    /// A call was just opened on this cell, and this is its only completer.
    #[inline]
    pub(super) unsafe fn new(cell: NonNull<SlotCell<T>>, mark: Mark) -> Self {
        SlotCompleter { cell, mark, owns: PhantomData }
    }

    /// Completes the call: the future's output is `value`.
    ///
    /// If the future is gone already, `value` is dropped here.
    ///
    /// See the example of [`SlotCompleter`].
    #[inline]
    pub fn complete(self, value: T) {
        let this = ManuallyDrop::new(self);
        // SAFETY: we are the completer and finish right below.
        unsafe {
            this.cell.as_ref().contents.write_value(value);
            finish(this.cell, this.mark, Outcome::Value);
        }
    }

    /// Completes the call with what `make` returns; a panic in `make` resumes in the awaiter.
    ///
    /// ```
    /// # use uncallback::{Slot, SlotCompleter};
    /// # uncallback::__private::block_on(async {
    /// let mut slot = Slot::new();
    /// let sum = slot.call(|done: SlotCompleter<u8>| done.complete_with(|| 1 + 1)).await;
    /// assert_eq!(sum, 2);
    /// # });
    /// ```
    pub fn complete_with(self, make: impl FnOnce() -> T) {
        match self.mark.run(|| catch(make)) {
            Ok(value) => self.complete(value),
            Err(payload) => {
                let this = ManuallyDrop::new(self);
                // SAFETY: as in `complete`.
                unsafe {
                    this.cell.as_ref().contents.write_payload(payload);
                    finish(this.cell, this.mark, Outcome::Panic);
                }
            }
        }
    }

    /// Whether the future was dropped, so that a value would go nowhere.
    ///
    /// ```
    /// # use uncallback::{Slot, SlotCompleter};
    /// # uncallback::__private::block_on(async {
    /// let mut slot = Slot::new();
    /// slot.call(|done: SlotCompleter<()>| {
    ///     assert!(!done.is_abandoned());
    ///     done.complete(());
    /// }).await;
    /// # });
    /// ```
    pub fn is_abandoned(&self) -> bool {
        // SAFETY: a cell lives at least as long as its unfinished completer.
        unsafe { self.cell.as_ref() }.is_orphan()
    }
}

impl<T> Drop for SlotCompleter<T> {
    fn drop(&mut self) {
        // SAFETY: we are the completer and never finished: finishing takes it by value, past this destructor.
        unsafe { finish(self.cell, self.mark, lost_outcome()) };
    }
}

impl<T> fmt::Debug for SlotCompleter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotCompleter").field("abandoned", &self.is_abandoned()).finish_non_exhaustive()
    }
}

/// # Safety
/// The caller is the only completer of the open call, has written the contents of `outcome`, and forgets the cell.
#[inline]
unsafe fn finish<T>(cell: NonNull<SlotCell<T>>, mark: Mark, outcome: Outcome) {
    let ending = mark.finishing(outcome);
    // SAFETY: passed on to the caller.
    mark.run(|| unsafe { SlotCell::finish(cell, outcome) });
    ending.report();
}
