//! The protocol between completer and receiver, in its two implementations.
//!
//! [`Threads`](super::threads::Threads) uses one atomic word and one waker in two atomic words;
//! [`Local`](crate::local::Local) does the same steps with plain cells, and needs no epoch. No phase makes one side wait for the other. `e` is the epoch, see [`states`](super::states).
//!
//! | from | who | to | how | duty of the one who moved |
//! |---|---|---|---|---|
//! | EMPTY(e) | receiver polls | WAITING(e+1) | clone waker, write both words, swap | swap lost: drop the clone just made, look again |
//! | EMPTY | completer | DONE | contents first, then swap | receiver frees the cell |
//! | EMPTY, inside | completer | DONE | contents first, then a plain store | none |
//! | WAITING(e), inside | completer | DONE + INSIDE | as above | **no wake**: the receiver's own poll is under way, and it drops the waker |
//! | WAITING(e) | completer | DONE | copy both words, swap | swap won: the copy is owned, wake it. Lost: forget the copy, look again |
//! | WAITING(e) | receiver, other waker | EMPTY(e+1) | swap | receiver owns the old waker, drops it after the new one is in place |
//! | EMPTY, WAITING | receiver dropped | GONE | swap | receiver drops its waker; the completer frees the cell |
//! | DONE | receiver | | | takes or drops the contents, frees the cell |
//! | GONE | completer | | | moves its contents out, frees the cell, drops them |
//!
//! "Swap" is one `compare_exchange` on the whole word. User code (a waker's `clone`, `wake`, `drop`) runs either before
//! a swap, in which case the word is looked at again, or after the last access to the link.

use core::fmt::Debug;
use core::ptr::NonNull;
use core::task::Waker;

use super::states::Outcome;

/// How far a completer may travel: [`Threads`](crate::Threads) or [`Local`](crate::local::Local).
///
/// Only these two implement it. It is for code that is generic over them:
///
/// ```
/// use uncallback::{Completer, Reach};
///
/// fn answer<L: Reach>(done: Completer<u8, L>) {
///     done.complete(42);
/// }
/// # uncallback::__private::block_on(async {
/// assert_eq!(uncallback::start(answer).await, 42);
/// assert_eq!(uncallback::local::start(answer).await, 42);
/// # });
/// ```
pub trait Reach: Link {}

impl<L: Link> Reach for L {}

/// The protocol half of a cell. Outside, nobody can name this trait: it seals [`Reach`].
pub trait Link: Debug + Sized {
    /// Lives while the API call runs.
    type InCall;

    /// Whether a waker is stored before the API call, where the callback is expected after it.
    ///
    /// Not where that saves nothing, nor where a callback that fires inside can't be told from another: it would wake a
    /// task in its own poll.
    const STORES_EARLY: bool;

    fn new() -> Self;

    /// Says that the API call which got this link's completer is about to run. To be dropped before the receiver is.
    fn enter(this: NonNull<Self>) -> Self::InCall;

    /// A link with the waker stored in it, before the API call. Saves the swap of a later poll.
    fn registered(waker: Waker) -> Self;

    /// The completer's only and last step.
    ///
    /// # Safety
    /// The link is alive, this is its only completer, and the contents of `outcome` are written. After
    /// [`Finish::Delivered`] the link may not be touched again.
    unsafe fn finish(this: NonNull<Self>, outcome: Outcome) -> Finish;

    /// Looks whether the completer has finished, and how; otherwise leaves `waker` behind for it.
    ///
    /// After `Some` the receiver owns the cell. An equal waker (same data, same table) is neither cloned nor stored.
    fn poll(&self, waker: &Waker) -> Option<Outcome>;

    /// Whether the completer has finished, without leaving a waker.
    fn outcome(&self) -> Option<Outcome>;

    /// Whether the completer has left a value, and nothing else is to be seen to: no waker is left in the link.
    fn has_plain_value(&self) -> bool;

    /// Whether the waker that was stored before the call is in place, and nothing has happened since.
    fn still_waits(&self) -> bool;

    /// Whether the receiver has gone. A hint: it may go right after.
    fn is_abandoned(&self) -> bool;

    /// Takes out the waker that was stored before the call and not used, because the callback fired inside.
    ///
    /// # Safety
    /// The caller is the receiver, the phase is DONE, and it asks once.
    unsafe fn take_unused_waker(&self) -> Option<Waker>;

    /// Gives the receiver's side up.
    ///
    /// # Safety
    /// The link is alive and the caller is its receiver. After [`Cancel::Pending`] the link may not be touched again.
    unsafe fn cancel(this: NonNull<Self>) -> Cancel;
}

/// What the completer found when it finished.
#[derive(Debug)]
pub enum Finish {
    /// The receiver now owns the cell; the waker, if any, has to be woken.
    Delivered(Option<Waker>),
    /// The receiver is gone: the completer still owns the contents and now the cell.
    Abandoned,
}

/// What the receiver found when it gave up.
#[derive(Debug)]
pub enum Cancel {
    /// The completer now owns the cell; the waker, if any, has to be dropped.
    Pending(Option<Waker>),
    /// The completer was faster, and finished so: the receiver owns the cell.
    Done(Outcome),
}
