//! The future of an operation that another thread is asked to begin.
use crate::ffi::outcome::CallbackError;
use crate::{Checked, Started};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The future of an operation on the thread of a loop; made by [`LoopThread::begin`](super::LoopThread::begin).
///
/// # What happens when
///
/// - it is **dropped**: the operation is cancelled, if it has begun; if not, as soon as it has.
/// - C calls **twice** or **never**, or a callback **panics**: see [`LoopThread`](super::LoopThread#what-happens-when).
/// - the loop has ended before the operation could begin: its output is [`Closed`](CallbackError::Closed).
///
/// # Cancel safety
///
/// Dropping it loses the outcome of an operation that C may finish all the same.
///
/// ```
/// use uncallback::ffi::{Begun, CallbackError, Pending};
/// /// An answer that comes from the thread of a loop.
/// struct Answer { begun: Begun<Pending<u8>> }
/// impl Answer {
///     async fn get(self) -> Result<u8, CallbackError> { self.begun.await }
/// }
/// # fn f(a: Answer) { drop(a.get()) }
/// ```
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Begun<P> {
    state: State<P>,
}

#[derive(Debug)]
enum State<P> {
    Asked(Checked<Started<P, ()>>),
    Running(P),
}

impl<P> Begun<P> {
    pub(super) fn new(asked: Checked<Started<P, ()>>) -> Self {
        Self { state: State::Asked(asked) }
    }
}

impl<P, T> Future for Begun<P>
where
    P: Future<Output = Result<T, CallbackError>> + Unpin,
{
    type Output = P::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        if let State::Asked(asked) = &mut self.state {
            match ready!(Pin::new(asked).poll(cx)) {
                Ok(running) => self.state = State::Running(running),
                Err(_lost) => return Poll::Ready(Err(CallbackError::Closed)),
            }
        }
        match &mut self.state {
            State::Running(running) => Pin::new(running).poll(cx),
            State::Asked(_) => unreachable!("it runs, or has failed"),
        }
    }
}
