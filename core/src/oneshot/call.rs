//! Lazy calls: the API call is made by the first poll.

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::panic::Location;
use core::task::{Context, Poll};

use super::adapt::{Attempt, Landed, attempt_is_a_future};
use super::cancel::handle_can_cancel;
use super::completer::Completer;
use super::hint::Hint;
use super::receiver;
use super::started::Started;

/// The future of a call that its first poll makes, by [`call`] or [`call!`](crate::call!).
///
/// # Cancel safety
/// Dropped before the first poll, nothing has happened and the closure is dropped. After that as
/// [`Started`](crate::Started#cancel-safety).
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
pub struct Call<T, H, F> {
    state: State<T, H, F>,
    place: &'static Location<'static>,
    hint: Option<&'static Hint>,
}

enum State<T, H, F> {
    Idle(F, PhantomData<fn() -> (T, H)>),
    Made(Started<T, H>),
    /// The API call itself panicked.
    Failed,
}

/// Makes an API call at the first poll, and is the future of its callback.
///
/// `api` gets the [`Completer`] and returns whatever the API call returns; the future keeps that and drops it when the
/// outcome is in. See [`call!`](crate::call!) for the short form, and [`start`](crate::start) to make the call at once.
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
/// # Cancel safety
/// See [`Call`].
#[inline]
#[track_caller]
pub fn call<T, H, F>(api: F) -> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    Call { state: State::Idle(api, PhantomData), place: Location::caller(), hint: None }
}

/// As [`call`], and remembers at `hint` when the callback of this place in the source tends to fire.
#[inline]
#[track_caller]
pub fn call_at<T, H, F>(hint: &'static Hint, api: F) -> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    Call { state: State::Idle(api, PhantomData), place: Location::caller(), hint: Some(hint) }
}

// Nothing in it is ever pinned.
impl<T, H, F> Unpin for Call<T, H, F> {}

impl<T, H, F> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    /// Makes the API call. A callback that fires inside it makes this same poll ready.
    fn make(&mut self, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let State::Idle(api, _) = mem::replace(&mut self.state, State::Failed) else {
            panic!("the call at {} was polled again after making it had panicked", self.place)
        };
        let early = self.hint.is_some_and(Hint::expects_later).then(|| cx.waker());
        let (receiver, handle) = receiver::begin(api, self.place, early);
        let mut started = Started::new(receiver, handle);
        let landed = started.poll_landed(cx);
        if let Some(hint) = self.hint {
            hint.learn(landed.is_pending());
        }
        self.state = State::Made(started);
        landed
    }
}

impl<T, H, F> Attempt for Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    type Value = T;
    type Handle = H;

    #[inline]
    fn poll_landed(&mut self, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        match &mut self.state {
            State::Made(started) => started.poll_landed(cx),
            _ => self.make(cx),
        }
    }

    fn interrupt(&mut self) -> Option<H> {
        match &mut self.state {
            State::Made(started) => started.interrupt(),
            _ => None,
        }
    }
}

attempt_is_a_future!([T, H, F: FnOnce(Completer<T>) -> H] Call<T, H, F>);
handle_can_cancel!([T, H, F: FnOnce(Completer<T>) -> H] Call<T, H, F>, H);

impl<T, H, F> fmt::Debug for Call<T, H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state: &dyn fmt::Debug = match &self.state {
            State::Idle(..) => &"not made",
            State::Made(started) => started,
            State::Failed => &"failed",
        };
        f.debug_struct("Call").field("place", &format_args!("{}", self.place)).field("state", state).finish()
    }
}
