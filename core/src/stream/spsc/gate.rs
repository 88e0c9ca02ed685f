//! The word through which one producer and one consumer meet: how many events there are, who is gone, who waits.
//!
//! ```text
//! word = events pushed << 3  |  GONE << 2  |  CLOSED << 1  |  PARITY
//! ```
//!
//! The consumer parks by flipping `PARITY`; the producer remembers the parity of the last park that it answered.
//! "Parked" therefore means "the two differ", and nobody has to clear anything: a push is one `fetch_add`, whether
//! somebody waits or not. There are two places for a waker, and the parity names the one in use.
//!
//! | step | who | operation | if it succeeds | if it fails |
//! |---|---|---|---|---|
//! | push | producer | `fetch_add(ONE)` | old parity is new to it: takes the waker of that place, wakes | - |
//! | push | producer | `fetch_add(ONE)`, old has GONE | takes its own value back, never touches the queue again | - |
//! | close | producer | `fetch_or(CLOSED)` | as push: an unanswered park is answered | - |
//! | look | consumer | load | count differs from what it took: there are events | - |
//! | park | consumer | waker into place `!parity`, CAS flips PARITY on the word that said "nothing" | parked | the waker is still its own; look again |
//! | unpark | consumer | CAS flips PARITY back | place is its own again, takes the old waker | a push or close came first and answers; look again |
//! | leave | consumer | unpark, then `fetch_or(GONE)` | the events before this count are its own to drop | - |
//!
//! # Who may touch a waker's place
//!
//! The consumer, unless it is parked there. From the CAS that parks until the CAS that unparks, the place belongs to
//! the producer, which touches it once, after the first `fetch_add` or `fetch_or` that saw the new parity. If the
//! consumer parks again it uses the other place. That one is free: it was used by the park before this one, and the
//! producer had emptied it before it pushed the event that ended this park, which the consumer has seen.
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
        Ordering::{AcqRel, Acquire},
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

pub(super) struct Gate {
    word: AtomicUsize,
    wakers: [UnsafeCell<Option<Waker>>; 2],
}

// SAFETY: `Waker` is `Send` and `Sync`; the places are touched by one side at a time, as the module's table says.
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
    parked: Option<Identity>,
}

/// What makes two wakers the same, without keeping one.
///
/// The address can't have been given to another waker meanwhile: as long as the producer has not answered, the waker
/// is alive in its place, and once it has answered the count tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    data: usize,
    vtable: usize,
}

impl Identity {
    #[inline]
    fn of(waker: &Waker) -> Self {
        Self { data: waker.data().addr(), vtable: core::ptr::from_ref(waker.vtable()).addr() }
    }
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
        Self { word: AtomicUsize::new(0), wakers: [UnsafeCell::new(None), UnsafeCell::new(None)] }
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

    /// What a push has to see to: a waker, or, as `Err`, that the consumer is gone, and the event is the producer's own
    /// again.
    ///
    /// # Safety
    /// `side` is the only producer side of this gate, and `before` is what its latest `push` found.
    pub(super) unsafe fn pushed(&self, side: &mut ProducerSide, before: usize) -> Result<Option<Waker>, ()> {
        if before & GONE != 0 {
            return Err(());
        }
        // SAFETY: the caller is the producer, and `before` is what its latest operation found.
        Ok(unsafe { self.answer(side, before) })
    }

    /// Ends the stream.
    ///
    /// # Safety
    /// `side` is the only producer side of this gate.
    pub(super) unsafe fn close(&self, side: &mut ProducerSide) -> Option<Waker> {
        // ORDERING: Release publishes what the producer leaves behind (a panic); Acquire sees the waker.
        let before = self.word.fetch_or(CLOSED, AcqRel);
        // SAFETY: the caller is the producer, and `before` is what its latest operation found.
        unsafe { self.answer(side, before) }
    }

    /// Takes the waker if `before` shows a park that was not answered.
    ///
    /// # Safety
    /// `side` is the only producer side, and `before` came from its latest read-modify-write of the word.
    #[inline]
    unsafe fn answer(&self, side: &mut ProducerSide, before: usize) -> Option<Waker> {
        let parity = before & PARITY;
        if parity == side.answered {
            return None;
        }
        side.answered = parity;
        // SAFETY: the parity differs from the last one answered, so the consumer is parked at this place; from now on
        // it sees a count or CLOSED that it did not park with, can't unpark, and parks at the other place.
        self.wakers[parity].with_mut(|place| unsafe { (*place).take() })
    }

    /// Whether the consumer is gone.
    pub(super) fn is_gone(&self) -> bool {
        // ORDERING: a hint for sources that want to stop; nothing is read through it.
        self.word.load(core::sync::atomic::Ordering::Relaxed) & GONE != 0
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
            side.parked = None;
            Seen::Event
        } else if word & CLOSED != 0 {
            side.parked = None;
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
            side.parked = None;
        }
        side.known = known;
    }

    /// Marks events as taken.
    #[inline]
    pub(super) fn took(side: &mut ConsumerSide, events: usize) {
        side.taken = side.taken.wrapping_add(ONE * events);
    }

    /// Whether the consumer is parked with this very waker.
    #[inline]
    pub(super) fn is_parked_with(side: &ConsumerSide, waker: &Waker) -> bool {
        side.parked == Some(Identity::of(waker))
    }

    /// Parks with `waker`. Whatever comes back has to be dropped by the caller: the waker before if it is parked now,
    /// `waker` itself if something happened since `word` was loaded.
    ///
    /// # Safety
    /// `side` is the only consumer side of this gate, and `word` is what its latest `look` found.
    pub(super) unsafe fn park(&self, side: &mut ConsumerSide, word: usize, waker: Waker) -> Parked {
        let mut word = word;
        let mut before = None;
        if side.parked.is_some() {
            // SAFETY: the contract of this function.
            match unsafe { self.unpark(side, word) } {
                Some(old) => before = old,
                None => return Parked::No { unused: Some(waker) },
            }
            word ^= PARITY;
        }
        let identity = Identity::of(&waker);
        let parity = side.parity ^ PARITY;
        // SAFETY: not parked, so this place is the consumer's own; see the module's text.
        self.wakers[parity].with_mut(|place| unsafe { *place = Some(waker) });
        // ORDERING: Release publishes the waker. On failure nothing is read before the next `look` loads the word.
        let parked = self.word.compare_exchange(word, word ^ PARITY, AcqRel, Acquire);
        if parked.is_ok() {
            side.parity = parity;
            side.parked = Some(identity);
            return Parked::Yes { before };
        }
        // SAFETY: the flip did not happen, so the producer does not know of this place.
        let waker = self.wakers[parity].with_mut(|place| unsafe { (*place).take() });
        drop(before);
        Parked::No { unused: waker }
    }

    /// Takes the place of the waker back, and what is in it. `None` if the producer was faster: it will wake.
    ///
    /// # Safety
    /// `side` is the only consumer side, and parked.
    unsafe fn unpark(&self, side: &mut ConsumerSide, word: usize) -> Option<Option<Waker>> {
        // ORDERING: nothing is published by going back; Acquire on failure is for the `look` that follows.
        let unparked = self.word.compare_exchange(word, word ^ PARITY, AcqRel, Acquire);
        unparked.ok()?;
        let parity = side.parity;
        side.parity ^= PARITY;
        side.parked = None;
        // SAFETY: the word went from "parked, nothing pushed" to "not parked" in one step, so no push answered.
        Some(self.wakers[parity].with_mut(|place| unsafe { (*place).take() }))
    }

    /// The consumer leaves; the events that are known in `side` afterwards are its own to drop.
    ///
    /// # Safety
    /// `side` is the only consumer side of this gate.
    pub(super) unsafe fn leave(&self, side: &mut ConsumerSide) -> Option<Waker> {
        let mut waker = None;
        if side.parked.is_some() {
            if let Seen::Nothing { word } = self.look(side) {
                // SAFETY: parked, as `look` left it.
                waker = unsafe { self.unpark(side, word) }.flatten();
            }
        }
        // ORDERING: Acquire sees the places of the events that are counted. Nothing of the consumer's is published:
        // the storage is freed by whoever drops the last reference to the channel.
        let before = self.word.fetch_or(GONE, AcqRel);
        side.known = before & COUNT;
        waker
    }

    /// How many events are left in `side`, without looking for new ones.
    #[inline]
    pub(super) fn known(side: &ConsumerSide) -> usize {
        side.known.wrapping_sub(side.taken) / ONE
    }
}

/// Whether the consumer is parked.
#[must_use]
pub(super) enum Parked {
    /// It is, and this is the waker from before.
    Yes { before: Option<Waker> },
    /// It is not, because something has happened; the waker comes back.
    No { unused: Option<Waker> },
}
