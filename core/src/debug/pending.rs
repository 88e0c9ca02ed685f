//! The list of calls under way, for people.

use alloc::vec::Vec;
use core::{fmt, panic::Location, time::Duration};
use std::time::Instant;

use super::registry::{Entry, calls};

/// A call whose callback has neither been called nor dropped.
///
/// ```
/// use uncallback::{Completer, debug, start};
///
/// struct Reply;
/// let mut kept = None;
/// let request = start(|done: Completer<Reply>| kept = Some(done));
/// let call = *debug::pending().iter().find(|call| call.value().ends_with("Reply")).unwrap();
/// assert_eq!(call.place().file(), file!());
/// assert!(matches!(call.waits_for(), debug::WaitsFor::Poll));
/// assert!(call.age().as_secs() < 3600);
/// println!("{call}");
/// # drop(request);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PendingCall {
    place: &'static Location<'static>,
    value: &'static str,
    age: Duration,
    waits_for: WaitsFor,
}

/// What has to happen for a call to be over.
///
/// ```
/// use uncallback::{Completer, debug::{self, WaitsFor}, start};
///
/// struct Reply;
/// let mut kept = None;
/// drop(start(|done: Completer<Reply>| kept = Some(done)));
/// let call = *debug::pending().iter().find(|call| call.value().ends_with("Reply")).unwrap();
/// assert!(matches!(call.waits_for(), WaitsFor::Release));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// The call was made, and its future was not polled yet.
    Poll,
    /// The callback has to be called.
    Callback {
        /// The `.await` that waits for it. Within a combinator it is the combinator's own.
        awaited: &'static Location<'static>,
    },
    /// The future is gone; the API still holds the callback.
    Release,
}

impl PendingCall {
    pub(super) fn of(entry: &Entry) -> Self {
        let waits_for = match entry.awaited {
            _ if entry.future_gone => WaitsFor::Release,
            Some(awaited) => WaitsFor::Callback { awaited },
            None => WaitsFor::Poll,
        };
        let age = Instant::now().saturating_duration_since(entry.made);
        PendingCall { place: entry.place, value: entry.value, age, waits_for }
    }

    /// Where the call was made: the `call!` or `start!` in the source.
    ///
    /// See the example of [`PendingCall`].
    pub fn place(&self) -> &'static Location<'static> {
        self.place
    }

    /// The type of the value that the callback will deliver.
    ///
    /// See the example of [`PendingCall`].
    pub fn value(&self) -> &'static str {
        self.value
    }

    /// How long ago the call was made.
    ///
    /// See the example of [`PendingCall`].
    pub fn age(&self) -> Duration {
        self.age
    }

    /// What has to happen for it to be over.
    ///
    /// See the example of [`PendingCall`].
    pub fn waits_for(&self) -> WaitsFor {
        self.waits_for
    }
}

impl fmt::Display for PendingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call of {} for {}, made {:.1?} ago: ", self.place, self.value, self.age)?;
        match self.waits_for {
            WaitsFor::Poll => write!(f, "not polled yet"),
            WaitsFor::Callback { awaited } => write!(f, "awaited at {awaited}, its callback was not called"),
            WaitsFor::Release => write!(f, "its future is gone, and the API still holds the callback"),
        }
    }
}

/// Lists the calls under way, oldest first.
///
/// ```
/// let mut kept = None;
/// let request = uncallback::start(|done: uncallback::Completer<u8>| kept = Some(done));
/// for call in uncallback::debug::pending() {
///     println!("{call}");
/// }
/// # drop(request);
/// ```
pub fn pending() -> Vec<PendingCall> {
    calls().values().map(PendingCall::of).collect()
}

/// Prints the calls under way and the open streams to standard error, one to a line, oldest first.
///
/// ```
/// uncallback::debug::print_pending();
/// ```
pub fn print_pending() {
    for call in pending() {
        std::eprintln!("uncallback: {call}");
    }
    for stream in super::streams() {
        std::eprintln!("uncallback: {stream}");
    }
}

/// Prints the calls under way and the open streams when the process exits, as [`print_pending`] does.
///
/// Works for a return from `main` and for `std::process::exit`, not for an abort or a signal. Where the platform has no
/// `atexit` (other than Unix and Windows) it does nothing. To be asked for once.
///
/// ```
/// uncallback::debug::print_pending_at_exit();
/// ```
pub fn print_pending_at_exit() {
    #[cfg(any(unix, windows))]
    {
        unsafe extern "C" {
            fn atexit(at_exit: extern "C" fn()) -> core::ffi::c_int;
        }
        extern "C" fn at_exit() {
            print_pending();
        }
        // SAFETY: the C library's own declaration. `at_exit` does not unwind: writing to standard error panics only if
        // that is closed, and a panic in an `extern "C" fn` aborts a process that is about to end.
        let refused = unsafe { atexit(at_exit) } != 0;
        if refused {
            std::eprintln!("uncallback: the C library takes no more exit functions");
        }
    }
}
