//! The protocol between threads. The table is in [`link`](super::link).

use core::ptr::NonNull;
use core::task::Waker;

use super::inside;
use super::link::{Cancel, Finish, Link};
use super::states::{self, DONE, EMPTY, GONE, INSIDE, Outcome, WAITING};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::delay;
use crate::waker_words::{WakerCopy, WakerWords};

/// The completer may go to another thread.
///
/// The default of [`Completer`](crate::Completer), [`Started`](crate::Started) and [`Call`](crate::Call); its
/// counterpart is [`Local`](crate::local::Local).
///
/// ```
/// use uncallback::{Started, Threads};
///
/// # uncallback::__private::block_on(async {
/// // `Started<u8, _>` for short.
/// let started: Started<u8, _, Threads> = uncallback::start(|done| std::thread::spawn(|| done.complete(1)));
/// assert_eq!(started.await, 1);
/// # });
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Threads {
    pub(super) word: AtomicUsize,
    pub(super) waker: WakerWords,
}

/// The word of a call whose waker was stored before it.
pub(super) const REGISTERED_BEFORE: usize = states::next(EMPTY, WAITING);

impl Link for Threads {
    type InCall = inside::Guard;

    const STORES_EARLY: bool = inside::KNOWN;

    #[inline]
    fn new() -> Self {
        Threads { word: AtomicUsize::new(EMPTY), waker: WakerWords::empty() }
    }

    #[inline]
    fn enter(this: NonNull<Self>) -> inside::Guard {
        inside::enter(this.as_ptr().cast())
    }

    #[inline]
    fn registered(waker: Waker) -> Self {
        Threads { word: AtomicUsize::new(REGISTERED_BEFORE), waker: WakerWords::holding(waker) }
    }

    #[inline]
    unsafe fn finish(this: NonNull<Self>, outcome: Outcome) -> Finish {
        if inside::is(this.as_ptr().cast()) {
            // SAFETY: the receiver waits for the API call to return, further down on this stack: the link is alive.
            unsafe { this.as_ref() }.finish_inside(outcome);
            return Finish::Delivered(None);
        }
        // SAFETY: passed on to the caller.
        unsafe { Self::finish_later(this, outcome) }
    }

    #[inline]
    fn poll(&self, waker: &Waker) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        if states::phase(word) != EMPTY {
            return self.poll_again(word, waker);
        }
        // User code; it may complete this very call. The swap then fails.
        self.register(word, waker.clone())
    }

    #[inline]
    fn outcome(&self) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        (states::phase(word) == DONE).then(|| states::outcome(word))
    }

    #[inline]
    fn has_plain_value(&self) -> bool {
        // ORDERING: acquires the contents.
        self.word.load(Ordering::Acquire) == states::done(Outcome::Value)
    }

    #[inline]
    fn still_waits(&self) -> bool {
        // ORDERING: nothing is read on the strength of it.
        self.word.load(Ordering::Relaxed) == REGISTERED_BEFORE
    }

    fn is_abandoned(&self) -> bool {
        // ORDERING: nothing is read on the strength of it.
        states::phase(self.word.load(Ordering::Relaxed)) == GONE
    }

    #[inline]
    unsafe fn take_unused_waker(&self) -> Option<Waker> {
        // ORDERING: the receiver has acquired DONE before.
        if self.word.load(Ordering::Relaxed) & INSIDE == 0 {
            return None;
        }
        // SAFETY: INSIDE says that the completer left the waker to the receiver.
        Some(unsafe { self.waker.copy().into_waker() })
    }

    unsafe fn cancel(this: NonNull<Self>) -> Cancel {
        // SAFETY: alive until the swap below succeeds (contract); not used after that.
        let link = unsafe { this.as_ref() };
        // ORDERING: acquires the contents if DONE. The waker words are the receiver's own writes.
        let word = link.word.load(Ordering::Acquire);
        let waker = match states::phase(word) {
            DONE => return Cancel::Done(states::outcome(word)),
            WAITING => Some(link.waker.copy()),
            _ => None,
        };
        delay();
        // ORDERING: releases our last access to the one who frees; on failure acquires the contents.
        match link.word.compare_exchange(word, GONE, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: the swap took WAITING back before the completer could: the waker is ours alone.
            Ok(_) => Cancel::Pending(waker.map(|w| unsafe { w.into_waker() })),
            Err(now) => Cancel::Done(states::outcome(now)),
        }
    }
}

impl Threads {
    /// The completer's step within the API call, on the thread that runs it: there is no other side yet.
    #[inline]
    fn finish_inside(&self, outcome: Outcome) {
        // ORDERING: only this thread has touched the word, before or in this call.
        let word = self.word.load(Ordering::Relaxed);
        // ORDERING: the receiver reads this on this thread after the call, or on one that got the future from it.
        self.word.store(states::done_inside(word, outcome), Ordering::Relaxed);
    }

    /// The completer's step at any other time.
    ///
    /// # Safety
    /// As for [`Link::finish`].
    #[inline]
    unsafe fn finish_later(this: NonNull<Self>, outcome: Outcome) -> Finish {
        // SAFETY: alive until the swap below succeeds (contract); not used after that.
        let link = unsafe { this.as_ref() };
        // ORDERING: acquires the waker words, if WAITING.
        let word = link.word.load(Ordering::Acquire);
        if states::phase(word) == WAITING {
            // A torn copy is harmless, because it is only used if the word has not moved since.
            let waker = link.waker.copy();
            delay();
            let done = states::done(outcome);
            // ORDERING: releases the contents to the receiver. On failure we look again.
            if link.word.compare_exchange(word, done, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                // SAFETY: the swap left WAITING for good and the word had not moved: the copy is the registered
                // waker, and the receiver no longer considers it its own.
                return Finish::Delivered(Some(unsafe { waker.into_waker() }));
            }
        }
        // SAFETY: passed on to the caller.
        unsafe { Self::finish_unexpected(this, outcome) }
    }

    /// The completer's step when no receiver waits, or one that was changing its mind.
    ///
    /// # Safety
    /// As for [`Link::finish`].
    #[inline(never)]
    unsafe fn finish_unexpected(this: NonNull<Self>, outcome: Outcome) -> Finish {
        // SAFETY: alive until the swap below succeeds (contract); not used after that.
        let link = unsafe { this.as_ref() };
        let done = states::done(outcome);
        // ORDERING: acquires the waker words (WAITING) or the receiver's last access to the cell (GONE).
        let mut word = link.word.load(Ordering::Acquire);
        loop {
            let waker = match states::phase(word) {
                // As above.
                WAITING => Some(link.waker.copy()),
                EMPTY => None,
                phase => {
                    debug_assert_eq!(phase, GONE, "a call has one completer, and it finishes once");
                    return Finish::Abandoned;
                }
            };
            delay();
            // ORDERING: releases the contents to the receiver. On failure as for the load above.
            match link.word.compare_exchange(word, done, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: as above.
                Ok(_) => return Finish::Delivered(waker.map(|w| unsafe { w.into_waker() })),
                Err(now) => word = now,
            }
        }
    }

    /// The receiver's step from EMPTY: leaves its waker behind.
    #[inline]
    fn register(&self, word: usize, new: Waker) -> Option<Outcome> {
        let written = self.waker.write(new);
        let registered = states::next(word, WAITING);
        delay();
        // ORDERING: releases the waker words to the completer; on failure acquires the contents.
        match self.word.compare_exchange(word, registered, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => None,
            // SAFETY: the completer finished in EMPTY, where it does not look at the waker words.
            Err(now) => Some(unsafe { finished_meanwhile(now, written) }),
        }
    }

    /// The receiver's step from DONE, and those from WAITING: nothing for the waker that is there, two swaps for
    /// another one.
    #[inline(never)]
    fn poll_again(&self, word: usize, waker: &Waker) -> Option<Outcome> {
        if states::phase(word) == DONE {
            return Some(states::outcome(word));
        }
        let stored = self.waker.copy();
        if stored.is(waker) {
            return None;
        }
        // User code; it may complete this very call. The swap below then fails.
        let new = waker.clone();
        let emptied = states::next(word, EMPTY);
        delay();
        // ORDERING: nothing to publish; on failure acquires the contents.
        match self.word.compare_exchange(word, emptied, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: the swap took WAITING back before the completer could: the stored waker is ours alone. It is
                // dropped after the new one is in place.
                let _old = unsafe { stored.into_waker() };
                self.register(emptied, new)
            }
            Err(now) => Some(states::outcome(now)),
        }
    }
}

/// What a receiver finds that could not leave its waker behind, because the call has ended.
///
/// # Safety
/// As for [`WakerCopy::into_waker`].
#[cold]
#[inline(never)]
unsafe fn finished_meanwhile(word: usize, waker: WakerCopy) -> Outcome {
    // SAFETY: passed on to the caller.
    drop(unsafe { waker.into_waker() });
    states::outcome(word)
}
