//! Lost callbacks in futures for which nobody waits.
//!
//! A callback that is dropped uncalled makes its awaiter panic, so that a task which waits does not hang. A driven future
//! and the loser of a race have no task behind them: they are polled inside the very call that drops the callback, often
//! from a destructor of the API, where a panic could end the process. In callback style nothing would happen there except
//! that what the callback holds is dropped. So whoever polls such a future catches the loss here, and drops the future.
//!
//! The loss travels as an unwinding like any other, so that all that the future holds is dropped in order; but as its
//! payload is a [`Lost`] and no panic has been raised, the panic hook stays silent.

//!
//! Without `std` nothing can be caught, and a lost callback always panics.

use crate::Lost;

/// Runs a poll and catches the loss of a callback that it awaits. Other panics pass.
pub(crate) fn catch_lost<R>(poll: impl FnOnce() -> R) -> Result<R, Lost> {
    #[cfg(feature = "std")]
    let result = catch_poll(poll).unwrap_or_else(|payload| std::panic::resume_unwind(payload));
    #[cfg(not(feature = "std"))]
    let result = Ok(poll());
    result
}

/// Runs a poll and catches its panic, and apart from that the loss of a callback that it awaits.
#[cfg(feature = "std")]
pub(crate) use caught::poll as catch_poll;

/// Ends the poll that awaits a lost callback: quietly if someone catches it, else with a panic that says what happened.
pub(crate) fn raise(lost: Lost) -> ! {
    #[cfg(feature = "std")]
    caught::raise(lost);
    panic!("{lost}")
}

#[cfg(feature = "std")]
mod caught {
    use alloc::boxed::Box;
    use core::any::Any;
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use crate::Lost;

    type Payload = Box<dyn Any + Send>;

    #[cfg(not(loom))]
    std::thread_local! {
        static CATCHES: Cell<bool> = const { Cell::new(false) };
    }
    #[cfg(loom)]
    loom::thread_local! {
        static CATCHES: Cell<bool> = Cell::new(false);
    }

    #[inline]
    pub(crate) fn poll<R>(poll: impl FnOnce() -> R) -> Result<Result<R, Lost>, Payload> {
        let before = CATCHES.try_with(|catches| catches.replace(true));
        let result = catch_unwind(AssertUnwindSafe(poll));
        if let Ok(before) = before {
            let _ = CATCHES.try_with(|catches| catches.set(before));
        }
        match result {
            Ok(ended) => Ok(Ok(ended)),
            Err(payload) => lost(payload).map(Err),
        }
    }

    /// What was caught, if it is a loss.
    #[cold]
    #[inline(never)]
    fn lost(payload: Payload) -> Result<Lost, Payload> {
        payload.downcast::<Lost>().map(|lost| *lost)
    }

    pub(super) fn raise(lost: Lost) {
        if CATCHES.try_with(Cell::get).unwrap_or(false) {
            resume_unwind(Box::new(lost));
        }
    }
}
