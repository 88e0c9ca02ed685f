//! The cell of a [`Slot`](super::Slot) and its protocol.
//!
//! Unlike the cell of a single call, this one outlives its calls, and so does the waker in it: it is *borrowed* for the
//! wake. So there is a time in which the value is there while the completer still uses the waker: the BUSY phases. The
//! receiver need not wait for their end to take the value; it only can't use the cell for another call until then.
//!
//! | phase | contents belong to | waker belongs to | memory belongs to |
//! |---|---|---|---|
//! | IDLE: no call | nobody, there are none | receiver | receiver |
//! | LIVE: call out | completer | receiver | both |
//! | WAITING: waker registered | completer | nobody: both may read it | both |
//! | BUSY: finished, waking | receiver | completer, shared with readers | both |
//! | READY: finished | receiver | receiver | receiver |
//! | TAKEN_BUSY: taken, still waking | nobody | completer | both |
//! | ORPHAN: the slot gave the call up | completer | completer | completer |
//!
//! | from | who | to | how |
//! |---|---|---|---|
//! | IDLE | receiver makes a call | LIVE, or WAITING if the cached waker is the right one | store: nobody else has the cell |
//! | LIVE | receiver polls | WAITING | waker first, then swap |
//! | WAITING | receiver, other waker | LIVE | swap, then as above |
//! | LIVE | completer | READY | contents first, then swap |
//! | WAITING | completer | BUSY | contents first, then swap; then it wakes by reference |
//! | LIVE, WAITING, inside the call | completer | READY | contents first, then store; no wake |
//! | BUSY | completer | READY | swap, after the wake |
//! | BUSY | receiver takes | TAKEN_BUSY | swap, after the contents were moved out |
//! | TAKEN_BUSY | completer | IDLE | swap, after the wake |
//! | READY | receiver takes | IDLE | store |
//! | LIVE | receiver gives up | ORPHAN | swap, after it took the waker out |
//! | TAKEN_BUSY | receiver gives up, or needs a cell | ORPHAN | swap |
//! | ORPHAN | completer | freed | |

use core::alloc::Layout;
use core::mem;
use core::ptr::NonNull;
use core::task::Waker;

use crate::oneshot::contents::{Contents, Landing};
use crate::oneshot::inside;
use crate::oneshot::pool;
use crate::oneshot::states::Outcome;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{UnsafeCell, delay};

const IDLE: usize = 0;
const LIVE: usize = 1;
const WAITING: usize = 2;
const BUSY: usize = 3;
const READY: usize = 4;
const TAKEN_BUSY: usize = 5;
const ORPHAN: usize = 6;

const PHASE: usize = 0b111;
const OUTCOME_SHIFT: usize = 3;

const fn with(phase: usize, outcome: Outcome) -> usize {
    phase | (outcome as usize) << OUTCOME_SHIFT
}

const fn outcome(word: usize) -> Outcome {
    Outcome::from_bits(word >> OUTCOME_SHIFT)
}

/// What a slot and the completer of its call share.
pub(super) struct SlotCell<T> {
    word: AtomicUsize,
    waker: UnsafeCell<Option<Waker>>,
    pub(super) contents: Contents<T>,
}

/// What the receiver finds out when it wants to be done with a call, and what it has to drop after it has acted on that.
#[must_use]
pub(super) struct GivenUp<T> {
    /// The cell is IDLE and the slot's. Otherwise the completer has it, and will free it.
    pub(super) kept: bool,
    /// User code runs when this is dropped.
    _unwanted: (Option<Waker>, Option<Landing<T>>),
}

impl<T> SlotCell<T> {
    const LAYOUT: Layout = Layout::new::<Self>();

    pub(super) fn allocate() -> NonNull<Self> {
        let cell = pool::allocate(Self::LAYOUT).cast::<Self>();
        let new = SlotCell {
            word: AtomicUsize::new(IDLE),
            waker: UnsafeCell::new(None),
            contents: Contents::empty(),
        };
        // SAFETY: freshly allocated with this very layout.
        unsafe { cell.write(new) };
        cell
    }

    /// # Safety
    /// The caller owns the memory, and the contents were moved out. This happens once.
    pub(super) unsafe fn free(this: NonNull<Self>) {
        // SAFETY: nobody else has access any more (contract). The waker goes last, because its destructor is user code.
        unsafe {
            let waker = this.as_ref().take_waker();
            this.drop_in_place();
            pool::free(this.cast(), Self::LAYOUT);
            drop(waker);
        }
    }

    // ---- The receiver's steps ----

    /// From IDLE to a call. The cached waker is registered at once if it is the right one, and then this is true.
    ///
    /// # Safety
    /// The caller is the receiver, and the phase is IDLE.
    #[inline]
    pub(super) unsafe fn open(&self, waker: &Waker) -> bool {
        // Where a callback that fires inside the call can't be told from another, it would wake a task in its own poll.
        // SAFETY: IDLE: the waker is ours.
        let registered = inside::KNOWN && unsafe { self.has(waker) };
        // ORDERING: whatever hands the completer to another thread publishes this.
        self.word.store(if registered { WAITING } else { LIVE }, Ordering::Relaxed);
        registered
    }

    /// Whether a waker is registered, and nothing has happened since.
    #[inline]
    pub(super) fn still_waits(&self) -> bool {
        // ORDERING: nothing is read on the strength of it.
        self.word.load(Ordering::Relaxed) == WAITING
    }

    /// Whether a value is there, and the completer gone.
    #[inline]
    pub(super) fn has_plain_value(&self) -> bool {
        // ORDERING: acquires the contents, and the completer's last use of the waker.
        self.word.load(Ordering::Acquire) == with(READY, Outcome::Value)
    }

    /// Moves the value out, and makes the cell IDLE.
    ///
    /// # Safety
    /// The caller is the receiver, `has_plain_value` has said so, and this happens once.
    #[inline]
    pub(super) unsafe fn take_value(&self) -> T {
        // SAFETY: READY: the contents are ours.
        let value = unsafe { self.contents.take_value() };
        // ORDERING: the completer is gone.
        self.word.store(IDLE, Ordering::Relaxed);
        value
    }

    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        // ORDERING: acquires the completer's last use of the waker.
        self.word.load(Ordering::Acquire) == IDLE
    }

    #[inline]
    pub(super) fn outcome(&self) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        matches!(word & PHASE, BUSY | READY).then(|| outcome(word))
    }

    /// Looks whether the call is over, and how; otherwise sees to it that `waker` is woken then.
    ///
    /// # Safety
    /// The caller is the receiver, and a call is open.
    #[inline]
    pub(super) unsafe fn poll(&self, waker: &Waker) -> Option<Outcome> {
        // ORDERING: acquires the contents.
        let word = self.word.load(Ordering::Acquire);
        match word & PHASE {
            BUSY | READY => Some(outcome(word)),
            // SAFETY: WAITING: both sides may read the waker.
            WAITING if unsafe { self.has(waker) } => None,
            // SAFETY: passed on to the caller.
            _ => unsafe { self.register(word, waker) },
        }
    }

    /// # Safety
    /// The caller is the receiver, and `word` was LIVE, or WAITING with another waker.
    unsafe fn register(&self, word: usize, waker: &Waker) -> Option<Outcome> {
        // SAFETY: LIVE: the waker is ours. WAITING: both sides may read it.
        let cached = unsafe { self.has(waker) };
        // User code; it may complete this very call. The swaps below then fail.
        let new = (!cached).then(|| waker.clone());
        if word == WAITING {
            delay();
            // ORDERING: nothing to publish; on failure acquires the contents.
            if let Err(now) = self.word.compare_exchange(WAITING, LIVE, Ordering::AcqRel, Ordering::Acquire) {
                return Some(outcome(now));
            }
        }
        // SAFETY: LIVE, or READY if the completer has just finished: the waker is ours in both.
        let old = new.and_then(|new| unsafe { self.replace_waker(Some(new)) });
        delay();
        // ORDERING: releases the waker to the completer; on failure acquires the contents.
        let result = match self.word.compare_exchange(LIVE, WAITING, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => None,
            Err(now) => Some(outcome(now)),
        };
        // User code, with the new waker in place.
        drop(old);
        result
    }

    /// Moves the contents out, and makes the cell IDLE, as soon as the completer is done with it.
    ///
    /// # Safety
    /// The caller is the receiver, `outcome` came from `poll` or `outcome`, and this happens once.
    #[inline]
    pub(super) unsafe fn take(&self, outcome: Outcome) -> Landing<T> {
        // SAFETY: BUSY or READY: the contents are ours.
        let landing = unsafe { self.contents.take(outcome) };
        // ORDERING: acquires the completer's last use of the waker, if it is over.
        let word = self.word.load(Ordering::Acquire);
        if word & PHASE == BUSY {
            delay();
            // ORDERING: releases the move out of the contents; on failure as above.
            let taken = self.word.compare_exchange(word, TAKEN_BUSY, Ordering::AcqRel, Ordering::Acquire);
            if taken.is_ok() {
                return landing;
            }
        }
        // ORDERING: the completer is gone.
        self.word.store(IDLE, Ordering::Relaxed);
        landing
    }

    /// Ends whatever the cell is in the middle of.
    ///
    /// # Safety
    /// The caller is the receiver. Unless the cell was kept, it may not be touched again.
    pub(super) unsafe fn give_up(this: NonNull<Self>) -> GivenUp<T> {
        // SAFETY: alive until it is left to the completer.
        let cell = unsafe { this.as_ref() };
        let mut unwanted = (None, None);
        loop {
            // ORDERING: acquires the contents, or the completer's last use of the waker.
            let word = cell.word.load(Ordering::Acquire);
            let (from, to) = match word & PHASE {
                IDLE => return GivenUp { kept: true, _unwanted: unwanted },
                WAITING => (WAITING, LIVE),
                LIVE => {
                    // SAFETY: LIVE, or READY if the completer has just finished: the waker is ours in both. It is not
                    // left to the completer, because it would keep a task alive for as long as the call is out.
                    unwanted.0 = unwanted.0.or(unsafe { cell.take_waker() });
                    (LIVE, ORPHAN)
                }
                TAKEN_BUSY => (TAKEN_BUSY, ORPHAN),
                _ => {
                    // SAFETY: BUSY or READY, seen just above.
                    unwanted.1 = Some(unsafe { cell.take(outcome(word)) });
                    continue;
                }
            };
            delay();
            // ORDERING: releases our last access to the one who frees. On failure we look again.
            let swapped = cell.word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
            if swapped.is_ok() && to == ORPHAN {
                return GivenUp { kept: false, _unwanted: unwanted };
            }
        }
    }

    // ---- The completer's steps ----

    /// # Safety
    /// The caller is the only completer of a live cell, has written the contents of `ending`, and forgets the cell.
    #[inline]
    pub(super) unsafe fn finish(this: NonNull<Self>, ending: Outcome) {
        // SAFETY: alive until one of the steps below gives it away.
        let cell = unsafe { this.as_ref() };
        if inside::is(this.as_ptr().cast()) {
            // ORDERING: the receiver reads this on this thread after the call, or on one that got the future from it.
            return cell.word.store(with(READY, ending), Ordering::Relaxed);
        }
        let busy = with(BUSY, ending);
        delay();
        // ORDERING: releases the contents, and acquires the waker. On failure we look again.
        match cell.word.compare_exchange(WAITING, busy, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => wake(Waking { cell: this, busy }),
            // SAFETY: passed on to the caller.
            Err(_) => unsafe { Self::finish_unexpected(this, ending) },
        }
    }

    /// The completer's step when no receiver waits, or one that was changing its mind.
    ///
    /// # Safety
    /// As for `finish`.
    #[inline(never)]
    unsafe fn finish_unexpected(this: NonNull<Self>, ending: Outcome) {
        // SAFETY: alive until one of the steps below gives it away.
        let cell = unsafe { this.as_ref() };
        // ORDERING: acquires the waker (WAITING) or the receiver's last access (ORPHAN).
        let mut word = cell.word.load(Ordering::Acquire);
        while word != ORPHAN {
            let next = with(if word == WAITING { BUSY } else { READY }, ending);
            delay();
            // ORDERING: releases the contents. On failure as for the load above.
            match cell.word.compare_exchange(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(WAITING) => return wake(Waking { cell: this, busy: next }),
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        // SAFETY: ORPHAN: contents, waker and memory are ours. User code runs after the cell is freed.
        let unwanted = unsafe {
            let landing = cell.contents.take(ending);
            Self::free(this);
            landing
        };
        drop(unwanted);
    }

    pub(super) fn is_orphan(&self) -> bool {
        // ORDERING: nothing is read on the strength of it.
        self.word.load(Ordering::Relaxed) == ORPHAN
    }

    // ---- The waker ----

    /// # Safety
    /// The caller may read the waker in this phase.
    #[inline]
    unsafe fn has(&self, waker: &Waker) -> bool {
        // SAFETY: nobody writes (contract).
        self.waker.with(|stored| unsafe { &*stored }.as_ref().is_some_and(|stored| stored.will_wake(waker)))
    }

    /// # Safety
    /// The waker belongs to the caller in this phase.
    unsafe fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: nobody else reads or writes (contract); moves run no user code.
        self.waker.with_mut(|stored| unsafe { mem::replace(&mut *stored, waker) })
    }

    /// # Safety
    /// The waker belongs to the caller in this phase.
    unsafe fn take_waker(&self) -> Option<Waker> {
        // SAFETY: passed on to the caller.
        unsafe { self.replace_waker(None) }
    }
}

/// The time from BUSY until the completer lets go of the cell.
struct Waking<T> {
    cell: NonNull<SlotCell<T>>,
    /// The word in BUSY.
    busy: usize,
}

#[inline]
fn wake<T>(waking: Waking<T>) {
    // SAFETY: BUSY and TAKEN_BUSY keep the cell alive, and its waker unchanged, until `waking` is dropped. That also
    // happens if the waker panics.
    let cell = unsafe { waking.cell.as_ref() };
    // SAFETY: as above.
    cell.waker.with(|stored| unsafe { &*stored }.as_ref().map(Waker::wake_by_ref));
}

impl<T> Drop for Waking<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: alive until one of the swaps below gives it away.
        let cell = unsafe { self.cell.as_ref() };
        let ready = with(READY, outcome(self.busy));
        delay();
        // ORDERING: releases the use of the waker. On failure acquires the receiver's move out of the contents.
        if cell.word.compare_exchange(self.busy, ready, Ordering::AcqRel, Ordering::Acquire).is_err() {
            self.taken_meanwhile();
        }
    }
}

impl<T> Waking<T> {
    /// The end of the time when the receiver has taken the contents in it.
    #[cold]
    fn taken_meanwhile(&mut self) {
        // SAFETY: alive until the swap below gives it away.
        let cell = unsafe { self.cell.as_ref() };
        delay();
        // ORDERING: as above; on failure acquires the receiver's last access.
        let idle = cell.word.compare_exchange(TAKEN_BUSY, IDLE, Ordering::AcqRel, Ordering::Acquire);
        if idle.is_err() {
            // SAFETY: ORPHAN, and the contents were taken before TAKEN_BUSY: all that is left is ours.
            unsafe { SlotCell::free(self.cell) };
        }
    }
}
