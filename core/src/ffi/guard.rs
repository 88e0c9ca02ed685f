//! What keeps panics on our side of the border: no frame of C is ever unwound through.
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Drops a payload, whose `Drop` is user code and may panic as well. A payload of that second panic is leaked: there
/// is no telling how many more it hides.
pub(crate) fn drop_payload(payload: Payload) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(second);
    }
}

/// Drops `value`; a panic of its `Drop` ends here.
pub(crate) fn drop_quietly<T>(value: T) {
    quietly(move || drop(value));
}
