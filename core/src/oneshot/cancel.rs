//! Telling the API that nobody waits any more: `.cancel_with(..)`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::adapt::{Attempt, KeepsHandle, Landed, attempt_is_a_future};

/// A call that is cancelled when its future is dropped early, made by [`Call::cancel_with`](crate::Call::cancel_with).
///
/// # What happens when
///
/// - it is **dropped** after the call was made and before the callback was called or dropped: the closure runs, once, with
///   what the API call returned. A callback that fires meanwhile is harmless; its value is dropped. At any other time the
///   closure is dropped without running.
/// - the closure **panics**: the panic leaves the drop of the future. The closure does not run again.
/// - the callback is **called twice**, is **never called**, or **panics**: as for the call inside; see
///   [`Started`](crate::Started#what-happens-when).
///
/// ```
/// # use std::cell::Cell;
/// # use uncallback::Completer;
/// # let cancelled = Cell::new(0);
/// # let mut kept = None;
/// # let mut request = |done: Completer<u8>| { kept = Some(done); 7 };
/// # let abort = |id| cancelled.set(id);
/// let pending = uncallback::start(|done| request(done)).cancel_with(|id| abort(id));
/// drop(pending);
/// assert_eq!(cancelled.get(), 7);
/// ```
#[must_use = "futures do nothing unless awaited; dropping this one cancels the call"]
pub struct CancelWith<A, C>
where
    A: KeepsHandle,
    C: FnOnce(A::Handle),
{
    attempt: A,
    /// `None` once it is no longer needed: run, or the outcome was observed.
    cancel: Option<C>,
}

impl<A: KeepsHandle, C: FnOnce(A::Handle)> CancelWith<A, C> {
    pub(crate) fn new(attempt: A, cancel: C) -> Self {
        CancelWith { attempt, cancel: Some(cancel) }
    }
}

// Neither the call nor the closure is ever pinned.
impl<A: KeepsHandle, C: FnOnce(A::Handle)> Unpin for CancelWith<A, C> {}

impl<A: KeepsHandle, C: FnOnce(A::Handle)> Attempt for CancelWith<A, C> {
    type Value = A::Value;

    #[inline]
    fn poll_landed(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<A::Value>> {
        let landed = Pin::new(&mut self.attempt).poll_landed(cx);
        if landed.is_ready() {
            self.cancel = None;
        }
        landed
    }
}

impl<A: KeepsHandle, C: FnOnce(A::Handle)> Drop for CancelWith<A, C> {
    fn drop(&mut self) {
        // The receiver is still in place while `cancel` runs: a callback that fires inside it lands in the cell, and
        // is dropped with it. Taking the closure first means that a panic in it can't make it run twice.
        let Some(cancel) = self.cancel.take() else { return };
        if let Some(handle) = self.attempt.interrupt() {
            cancel(handle);
        }
    }
}

attempt_is_a_future!([A: KeepsHandle, C: FnOnce(A::Handle)] CancelWith<A, C>);

impl<A, C> fmt::Debug for CancelWith<A, C>
where
    A: KeepsHandle + fmt::Debug,
    C: FnOnce(A::Handle),
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelWith").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// Gives `.cancel_with(..)` to a type whose handle is kept by the future.
macro_rules! handle_can_cancel {
    ([$($generics:tt)*] $attempt:ty, $handle:ty) => {
        impl<$($generics)*> $attempt
        where
            Self: $crate::KeepsHandle<Handle = $handle>,
        {
            /// Runs `cancel` with what the API call returned if the future is dropped before the call is complete.
            ///
            /// Runs at most once, and only if the call has started. It does not run if the callback has fired or was
            /// dropped, whether or not that was observed; a callback that fires while `cancel` runs, or inside it, is
            /// tolerated and its value dropped.
            ///
            /// ```
            /// # use uncallback::Completer;
            /// # struct Request; impl Request { fn abort(self) { println!("aborted") } }
            /// # fn fetch(done: Completer<u8>) -> Request { std::mem::forget(done); Request }
            /// let pending = uncallback::start(fetch).cancel_with(|request| request.abort());
            /// drop(pending); // aborts the request
            /// ```
            ///
            /// # Cancel safety
            /// Cancelling is what it is for; see [`CancelWith`](crate::CancelWith#what-happens-when).
            pub fn cancel_with<C>(self, cancel: C) -> $crate::CancelWith<Self, C>
            where
                C: FnOnce($handle),
            {
                $crate::CancelWith::new(self, cancel)
            }
        }
    };
}
pub(crate) use handle_can_cancel;
