//! An operation that waits for its first poll.
use super::affinity::Admits;
use super::begin::Begin;
use super::cancel::Canceller;
use super::custody::{Custody, Place};
use super::oneshot::Oneshot;
use super::outcome::CallbackError;
use super::pending::{Pending, polled_after_completion};
use crate::oneshot::Threads;
use crate::oneshot::hint::{Hint, Seen};
use crate::oneshot::link::Link;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// An operation that starts at its first poll; what `.await` makes of an [`Oneshot`].
///
/// # What happens when
///
/// - it is **dropped** before its first poll: the C function is never called. After that, as [`Pending`].
/// - the callback is **called twice**, is **never called**, or **panics**: as for [`Pending`](Pending#what-happens-when).
/// - the start closure **panics**: the panic leaves the first poll; polling again panics, too.
///
/// # Cancel safety
///
/// Dropping it loses the value, and never blocks.
///
/// See the example of [`Launch`].
#[must_use = "futures do nothing unless awaited"]
pub struct Lazy<B: Launch> {
    state: Launching<B, B::Future>,
}

enum Launching<B, R> {
    Described(B),
    Running(R),
    /// The first poll was the last: C has called back at once, or `start` has panicked.
    Over,
}

/// An operation that can be started: every [`Oneshot`] of which all parts fit together.
///
/// ```
/// # use core::ffi::c_void;
/// use uncallback::ffi::{self, First, Launch, Lazy};
///
/// /// Waits for one operation after the other, started in turn.
/// async fn in_turn<B: Launch>(operations: Vec<Lazy<B>>) -> Vec<<Lazy<B> as Future>::Output> {
///     let mut outputs = vec![];
///     for operation in operations {
///         outputs.push(operation.await);
///     }
///     outputs
/// }
/// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `work` calls back exactly once.
/// let work = || unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) }.lazy();
/// assert_eq!(in_turn(vec![work(), work()]).await, [Ok(1), Ok(1)]);
/// # });
/// ```
pub trait Launch: Sized {
    #[doc(hidden)]
    type Future: Future + Unpin;
    /// Starts the operation.
    #[doc(hidden)]
    fn launch(self) -> Self::Future;
    #[doc(hidden)]
    fn place(&self) -> Place;
    /// Whether it can't be started any more.
    #[doc(hidden)]
    fn is_closed(&self) -> bool;
    /// Starts the operation within its first poll. With a waker, that one is left behind before C is called.
    #[doc(hidden)]
    fn launch_within(described: impl FnOnce() -> Self, place: Place, waker: Option<&Waker>) -> Self::Future;
    /// The value, if it is there. Then nothing is left in the future that would have to be dropped.
    #[doc(hidden)]
    fn take_value(running: &mut Self::Future) -> Option<<Self::Future as Future>::Output>;
    /// Whether C has not called back, and the waker is in place that was left before.
    #[doc(hidden)]
    fn still_waits(running: &Self::Future) -> bool;
}

impl<T, F, S, X, K, C, M, U> Launch for Oneshot<T, F, S, X, K, C, M, U>
where
    S: Begin<F, T, X, K, M, U>,
    C: Canceller<S::Handle>,
    M: Admits<T> + Admits<X> + Admits<K>,
    U: Custody,
{
    type Future = Pending<T, S::Handle, C, M>;
    fn launch(self) -> Self::Future {
        self.start()
    }
    #[inline]
    fn place(&self) -> Place {
        self.place()
    }
    #[inline]
    fn is_closed(&self) -> bool {
        self.is_closed()
    }
    #[inline]
    fn launch_within(described: impl FnOnce() -> Self, place: Place, waker: Option<&Waker>) -> Self::Future {
        Self::begin(described, place, waker)
    }
    #[inline]
    fn take_value(running: &mut Self::Future) -> Option<Result<T, CallbackError>> {
        running.take_value_if_there()
    }
    #[inline]
    fn still_waits(running: &Self::Future) -> bool {
        running.still_waits()
    }
}

impl<B: Launch> Lazy<B> {
    pub(super) fn new(described: B) -> Self {
        Self { state: Launching::Described(described) }
    }

    /// Starts, and polls for the first time.
    #[inline]
    fn start(&mut self, cx: &mut Context<'_>) -> Poll<<B::Future as Future>::Output> {
        let Launching::Described(described) = &self.state else { polled_after_completion() };
        let (place, closed) = (described.place(), described.is_closed());
        let hint = Hint::of(place).filter(|_| Threads::STORES_EARLY);
        let seen = hint.map_or(Seen::NOTHING, Hint::look);
        let state = &mut self.state;
        let mut described = || match std::mem::replace(state, Launching::Over) {
            Launching::Described(described) => described,
            _ => unreachable!("seen just above"),
        };
        if closed {
            let failed = described().launch();
            self.state = Launching::Running(failed);
            return self.look_closer(None, Seen::NOTHING, cx);
        }
        let mut running = B::launch_within(described, place, seen.expects_later().then(|| cx.waker()));
        if let Some(output) = B::take_value(&mut running) {
            if let Some(hint) = hint {
                hint.learn(seen, false);
            }
            return Poll::Ready(output);
        }
        let waits = B::still_waits(&running);
        // `Over` has no destructor to run.
        std::mem::forget(std::mem::replace(&mut self.state, Launching::Running(running)));
        if waits {
            // The waker was in place before the call, and is still. There is nothing to learn.
            return Poll::Pending;
        }
        self.look_closer(hint, seen, cx)
    }

    #[inline(never)]
    fn look_closer(
        &mut self,
        hint: Option<&'static Hint>,
        seen: Seen,
        cx: &mut Context<'_>,
    ) -> Poll<<B::Future as Future>::Output> {
        let Launching::Running(running) = &mut self.state else { unreachable!("started in this poll") };
        let outcome = Pin::new(running).poll(cx);
        if let Some(hint) = hint {
            hint.learn(seen, outcome.is_pending());
        }
        outcome
    }
}

// Nothing in it is ever pinned: the operation is moved out, and its future is `Unpin`.
impl<B: Launch> Unpin for Lazy<B> {}

impl<B: Launch> Future for Lazy<B> {
    type Output = <B::Future as Future>::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Launching::Running(running) = &mut self.state else { return self.start(cx) };
        let Some(output) = B::take_value(running) else { return Pin::new(running).poll(cx) };
        // The last step, so that the compiler sees it when it comes to drop this.
        std::mem::forget(std::mem::replace(&mut self.state, Launching::Over));
        Poll::Ready(output)
    }
}

impl<B: Launch> std::fmt::Debug for Lazy<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lazy").field("started", &matches!(self.state, Launching::Running(_))).finish()
    }
}
