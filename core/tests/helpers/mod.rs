//! What the tests share: an executor that gives up, wakers that count, and the variants under one interface.
#![allow(dead_code, unreachable_pub, unused_imports)]

pub mod family;
pub mod stress;
pub mod waker;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
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

pub fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// Runs `f`, which must panic, and returns what the panic carries.
#[track_caller]
pub fn panic_of<R>(f: impl FnOnce() -> R) -> Box<dyn Any + Send> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("a panic was expected"),
        Err(payload) => payload,
    }
}

/// What `f` returns, or `None` if it panics.
pub fn outcome_of<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}

/// Waits until something is so that another thread is about to make so.
#[track_caller]
pub fn eventually(is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "it did not become so");
        thread::yield_now();
    }
}

/// The text of a panic.
#[track_caller]
pub fn message_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = panic_of(f);
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    }
}

/// A value whose copies are counted: how many are alive is `Arc::strong_count - 1`.
pub type Token = Arc<()>;

/// How many others hold the token.
pub fn alive(token: &Token) -> usize {
    Arc::strong_count(token) - 1
}

/// Lets a test move what is not `Send` into a waker's hook that runs on the same thread.
pub struct SameThread<T>(T, thread::ThreadId);

// SAFETY: `get` refuses on another thread, and tests drop it where they made it.
unsafe impl<T> Send for SameThread<T> {}

impl<T> SameThread<T> {
    pub fn new(value: T) -> Self {
        SameThread(value, thread::current().id())
    }

    pub fn get(&mut self) -> &mut T {
        assert_eq!(thread::current().id(), self.1);
        &mut self.0
    }
}

/// Keeps something reachable for ever, so that a leak check does not take a deliberate leak for a mistake.
pub fn leak(value: impl Any + Send) {
    static LEAKED: std::sync::Mutex<Vec<Box<dyn Any + Send>>> = std::sync::Mutex::new(Vec::new());
    LEAKED.lock().unwrap().push(Box::new(value));
}
