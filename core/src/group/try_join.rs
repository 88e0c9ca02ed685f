//! All children, or the first error to arrive.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::arrivals::Arrivals;
use super::children::TryChildren;
use super::rest::Rest;

/// Waits for all children to succeed, or for the first error to arrive; then drops the others.
///
/// Takes a tuple of up to twelve futures, an array or a `Vec`; all have the same error type. The `Ok` values come by
/// position. Children run in the order in which they are woken, as in [`join`](crate::join); so the error that wins is
/// the one that arrived first, not the one with the lowest position. A child that fails in its first poll ends
/// the group before the later ones are polled at all.
///
/// When the losers have work to finish, use
/// [`try_join_detached`](crate::try_join_detached) or [`try_join_rest`].
///
/// # Errors
///
/// The error of the child that failed first.
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
/// # uncallback::__private::block_on(async {
/// let both = uncallback::try_join((async { Ok::<_, String>(1) }, async { Ok("two") })).await;
/// assert_eq!(both, Ok((1, "two")));
///
/// let failed = uncallback::try_join((std::future::pending::<Result<(), _>>(), async {
///     Err::<(), _>("no answer".to_string())
/// })).await;
/// assert_eq!(failed, Err("no answer".to_string()));
/// # });
/// ```
pub fn try_join<C: TryChildren>(children: C) -> TryJoin<C> {
    TryJoin { arrivals: Arrivals::new(children) }
}

/// Waits for all children to succeed or for the first error to arrive, and gives the others as a future of their own.
///
/// Like [`try_join`], but all children get their first poll, even if the first of them fails at once: a callback
/// program has started all of its operations too. The [`Rest`] can be awaited, given to an executor, or detached.
/// After a success it is empty.
///
/// # Panics
///
/// As [`try_join`].
///
/// # Cancel safety
///
/// Dropping the future drops all children; outputs that have arrived are lost with it.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let (result, rest) = uncallback::try_join_rest([std::future::ready(Err("no")), std::future::ready(Ok(1))]).await;
/// assert_eq!(result, Err("no"));
/// rest.await; // the second has finished, too
/// # });
/// ```
pub fn try_join_rest<C: TryChildren>(children: C) -> TryJoinRest<C> {
    TryJoinRest { arrivals: Some(Box::pin(Arrivals::new(children))) }
}

/// The future of [`try_join`].
///
/// # What happens when
///
/// - it is **dropped**: the children are dropped, with the outputs that have arrived. What their callbacks bring is dropped
///   when it comes. The first error does the same.
/// - a child is woken **twice** before its poll: it is polled once.
/// - a child's callback is **never called**: if it is dropped, the child panics, in this future. If it is kept for ever, this
///   future waits for ever.
/// - a child **panics**: the panic leaves the poll; polling this future again panics, too.
///
/// # Cancel safety
///
/// As for [`try_join`].
///
/// # Examples
///
/// ```
/// use uncallback::{Checked, Completer, Started, TryJoin, start, try_join};
///
/// # uncallback::__private::block_on(async {
/// type Call = Checked<Started<u8, ()>>;
/// let lost: Call = start(|done: Completer<u8>| drop(done)).checked();
/// let both: TryJoin<(Call, Call)> = try_join((start(|done| done.complete(1)).checked(), lost));
/// assert!(both.await.is_err()); // an error instead of the panic
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct TryJoin<C: TryChildren> {
    arrivals: Arrivals<C>,
}

impl<C: TryChildren> Future for TryJoin<C> {
    type Output = Result<C::Oks, C::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the arrivals are pinned with the join; nothing moves them.
        let mut arrivals = unsafe { self.map_unchecked_mut(|join| &mut join.arrivals) };
        let error = poll_error(arrivals.as_mut(), cx);
        error.map(|error| {
            let result = match error {
                Some(error) => Err(error),
                None => Ok(C::take_oks(arrivals.as_mut().slots())),
            };
            arrivals.finish();
            result
        })
    }
}

/// The first error to arrive, or `None` when all children have succeeded.
fn poll_error<C: TryChildren>(
    mut arrivals: Pin<&mut Arrivals<C>>,
    cx: &mut Context<'_>,
) -> Poll<Option<C::Error>> {
    loop {
        match arrivals.as_mut().poll_next(cx) {
            Poll::Ready(Some(finished)) => {
                if let Some(error) = C::take_error(arrivals.as_mut().slots(), finished) {
                    return Poll::Ready(Some(error));
                }
            }
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        }
    }
}

/// The future of [`try_join_rest`].
///
/// # What happens when
///
/// - it is **dropped**: the children are dropped, with the outputs that have arrived. What their callbacks bring is dropped
///   when it comes.
/// - a child is woken **twice** before its poll: it is polled once.
/// - a child's callback is **never called**: if it is dropped, the child panics, in this future. If it is kept for ever, this
///   future waits for ever.
///   After the first error, see [`Rest`](Rest#what-happens-when).
/// - a child **panics**: the panic leaves the poll; polling this future again panics, too.
///
/// # Cancel safety
///
/// As for [`try_join_rest`].
///
/// # Examples
///
/// ```
/// use std::future::{Ready, ready};
/// use uncallback::{TryJoinRest, try_join_rest};
///
/// # uncallback::__private::block_on(async {
/// let both: TryJoinRest<[Ready<Result<u8, &str>>; 2]> = try_join_rest([ready(Err("no")), ready(Ok(1))]);
/// let (result, rest) = both.await;
/// assert_eq!(result, Err("no"));
/// drop(rest); // cancels the others
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct TryJoinRest<C: TryChildren> {
    /// On the heap from the start, because the children stay pinned when the rest is handed out.
    arrivals: Option<Pin<Box<Arrivals<C>>>>,
}

impl<C: TryChildren> Unpin for TryJoinRest<C> {}

impl<C: TryChildren> Future for TryJoinRest<C> {
    type Output = (Result<C::Oks, C::Error>, Rest<C>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let join = self.get_mut();
        let mut arrivals = join.arrivals.take().expect("polled after completion");
        let error = match poll_error(arrivals.as_mut(), cx) {
            Poll::Ready(Some(error)) => error,
            Poll::Ready(None) => {
                let oks = C::take_oks(arrivals.as_mut().slots());
                return Poll::Ready((Ok(oks), Rest::new(arrivals)));
            }
            Poll::Pending => {
                join.arrivals = Some(arrivals);
                return Poll::Pending;
            }
        };
        // The error waits until the others have had their first poll, and not longer.
        while !arrivals.all_started() {
            match arrivals.as_mut().poll_loser(cx) {
                Poll::Ready(Some(loser)) => C::discard(arrivals.as_mut().slots(), loser),
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        Poll::Ready((Err(error), Rest::new(arrivals)))
    }
}
