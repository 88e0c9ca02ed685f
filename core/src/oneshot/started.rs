//! Eager calls: the API call has been made when the future comes into being.

use core::fmt;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::adapt::{Attempt, KeepsHandle, Landed, attempt_is_a_future};
use super::cancel::handle_can_cancel;
use super::completer::Completer;
use super::link::Reach;
use super::receiver::{self, Receiver, polled_after_completion};
use super::states::Outcome;
use super::threads::Threads;

/// The future of a call that has been made already, by [`start`] or [`start!`](crate::start!).
///
/// Keeps what the API call returned (a subscription, a request handle) and drops it when the outcome is in, or with
/// itself.
///
/// # What happens when
///
/// - it is **dropped** before the callback has come: nothing blocks, and the API is not told (see
///   [`cancel_with`](Self::cancel_with)). The value is dropped when it comes, on the thread that calls back. Dropped after
///   that, the future drops the value.
/// - the callback is **called twice**: the first call counts. The macros drop the values of later ones and
///   [count](crate::ignored_calls) them; a [`Completer`] can't complete twice.
/// - the callback is **never called**: if it is dropped, the awaiter is woken and panics with the place of the call, or
///   gets [`Lost`](crate::Lost) from [`checked`](Self::checked). If the API keeps it for ever, the future waits for ever.
/// - the callback **panics**: code that the adapter runs (a mapping, [`complete_with`](Completer::complete_with)) panics in
///   the awaiter instead. Other code panics into the API, and the awaiter hears that the callback was lost.
/// - it is **polled again** after it was ready: that panics.
///
/// # Cancel safety
/// Dropping it loses the value, and nothing else.
///
/// ```
/// use uncallback::{Completer, Started, start};
///
/// # uncallback::__private::block_on(async {
/// let started: Started<u8, ()> = start(|done| done.complete(1));
/// assert_eq!(started.await, 1);
///
/// let mut late = None;
/// let given_up = start(|done: Completer<u8>| late = Some(done));
/// drop(given_up);
/// late.unwrap().complete(2); // drops the 2
///
/// let never = start(|done: Completer<u8>| drop(done));
/// assert!(never.checked().await.is_err());
/// # });
/// ```
#[must_use = "the call has been made, but its outcome is dropped unless this future is awaited"]
pub struct Started<T, H, L: Reach = Threads> {
    /// `None` once the outcome was taken.
    receiver: Option<Receiver<T, L>>,
    place: &'static Location<'static>,
    handle: Option<H>,
}

/// Makes an API call now, and returns the future of its callback.
///
/// The counterpart of [`call`](crate::call()), which waits for the first poll. Use it where the order of effects matters
/// as it stands in the source, or to have several calls under way at once.
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Started`](Started#what-happens-when).
///
/// # Panics
/// As `api` does; the completer may still be used then, and its value goes nowhere. The future panics if the callback is
/// dropped without being called (see [`Started::checked`]), and resumes a panic that was caught in it.
///
/// ```
/// # use std::thread;
/// # uncallback::__private::block_on(async {
/// let a = uncallback::start(|done| thread::spawn(move || done.complete(1)));
/// let b = uncallback::start(|done| thread::spawn(move || done.complete(2)));
/// assert_eq!(a.await + b.await, 3);
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`].
#[inline]
#[track_caller]
pub fn start<T, H>(api: impl FnOnce(Completer<T>) -> H) -> Started<T, H> {
    Started::begin(api, Location::caller())
}

/// Makes an API call now, and returns what it returned beside the future of its callback.
///
/// For handles that the caller needs: to cancel, to ask for progress, to keep beyond the call.
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Started`](Started#what-happens-when).
///
/// # Panics
/// As `api` does.
///
/// ```
/// # use uncallback::{start_with, Completer};
/// # struct Upload; impl Upload { fn progress(&self) -> u8 { 50 } }
/// # fn upload(done: Completer<&'static str>) -> Upload { done.complete("stored"); Upload }
/// # uncallback::__private::block_on(async {
/// let (upload, stored) = start_with(|done| upload(done));
/// println!("{} %", upload.progress());
/// assert_eq!(stored.await, "stored");
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`]. Dropping the handle is up to the caller.
#[inline]
#[track_caller]
pub fn start_with<T, H>(api: impl FnOnce(Completer<T>) -> H) -> (H, Started<T, ()>) {
    Started::begin_with(api, Location::caller())
}

impl<T, H, L: Reach> Started<T, H, L> {
    /// Makes the call and keeps its handle.
    #[inline]
    pub(crate) fn begin(api: impl FnOnce(Completer<T, L>) -> H, place: &'static Location<'static>) -> Self {
        let (receiver, handle) = receiver::begin(api, place, None);
        Started { receiver: Some(receiver), place, handle: Some(handle) }
    }

    /// What a poll does that finds no value.
    #[inline]
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let Some(receiver) = &mut self.receiver else { polled_after_completion(self.place) };
        match receiver.poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(self.end(outcome)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Takes an outcome that came in the middle of a poll, or is no value.
    #[cold]
    #[inline(never)]
    fn end(&mut self, outcome: Outcome) -> Landed<T> {
        // User code, before the outcome is taken: if it panics, the outcome is still there.
        drop(self.handle.take());
        let Some(receiver) = self.receiver.take() else { polled_after_completion(self.place) };
        // SAFETY: announced by the poll just before.
        unsafe { receiver.take(outcome, self.place) }
    }
}

impl<T, L: Reach> Started<T, (), L> {
    /// Makes the call and passes its handle on.
    #[inline]
    pub(crate) fn begin_with<H>(
        api: impl FnOnce(Completer<T, L>) -> H,
        place: &'static Location<'static>,
    ) -> (H, Self) {
        let (receiver, handle) = receiver::begin(api, place, None);
        (handle, Started { receiver: Some(receiver), place, handle: None })
    }
}

// Nothing in it is ever pinned.
impl<T, H, L: Reach> Unpin for Started<T, H, L> {}

impl<T, H, L: Reach> Attempt for Started<T, H, L> {
    type Value = T;

    #[inline(always)]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let this = self.get_mut();
        if !this.receiver.as_ref().is_some_and(Receiver::has_value) {
            return this.wait(cx);
        }
        // User code, before the value is taken: if it panics, the value is still there.
        drop(this.handle.take());
        let Some(receiver) = this.receiver.take() else { unreachable!("seen just above") };
        // SAFETY: seen just above.
        Poll::Ready(Ok(unsafe { receiver.take_value() }))
    }
}

impl<T, H, L: Reach> KeepsHandle for Started<T, H, L> {
    type Handle = H;

    fn interrupt(&mut self) -> Option<H> {
        if self.is_pending() { self.handle.take() } else { None }
    }
}

impl<T, H, L: Reach> Started<T, H, L> {
    fn is_pending(&self) -> bool {
        self.receiver.as_ref().is_some_and(Receiver::is_pending)
    }
}

attempt_is_a_future!([T, H, L: Reach] Started<T, H, L>);
handle_can_cancel!([T, H, L: Reach] Started<T, H, L>, H);

impl<T, H, L: Reach> fmt::Debug for Started<T, H, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started")
            .field("place", &format_args!("{}", self.place))
            .field("pending", &self.is_pending())
            .finish_non_exhaustive()
    }
}
