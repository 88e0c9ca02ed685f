//! One entry of the key table: the protocol by which calls, retirement and reuse exclude each other.
//!
//! The word of an entry:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | 0 | LIVE | the record may be entered or taken |
//! | 1 .. half | USERS | calls that are running with the record |
//! | half .. | generation | which of the operations that used this entry in turn |
//!
//! USERS with all bits set and not LIVE is OPENING: the owner of the index writes the contents.
//!
//! | from | who | to | how | duty |
//! |---|---|---|---|---|
//! | dead, `g` | owner of the index | OPENING, `g`, then LIVE, `g` | stores | writes record and place in between |
//! | LIVE, `g`, no users | `take(g)` | dead, `g+1` | CAS | owns record and index |
//! | LIVE, `g`, `n` users | `enter(g)` | LIVE, `g`, `n+1` | CAS | must `leave` |
//! | LIVE, `g`, no users | `retire(g)` | dead, `g+1` | CAS | owns record and index |
//! | LIVE, `g`, `n` users | `retire(g)` | not LIVE, `g`, `n` | CAS | none: the last to leave owns both |
//! | LIVE, `g`, `n` users | `leave` | LIVE, `g`, `n-1` | CAS | none |
//! | not LIVE, `g`, 1 user | `leave` | dead, `g+1` | CAS | owns record and index |
//! | any other | `take`, `enter`, `retire` | - | - | the caller is a stray: it came late, or a second time |
//!
//! Whoever owns the index gives it back to a free list only after it has read the record, so nobody else can be
//! writing it. A stray call owns nothing and reads only the place, which is atomic for its sake: it is the one of its
//! operation if the word says "dead, generation after mine" both before and after. Nothing here blocks, and no user code
//! runs.
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::panic::Location;

const HALF: u32 = usize::BITS / 2;
const LIVE: usize = 1;
const USER: usize = 2;
const LOW: usize = (1 << HALF) - 1;
const OPENING: usize = LOW & !LIVE;
const GENERATIONS: usize = LOW;

/// The place where an operation was started.
pub(crate) type Place = &'static Location<'static>;

pub(crate) struct Entry {
    word: AtomicUsize,
    record: UnsafeCell<*mut ()>,
    /// Made of a `Place`, or null if the entry was never used.
    place: AtomicPtr<Location<'static>>,
}

// SAFETY: the record is written by the owner of the index only, while no word lets anyone read them.
unsafe impl Sync for Entry {}
// SAFETY: as above; the record pointer belongs to whoever is handed it.
unsafe impl Send for Entry {}

/// What `leave` and `retire` tell the caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// Nobody uses the record any more: it is the caller's, and so is the index.
    Mine(*mut ()),
    /// A running call has it, and frees it when it leaves.
    InUse,
}

impl Entry {
    pub(crate) fn new() -> Self {
        // Generation 0 is never live, so that a null user data is never a key.
        Self {
            word: AtomicUsize::new(1 << HALF),
            record: UnsafeCell::new(std::ptr::null_mut()),
            place: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Opens the entry. Returns the generation.
    ///
    /// # Safety
    ///
    /// The caller owns the index.
    pub(crate) unsafe fn open(&self, record: *mut (), place: Place) -> usize {
        // ORDERING: only the owner of the index changes a dead word.
        let word = self.word.load(Ordering::Relaxed);
        // ORDERING: published by the next store, for a stray call that reads the new place.
        self.word.store(word | OPENING, Ordering::Relaxed);
        // ORDERING: Release: who reads this place finds that the word has moved on.
        self.place.store(std::ptr::from_ref(place).cast_mut(), Ordering::Release);
        // SAFETY: the caller owns the index, and a word that is not LIVE lets nobody read.
        self.record.with_mut(|slot| unsafe { *slot = record });
        // ORDERING: publishes the record to `enter`, `take` and `retire`.
        self.word.store(word | LIVE, Ordering::Release);
        word >> HALF
    }

    /// Moves the word by `step` as long as it is live in this generation. Returns the word it had.
    fn advance(&self, generation: usize, step: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        // ORDERING: a guess; the exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word >> HALF != generation || word & LIVE == 0 {
                return None;
            }
            let next = step(word)?;
            // ORDERING: acquires the record that `open` published, and what earlier users did with the record; releases
            // what this user did, to the one that frees it.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(was) => return Some(was),
                Err(now) => word = now,
            }
        }
    }

    /// Takes the record for good. `None` if it was taken, retired, or never this one's.
    pub(crate) fn take(&self, generation: usize) -> Option<*mut ()> {
        self.advance(generation, |word| (word & LOW == LIVE).then(|| dead_after(word)))?;
        Some(self.record())
    }

    /// Borrows the record for one call.
    pub(crate) fn enter(&self, generation: usize) -> Option<*mut ()> {
        self.advance(generation, |word| Some(word + USER))?;
        Some(self.record())
    }

    /// Ends a call that `enter` has begun.
    ///
    /// # Safety
    ///
    /// The caller has entered, and leaves once.
    pub(crate) unsafe fn leave(&self) -> Last {
        // ORDERING: a guess; the exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let last = word & LOW == USER;
            let next = if last { dead_after(word) } else { word - USER };
            // ORDERING: as in `advance`.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if last => return Last::Mine(self.record()),
                Ok(_) => return Last::InUse,
                Err(now) => word = now,
            }
        }
    }

    /// Ends the operation: no call enters from now on. `None` if it had ended before.
    pub(crate) fn retire(&self, generation: usize) -> Option<Last> {
        let idle = |word: usize| word & LOW == LIVE;
        let was =
            self.advance(generation, |word| Some(if idle(word) { dead_after(word) } else { word & !LIVE }))?;
        Some(if idle(was) { Last::Mine(self.record()) } else { Last::InUse })
    }

    /// Where the operation of this generation was started, if the entry still knows: it is the current one, or the
    /// last one before the entry is used again.
    pub(crate) fn place(&self, generation: usize) -> Option<Place> {
        let ended = after(generation) << HALF;
        // ORDERING: acquires the place from whoever opened and killed the entry.
        if self.word.load(Ordering::Acquire) != ended {
            return None;
        }
        // ORDERING: Acquire: if this is the place of the next operation, the load below sees that the word has moved.
        let place = self.place.load(Ordering::Acquire);
        // ORDERING: ordered by the load above.
        if self.word.load(Ordering::Relaxed) != ended {
            return None;
        }
        // SAFETY: null, or made of a `&'static Location`.
        unsafe { place.as_ref() }
    }

    fn record(&self) -> *mut () {
        // SAFETY: the caller's exchange gave it the record or a share of it; nobody writes until the index is free.
        self.record.with(|record| unsafe { *record })
    }
}

fn after(generation: usize) -> usize {
    if generation == GENERATIONS { 1 } else { generation + 1 }
}

/// The dead word that follows `word`.
fn dead_after(word: usize) -> usize {
    after(word >> HALF) << HALF
}

/// A key: generation above, index below. Never null.
pub(crate) fn key(generation: usize, index: usize) -> usize {
    generation << HALF | index
}

/// Generation and index of a key.
pub(crate) fn parts(key: usize) -> (usize, usize) {
    (key >> HALF, key & LOW)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn open(entry: &Entry, record: &mut u8) -> usize {
        // SAFETY: the test is the only one to use the entry.
        unsafe { entry.open((record as *mut u8).cast(), Location::caller()) }
    }

    #[test]
    fn second_take_is_a_stray() {
        let (entry, mut record) = (Entry::new(), 1);
        let generation = open(&entry, &mut record);
        assert!(entry.take(generation).is_some());
        assert!(entry.take(generation).is_none());
        assert!(entry.place(generation).is_some_and(|place| place.file() == file!()));
    }

    #[test]
    fn key_of_an_earlier_operation_does_not_reach_the_next_one() {
        let (entry, mut first, mut second) = (Entry::new(), 1, 2);
        let early = open(&entry, &mut first);
        entry.take(early);
        let late = open(&entry, &mut second);
        assert_ne!(early, late);
        assert!(entry.enter(early).is_none());
        assert!(entry.retire(early).is_none());
        assert!(entry.take(late).is_some());
    }

    #[test]
    fn record_retired_during_a_call_is_freed_by_the_call() {
        let (entry, mut record) = (Entry::new(), 1);
        let generation = open(&entry, &mut record);
        assert!(entry.enter(generation).is_some());
        assert_eq!(entry.retire(generation), Some(Last::InUse));
        assert!(entry.enter(generation).is_none(), "nobody enters any more");
        // SAFETY: entered above.
        assert!(matches!(unsafe { entry.leave() }, Last::Mine(_)));
    }

    #[test]
    fn generation_zero_never_comes() {
        assert_eq!(after(GENERATIONS), 1);
        assert_eq!(parts(key(5, 9)), (5, 9));
    }
}
