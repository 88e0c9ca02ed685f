//! What other threads want done on one thread, for as long as it takes orders.
use super::guard::{drop_payload, drop_quietly};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Something to do, with what the thread has at hand.
pub(super) type Errand<T> = Box<dyn FnOnce(&T) + Send>;

/// Errands in their order, under a lock of whoever has them. None are taken any more once it is closed.
pub(super) struct Errands<T>(Option<Vec<Errand<T>>>);

impl<T> Errands<T> {
    pub(super) fn new() -> Self {
        Self(Some(Vec::new()))
    }

    /// Takes an errand on, or gives it back, if nobody will do it. Whoever drops it has left the lock: that tells an awaiter.
    pub(super) fn add(&mut self, errand: Errand<T>) -> Result<(), Errand<T>> {
        match &mut self.0 {
            Some(errands) => {
                errands.push(errand);
                Ok(())
            }
            None => Err(errand),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(Vec::is_empty)
    }

    /// What is to be done now.
    pub(super) fn take(&mut self) -> Todo<T> {
        Todo(self.0.as_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Takes nothing on any more, and gives back what has not been done.
    pub(super) fn close(&mut self) -> Todo<T> {
        Todo(self.0.take().unwrap_or_default())
    }
}

/// Errands that have left the lock. Those that are dropped tell their awaiters, one by one, of the loss.
pub(super) struct Todo<T>(Vec<Errand<T>>);

impl<T> Todo<T> {
    pub(super) fn run(mut self, on: &T) {
        for errand in self.0.drain(..) {
            // Its panic has gone to its awaiter; what is left are panics of wakers and of unwanted values.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| errand(on))) {
                drop_payload(payload);
            }
        }
    }
}

impl<T> Drop for Todo<T> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(drop_quietly);
    }
}
