//! Knowing that a callback fires inside the very call it was passed to.
//!
//! While an API call runs, a thread-local names its cell. A completer that finds its own cell there knows that its
//! receiver is waiting for the call to return, further down on this stack, so a plain store is enough.
//!
//! * Nested calls shadow each other: completing an outer call from within an inner one takes the ordinary path.
//! * Another thread never sees the name, so neither does a completer that was moved there during the call.
//! * A stackful coroutine that moves between threads in the middle of a call would break the second point. Programs
//!   that have such coroutines turn the shortcut off with feature `stackful-coroutines`.

#[cfg(all(feature = "std", not(feature = "stackful-coroutines")))]
mod current {
    use core::cell::Cell;
    use core::ptr;

    /// Whether [`is`] can ever say yes.
    pub(crate) const KNOWN: bool = true;

    #[cfg(not(loom))]
    std::thread_local! {
        static CURRENT: Cell<*const ()> = const { Cell::new(ptr::null()) };
    }
    #[cfg(loom)]
    loom::thread_local! {
        static CURRENT: Cell<*const ()> = Cell::new(ptr::null());
    }

    #[inline]
    pub(super) fn replace(call: *const ()) -> *const () {
        CURRENT.with(|current| current.replace(call))
    }

    /// Whether the call with this cell is the innermost one that runs on this thread.
    #[inline]
    pub(crate) fn is(call: *const ()) -> bool {
        CURRENT.with(|current| ptr::eq(current.get(), call))
    }
}

#[cfg(not(all(feature = "std", not(feature = "stackful-coroutines"))))]
mod current {
    /// Without thread-locals nobody knows: every completion takes the ordinary path.
    pub(crate) const KNOWN: bool = false;

    pub(super) fn replace(_call: *const ()) -> *const () {
        core::ptr::null()
    }

    pub(crate) fn is(_call: *const ()) -> bool {
        false
    }
}

pub(crate) use current::{KNOWN, is};

/// Names the call for as long as it lives. Must be dropped before the call's receiver.
pub struct Guard {
    previous: *const (),
}

#[inline]
pub(crate) fn enter(call: *const ()) -> Guard {
    Guard { previous: current::replace(call) }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        current::replace(self.previous);
    }
}
