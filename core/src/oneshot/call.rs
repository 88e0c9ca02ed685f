//! Lazy calls: the API call is made by the first poll.

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::adapt::{Attempt, KeepsHandle, Landed, attempt_is_a_future};
use super::cancel::handle_can_cancel;
use super::completer::Completer;
use super::hint::{Hint, Seen};
use super::link::Reach;
use super::receiver::{self, Receiver, polled_after_completion};
use super::states::Outcome;
use super::threads::Threads;

/// The future of a call that its first poll makes, by [`call`] or [`call!`](crate::call!).
///
/// # What happens when
///
/// - it is **dropped** before the first poll: the API is never called, and the closure is dropped. After that it is as
///   [`Started`](crate::Started#what-happens-when): nothing blocks, and a late value is dropped.
/// - the callback is **called twice**, is **never called**, or **panics**: as for
///   [`Started`](crate::Started#what-happens-when).
/// - the API call itself **panics**: the panic leaves the poll, and polling again panics.
///
/// # Cancel safety
/// Dropping it loses the value, and nothing else.
///
/// ```
/// # uncallback::__private::block_on(async {
/// let mut made = false;
/// let unused = uncallback::call(|done| { made = true; done.complete(1) });
/// drop(unused);
/// assert!(!made);
/// # });
/// ```
#[must_use = "futures do nothing unless awaited: the call has not been made"]
pub struct Call<T, H, F, L: Reach = Threads> {
    state: State<T, H, F, L>,
    place: &'static Location<'static>,
    hint: Option<&'static Hint>,
}

enum State<T, H, F, L: Reach> {
    Idle(F, PhantomData<fn() -> (T, H)>),
    Made(Receiver<T, L>, Option<H>),
    /// The first poll was the last: the callback fired inside the call, or the call panicked.
    Over,
}

/// Makes an API call at the first poll, and is the future of its callback.
///
/// `api` gets the [`Completer`] and returns whatever the API call returns; the future keeps that and drops it when the
/// outcome is in. See [`call!`](crate::call!) for the short form, and [`start`](crate::start()) to make the call at once.
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Call`](Call#what-happens-when).
///
/// ```
/// # use uncallback::{call, Completer};
/// # fn fetch(url: &str, then: impl FnOnce(Vec<u8>) + Send + 'static) { then(url.into()) }
/// # uncallback::__private::block_on(async {
/// let body = call(|done: Completer<Vec<u8>>| fetch("a.b/c", move |b| done.complete(b))).await;
/// assert_eq!(body, b"a.b/c");
/// # });
/// ```
///
/// # Panics
/// The future panics if the callback is dropped without being called (see [`Call::checked`]), and resumes a panic that was
/// caught in it. A panic of `api` passes through.
///
/// # Cancel safety
/// See [`Call`].
#[inline]
#[track_caller]
pub fn call<T, H, F>(api: F) -> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    Call::idle(api, Location::caller(), None)
}

/// As [`call`], and remembers at `hint` when the callback of this place in the source tends to fire.
#[inline]
#[track_caller]
pub fn call_at<T, H, F>(hint: &'static Hint, api: F) -> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    Call::idle(api, Location::caller(), Some(hint))
}

// Nothing in it is ever pinned.
impl<T, H, F, L: Reach> Unpin for Call<T, H, F, L> {}

impl<T, H, F, L: Reach> Call<T, H, F, L>
where
    F: FnOnce(Completer<T, L>) -> H,
{
    #[inline]
    pub(crate) fn idle(api: F, place: &'static Location<'static>, hint: Option<&'static Hint>) -> Self {
        Call { state: State::Idle(api, PhantomData), place, hint }
    }

    /// Makes the API call. A callback that fires inside it makes this same poll ready.
    #[inline]
    fn make(&mut self, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let State::Idle(..) = self.state else { polled_after_completion(self.place) };
        let seen = self.hint().map_or(Seen::NOTHING, Hint::look);
        let early = seen.expects_later().then(|| cx.waker());
        let state = &mut self.state;
        let api = |done| match mem::replace(state, State::Over) {
            State::Idle(api, _) => api(done),
            _ => unreachable!("seen just above"),
        };
        let (receiver, handle) = receiver::begin(api, self.place, early);
        if receiver.has_value() {
            // User code, before the value is taken: if it panics, the receiver drops the value.
            drop(handle);
            self.learn(seen, false);
            // SAFETY: seen just above.
            let value = unsafe { receiver.take_value() };
            self.close();
            return Poll::Ready(Ok(value));
        }
        let still_waits = receiver.still_waits();
        // `Over` has no destructor to run.
        mem::forget(mem::replace(&mut self.state, State::Made(receiver, Some(handle))));
        if still_waits {
            // The waker was in place before the call, and is still. There is nothing to learn.
            Poll::Pending
        } else if L::STORES_EARLY {
            self.learn_to_wait(seen, cx)
        } else {
            self.wait(Some(seen), cx)
        }
    }

    /// What the first poll does if the waker was not in place before the call, and there is no value after it. Where
    /// calls have hints, that is seldom.
    #[inline(never)]
    fn learn_to_wait(&mut self, seen: Seen, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        self.wait(Some(seen), cx)
    }

    /// What a poll of a call that is out does, if there is no value. The first one learns from it.
    #[inline]
    fn wait(&mut self, first: Option<Seen>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let State::Made(receiver, _) = &mut self.state else { polled_after_completion(self.place) };
        let outcome = receiver.poll(cx);
        if let Some(seen) = first {
            self.learn(seen, outcome.is_pending());
        }
        match outcome {
            Poll::Ready(outcome) => Poll::Ready(self.end(outcome)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Takes an outcome that came in the middle of a poll, or is no value.
    #[cold]
    #[inline(never)]
    fn end(&mut self, outcome: Outcome) -> Landed<T> {
        // SAFETY: announced by the poll just before.
        unsafe { self.leave().take(outcome, self.place) }
    }

    /// Drops the handle, and hands the receiver over to whoever takes its outcome.
    #[inline]
    fn leave(&mut self) -> Receiver<T, L> {
        if let State::Made(_, handle) = &mut self.state {
            // User code, before the outcome is taken: if it panics, the outcome is still there.
            drop(handle.take());
        }
        match mem::replace(&mut self.state, State::Over) {
            State::Made(receiver, _) => receiver,
            _ => unreachable!("only a call that is out has an outcome"),
        }
    }

    /// The last step of a poll that took a value, so that the compiler sees it when it comes to drop the future.
    #[inline]
    fn close(&mut self) {
        // It was `Over` already.
        mem::forget(mem::replace(&mut self.state, State::Over));
    }

    /// What the place of this call has seen, if knowing it helps.
    #[inline]
    fn hint(&self) -> Option<&'static Hint> {
        self.hint.filter(|_| L::STORES_EARLY)
    }

    #[inline]
    fn learn(&self, seen: Seen, later: bool) {
        if let Some(hint) = self.hint() {
            hint.learn(seen, later);
        }
    }
}

impl<T, H, F, L: Reach> Attempt for Call<T, H, F, L>
where
    F: FnOnce(Completer<T, L>) -> H,
{
    type Value = T;

    #[inline]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let this = self.get_mut();
        let State::Made(receiver, _) = &this.state else { return this.make(cx) };
        if !receiver.has_value() {
            return this.wait(None, cx);
        }
        // SAFETY: seen just above.
        let value = unsafe { this.leave().take_value() };
        this.close();
        Poll::Ready(Ok(value))
    }
}

impl<T, H, F, L: Reach> KeepsHandle for Call<T, H, F, L>
where
    F: FnOnce(Completer<T, L>) -> H,
{
    type Handle = H;

    fn interrupt(&mut self) -> Option<H> {
        match &mut self.state {
            State::Made(receiver, handle) if receiver.is_pending() => handle.take(),
            _ => None,
        }
    }
}

attempt_is_a_future!([T, H, F: FnOnce(Completer<T, L>) -> H, L: Reach] Call<T, H, F, L>);
handle_can_cancel!([T, H, F: FnOnce(Completer<T, L>) -> H, L: Reach] Call<T, H, F, L>, H);

impl<T, H, F, L: Reach> fmt::Debug for Call<T, H, F, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state: &dyn fmt::Debug = match &self.state {
            State::Idle(..) => &"not made",
            State::Made(receiver, _) if receiver.is_pending() => &"pending",
            State::Made(..) => &"completed",
            State::Over => &"over",
        };
        f.debug_struct("Call").field("place", &format_args!("{}", self.place)).field("state", state).finish()
    }
}
