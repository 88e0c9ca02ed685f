//! All children, whatever they give.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::arrivals::Arrivals;
use super::children::Children;

/// Waits for all children, running them in the order in which they are woken.
///
/// Takes a tuple of up to twelve futures, an array or a `Vec`, and gives their outputs by position. Children get
/// their first poll in program order; from then on each is polled once per wake, first woken first. So what the
/// children do after their own waits happens in the order in which the answers arrive, as it did in callbacks
/// that counted down. An index-ordered join of futures changes that order whenever two answers arrive between two polls.
///
/// A `join` of nothing is ready at once.
///
/// # Panics
///
/// A panic of a child leaves the poll in which it occurs. Polling again after that, or after completion, panics.
///
/// # Cancel safety
///
/// Dropping the future drops all children; outputs that have arrived are lost with it.
///
/// # Examples
///
/// ```
/// # use std::future::ready;
/// # uncallback::__private::block_on(async {
/// let (name, size) = uncallback::join((ready("a.txt"), ready(120))).await;
/// assert_eq!((name, size), ("a.txt", 120));
///
/// let squares: Vec<u32> = uncallback::join((1..=3).map(|n| async move { n * n }).collect::<Vec<_>>()).await;
/// assert_eq!(squares, [1, 4, 9]);
/// # });
/// ```
pub fn join<C: Children>(children: C) -> Join<C> {
    Join { arrivals: Arrivals::new(children) }
}

/// The future of [`join`].
///
/// # What happens when
///
/// - it is **dropped**: the children are dropped, with the outputs that have arrived. What their callbacks bring is dropped
///   when it comes.
/// - a child is woken **twice** before its poll: it is polled once.
/// - a child's callback is **never called**: if it is dropped, the child panics, in this future. If it is kept for ever, this
///   future waits for ever.
/// - a child **panics**: the panic leaves the poll; polling this future again panics, too.
///
/// # Cancel safety
///
/// As for [`join`].
///
/// # Examples
///
/// ```
/// use uncallback::{Completer, Join, Started, join, start};
///
/// # uncallback::__private::block_on(async {
/// type Call = Started<u8, ()>;
/// let both: Join<(Call, Call)> = join((start(|done| done.complete(1)), start(|done| done.complete(2))));
/// assert_eq!(both.await, (1, 2));
///
/// let mut late = None;
/// drop(join([start(|done: Completer<u8>| late = Some(done))]));
/// assert!(late.unwrap().is_abandoned());
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Join<C: Children> {
    arrivals: Arrivals<C>,
}

impl<C: Children> Future for Join<C> {
    type Output = C::Outputs;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Outputs> {
        // SAFETY: the arrivals are pinned with the join; nothing moves them.
        let mut arrivals = unsafe { self.map_unchecked_mut(|join| &mut join.arrivals) };
        while ready!(arrivals.as_mut().poll_next(cx)).is_some() {}
        let outputs = C::take(arrivals.as_mut().slots());
        arrivals.finish();
        Poll::Ready(outputs)
    }
}
