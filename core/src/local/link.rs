//! The protocol on one thread. The table is in `oneshot/link.rs`; here every step is plain, and cannot be lost.

use core::cell::{Cell, UnsafeCell};
use core::mem;
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
    /// `Some` in WAITING. User code (clone, wake, drop of a waker) never runs while this is borrowed.
    waker: UnsafeCell<Option<Waker>>,
}

impl Local {
    fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: one thread, and no other borrow: the move runs no user code.
        unsafe { mem::replace(&mut *self.waker.get(), waker) }
    }

    fn done(&self) -> Option<Outcome> {
        let word = self.word.get();
        (states::phase(word) == DONE).then(|| states::outcome(word))
    }
}

impl Link for Local {
    type InCall = ();

    #[inline]
    fn new() -> Self {
        Local { word: Cell::new(EMPTY), waker: UnsafeCell::new(None) }
    }

    /// Nothing needs to be known here: a completion is as cheap at any time.
    #[inline]
    fn enter(_this: NonNull<Self>) {}

    /// Saves nothing here, and is not asked for.
    fn register_before_call(&self, _waker: Waker) {}

    #[inline]
    unsafe fn finish(this: NonNull<Self>, outcome: Outcome) -> Finish {
        // SAFETY: alive (contract).
        let link = unsafe { this.as_ref() };
        if states::phase(link.word.get()) == GONE {
            return Finish::Abandoned;
        }
        link.word.set(states::done(outcome));
        Finish::Delivered(link.replace_waker(None))
    }

    #[inline]
    fn poll(&self, waker: &Waker) -> Option<Outcome> {
        if let Some(outcome) = self.done() {
            return Some(outcome);
        }
        // SAFETY: one thread, and no user code runs within this borrow.
        if unsafe { &*self.waker.get() }.as_ref().is_some_and(|stored| stored.will_wake(waker)) {
            return None;
        }
        // User code; it may complete this very call.
        let new = waker.clone();
        if let Some(outcome) = self.done() {
            return Some(outcome);
        }
        self.word.set(WAITING);
        let old = self.replace_waker(Some(new));
        // User code again, with the new waker in place: a completion here wakes it.
        drop(old);
        None
    }

    #[inline]
    fn outcome(&self) -> Option<Outcome> {
        self.done()
    }

    #[inline]
    fn has_plain_value(&self) -> bool {
        self.word.get() == states::done(Outcome::Value)
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
        link.word.set(GONE);
        Cancel::Pending(link.replace_waker(None))
    }
}
