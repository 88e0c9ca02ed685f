//! `#[uncallback]` on an `extern` block, with the C library of the fixture behind it.
mod bare;
mod field;
mod keyed;
mod object;
mod on_loop;
mod operations;
mod pump;
mod registered;
mod shared;
mod words;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls once: what is tested here is never long in coming.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it should have come by now"),
    }
}

/// What a panic said, if `f` panicked.
fn panic_of<R>(f: impl FnOnce() -> R) -> Option<String> {
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).err()?;
    match payload.downcast::<&'static str>() {
        Ok(text) => Some(text.to_string()),
        Err(payload) => payload.downcast::<String>().ok().map(|text| *text),
    }
}
