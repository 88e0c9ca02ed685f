//! The protocol on one thread. The table is in `oneshot/link.rs`; here every step is plain, and cannot be lost.

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::task::Waker;

use crate::oneshot::link::{Cancel, Finish, Link};
use crate::oneshot::states::{self, DONE, EMPTY, GONE, Outcome, WAITING};

/// The completer stays on the thread of its future.
///
/// See the [module](crate::local) for what that saves.
///
/// ```
/// use uncallback::{Started, local::Local};
///
/// # uncallback::__private::block_on(async {
/// // `local::Started<u8, ()>` for short.
/// let started: Started<u8, (), Local> = uncallback::local::start(|done| done.complete(1));
/// assert_eq!(started.await, 1);
/// # });
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Local {
    word: Cell<usize>,
    /// There in WAITING only. User code (clone, wake, drop of a waker) never runs while this is borrowed.
    waker: UnsafeCell<MaybeUninit<Waker>>,
}

impl Local {
    /// From EMPTY, or from WAITING after the old waker was taken out.
    #[inline]
    fn store_waker(&self, waker: Waker) {
        // SAFETY: one thread, and no other borrow: the move runs no user code.
        unsafe { (*self.waker.get()).write(waker) };
        self.word.set(WAITING);
    }

    /// # Safety
    /// The phase is WAITING, and is left now, or gets another waker.
    #[inline]
    unsafe fn take_waker(&self) -> Waker {
        // SAFETY: there (contract), and nobody takes it again. One thread, and no other borrow.
        unsafe { (*self.waker.get()).assume_init_read() }
    }

    #[inline]
    fn phase(&self) -> usize {
        states::phase(self.word.get())
    }

    #[inline]
    fn done(&self) -> Option<Outcome> {
        let word = self.word.get();
        (states::phase(word) == DONE).then(|| states::outcome(word))
    }

    /// The receiver's step from WAITING, which is nothing for the waker that is there, and from DONE.
    #[inline(never)]
    fn poll_again(&self, waker: &Waker) -> Option<Outcome> {
        if let Some(outcome) = self.done() {
            return Some(outcome);
        }
        // SAFETY: WAITING, and no user code runs within this borrow.
        if unsafe { (*self.waker.get()).assume_init_ref() }.will_wake(waker) {
            return None;
        }
        // User code; it may complete this very call, which takes the old waker.
        let new = waker.clone();
        if let Some(outcome) = self.done() {
            return Some(outcome);
        }
        // SAFETY: still WAITING, and the new one is stored right below.
        let old = unsafe { self.take_waker() };
        self.store_waker(new);
        // User code again, with the new waker in place: a completion here wakes it.
        drop(old);
        None
    }
}

impl Link for Local {
    type InCall = ();

    const STORES_EARLY: bool = false;

    #[inline]
    fn new() -> Self {
        Local { word: Cell::new(EMPTY), waker: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Nothing needs to be known here: a completion is as cheap at any time.
    #[inline]
    fn enter(_this: NonNull<Self>) {}

    /// Saves nothing here, and is not asked for.
    fn registered(_waker: Waker) -> Self {
        Self::new()
    }

    #[inline]
    unsafe fn finish(this: NonNull<Self>, outcome: Outcome) -> Finish {
        // SAFETY: alive (contract).
        let link = unsafe { this.as_ref() };
        let phase = link.phase();
        if phase == GONE {
            return Finish::Abandoned;
        }
        link.word.set(states::done(outcome));
        // SAFETY: WAITING was left right above.
        Finish::Delivered((phase == WAITING).then(|| unsafe { link.take_waker() }))
    }

    #[inline]
    fn poll(&self, waker: &Waker) -> Option<Outcome> {
        if self.phase() != EMPTY {
            return self.poll_again(waker);
        }
        // User code; it may complete this very call.
        let new = waker.clone();
        let done = self.done();
        if done.is_none() {
            self.store_waker(new);
        }
        done
    }

    #[inline]
    fn outcome(&self) -> Option<Outcome> {
        self.done()
    }

    #[inline]
    fn has_plain_value(&self) -> bool {
        self.word.get() == states::done(Outcome::Value)
    }

    /// No waker is stored before a call.
    #[inline]
    fn still_waits(&self) -> bool {
        false
    }

    fn is_abandoned(&self) -> bool {
        states::phase(self.word.get()) == GONE
    }

    /// The completer takes the waker with it, so there is none.
    #[inline]
    unsafe fn take_unused_waker(&self) -> Option<Waker> {
        None
    }

    unsafe fn cancel(this: NonNull<Self>) -> Cancel {
        // SAFETY: alive (contract).
        let link = unsafe { this.as_ref() };
        if let Some(outcome) = link.done() {
            return Cancel::Done(outcome);
        }
        let waiting = link.phase() == WAITING;
        link.word.set(GONE);
        // SAFETY: WAITING was left right above.
        Cancel::Pending(waiting.then(|| unsafe { link.take_waker() }))
    }
}
