//! The children that a decided group leaves behind.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::arrivals::Arrivals;
use super::children::Children;

/// The losers of [`race_rest`](crate::race_rest) or [`try_join_rest`](crate::try_join_rest), as one future.
///
/// It is ready when the last of them has finished; what they give is dropped as it comes. Await it or hand
/// it to an executor. It is `Send` if the children are.
///
/// # Cancel safety
///
/// Dropping it drops the children that still run.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// # futures_util::FutureExt::now_or_never(async {
/// let finished = Cell::new(0);
/// let runner = |name| {
///     let finished = &finished;
///     async move {
///         finished.set(finished.get() + 1);
///         name
///     }
/// };
/// let (winner, rest) = uncallback::race_rest([runner("hare"), runner("tortoise")]).await;
/// assert_eq!(winner, "hare");
/// rest.await;
/// assert_eq!(finished.get(), 2);
/// # }).unwrap();
/// ```
#[must_use = "dropping the rest cancels the children that still run"]
pub struct Rest<C: Children> {
    /// `None` once all children have finished.
    arrivals: Option<Pin<Box<Arrivals<C>>>>,
}

impl<C: Children> Rest<C> {
    pub(super) fn new(arrivals: Pin<Box<Arrivals<C>>>) -> Self {
        Rest { arrivals: (!arrivals.is_empty()).then_some(arrivals) }
    }

    /// Whether no child is left that still runs.
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_none()
    }
}

impl<C: Children> Unpin for Rest<C> {}

impl<C: Children> Future for Rest<C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(arrivals) = &mut self.arrivals {
            while let Some(index) = ready!(arrivals.as_mut().poll_next(cx)) {
                C::discard(arrivals.as_mut().slots(), index);
            }
            self.arrivals = None;
        }
        Poll::Ready(())
    }
}
