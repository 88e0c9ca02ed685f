//! The first child to arrive, whatever it gives.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::arrivals::Arrivals;
use super::children::RaceChildren;
use super::rest::Rest;

/// Waits for the first child to arrive and drops the others.
///
/// Takes a tuple of up to twelve futures, an array or a `Vec`; all have the same output. Children get their first poll
/// in program order, and one that is ready then wins before the later ones are polled at all. If several are
/// woken between two polls, the one that was woken first wins, whatever its position.
///
/// When the losers have work to finish, use
/// [`race_detached`](crate::race_detached) or [`race_rest`].
///
/// # Panics
///
/// Panics without children: such a race would pend for ever. A panic of a child leaves the poll in which it occurs.
/// Polling again after that, or after completion, panics.
///
/// # Cancel safety
///
/// Dropping the future drops all children.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let answer = uncallback::race((
///     std::future::pending(),
///     async { Some(42) },
/// )).await;
/// assert_eq!(answer, Some(42));
/// # });
/// ```
#[track_caller]
pub fn race<C: RaceChildren>(children: C) -> Race<C> {
    let arrivals = Arrivals::new(children);
    refuse_empty(&arrivals);
    Race { arrivals }
}

/// Waits for the first child to arrive and gives it together with the others, as a future of their own.
///
/// Like [`race`], but all children get their first poll, even if the first of them wins at once: a callback program
/// has started all of its operations too. The [`Rest`] can be awaited, given to an executor, or detached.
///
/// # Panics
///
/// As [`race`].
///
/// # Cancel safety
///
/// Dropping the future drops all children.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let (first, rest) = uncallback::race_rest([std::future::ready(1), std::future::ready(2)]).await;
/// assert_eq!(first, 1);
/// rest.await; // the second has finished, too
/// # });
/// ```
#[track_caller]
pub fn race_rest<C: RaceChildren>(children: C) -> RaceRest<C> {
    let arrivals = Arrivals::new(children);
    refuse_empty(&arrivals);
    RaceRest { arrivals: Some(Box::pin(arrivals)), winner: None }
}

#[track_caller]
fn refuse_empty<C: RaceChildren>(arrivals: &Arrivals<C>) {
    assert!(!arrivals.is_empty(), "a race without children would never end");
}

/// The future of [`race`].
///
/// # What happens when
///
/// - it is **dropped**: the children are dropped. What their callbacks bring is dropped when it comes.
/// - **two** children arrive between two polls: the one that was woken first wins, and the other is dropped unpolled.
/// - a child's callback is **never called**: if it is dropped before the race is decided, the child panics, in this future.
///   Later, nobody notices.
/// - a child **panics**: the panic leaves the poll; polling this future again panics, too.
///
/// # Cancel safety
///
/// As for [`race`].
///
/// # Examples
///
/// ```
/// use uncallback::{Completer, Race, Started, race, start};
///
/// # uncallback::__private::block_on(async {
/// let mut late = None;
/// let slow: Started<u8, ()> = start(|done: Completer<u8>| late = Some(done));
/// let fast: Started<u8, ()> = start(|done| done.complete(2));
/// let first: Race<[Started<u8, ()>; 2]> = race([slow, fast]);
/// assert_eq!(first.await, 2);
/// assert!(late.unwrap().is_abandoned()); // the loser is dropped
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Race<C: RaceChildren> {
    arrivals: Arrivals<C>,
}

impl<C: RaceChildren> Future for Race<C> {
    type Output = C::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<C::Output> {
        // SAFETY: the arrivals are pinned with the race; nothing moves them.
        let mut arrivals = unsafe { self.map_unchecked_mut(|race| &mut race.arrivals) };
        let Some(winner) = ready!(arrivals.as_mut().poll_next(cx)) else {
            unreachable!("a race has children and ends with the first that finishes")
        };
        let output = C::take_at(arrivals.as_mut().slots(), winner);
        arrivals.finish();
        Poll::Ready(output)
    }
}

/// The future of [`race_rest`].
///
/// # What happens when
///
/// - it is **dropped**: the children are dropped. What their callbacks bring is dropped when it comes.
/// - **two** children arrive between two polls: the one that was woken first wins, and the other is in the [`Rest`].
/// - a child's callback is **never called**: if it is dropped before the race is decided, the child panics, in this future.
///   For later, see [`Rest`](Rest#what-happens-when).
/// - a child **panics**: the panic leaves the poll; polling this future again panics, too.
///
/// # Cancel safety
///
/// As for [`race_rest`].
///
/// # Examples
///
/// ```
/// use std::future::{Ready, ready};
/// use uncallback::{RaceRest, race_rest};
///
/// # uncallback::__private::block_on(async {
/// let first: RaceRest<[Ready<u8>; 2]> = race_rest([ready(1), ready(2)]);
/// let (winner, rest) = first.await;
/// assert_eq!(winner, 1);
/// drop(rest); // cancels the others
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct RaceRest<C: RaceChildren> {
    /// On the heap from the start, because the children stay pinned when the rest is handed out.
    arrivals: Option<Pin<Box<Arrivals<C>>>>,
    winner: Option<C::Output>,
}

impl<C: RaceChildren> Unpin for RaceRest<C> {}

impl<C: RaceChildren> Future for RaceRest<C> {
    type Output = (C::Output, Rest<C>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let race = self.get_mut();
        let arrivals = race.arrivals.as_mut().expect("polled after completion");
        // The winner waits until the others have had their first poll, and not longer.
        while race.winner.is_none() || !arrivals.all_started() {
            let polled = match race.winner {
                None => arrivals.as_mut().poll_next(cx),
                Some(_) => arrivals.as_mut().poll_loser(cx),
            };
            match polled {
                Poll::Ready(Some(first)) if race.winner.is_none() => {
                    race.winner = Some(C::take_at(arrivals.as_mut().slots(), first));
                }
                Poll::Ready(Some(loser)) => C::discard(arrivals.as_mut().slots(), loser),
                Poll::Pending if race.winner.is_none() => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        let (Some(winner), Some(arrivals)) = (race.winner.take(), race.arrivals.take()) else {
            unreachable!("the loop ends with a winner")
        };
        Poll::Ready((winner, Rest::new(arrivals)))
    }
}
