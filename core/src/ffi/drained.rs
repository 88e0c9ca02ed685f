//! Knowing when C has really let go: cancelled is not drained.
use super::custody::Place;
use crate::Completer;
use crate::oneshot::Threads;
use crate::oneshot::receiver::{self, Receiver};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that resolves when C has let go of an operation; see [`Oneshot::drained`](super::Oneshot::drained).
///
/// # Cancel safety
///
/// Dropping it changes nothing for the operation.
#[must_use = "futures do nothing unless awaited"]
pub struct Drained {
    receiver: Receiver<(), Threads>,
}

/// Lives in a record, behind everything else that is kept there: when it is dropped, the rest is gone.
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
