//! What the tests watch with: values that count their drops, wakers that count their wakes, and a way to wait.
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Hands out tokens and knows how many are alive and how many there were.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census {
    born: Arc<AtomicUsize>,
    died: Arc<AtomicUsize>,
}

/// Counts its drop. A closure that captures one shows when, and how often, it is dropped.
#[derive(Debug)]
pub(crate) struct Token(Census);

impl Census {
    pub(crate) fn token(&self) -> Token {
        // ORDERING: read after the threads that count were joined.
        self.born.fetch_add(1, Ordering::Relaxed);
        Token(self.clone())
    }

    pub(crate) fn alive(&self) -> usize {
        // ORDERING: as above.
        self.born.load(Ordering::Relaxed) - self.died.load(Ordering::Relaxed)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // ORDERING: as above.
        self.0.died.fetch_add(1, Ordering::Relaxed);
    }
}

/// A waker that counts.
#[derive(Debug, Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let wakes = Arc::new(Self::default());
        (wakes.clone(), wakes.into())
    }

    pub(crate) fn count(&self) -> usize {
        // ORDERING: as for `Census`.
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        // ORDERING: as for `Census`.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// No test waits longer than this for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for a future on this thread. Panics at the deadline: a lost wake-up is a failure, not a hang.
pub(crate) fn block_on<F: IntoFuture>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future.into_future());
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let end = Instant::now() + DEADLINE;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let left = end.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "nobody woke this future");
        std::thread::park_timeout(left);
    }
}

/// What a panic said, if `f` panicked.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> Option<String> {
    catch_unwind(AssertUnwindSafe(f)).err().map(|payload| match payload.downcast::<&'static str>() {
        Ok(text) => text.to_string(),
        Err(payload) => payload.downcast::<String>().map_or_else(
            |other| {
                // Before there is a text: a drop that panics would leak it.
                drop(other);
                "another payload".into()
            },
            |text| *text,
        ),
    })
}
