//! The awaiter's side of a call, under every future of this module.

use core::mem::ManuallyDrop;
use core::panic::{Location, RefUnwindSafe, UnwindSafe};
use core::ptr;
use core::task::{Context, Poll, Waker};

use super::adapt::{Landed, Miss};
use super::cell::Shared;
use super::completer::Completer;
use super::contents::Landing;
use super::link::{Cancel, Reach};
use super::lost::Lost;
use super::states::Outcome;
use crate::watch::{Mark, Watched};

/// The right to take the outcome of one call. Taking it consumes this; dropping this gives the call up.
pub(crate) struct Receiver<T, L: Reach> {
    cell: Shared<T, L>,
    watched: Watched,
}

// SAFETY: moves a `T` from the completer's thread to the receiver's; a link that may be shared (`Sync`, as `Threads` is and
// `Local` is not) orders the two.
unsafe impl<T: Send, L: Reach + Sync> Send for Receiver<T, L> {}
// SAFETY: what reaches the contents or the waker takes `&mut self` or consumes it.
unsafe impl<T: Send, L: Reach + Sync> Sync for Receiver<T, L> {}
impl<T, L: Reach> Unpin for Receiver<T, L> {}
impl<T, L: Reach> UnwindSafe for Receiver<T, L> {}
impl<T, L: Reach> RefUnwindSafe for Receiver<T, L> {}

/// Makes an API call: creates both sides, and runs `api` with the callback's one.
///
/// With `waker` the receiver is registered before the call, which saves a swap if the callback fires later. Only to be
/// used by a caller that is in its own poll and reads the outcome right after. If cloning the waker panics, nothing has
/// happened, and `api` is dropped.
#[inline]
pub(crate) fn begin<T, H, L: Reach>(
    api: impl FnOnce(Completer<T, L>) -> H,
    place: &'static Location<'static>,
    waker: Option<&Waker>,
) -> (Receiver<T, L>, H) {
    let mark = Mark::new();
    let cell = match waker {
        // The clone is user code, before there is a cell.
        Some(waker) => Shared::<T, L>::allocate(L::registered(waker.clone()), mark),
        None => Shared::<T, L>::allocate(L::new(), mark),
    };
    let watched = Watched::new(mark, place, core::any::type_name::<T>());
    // SAFETY: the cell is new; this is the one completer.
    let completer = unsafe { Completer::new(cell) };
    let receiver = Receiver { cell, watched };
    // Declared after the receiver, hence dropped before it if `api` panics: a receiver never dies while its call counts
    // as running.
    let _in_call = L::enter(cell.link());
    let handle = receiver.watched.making(|| api(completer));
    (receiver, handle)
}

impl<T, L: Reach> Receiver<T, L> {
    /// Waits for the outcome, without taking it.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        match self.link().poll(cx.waker()) {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                self.watched.waits();
                Poll::Pending
            }
        }
    }

    /// Whether a value is there. Two instructions for the end that nearly all calls take; `poll` tells the others apart.
    #[inline]
    pub(crate) fn has_value(&self) -> bool {
        self.link().has_plain_value()
    }

    /// Whether the call is out and the waker in place that was stored before it. Then this is a poll that found nothing.
    #[inline]
    pub(crate) fn still_waits(&self) -> bool {
        let waits = self.link().still_waits();
        if waits {
            self.watched.waits();
        }
        waits
    }

    /// Whether the call is out: not completed as far as we know.
    #[inline]
    pub(crate) fn is_pending(&self) -> bool {
        self.link().outcome().is_none()
    }

    /// Runs `step` as if the API call were still running: a completer that finishes in it wakes nobody.
    ///
    /// Only to be used by a caller that reads the outcome right after.
    #[cfg(feature = "ffi")]
    pub(crate) fn within_call<R>(&self, step: impl FnOnce() -> R) -> R {
        let _in_call = L::enter(self.cell.link());
        step()
    }

    /// Takes the value that [`has_value`](Self::has_value) has announced.
    ///
    /// # Safety
    /// `has_value` of this receiver has said so.
    #[inline]
    pub(crate) unsafe fn take_value(self) -> T {
        self.watched.landed(Outcome::Value);
        let cell = self.leave();
        // SAFETY: the phase is DONE (contract): contents and memory are ours, and there is no waker left.
        unsafe {
            let value = cell.get().contents.take_value();
            cell.free();
            value
        }
    }

    /// Takes the outcome that [`poll`](Self::poll) has announced, of the call made at `place`.
    ///
    /// # Safety
    /// `outcome` came from this receiver's `poll`.
    pub(crate) unsafe fn take(self, outcome: Outcome, place: &'static Location<'static>) -> Landed<T> {
        self.watched.landed(outcome);
        // SAFETY: the phase is DONE (contract): contents, waker words and memory are ours.
        landed(unsafe { empty(self.leave(), outcome) }, place)
    }

    #[inline]
    fn link(&self) -> &L {
        // SAFETY: the cell lives until we take the outcome or give up, both of which end this receiver.
        &unsafe { self.cell.get() }.link
    }

    /// Ends the receiver, without giving the call up.
    #[inline]
    fn leave(self) -> Shared<T, L> {
        let this = ManuallyDrop::new(self);
        // SAFETY: dropped here, and nowhere else.
        let _watched = unsafe { ptr::read(&this.watched) };
        this.cell
    }
}

/// Adds the place of the call to what was in its cell.
pub(crate) fn landed<T>(landing: Landing<T>, place: &'static Location<'static>) -> Landed<T> {
    match landing {
        Landing::Value(value) => Ok(value),
        Landing::Panic(payload) => Err(Miss::Panic(payload)),
        Landing::Lost { panicked } => Err(Miss::Lost(Lost::new(place, panicked))),
    }
}

impl<T, L: Reach> Drop for Receiver<T, L> {
    #[inline]
    fn drop(&mut self) {
        give_up(self.cell);
        self.watched.given_up();
    }
}

/// What dropping a future before its outcome was taken does.
#[cold]
#[inline(never)]
fn give_up<T, L: Reach>(cell: Shared<T, L>) {
    // SAFETY: the receiver is dropped: this is its last access.
    match unsafe { L::cancel(cell.link()) } {
        Cancel::Pending(waker) => drop(waker),
        // SAFETY: the phase is DONE and nothing was taken. The value's destructor runs after the cell is freed.
        Cancel::Done(outcome) => drop(unsafe { empty(cell, outcome) }),
    }
}

/// Moves everything out of a cell in DONE and frees it, then drops the waker, if one is left.
///
/// # Safety
/// The caller is the receiver, `outcome` is the link's, and this happens once.
unsafe fn empty<T, L: Reach>(cell: Shared<T, L>, outcome: Outcome) -> Landing<T> {
    // SAFETY: passed on to the caller.
    let (landing, waker) = unsafe {
        let cell = cell.get();
        (cell.contents.take(outcome), cell.link.take_unused_waker())
    };
    // SAFETY: all is moved out.
    unsafe { cell.free() };
    // If this destructor panics, `landing` is dropped on the way out: neither lost nor doubled.
    drop(waker);
    landing
}

#[cold]
#[track_caller]
pub(crate) fn polled_after_completion(place: &Location<'_>) -> ! {
    panic!("the future of the call at {place} was polled after completion")
}
