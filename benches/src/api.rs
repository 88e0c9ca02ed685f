//! The callback APIs that all cases call.
//!
//! None of them is inlined: a real API is compiled elsewhere, and a benchmark in which the optimiser sees both the
//! call and the callback measures a program that nobody has. None of them boxes its callback, so that what is
//! counted and measured belongs to the bridge.

use std::cell::Cell;
use std::hint::black_box;

/// Calls back before it returns.
#[inline(never)]
pub fn call_inside<F: FnOnce(u64)>(value: u64, done: F) {
    done(black_box(value));
}

/// Keeps one callback and calls it when it is told to.
pub struct Device<F> {
    request: Cell<Option<(u64, F)>>,
}

impl<F: FnOnce(u64)> Device<F> {
    /// A device with nothing to do.
    pub const fn idle() -> Self {
        Self { request: Cell::new(None) }
    }

    /// Takes a request; it calls back later.
    #[inline(never)]
    pub fn submit(&self, value: u64, done: F) {
        self.request.set(Some((value, done)));
    }

    /// Calls back for the request that was taken; whether there was one.
    #[inline(never)]
    pub fn finish(&self) -> bool {
        let Some((value, done)) = self.request.take() else { return false };
        done(black_box(value));
        true
    }

    /// Drops the request, if there is one; its callback does not run any more.
    pub fn cancel(&self) {
        drop(self.request.take());
    }

    /// Takes a request, and calls back at once for every third one.
    #[inline(never)]
    pub fn submit_mixed(&self, value: u64, done: F) {
        if value % 3 == 2 {
            done(black_box(value));
        } else {
            self.request.set(Some((value, done)));
        }
    }
}

/// Something that happens again and again, with one listener.
pub struct Source<F> {
    listener: F,
}

impl<F: FnMut(u64)> Source<F> {
    /// A source that calls `listener` for every event.
    pub fn new(listener: F) -> Self {
        Self { listener }
    }

    /// Something happens.
    #[inline(never)]
    pub fn emit(&mut self, value: u64) {
        (self.listener)(black_box(value));
    }
}
