//! Start a future here and now, await its remainder later.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Polls a future once in place and gives a future of the remainder.
///
/// An `async fn` does nothing until it is polled; a function with a callback starts at once. `kick(future).await` makes
/// the one behave as the other: `future` runs to its first real suspension, then the code after `kick` goes on. The
/// `await` itself never suspends.
///
/// The first poll uses the waker of the task that awaits `kick`. A wake that comes before the remainder is awaited
/// is not lost, because the remainder polls the future again.
///
/// # Panics
///
/// A panic in the first segment of `future` leaves `kick(..).await` directly, as it would have left the function
/// with a callback.
///
/// # Cancel safety
///
/// Dropping the future before its first poll drops `future` unpolled. After that poll it is ready, and dropping the
/// [`Kicked`] drops the remainder.
///
/// # Examples
///
/// ```
/// use std::cell::RefCell;
/// # uncallback::__private::block_on(async {
/// let log = RefCell::new(vec![]);
/// let rest = uncallback::kick(async {
///     log.borrow_mut().push("first segment");
///     "value"
/// })
/// .await;
/// log.borrow_mut().push("code after the call");
/// assert_eq!(rest.await, "value");
/// assert_eq!(log.into_inner(), ["first segment", "code after the call"]);
/// # });
/// ```
pub fn kick<F: Future>(future: F) -> Kick<F> {
    Kick { future: Some(Box::pin(future)) }
}

/// Polls a future once, here and now, and gives a future of the remainder.
///
/// For places that are not inside a poll and so have no waker: the first segment runs under a waker that does
/// nothing. Nothing is lost by that, because the remainder polls the future again as soon as it is polled itself, and
/// then with the waker of its own task.
///
/// # Panics
///
/// A panic in the first segment of `future` leaves this call.
///
/// # Cancel safety
///
/// Dropping the [`Kicked`] drops the remainder.
///
/// # Examples
///
/// ```
/// let started = std::cell::Cell::new(false);
/// let rest = uncallback::kick_now(async {
///     started.set(true);
///     std::future::pending::<()>().await;
/// });
/// assert!(started.get());
/// assert!(!rest.is_ready());
/// ```
pub fn kick_now<F: Future>(future: F) -> Kicked<F> {
    Kicked::start(Box::pin(future), &mut Context::from_waker(Waker::noop()))
}

/// The future of [`kick`].
///
/// # What happens when
///
/// - it is **dropped** before its first poll: the future inside is dropped unpolled. After that it is ready; dropping the
///   [`Kicked`] drops the remainder.
/// - the first segment **panics**: the panic leaves the poll, that is the `await`.
/// - it is **polled again** after it was ready: that panics.
///
/// # Cancel safety
///
/// As for [`kick`].
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let kick: uncallback::Kick<_> = uncallback::kick(async { 1 });
/// let rest = kick.await;
/// assert!(rest.is_ready());
/// assert_eq!(rest.await, 1);
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Kick<F> {
    /// On the heap from the start, because it stays pinned when the remainder is handed out.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Kick<F> {
    type Output = Kicked<F>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Kicked<F>> {
        let future = self.future.take().expect("polled after completion");
        Poll::Ready(Kicked::start(future, cx))
    }
}

/// What is left of a future after [`kick`] or [`kick_now`] has polled it once.
///
/// # What happens when
///
/// - it is **dropped**: the future is dropped where it waits, or its output if nobody has collected it.
/// - the future **panics** in a later segment: the panic leaves the poll of this one.
/// - it is **polled again** after it was ready: that panics.
///
/// # Cancel safety
///
/// Dropping it drops the future, or the output if nobody has collected it.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// // Both begin now, in this order; they are awaited in the other.
/// let first = uncallback::kick_now(async { 1 });
/// let second = uncallback::kick_now(async { 2 });
/// assert_eq!((second.await, first.await), (2, 1));
/// # });
/// ```
#[must_use = "dropping the remainder cancels it"]
pub struct Kicked<F: Future> {
    state: State<F>,
}

enum State<F: Future> {
    Running(Pin<Box<F>>),
    Ready(F::Output),
    Over,
}

impl<F: Future> Kicked<F> {
    fn start(mut future: Pin<Box<F>>, cx: &mut Context<'_>) -> Self {
        let state = match future.as_mut().poll(cx) {
            Poll::Ready(output) => State::Ready(output),
            Poll::Pending => State::Running(future),
        };
        Kicked { state }
    }

    /// Whether the first segment was all there was: the output waits to be collected.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(uncallback::kick_now(async { 1 }).is_ready());
    /// assert!(!uncallback::kick_now(std::future::pending::<()>()).is_ready());
    /// ```
    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready(_))
    }
}

// Neither the boxed future nor the output is pinned by this struct.
impl<F: Future> Unpin for Kicked<F> {}

impl<F: Future> Future for Kicked<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if let State::Running(future) = &mut self.state {
            let Poll::Ready(output) = future.as_mut().poll(cx) else { return Poll::Pending };
            self.state = State::Over;
            return Poll::Ready(output);
        }
        match core::mem::replace(&mut self.state, State::Over) {
            State::Ready(output) => Poll::Ready(output),
            State::Running(_) | State::Over => panic!("polled after completion"),
        }
    }
}
