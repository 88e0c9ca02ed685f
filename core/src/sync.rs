//! The one door to shared memory: the real types in a build, loom's models of them under `--cfg loom`.
//!
//! Every module that synchronises threads takes its atomics, cells and locks from here, so that the code that ships
//! is, line for line, the code that the models explore.

// Which of these are used depends on the features that are on.
#![allow(dead_code, unused_imports)]

#[cfg(not(loom))]
pub(crate) use core::sync::atomic;

#[cfg(loom)]
pub(crate) use loom::sync::atomic;

#[cfg(not(loom))]
pub(crate) use alloc::sync::Arc;

#[cfg(loom)]
pub(crate) use loom::sync::Arc;

#[cfg(loom)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, RwLock};
#[cfg(all(feature = "std", not(loom)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, RwLock};

/// The allocator. Loom's also reports what a model leaks.
pub(crate) mod memory {
    #[cfg(not(loom))]
    pub(crate) use alloc::alloc::{alloc, dealloc};
    #[cfg(loom)]
    pub(crate) use loom::alloc::{alloc, dealloc};
}

/// A thread that sleeps until it is roused; if it was roused before, it goes on at once.
#[cfg(all(feature = "std", not(loom)))]
pub(crate) struct Sleeper(std::thread::Thread);

#[cfg(all(feature = "std", not(loom)))]
impl Sleeper {
    pub(crate) fn this_thread() -> Self {
        Self(std::thread::current())
    }

    /// Sleeps, on this very thread. May end for no reason.
    pub(crate) fn sleep(&self) {
        std::thread::park();
    }

    pub(crate) fn rouse(&self) {
        self.0.unpark();
    }
}

/// In a model: `unpark` of loom ends also a sleep in a lock or a join.
#[cfg(loom)]
pub(crate) struct Sleeper(loom::sync::Notify);

#[cfg(loom)]
impl Sleeper {
    pub(crate) fn this_thread() -> Self {
        Self(loom::sync::Notify::new())
    }

    pub(crate) fn sleep(&self) {
        self.0.wait();
    }

    pub(crate) fn rouse(&self) {
        self.0.notify();
    }
}

#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;

/// `core::cell::UnsafeCell` with loom's way of access: a closure that brackets each access, so that the model sees
/// where it begins and ends.
#[cfg(not(loom))]
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Reads. The caller makes sure that nobody writes meanwhile.
    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Writes. The caller makes sure that nobody else reads or writes meanwhile.
    #[inline]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// A pause within a race, in builds with `--cfg uncallback_delay`: ordinary tests then visit rare interleavings.
#[inline(always)]
pub(crate) fn delay() {
    #[cfg(all(uncallback_delay, feature = "std", not(loom)))]
    {
        use atomic::{AtomicUsize, Ordering};
        static PAUSES: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: only variety is wanted. Steps of a prime, so that no place sees always the same pause.
        match PAUSES.fetch_add(7919, Ordering::Relaxed) % 11 {
            0..4 => {}
            4..8 => std::thread::yield_now(),
            n => std::thread::sleep(core::time::Duration::from_micros(n as u64 * 5)),
        }
    }
}
