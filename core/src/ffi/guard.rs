//! What keeps panics on our side of the border: no frame of C is ever unwound through.
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send + 'static>;

/// Runs `f`; gives `None` if it panicked. The panic has been reported by the panic hook; nobody is left to resume it.
pub(crate) fn quietly<R>(f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) => {
            drop_payload(payload);
            None
        }
    }
}

/// Drops a payload, whose `Drop` is user code and may panic as well, with a payload that may do the same. Each
/// of them is dropped; a chain that does not come to an end is leaked rather than followed for ever.
///
/// Apart from the callbacks that C calls, which otherwise save the registers that this needs, every time.
#[cold]
#[inline(never)]
pub(crate) fn drop_payload(mut payload: Payload) {
    for _ in 0..64 {
        match catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    std::mem::forget(payload);
}

/// Drops `value`; a panic of its `Drop` ends here.
pub(crate) fn drop_quietly<T>(value: T) {
    quietly(move || drop(value));
}

/// The first panic of a closure that C calls, kept until the frames of C are out of the way.
#[derive(Default)]
pub(crate) struct StoredPanic(Mutex<Option<Payload>>);

impl StoredPanic {
    pub(crate) fn is_set(&self) -> bool {
        self.lock().is_some()
    }

    /// Keeps the first one. A later one is dropped, outside of the lock.
    pub(crate) fn store(&self, payload: Payload) {
        let mut stored = self.lock();
        let surplus = if stored.is_none() { stored.replace(payload) } else { Some(payload) };
        drop(stored);
        if let Some(surplus) = surplus {
            drop_payload(surplus);
        }
    }

    pub(crate) fn resume(&self) {
        if let Some(payload) = self.take() {
            resume_unwind(payload);
        }
    }

    pub(crate) fn take(&self) -> Option<Payload> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Payload>> {
        // No user code runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StoredPanic {
    fn drop(&mut self) {
        if let Some(payload) = self.take() {
            drop_payload(payload);
        }
    }
}
