//! The word through which one producer and one consumer meet: how many events there are, who is gone, who waits.
//!
//! ```text
//! word = events pushed << 3  |  GONE << 2  |  CLOSED << 1  |  PARITY
//! ```
//!
//! The consumer parks by flipping `PARITY`; the producer remembers the parity of the last park that it answered.
//! "Parked" therefore means "the two differ", and nobody has to clear anything: a push is one `fetch_add`, whether
//! somebody waits or not. There are two places for a waker, and the parity names the one in use. A waker is only lent
//! for its wake and stays in its place, so a consumer that waits again with the same waker need not clone it.
//!
//! | step | who | operation | if it succeeds | if it fails |
//! |---|---|---|---|---|
//! | push | producer | `fetch_add(ONE)` | old parity is new to it: wakes the waker of that place, then releases it | - |
//! | push | producer | `fetch_add(ONE)`, old has GONE | takes its own value back, claims, never touches the queue again | - |
//! | close | producer | `fetch_or(CLOSED)` | as push: an unanswered park is answered | - |
//! | release | producer | stores the parity in `released`; if the word then has GONE, claims | - | - |
//! | look | consumer | load | count differs from what it took: there are events | - |
//! | park | consumer | its waker into place `!parity`, if it is not there already; CAS flips PARITY on the word that said "nothing" | parked | the waker stays there for the next time; look again |
//! | unpark | consumer, with another waker | CAS flips PARITY back | place is its own again, for the other waker | a push or close came first and answers; look again |
//! | leave | consumer | `fetch_or(GONE)` | the events before this count are its own to drop; so is the waker of the place that was not answered last; claims that of the other | - |
//! | claim | consumer | CAS of `released` from the place answered last to CLAIMED | the waker of that place is its own to drop | the producer is in the middle of the wake, and claims |
//! | claim | producer | `swap` of `released` to CLAIMED | it was not CLAIMED: the waker of the place answered last is its own to drop | the consumer has it |
//!
//! # Who may touch a waker's place
//!
//! The consumer, unless it is parked there or the producer wakes what is there. From the CAS that parks until the CAS
//! that unparks, the place is lent to the producer, which reads it once, after the first `fetch_add` or `fetch_or`
//! that saw the new parity. If the consumer parks again it uses the other place. That one is free: it was used by the
//! park before this one, and the producer had come back from that wake before it pushed the event that ended this park,
//! which the consumer has seen. Both may read a place at the same time.
//!
//! # How long a waker is kept
//!
//! Until the consumer waits with another one, or leaves. If it leaves at the very moment at which the producer comes
//! back from a wake, neither may see what the other did, as nothing orders the producer's store before its load. Then the
//! waker is kept until the producer's next event, or its end.
//!
//! # Limit
//!
//! On 64-bit targets the count has 61 bits and does not wrap. On 32-bit targets it has 29: a consumer that leaves
//! 2^29 events of an unbounded stream waiting would see fewer of them.

use core::task::Waker;

use crate::sync::{
    UnsafeCell,
    atomic::{
        AtomicUsize,
        Ordering::{self, AcqRel, Acquire, Relaxed},
    },
};

/// Names the place of the waker; flipped by each park.
const PARITY: usize = 1;
/// The producer will push no more.
const CLOSED: usize = 1 << 1;
/// The consumer will take no more.
const GONE: usize = 1 << 2;
/// One event.
const ONE: usize = 1 << 3;
const COUNT: usize = !(ONE - 1);

/// In `released`: the waker of the place that was answered last is with whoever wrote this. Not a parity.
const CLAIMED: usize = 2;

pub(super) struct Gate {
    word: AtomicUsize,
    /// The parity of the last park whose waker the producer is done with.
    released: AtomicUsize,
    wakers: [UnsafeCell<Option<Waker>>; 2],
}

// SAFETY: `Waker` is `Send` and `Sync`; the places are written by one side at a time, as the module's table says.
unsafe impl Send for Gate {}
// SAFETY: as above.
unsafe impl Sync for Gate {}

/// The producer's memory of the gate.
#[derive(Debug, Default)]
pub(super) struct ProducerSide {
    answered: usize,
}

/// The consumer's memory of the gate.
#[derive(Debug, Default)]
pub(super) struct ConsumerSide {
    /// Events known to be there, counted from the beginning in units of `ONE`.
    known: usize,
    /// Events taken, in the same unit.
    taken: usize,
    parity: usize,
    parked: bool,
}

/// What the consumer finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// There is an event to take.
    Event,
    /// All events were taken, and there will be no more.
    Ended,
    /// All events were taken; `word` says so.
    Nothing { word: usize },
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicUsize::new(0),
            released: AtomicUsize::new(0),
            wakers: [UnsafeCell::new(None), UnsafeCell::new(None)],
        }
    }

    /// Publishes the event that the producer has just stored. What comes back says whether that is
    /// [all](Self::is_quiet); otherwise it goes to [`pushed`](Self::pushed).
    ///
    /// # Safety
    /// The caller is the only producer of this gate, and the event's place was written.
    #[inline]
    pub(super) unsafe fn push(&self) -> usize {
        // ORDERING: Release publishes the event's place; Acquire sees the waker that a park wrote.
        self.word.fetch_add(ONE, AcqRel)
    }

    /// Whether the push that found `before` asks for nothing more: the consumer is there, and does not wait.
    #[inline]
    pub(super) fn is_quiet(side: &ProducerSide, before: usize) -> bool {
        before & (GONE | PARITY) == side.answered
    }

    /// Sees to what a push has found: wakes the consumer, or says, by `Err`, that it is gone, and the event is the
    /// producer's own again.
    ///
    /// # Safety
    /// `side` is the only producer side of this gate, and `before` is what its latest `push` found.
    #[inline]
    pub(super) unsafe fn pushed(&self, side: &mut ProducerSide, before: usize) -> Result<(), ()> {
        if before & GONE != 0 {
            // SAFETY: the consumer is gone.
            drop(unsafe { self.claim(side.answered) });
            return Err(());
        }
        // SAFETY: the caller is the producer, and `before` is what its latest operation found: not GONE.
        unsafe { self.answer(side, before) };
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Safety
    /// `side` is the only producer side of this gate.
    pub(super) unsafe fn close(&self, side: &mut ProducerSide) {
        // ORDERING: Release publishes what the producer leaves behind (a panic); Acquire sees the waker.
        let before = self.word.fetch_or(CLOSED, AcqRel);
        if before & GONE == 0 {
            // SAFETY: the caller is the producer, and `before` is what its latest operation found: not GONE.
            unsafe { self.answer(side, before) };
        }
    }

    /// Wakes the consumer if `before` shows a park that was not answered.
    ///
    /// # Safety
    /// `side` is the only producer side, and `before` came from its latest read-modify-write of the word, without GONE.
    #[inline]
    unsafe fn answer(&self, side: &mut ProducerSide, before: usize) {
        let parity = before & PARITY;
        if parity == side.answered {
            return;
        }
        side.answered = parity;
        // SAFETY: the contract of this function, and the parity is new.
        unsafe { self.wake(parity) };
        // ORDERING: Acquire, for the consumer's last access to the place.
        if self.word.load(Acquire) & GONE != 0 {
            // SAFETY: the consumer is gone.
            drop(unsafe { self.claim(parity) });
        }
    }

    /// Wakes the consumer that is parked at a place, and releases the place.
    ///
    /// # Safety
    /// The caller is the producer, whose latest operation on the word was the first to see this parity, without GONE.
    #[inline]
    unsafe fn wake(&self, parity: usize) {
        /// Releases the place also if the wake panics.
        struct Release<'a>(&'a AtomicUsize, usize);
        impl Drop for Release<'_> {
            fn drop(&mut self) {
                // ORDERING: Release: we have finished with the place.
                self.0.store(self.1, Ordering::Release);
            }
        }

        let _release_at_end = Release(&self.released, parity);
        self.wakers[parity].with(|place| {
            // SAFETY: the parity differs from the last one answered, so the consumer is parked at this place; from now
            // on it sees a count or CLOSED that it did not park with, can't unpark, parks at the other place, and when
            // it leaves finds that this one is not released. So nobody writes here while we read.
            if let Some(waker) = unsafe { &*place } {
                waker.wake_by_ref();
            }
        });
    }

    /// The producer's claim to the waker of the place that it has answered last.
    ///
    /// # Safety
    /// The caller is the producer, which has seen that the consumer is gone.
    #[cold]
    unsafe fn claim(&self, answered: usize) -> Option<Waker> {
        // ORDERING: Acquire: whoever claims comes after the other side's last access to the place.
        if self.released.swap(CLAIMED, AcqRel) == CLAIMED {
            return None;
        }
        // SAFETY: the swap lets one side through, and the other has no business here any more.
        self.wakers[answered].with_mut(|place| unsafe { (*place).take() })
    }

    /// Whether the consumer is gone.
    pub(super) fn is_gone(&self) -> bool {
        // ORDERING: a hint for sources that want to stop; nothing is read through it.
        self.word.load(Relaxed) & GONE != 0
    }

    /// Looks for events; loads the word only if no event is known.
    #[inline]
    pub(super) fn look(&self, side: &mut ConsumerSide) -> Seen {
        if side.known != side.taken {
            return Seen::Event;
        }
        // ORDERING: Acquire sees the places of all events that are counted, and what a closing producer left.
        let word = self.word.load(Acquire);
        side.known = word & COUNT;
        if side.known != side.taken {
            side.parked = false;
            Seen::Event
        } else if word & CLOSED != 0 {
            side.parked = false;
            Seen::Ended
        } else {
            Seen::Nothing { word }
        }
    }

    /// Looks for events even if some are known.
    pub(super) fn refresh(&self, side: &mut ConsumerSide) {
        // ORDERING: Acquire, as in `look`.
        let known = self.word.load(Acquire) & COUNT;
        if known != side.taken {
            side.parked = false;
        }
        side.known = known;
    }

    /// Marks events as taken.
    #[inline]
    pub(super) fn took(side: &mut ConsumerSide, events: usize) {
        side.taken = side.taken.wrapping_add(ONE * events);
    }

    /// Whether the consumer is parked with this very waker, or can be without another clone of it.
    #[inline]
    pub(super) fn knows(&self, side: &ConsumerSide, waker: &Waker) -> bool {
        self.holds(if side.parked { side.parity } else { side.parity ^ PARITY }, waker)
    }

    /// Parks with the waker that it [knows](Self::knows), unless something has happened since `word` was loaded.
    ///
    /// # Safety
    /// `side` is the only consumer side of this gate, and `word` is what its latest `look` found.
    #[inline]
    pub(super) unsafe fn park_again(&self, side: &mut ConsumerSide, word: usize) -> bool {
        // SAFETY: the contract of this function.
        side.parked || unsafe { self.flip(side, word) }
    }

    /// Whether this very waker is in a place. The consumer asks, of a place that is its own, or where it is parked.
    #[inline]
    fn holds(&self, parity: usize, waker: &Waker) -> bool {
        // SAFETY: the producer at most reads here.
        self.wakers[parity]
            .with(|place| unsafe { &*place }.as_ref().is_some_and(|known| known.will_wake(waker)))
    }

    /// Parks with another waker than before, unless something has happened since `word` was loaded. What comes back has
    /// to be dropped by the caller.
    ///
    /// # Safety
    /// As [`park_again`](Self::park_again).
    pub(super) unsafe fn park(&self, side: &mut ConsumerSide, word: usize, waker: Waker) -> Parked {
        let mut word = word;
        if side.parked {
            // SAFETY: the contract of this function.
            if !unsafe { self.flip(side, word) } {
                return Parked { parked: false, unused: [Some(waker), None] };
            }
            side.parked = false;
            word ^= PARITY;
        }
        let last = self.take_released(side, Some(&waker));
        // SAFETY: not parked, so this place is the consumer's own; see the module's text.
        let before = self.wakers[side.parity ^ PARITY].with_mut(|place| unsafe { (*place).replace(waker) });
        // SAFETY: the contract of this function; not parked.
        let parked = unsafe { self.flip(side, word) };
        Parked { parked, unused: [before, last] }
    }

    /// Parks, or takes that back.
    ///
    /// # Safety
    /// `side` is the only consumer side, and where it parks there is its waker.
    #[inline]
    unsafe fn flip(&self, side: &mut ConsumerSide, word: usize) -> bool {
        // ORDERING: Release publishes the waker. On failure nothing is read before the next `look` loads the word.
        let flipped = self.word.compare_exchange(word, word ^ PARITY, AcqRel, Acquire).is_ok();
        if flipped {
            side.parity ^= PARITY;
            side.parked = true;
        }
        flipped
    }

    /// The waker of the place that was answered last, if the producer is done with it, and it is not the one to keep.
    /// The consumer asks, not parked.
    fn take_released(&self, side: &ConsumerSide, keep: Option<&Waker>) -> Option<Waker> {
        let kept = keep.is_some_and(|waker| self.holds(side.parity, waker));
        // ORDERING: Acquire: the producer has finished with the place.
        if kept || self.released.load(Acquire) != side.parity {
            return None;
        }
        // SAFETY: released, and the producer comes here again only after another park at this place.
        self.wakers[side.parity].with_mut(|place| unsafe { (*place).take() })
    }

    /// The stream has ended: nobody will wait any more.
    ///
    /// # Safety
    /// `side` is the only consumer side of this gate, and its latest `look` found the end.
    pub(super) unsafe fn ended(&self, side: &ConsumerSide) -> [Option<Waker>; 2] {
        // SAFETY: not parked, so this place is the consumer's own.
        let own = self.wakers[side.parity ^ PARITY].with_mut(|place| unsafe { (*place).take() });
        [own, self.take_released(side, None)]
    }

    /// The consumer leaves; the events that are known in `side` afterwards are its own to drop, and so are the wakers.
    ///
    /// # Safety
    /// `side` is the only consumer side of this gate.
    pub(super) unsafe fn leave(&self, side: &mut ConsumerSide) -> [Option<Waker>; 2] {
        // ORDERING: Acquire sees the places of the events that are counted. Release: a producer that finds us gone comes
        // after our last access to the wakers that are not ours.
        let before = self.word.fetch_or(GONE, AcqRel);
        side.known = before & COUNT;
        // Nothing has happened since it parked, and the producer will answer nobody who is gone.
        let unanswered = side.parked && side.known == side.taken && before & CLOSED == 0;
        let answered = if unanswered { side.parity ^ PARITY } else { side.parity };
        // SAFETY: either parked here, unanswered, or free; see the module's text.
        let own = self.wakers[answered ^ PARITY].with_mut(|place| unsafe { (*place).take() });
        // ORDERING: Acquire: the producer has finished with the place.
        let claimed = self.released.compare_exchange(answered, CLAIMED, AcqRel, Acquire).is_ok();
        if !claimed {
            return [own, None];
        }
        // SAFETY: the producer was done with this place, and the swap keeps it from coming back.
        [own, self.wakers[answered].with_mut(|place| unsafe { (*place).take() })]
    }

    /// How many events are left in `side`, without looking for new ones.
    #[inline]
    pub(super) fn known(side: &ConsumerSide) -> usize {
        side.known.wrapping_sub(side.taken) / ONE
    }
}

/// Whether the consumer is parked, and the wakers that are not needed any more.
#[must_use]
pub(super) struct Parked {
    pub(super) parked: bool,
    pub(super) unused: [Option<Waker>; 2],
}
