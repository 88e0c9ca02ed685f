//! Helpers of the stream tests: a waker that counts, values that count, and one poll.
#![allow(dead_code)]

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};

/// How often the wakers made from it were cloned, woken and dropped.
#[derive(Default)]
pub(crate) struct WakerCounts {
    pub(crate) clones: AtomicUsize,
    pub(crate) wakes: AtomicUsize,
    pub(crate) drops: AtomicUsize,
    /// Runs within each wake.
    on_wake: std::sync::Mutex<Option<Box<dyn FnMut() + Send>>>,
}

impl WakerCounts {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        // SAFETY: the vtable below treats the pointer as an `Arc<WakerCounts>` that it owns a count of.
        unsafe { Waker::from_raw(raw(self.clone())) }
    }

    pub(crate) fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    pub(crate) fn clones(&self) -> usize {
        self.clones.load(SeqCst)
    }

    /// Wakers alive that were cloned from the first one.
    pub(crate) fn alive(self: &Arc<Self>) -> usize {
        Arc::strong_count(self) - 1
    }

    pub(crate) fn on_wake(&self, f: impl FnMut() + Send + 'static) {
        *self.on_wake.lock().unwrap() = Some(Box::new(f));
    }

    fn woken(&self) {
        self.wakes.fetch_add(1, SeqCst);
        let taken = self.on_wake.lock().unwrap().take();
        if let Some(mut f) = taken {
            f();
        }
    }
}

fn raw(counts: Arc<WakerCounts>) -> RawWaker {
    const TABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            // SAFETY: `data` came from `Arc::into_raw` and its count is still owned.
            let counts = unsafe { std::mem::ManuallyDrop::new(Arc::from_raw(data.cast::<WakerCounts>())) };
            counts.clones.fetch_add(1, SeqCst);
            raw(Arc::clone(&counts))
        },
        |data| {
            // SAFETY: as above, and the count is given up.
            let counts = unsafe { Arc::from_raw(data.cast::<WakerCounts>()) };
            counts.woken();
        },
        |data| {
            // SAFETY: as above; the count stays.
            let counts = unsafe { std::mem::ManuallyDrop::new(Arc::from_raw(data.cast::<WakerCounts>())) };
            counts.woken();
        },
        |data| {
            // SAFETY: as above, and the count is given up.
            let counts = unsafe { Arc::from_raw(data.cast::<WakerCounts>()) };
            counts.drops.fetch_add(1, SeqCst);
        },
    );
    RawWaker::new(Arc::into_raw(counts).cast(), &TABLE)
}

/// Polls a future once.
pub(crate) fn poll_once<F: Future>(future: F, waker: &Waker) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(waker))
}

/// A value that counts its drops.
#[derive(Debug, Clone)]
pub(crate) struct Counted(pub(crate) u32, pub(crate) Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, SeqCst);
    }
}
