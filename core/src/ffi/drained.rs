//! Knowing when C has really let go: cancelled is not drained.
use super::custody::Place;
use crate::Completer;
use crate::oneshot::Threads;
use crate::oneshot::receiver::{self, Receiver};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that resolves when C has let go of an operation; see [`Oneshot::drained`](super::Oneshot::drained).
///
/// # What happens when
///
/// - it is **dropped**: nothing changes for the operation.
/// - C **never** lets go: it waits for ever. An operation that is dropped before it was started has nothing to let go of, and
///   is drained.
/// - it is **polled again** after it was ready: it is ready again.
///
/// # Cancel safety
///
/// Dropping it loses nothing.
///
/// ```
/// # use core::ffi::c_void;
/// use uncallback::ffi::{self, Drained, First, Oneshot, Signal};
/// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `work` calls back exactly once.
/// let work = unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) };
/// let (work, drained) = work.drained();
/// let work: Oneshot<_, _, _, _, ((), Signal)> = work; // the operation keeps a signal,
/// let drained: Drained = drained; // which goes last
/// drop(work.start());
/// drained.await;
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Drained {
    receiver: Receiver<(), Threads>,
}

/// Lives in a record, behind everything else that is kept there: when it is dropped, the rest is gone.
///
/// See the example of [`Drained`].
#[derive(Debug)]
pub struct Signal(#[allow(dead_code, reason = "its drop is the signal")] Completer<()>);

pub(super) fn drained(place: Place) -> (Signal, Drained) {
    let (receiver, completer) = receiver::begin(|completer| completer, place, None);
    (Signal(completer), Drained { receiver })
}

impl Future for Drained {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // The outcome stays in the cell: asked again, it says the same.
        self.receiver.poll(cx).map(|_gone| ())
    }
}

impl std::fmt::Debug for Drained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drained").field("pending", &self.receiver.is_pending()).finish()
    }
}
