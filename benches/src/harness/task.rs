//! The task that polls: a waker that counts its calls, and one that does nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

/// Wakes are counted without a read-modify-write, so that the count costs the cases little: wakes of one task come
/// from one thread at a time in every workload that counts them.
struct Wakes(AtomicU64);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: relaxed; the count publishes nothing, and it is read by the thread that wakes.
        self.0.store(self.0.load(Relaxed) + 1, Relaxed);
    }
}

/// What polls the futures of a case.
pub struct Task {
    waker: Waker,
    wakes: Option<Arc<Wakes>>,
    seen: u64,
}

impl Task {
    /// A task as executors have them: its waker is a counted reference.
    pub fn counted() -> Self {
        let wakes = Arc::new(Wakes(AtomicU64::new(0)));
        Self { waker: Arc::clone(&wakes).into(), wakes: Some(wakes), seen: 0 }
    }

    /// A task whose waker costs nothing, to see what the adapters cost by themselves.
    pub fn free_of_charge() -> Self {
        Self { waker: Waker::noop().clone(), wakes: None, seen: 0 }
    }

    /// A context to poll with.
    pub fn context(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }

    /// Whether it was woken since the last time this was asked.
    ///
    /// # Panics
    ///
    /// If this task's waker does nothing, and so cannot tell.
    pub fn was_woken(&mut self) -> bool {
        let wakes = self.wakes.as_ref().expect("only a counted task knows");
        // ORDERING: relaxed, as in `wake_by_ref`.
        let now = wakes.0.load(Relaxed);
        std::mem::replace(&mut self.seen, now) != now
    }

    /// Checks that it was woken so many times since this was last asked.
    ///
    /// # Panics
    ///
    /// If it was not: a case that wakes too seldom hangs a real task, one that wakes too often wastes polls.
    pub fn assert_wakes(&mut self, expected: u64) {
        if let Some(wakes) = &self.wakes {
            // ORDERING: relaxed, as in `wake_by_ref`.
            let now = wakes.0.load(Relaxed);
            assert_eq!(now - self.seen, expected, "one wake per call that ended later");
            self.seen = now;
        }
    }
}

/// The output of a future that must be ready now.
#[inline(always)]
pub fn ready<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> F::Output {
    match future.poll(context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the callback has run, and the future does not know"),
    }
}

/// Polls a future that must not be ready yet.
#[inline(always)]
pub fn pending<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) {
    assert!(future.poll(context).is_pending(), "the callback has not run, and the future claims that it has");
}

/// Polls a future, lets `happen` what it waits for, and polls it again, from one place, as the code of an awaiting
/// function does. Returns its output, and whether it had to wait.
#[inline(always)]
pub fn settled<F: Future>(
    mut future: Pin<&mut F>,
    context: &mut Context<'_>,
    happen: impl FnOnce(),
) -> (F::Output, bool) {
    let mut happen = Some(happen);
    loop {
        match future.as_mut().poll(context) {
            Poll::Pending => happen.take().expect("the callback has run, and the future does not know")(),
            Poll::Ready(output) => return (output, happen.is_none()),
        }
    }
}

/// The output of a future that is not ready before something has happened.
#[inline(always)]
pub fn ready_after<F: Future>(
    future: Pin<&mut F>,
    context: &mut Context<'_>,
    happen: impl FnOnce(),
) -> F::Output {
    let (output, waited) = settled(future, context, happen);
    assert!(waited, "the callback has not run, and the future claims that it has");
    output
}
