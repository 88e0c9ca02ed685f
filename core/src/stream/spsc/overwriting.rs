//! Places that are written again: storage that was allocated once, and in which an event that finds no room takes the place
//! of the oldest. Neither side ever waits for the other.
//!
//! The events lie in *cells*, two more than there are places. A place is one word, which names a cell:
//!
//! ```text
//! place = lap | cell << 1 | FULL
//! ```
//!
//! Each side owns one cell that no place names, its *spare*, and changes a place only by putting its spare there in
//! exchange for the cell that was named. So nobody ever reads a cell that somebody else writes, however often the producer
//! goes round while the consumer is in the middle of a read.
//!
//! | who | step | operation | duty |
//! |---|---|---|---|
//! | producer | event number `n` | writes its spare; swaps place `n % capacity` to (lap of `n`, spare, FULL) | the old cell is its spare; if that was FULL, an event has made way: drop and count it |
//! | consumer | event number `n` | CAS of the place from (lap of `n`, cell, FULL) to (same lap, spare, empty) | won: `cell` is its spare, and has the event |
//! | consumer | finds a later lap | - | the producer went round: events up to a whole ring before the one that is there have made way |
//! | producer | consumer has left before event number `n` was counted | sets the place to (lap of `n`, spare, empty) | takes its event back |
//!
//! The lap counts how often the producer went round, in the bits that are left, and wraps. If it wraps within one step of
//! the consumer, the cell that the consumer gets is still its own and FULL, and what it reads is the newest event of that
//! place; only the order would suffer.

use alloc::boxed::Box;
use core::mem::{self, MaybeUninit};

use super::storage::{HandedOver, Storage, Written};
use crate::sync::{
    UnsafeCell,
    atomic::{
        AtomicUsize,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
    delay,
};

const FULL: usize = 1;

pub(in crate::stream) struct Overwriting<T> {
    places: Box<[AtomicUsize]>,
    cells: Box<[UnsafeCell<MaybeUninit<T>>]>,
    /// How many bits of a place name its cell, with FULL.
    cell_bits: u32,
}

/// The producer's end.
pub(in crate::stream) struct Writer {
    at: Position,
    spare: usize,
}

/// The consumer's end.
pub(in crate::stream) struct Reader {
    at: Position,
    spare: usize,
    /// The spare holds an event that was handed over.
    full: bool,
}

/// The number of an event, as lap and place.
#[derive(Debug, Clone, Copy)]
struct Position {
    /// In the upper bits, as in the word of a place.
    lap: usize,
    place: usize,
}

// SAFETY: events move from one thread to the other through the cells, so they have to be `Send`. The sides touch
// different cells, as the text above says.
unsafe impl<T: Send> Send for Overwriting<T> {}
// SAFETY: as above; a shared reference gives no access to events without the private ends.
unsafe impl<T: Send> Sync for Overwriting<T> {}

impl<T> Overwriting<T> {
    pub(super) fn open(capacity: usize) -> (Self, Writer, Reader) {
        let cell_bits = usize::BITS - (capacity + 1).leading_zeros() + 1;
        let one_lap = 1_usize << cell_bits;
        let storage = Self {
            // Empty, of the lap before the first.
            places: (0..capacity).map(|cell| AtomicUsize::new(one_lap.wrapping_neg() | cell << 1)).collect(),
            cells: (0..capacity + 2).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect(),
            cell_bits,
        };
        let at = Position { lap: 0, place: 0 };
        (storage, Writer { at, spare: capacity }, Reader { at, spare: capacity + 1, full: false })
    }

    fn lap_of(&self, word: usize) -> usize {
        word >> self.cell_bits << self.cell_bits
    }

    fn cell_of(&self, word: usize) -> usize {
        (word ^ self.lap_of(word)) >> 1
    }

    fn next(&self, at: Position) -> Position {
        if at.place + 1 < self.places.len() {
            Position { place: at.place + 1, ..at }
        } else {
            Position { lap: at.lap.wrapping_add(1 << self.cell_bits), place: 0 }
        }
    }

    /// How many events, from the one at `at` on, have made way, if its place has come to `lap`.
    fn made_way(&self, at: Position, lap: usize) -> usize {
        let rounds = lap.wrapping_sub(at.lap) >> self.cell_bits;
        (rounds - 1).saturating_mul(self.places.len()).saturating_add(1)
    }

    /// # Safety
    /// The cell is the caller's spare, and holds an event, which is read this once.
    unsafe fn take(&self, cell: usize) -> T {
        // SAFETY: by contract.
        self.cells[cell].with(|place| unsafe { (*place).assume_init_read() })
    }
}

impl<T> Storage<T> for Overwriting<T> {
    type Writer = Writer;
    type Reader = Reader;

    unsafe fn write(&self, at: &mut Writer, value: T) -> Written<T> {
        // SAFETY: the spare is the producer's own, and holds nothing.
        self.cells[at.spare].with_mut(|place| unsafe { (*place).write(value) });
        delay();
        // ORDERING: Release publishes the event; Acquire: the consumer has finished with the cell that it left here.
        let before = self.places[at.at.place].swap(at.at.lap | at.spare << 1 | FULL, AcqRel);
        at.spare = self.cell_of(before);
        at.at = self.next(at.at);
        if before & FULL == 0 {
            return Written::Added;
        }
        // SAFETY: the swap gave us the cell, and FULL says that its event was not taken.
        Written::InPlaceOf(unsafe { self.take(at.spare) })
    }

    unsafe fn take_back(&self, at: &mut Writer) -> T {
        let place = &self.places[at.at.place.checked_sub(1).unwrap_or(self.places.len() - 1)];
        // ORDERING: our own last write: the consumer changes only places of events that were counted.
        let written = place.load(Relaxed);
        // The lap stays: a consumer that is dropping what it knows of finds the way by it.
        // ORDERING: as above; nothing is published.
        place.store(self.lap_of(written) | at.spare << 1, Relaxed);
        at.spare = self.cell_of(written);
        // SAFETY: no place names the cell any more, in which our last `write` put an event that nobody takes.
        unsafe { self.take(at.spare) }
    }

    unsafe fn hand_over(&self, at: &mut Reader, known: usize) -> HandedOver {
        let place = &self.places[at.at.place];
        // ORDERING: nothing is read on the strength of it; the CAS acquires.
        let word = place.load(Relaxed);
        let mut lap = self.lap_of(word);
        if lap == at.at.lap {
            delay();
            // ORDERING: Acquire sees the event. Release: we have finished with the cell that we leave here.
            match place.compare_exchange(word, lap | at.spare << 1, AcqRel, Acquire) {
                Ok(_) => {
                    // The event was counted and not taken yet: the cell is FULL.
                    (at.spare, at.full) = (self.cell_of(word), true);
                    at.at = self.next(at.at);
                    return HandedOver::Events(1);
                }
                Err(now) => lap = self.lap_of(now),
            }
        }
        let made_way = self.made_way(at.at, lap).min(known);
        let number = at.at.place + made_way;
        let (laps, place) = (number / self.places.len(), number % self.places.len());
        at.at = Position { lap: at.at.lap.wrapping_add(laps << self.cell_bits), place };
        HandedOver::MadeWay(made_way)
    }

    unsafe fn read(&self, at: &mut Reader) -> Option<T> {
        // SAFETY: the spare is the consumer's own, and the event in it is taken this once.
        mem::take(&mut at.full).then(|| unsafe { self.take(at.spare) })
    }

    fn handed_over(at: &Reader) -> usize {
        usize::from(at.full)
    }
}
