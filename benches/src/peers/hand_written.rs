//! What people write when they take no crate: a counted cell with a value and a waker.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use super::oneshot::OneShot;

/// `Arc` and [`AtomicWaker`], as binding generators emit it for C callbacks.
pub struct HandWritten;

/// A value of a register's size needs no cell of its own.
#[derive(Default)]
pub struct Shared {
    value: AtomicU64,
    is_set: AtomicBool,
    waker: AtomicWaker,
}

impl Shared {
    /// The callback's part.
    pub fn set(&self, value: u64) {
        // ORDERING: relaxed; the value is published by `is_set`.
        self.value.store(value, Ordering::Relaxed);
        // ORDERING: publishes the value.
        self.is_set.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn get(&self) -> Option<u64> {
        // ORDERING: acquires the value, which was stored before.
        self.is_set.load(Ordering::Acquire).then(|| self.value.load(Ordering::Relaxed))
    }
}

/// The awaiter's half.
pub struct Receiver(pub Arc<Shared>);

impl Future for Receiver {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u64> {
        if let Some(value) = self.0.get() {
            return Poll::Ready(value);
        }
        self.0.waker.register(context.waker());
        // The callback may have run between the look and the registration.
        self.0.get().map_or(Poll::Pending, Poll::Ready)
    }
}

impl OneShot for HandWritten {
    const NAME: &'static str = "by hand: Arc and AtomicWaker";
    const PACKAGE: Option<&'static str> = None;
    type Sender = Arc<Shared>;
    type Receiver<'a> = Receiver;

    fn new() -> Self {
        Self
    }
    #[inline(always)]
    fn pair(&mut self) -> (Self::Sender, Self::Receiver<'_>) {
        let shared = Arc::new(Shared::default());
        (Arc::clone(&shared), Receiver(shared))
    }
    #[inline(always)]
    fn send(sender: Self::Sender, value: u64) {
        sender.set(value);
    }
    #[inline(always)]
    fn value(output: u64) -> u64 {
        output
    }
}
