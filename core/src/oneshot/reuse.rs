//! A link that serves one call after the other, whose receiver keeps the cell.
//!
//! While a call is out, the protocol is that of [`link`](super::link): the completer can't tell the difference, and is
//! gone with its one step. What the receiver adds is the time between two calls:
//!
//! | from | to | how | duty |
//! |---|---|---|---|
//! | DONE | IDLE | store | the contents were moved out |
//! | IDLE | WAITING | store | the waker is in place before the call |
//! | IDLE | EMPTY | store | where a callback that fires inside the call can't be told from another |
//!
//! All of these are the receiver's, which has the cell for itself then. IDLE is DONE without contents. It keeps the bit
//! [`INSIDE`]: if the callback fired inside the call, its waker was not used, and serves the next call.

use core::task::Waker;

use super::inside;
use super::states::{self, EMPTY, INSIDE, Outcome};
use super::threads::{REGISTERED_BEFORE, Threads};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::waker_words::WakerWords;

/// No call is out, and there are no contents. [`INSIDE`] may be set beside it.
const IDLE: usize = states::done(Outcome::Lost);

/// Whether the waker of a call that is over was not used, and is still stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unused(usize);

impl Threads {
    /// A link before its first call.
    pub(crate) fn idle() -> Self {
        Threads { word: AtomicUsize::new(IDLE), waker: WakerWords::empty() }
    }

    /// Begins a call, if the last one is over and its contents are taken: its completer may be made after this. The
    /// waker is stored before it.
    ///
    /// If cloning `waker` or dropping an older one panics, the link is still idle.
    ///
    /// # Safety
    /// The caller is the receiver.
    #[inline]
    pub(crate) unsafe fn open(&self, waker: &Waker) -> bool {
        // ORDERING: acquires the completer's last access to the cell.
        let word = self.word.load(Ordering::Acquire);
        let open = if inside::KNOWN {
            if word == IDLE {
                self.waker.write(waker.clone());
            } else if word != IDLE | INSIDE {
                return false;
            } else if !self.waker.copy().is(waker) {
                // SAFETY: idle, with a waker.
                unsafe { self.replace_unused_waker(waker) };
            }
            REGISTERED_BEFORE
        } else if word == IDLE {
            // A callback that fires inside would wake a task in its own poll.
            EMPTY
        } else {
            return false;
        };
        // ORDERING: nobody else has the link. Whatever hands the completer to another thread publishes this store.
        self.word.store(open, Ordering::Relaxed);
        true
    }

    /// # Safety
    /// The caller is the receiver, and the phase is DONE with INSIDE.
    #[cold]
    unsafe fn replace_unused_waker(&self, waker: &Waker) {
        let new = waker.clone();
        let old = self.waker.copy();
        self.waker.write(new);
        // SAFETY: INSIDE: the old waker was ours, and the words hold another one now.
        drop(unsafe { old.into_waker() });
    }

    /// As `has_plain_value`, and a waker may be left beside the value: what to [`rest`](Self::rest) with.
    #[inline]
    pub(crate) fn value(&self) -> Option<Unused> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        (word & !INSIDE == states::done(Outcome::Value)).then_some(Unused(word & INSIDE))
    }

    /// Ends a call. A waker that was not used stays for the next.
    ///
    /// # Safety
    /// The caller is the receiver, the phase is DONE, `unused` is of this call, and the contents were moved out.
    #[inline]
    pub(crate) unsafe fn rest(&self, unused: Unused) {
        // ORDERING: the completer is gone. This is read by the receiver only.
        self.word.store(IDLE | unused.0, Ordering::Relaxed);
    }

    /// Ends a call that has no plain value.
    ///
    /// # Safety
    /// The caller is the receiver, the phase is DONE, and the contents were moved out.
    pub(crate) unsafe fn rest_closer(&self) {
        // ORDERING: the receiver has acquired DONE before.
        let unused = Unused(self.word.load(Ordering::Relaxed) & INSIDE);
        // SAFETY: passed on to the caller.
        unsafe { self.rest(unused) };
    }

    /// Ends a call, and takes out the waker that was not used.
    ///
    /// # Safety
    /// As for [`rest_closer`](Self::rest_closer).
    pub(crate) unsafe fn rest_without_waker(&self) -> Option<Waker> {
        // SAFETY: passed on; with the store below nobody asks again.
        let unused = unsafe { super::link::Link::take_unused_waker(self) };
        // ORDERING: as above.
        self.word.store(IDLE, Ordering::Relaxed);
        unused
    }
}
