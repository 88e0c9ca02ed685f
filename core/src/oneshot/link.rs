//! The protocol between completer and receiver: one word and one waker in two words.
//!
//! No phase makes one side wait for the other. `e` is the epoch, see [`states`](super::states).
//!
//! | from | who | to | how | duty of the one who moved |
//! |---|---|---|---|---|
//! | EMPTY(e) | receiver polls | WAITING(e+1) | clone waker, write both words, swap | swap lost: drop the clone just made, look again |
//! | EMPTY | completer | DONE | contents first, then swap | receiver frees the cell |
//! | EMPTY, inside | completer | DONE | contents first, then a plain store | none |
//! | WAITING(e), inside | completer | DONE + INSIDE | as above | **no wake**: the receiver's own poll is under way, and it drops the waker |
//! | WAITING(e) | completer | DONE | copy both words, swap | swap won: the copy is owned, wake it. Lost: forget the copy, look again |
//! | WAITING(e) | receiver, other waker | EMPTY(e+1) | swap | receiver owns the old waker, drops it after the new one is in place |
//! | EMPTY, WAITING | receiver dropped | GONE | swap | receiver drops its waker; the completer frees the cell |
//! | DONE | receiver | | | takes or drops the contents, frees the cell |
//! | GONE | completer | | | moves its contents out, frees the cell, drops them |
//!
//! "Swap" is one `compare_exchange` on the whole word. User code (a waker's `clone`, `wake`, `drop`) runs either before
//! a swap, in which case the word is looked at again, or after the last access to the link.

use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::task::{RawWakerVTable, Waker};

use super::states::{self, DONE, EMPTY, GONE, INSIDE, Outcome, WAITING};
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The protocol half of a cell.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Link {
    word: AtomicUsize,
    waker_data: AtomicPtr<()>,
    waker_vtable: AtomicPtr<RawWakerVTable>,
}

/// What the completer found when it finished.
#[derive(Debug)]
pub(crate) enum Finish {
    /// The receiver now owns the cell; the waker, if any, has to be woken.
    Delivered(Option<Waker>),
    /// The receiver is gone: the completer still owns the contents and now the cell.
    Abandoned,
}

/// What the receiver found when it gave up.
#[derive(Debug)]
pub(crate) enum Cancel {
    /// The completer now owns the cell; the waker, if any, has to be dropped.
    Pending(Option<Waker>),
    /// The completer was faster: the receiver owns the cell.
    Done,
}

impl Link {
    #[inline]
    pub(crate) fn new() -> Self {
        Link {
            word: AtomicUsize::new(EMPTY),
            waker_data: AtomicPtr::new(ptr::null_mut()),
            waker_vtable: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Stores a waker before the API call, when nobody else knows the link yet. Saves the swap of a later poll.
    pub(crate) fn register_before_call(&self, waker: Waker) {
        self.write_waker(waker);
        // ORDERING: nobody else has the link yet. Whatever hands the completer to another thread publishes this store.
        self.word.store(states::next(EMPTY, WAITING), Ordering::Relaxed);
    }

    /// Finishes from inside the API call, on the thread that runs it.
    ///
    /// # Safety
    /// The API call that created this link is running on this thread below us, and its receiver has not been handed
    /// out: there is no other side yet. The contents of `outcome` are written.
    #[inline]
    pub(crate) unsafe fn finish_inside(this: NonNull<Link>, outcome: Outcome) {
        // SAFETY: by the contract the receiver waits for the API call to return, so the link is alive.
        let word = unsafe { &this.as_ref().word };
        // ORDERING: only this thread has touched the word, before or in this call.
        let kept = if states::phase(word.load(Ordering::Relaxed)) == WAITING { INSIDE } else { 0 };
        // ORDERING: the receiver reads this on this thread after the call, or on one that got the future from it.
        word.store(states::done(outcome) | kept, Ordering::Relaxed);
    }

    /// Finishes from anywhere.
    ///
    /// # Safety
    /// The link is alive, this is its only completer, and the contents of `outcome` are written. After
    /// [`Finish::Delivered`] the link may not be touched again.
    pub(crate) unsafe fn finish(this: NonNull<Link>, outcome: Outcome) -> Finish {
        // SAFETY: alive until the swap below succeeds (contract); not used after that.
        let link = unsafe { this.as_ref() };
        // ORDERING: acquires the waker words (WAITING) or the receiver's last access to the cell (GONE).
        let mut word = link.word.load(Ordering::Acquire);
        loop {
            let waker = match states::phase(word) {
                EMPTY => None,
                // A torn copy is harmless, because it is only used if the word has not moved since.
                WAITING => Some(link.copy_waker()),
                GONE => return Finish::Abandoned,
                _ => unreachable!("a call has one completer, and it finishes once"),
            };
            // ORDERING: releases the contents to the receiver. On failure as for the load above.
            match link.word.compare_exchange(word, states::done(outcome), Ordering::AcqRel, Ordering::Acquire)
            {
                // SAFETY: the swap left WAITING for good and the word had not moved: the copy is the registered
                // waker, and the receiver no longer considers it its own.
                Ok(_) => return Finish::Delivered(waker.map(|w| unsafe { w.into_waker() })),
                Err(now) => word = now,
            }
        }
    }

    /// Looks whether the completer has finished, and how; otherwise leaves `waker` behind for it.
    ///
    /// After `Some` the receiver owns the cell. An equal waker (same data, same table) is neither cloned nor stored.
    #[inline]
    pub(crate) fn poll(&self, waker: &Waker) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        if states::phase(word) == DONE {
            return Some(states::outcome(word));
        }
        self.register(word, waker)
    }

    fn register(&self, mut word: usize, waker: &Waker) -> Option<Outcome> {
        let mut old = None;
        if states::phase(word) == WAITING && self.copy_waker().is(waker) {
            return None;
        }
        // User code; it may complete this very call. The swaps below then fail.
        let new = waker.clone();
        if states::phase(word) == WAITING {
            let stored = self.copy_waker();
            let emptied = states::next(word, EMPTY);
            // ORDERING: nothing to publish; on failure acquires the contents.
            match self.word.compare_exchange(word, emptied, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: the swap took WAITING back before the completer could: the stored waker is ours alone.
                Ok(_) => old = Some(unsafe { stored.into_waker() }),
                Err(now) => return Some(states::outcome(now)),
            }
            word = emptied;
        }
        let written = self.write_waker(new);
        // ORDERING: releases the waker words to the completer; on failure acquires the contents.
        let lost = self.word.compare_exchange(
            word,
            states::next(word, WAITING),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match lost {
            Ok(_) => {
                drop(old);
                None
            }
            Err(now) => {
                // SAFETY: the completer finished in EMPTY, where it does not look at the waker words.
                let unused = unsafe { written.into_waker() };
                drop((old, unused));
                Some(states::outcome(now))
            }
        }
    }

    /// Whether the completer has finished, without leaving a waker.
    #[inline]
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        (states::phase(word) == DONE).then(|| states::outcome(word))
    }

    /// Whether the receiver has gone. A hint: it may go right after.
    pub(crate) fn is_abandoned(&self) -> bool {
        // ORDERING: nothing is read on the strength of it.
        states::phase(self.word.load(Ordering::Relaxed)) == GONE
    }

    /// Takes out the waker that was stored before the call and not used, because the callback fired inside.
    ///
    /// # Safety
    /// The caller is the receiver, the phase is DONE, and it asks once.
    #[inline]
    pub(crate) unsafe fn take_unused_waker(&self) -> Option<Waker> {
        // ORDERING: the receiver has acquired DONE before.
        if self.word.load(Ordering::Relaxed) & INSIDE == 0 {
            return None;
        }
        // SAFETY: INSIDE says that the completer left the waker to the receiver.
        Some(unsafe { self.copy_waker().into_waker() })
    }

    /// Gives the receiver's side up.
    ///
    /// # Safety
    /// The link is alive and the caller is its receiver. After [`Cancel::Pending`] the link may not be touched again.
    pub(crate) unsafe fn cancel(this: NonNull<Link>) -> Cancel {
        // SAFETY: alive until the swap below succeeds (contract); not used after that.
        let link = unsafe { this.as_ref() };
        // ORDERING: acquires the contents if DONE. The waker words are the receiver's own writes.
        let word = link.word.load(Ordering::Acquire);
        let waker = match states::phase(word) {
            DONE => return Cancel::Done,
            WAITING => Some(link.copy_waker()),
            _ => None,
        };
        // ORDERING: releases our last access to the one who frees; on failure acquires the contents.
        match link.word.compare_exchange(word, GONE, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: the swap took WAITING back before the completer could: the waker is ours alone.
            Ok(_) => Cancel::Pending(waker.map(|w| unsafe { w.into_waker() })),
            Err(_) => Cancel::Done,
        }
    }

    #[inline]
    fn copy_waker(&self) -> WakerCopy {
        WakerCopy {
            // ORDERING: the swap to WAITING published the words; a newer pair is refused by the epoch.
            data: self.waker_data.load(Ordering::Relaxed),
            vtable: self.waker_vtable.load(Ordering::Relaxed),
        }
    }

    #[inline]
    fn write_waker(&self, waker: Waker) -> WakerCopy {
        let waker = ManuallyDrop::new(waker);
        let data = waker.data().cast_mut();
        let vtable = ptr::from_ref(waker.vtable()).cast_mut();
        // ORDERING: published by the store or swap to WAITING that follows.
        self.waker_data.store(data, Ordering::Relaxed);
        self.waker_vtable.store(vtable, Ordering::Relaxed);
        WakerCopy { data, vtable }
    }
}

/// The two words of a waker, not yet known to be a pair that belongs to us. Dropping it does nothing.
#[derive(Clone, Copy)]
struct WakerCopy {
    data: *mut (),
    vtable: *mut RawWakerVTable,
}

impl WakerCopy {
    /// # Safety
    /// The words are those of one stored waker, and nobody else will turn them into a waker again.
    #[inline]
    unsafe fn into_waker(self) -> Waker {
        // SAFETY: the table came from `Waker::vtable`, which is `&'static`; the pair from `ManuallyDrop<Waker>`,
        // whose ownership passes on here (contract).
        unsafe { Waker::new(self.data, &*self.vtable) }
    }

    #[inline]
    fn is(&self, waker: &Waker) -> bool {
        ptr::eq(self.data, waker.data()) && ptr::eq(self.vtable, waker.vtable())
    }
}
