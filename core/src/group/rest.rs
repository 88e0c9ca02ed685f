//! The children that a decided group leaves behind.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::arrivals::Arrivals;
use super::children::Children;

/// The losers of [`race_rest`](crate::race_rest) or [`try_join_rest`](crate::try_join_rest), as one future.
///
/// It is ready when the last of them has finished; what they give is dropped as it comes. Await it, hand it
/// to an executor, or let [`detach`](Rest::detach) run it without one. It is `Send` if the children are.
///
/// # What happens when
///
/// - it is **dropped**: the children that still run are dropped. What their callbacks bring is dropped when it comes.
/// - a child's callback is **never called**: if it is dropped, the child just ends there, like the callback: nobody waits for
///   it, so nobody panics. If it is kept for ever, this future is never ready.
/// - a child **panics**: the panic leaves the poll. Detached, it leaves the `wake` in which it occurs, and drops the others.
/// - it is **polled again** after it was ready: it is ready again.
///
/// # Cancel safety
///
/// Dropping it drops the children that still run.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// # uncallback::__private::block_on(async {
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
/// # });
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
    ///
    /// # Examples
    ///
    /// ```
    /// # uncallback::__private::block_on(async {
    /// let (_, rest) = uncallback::race_rest([std::future::ready(1)]).await;
    /// assert!(rest.is_empty());
    /// # });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.arrivals.is_none()
    }

    /// Lets the children run on by themselves: each runs inside the call that wakes it.
    ///
    /// No executor is needed. What a child does after its wait happens in the turn of the API that completes it, on that
    /// thread: as the callback did that is left over when a callback program has its first answer. This is
    /// [`drive`](crate::drive), with the same notes on locks and panics.
    ///
    /// # Panics
    ///
    /// A panic of a child leaves the `wake` in which it occurs, and drops the other children.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use uncallback::{Completer, race_rest, start_with};
    ///
    /// static FINISHED: AtomicBool = AtomicBool::new(false);
    ///
    /// # uncallback::__private::block_on(async {
    /// let (completer, answer) = start_with(|done: Completer<u8>| done);
    /// let slow = async move {
    ///     let value = answer.await;
    ///     FINISHED.store(true, Ordering::Relaxed);
    ///     value
    /// };
    /// let (winner, rest) = race_rest((slow, async { 1 })).await;
    /// rest.detach();
    /// assert_eq!(winner, 1);
    ///
    /// completer.complete(2);
    /// assert!(FINISHED.load(Ordering::Relaxed));
    /// # });
    /// ```
    #[cfg(feature = "std")]
    pub fn detach(self)
    where
        Self: Send + 'static,
    {
        if !self.is_empty() {
            crate::drive(self, |()| ()).detach();
        }
    }

    /// Lets children that are not `Send` run on by themselves, on this thread.
    ///
    /// Like [`detach`](Rest::detach), with [`local::drive`](crate::local::drive): children that are woken from another thread
    /// wait for this one.
    ///
    /// # Panics
    ///
    /// As [`detach`](Rest::detach); also when the thread is ending.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use uncallback::{local, race_rest};
    ///
    /// # uncallback::__private::block_on(async {
    /// let finished = Rc::new(Cell::new(false));
    /// let finish = finished.clone();
    /// let (completer, answer) = local::start_with(|done: local::Completer<u8>| done);
    /// let slow = async move {
    ///     let value = answer.await;
    ///     finish.set(true);
    ///     value
    /// };
    /// let (winner, rest) = race_rest((slow, async { 1 })).await;
    /// rest.detach_local();
    /// assert_eq!(winner, 1);
    ///
    /// completer.complete(2);
    /// assert!(finished.get());
    /// # });
    /// ```
    #[cfg(feature = "std")]
    pub fn detach_local(self)
    where
        Self: 'static,
    {
        if !self.is_empty() {
            crate::local::drive(self, |()| ()).detach();
        }
    }
}

impl<C: Children> Unpin for Rest<C> {}

impl<C: Children> Future for Rest<C> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(arrivals) = &mut self.arrivals {
            while let Some(index) = ready!(arrivals.as_mut().poll_loser(cx)) {
                C::discard(arrivals.as_mut().slots(), index);
            }
            self.arrivals = None;
        }
        Poll::Ready(())
    }
}
