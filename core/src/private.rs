//! What generated code and the examples of this documentation touch. Not part of the public interface.
#![allow(missing_docs)]

pub use crate::aliased::Callback;
pub use crate::oneshot::generated::*;
pub use alloc::borrow::ToOwned;

pub use crate::stream::generated::{open_events, registered_events};

/// Runs a future on this thread: just enough of an executor for the examples.
#[cfg(feature = "std")]
pub fn block_on<F: core::future::Future>(future: F) -> F::Output {
    use alloc::sync::Arc;
    use core::task::{Context, Poll, Waker};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl alloc::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = core::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
