//! Groups whose losers run on by themselves.
//!
//! A callback program that counts its answers down does not stop the operations that are still out when it has what it
//! wants: their callbacks run when their answers come, in the turn of the API that calls them, and find nothing left to
//! call. Without a runtime, nobody would poll the losing futures any more; so each of them is run by its own wake, as
//! `drive` does it. That is also the place where its callback ran, so the order of effects stays.

use core::future::Future;

use super::children::{RaceChildren, TryChildren};
use super::race::race_rest;
use super::rest::Rest;
use super::try_join::try_join_rest;

/// Waits for the first child to arrive and lets the others run on by themselves.
///
/// Like [`race`](crate::race), but all children get their first poll, even if the first of them wins at once, and the losers
/// are not dropped: each runs on inside the calls that wake it, with no executor, and what it gives is dropped. In
/// other words: what callback programs do in which the first of several callbacks wins.
///
/// When it is decided, a loser whose callback is dropped uncalled just ends, like the callback: nobody waits for it.
///
/// For children that are not `Send` there is [`local::race_detached`](crate::local::race_detached); for losers that an
/// executor should run, [`race_rest`](crate::race_rest).
///
/// # Panics
///
/// As [`race`](crate::race). A panic of a loser leaves the `wake` in which it occurs, and drops the other losers.
///
/// # Cancel safety
///
/// Dropping the future before it is ready drops all children. Afterwards the losers can no longer be cancelled.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU8, Ordering};
/// use uncallback::{Completer, race_detached, start_with};
///
/// static ARRIVED: AtomicU8 = AtomicU8::new(0);
///
/// # uncallback::__private::block_on(async {
/// let (slow, answer) = start_with(|done: Completer<u8>| done);
/// let winner = race_detached((
///     async move {
///         ARRIVED.store(answer.await, Ordering::Relaxed);
///         "slow"
///     },
///     async { "fast" },
/// ))
/// .await;
/// assert_eq!(winner, "fast");
///
/// slow.complete(7);
/// assert_eq!(ARRIVED.load(Ordering::Relaxed), 7);
/// # });
/// ```
#[track_caller]
pub fn race_detached<C>(children: C) -> impl Future<Output = C::Output>
where
    C: RaceChildren,
    Rest<C>: Send + 'static,
{
    let race = race_rest(children);
    async move {
        let (winner, rest) = race.await;
        rest.detach();
        winner
    }
}

/// Waits for all children to succeed, or for the first error to arrive; the others then run on by themselves.
///
/// Like [`try_join`](crate::try_join), but all children get their first poll, even if the first of them fails at once, and
/// those that still run when an error has arrived are not dropped: each runs on inside the calls that wake it, with no
/// executor, and what it gives is dropped. In other words: what callback programs do that count their answers
/// down and end with the first error.
///
/// When it is decided, a loser whose callback is dropped uncalled just ends, like the callback: nobody waits for it.
///
/// For children that are not `Send` there is [`local::try_join_detached`](crate::local::try_join_detached); for losers that
/// an executor should run, [`try_join_rest`](crate::try_join_rest).
///
/// # Errors
///
/// The error of the child that failed first.
///
/// # Panics
///
/// As [`try_join`](crate::try_join). A panic of a loser leaves the `wake` in which it occurs, and drops the other losers.
///
/// # Cancel safety
///
/// Dropping the future before it is ready drops all children. Afterwards the losers can no longer be cancelled.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU8, Ordering};
/// use uncallback::{Completer, start_with, try_join_detached};
///
/// static SAVED: AtomicU8 = AtomicU8::new(0);
///
/// # uncallback::__private::block_on(async {
/// let (slow, answer) = start_with(|done: Completer<u8>| done);
/// let result = try_join_detached((
///     async move {
///         SAVED.store(answer.await, Ordering::Relaxed);
///         Ok(())
///     },
///     async { Err::<(), _>("refused") },
/// ))
/// .await;
/// assert_eq!(result, Err("refused"));
///
/// slow.complete(7);
/// assert_eq!(SAVED.load(Ordering::Relaxed), 7);
/// # });
/// ```
pub fn try_join_detached<C>(children: C) -> impl Future<Output = Result<C::Oks, C::Error>>
where
    C: TryChildren,
    Rest<C>: Send + 'static,
{
    let join = try_join_rest(children);
    async move {
        let (result, rest) = join.await;
        rest.detach();
        result
    }
}

/// The same for children that are not `Send`; part of the module `local`.
pub(crate) mod local {
    use super::*;

    /// Waits for the first child to arrive and lets the others run on by themselves, on this thread.
    ///
    /// The form of [`race_detached`](crate::race_detached) for children that are not `Send`. Losers run on as with
    /// [`local::drive`](crate::local::drive).
    ///
    /// # Panics
    ///
    /// As [`race_detached`](crate::race_detached).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops all children. Afterwards the losers can no longer be cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use uncallback::local;
    ///
    /// # uncallback::__private::block_on(async {
    /// let arrived = Rc::new(Cell::new(0));
    /// let arrive = arrived.clone();
    /// let (slow, answer) = local::start_with(|done: local::Completer<u8>| done);
    /// let first = async move {
    ///     arrive.set(answer.await);
    ///     "slow"
    /// };
    /// assert_eq!(local::race_detached((first, async { "fast" })).await, "fast");
    /// slow.complete(7);
    /// assert_eq!(arrived.get(), 7);
    /// # });
    /// ```
    #[track_caller]
    pub fn race_detached<C>(children: C) -> impl Future<Output = C::Output>
    where
        C: RaceChildren,
        Rest<C>: 'static,
    {
        let race = race_rest(children);
        async move {
            let (winner, rest) = race.await;
            rest.detach_local();
            winner
        }
    }

    /// Waits for all children to succeed, or for the first error; the others then run on by themselves, on this thread.
    ///
    /// The form of [`try_join_detached`](crate::try_join_detached) for children that are not `Send`. Losers run on as with
    /// [`local::drive`](crate::local::drive).
    ///
    /// # Errors
    ///
    /// The error of the child that failed first.
    ///
    /// # Panics
    ///
    /// As [`try_join_detached`](crate::try_join_detached).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops all children. Afterwards the losers can no longer be cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    /// use uncallback::local;
    ///
    /// # uncallback::__private::block_on(async {
    /// let saved = Rc::new(Cell::new(0));
    /// let save = saved.clone();
    /// let (slow, answer) = local::start_with(|done: local::Completer<u8>| done);
    /// let first = async move {
    ///     save.set(answer.await);
    ///     Ok(())
    /// };
    /// let result = local::try_join_detached((first, async { Err::<(), _>("refused") })).await;
    /// assert_eq!(result, Err("refused"));
    /// slow.complete(7);
    /// assert_eq!(saved.get(), 7);
    /// # });
    /// ```
    pub fn try_join_detached<C>(children: C) -> impl Future<Output = Result<C::Oks, C::Error>>
    where
        C: TryChildren,
        Rest<C>: 'static,
    {
        let join = try_join_rest(children);
        async move {
            let (result, rest) = join.await;
            rest.detach_local();
            result
        }
    }
}
