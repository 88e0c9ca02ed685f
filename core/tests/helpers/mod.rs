//! What the tests share: an executor that gives up, and wakers that count.
#![allow(dead_code, unreachable_pub)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a test may wait for a wake-up that never comes.
const DEADLINE: Duration = Duration::from_secs(30);

/// Runs a future on this thread, and fails instead of hanging.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let end = Instant::now() + DEADLINE;
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let left =
            end.checked_duration_since(Instant::now()).expect("a wake-up was lost: the future still pends");
        thread::park_timeout(left);
    }
}
