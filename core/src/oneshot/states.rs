//! The word of a cell: what each of its bits means, and who may touch what while they hold.
//!
//! ```text
//!  63                                    5   4    3 2    1 0
//! +---------------------------------------+---+-------+-------+
//! | epoch                                 | I | outcome | phase |
//! +---------------------------------------+---+-------+-------+
//! ```
//!
//! * **phase**: whose turn it is, see the constants.
//! * **outcome**: only in [`DONE`], how the call ended.
//! * **I** ([`INSIDE`]): only in [`DONE`], the callback fired inside the API call although a waker had been stored
//!   before it. Nobody was woken, so the waker still belongs to the receiver.
//! * **epoch**: counts every change that the receiver makes to the waker words. The completer copies these words and
//!   then swaps the *whole* word: had the receiver been at work in between, the epoch would differ and the swap fail.
//!   An undetected change needs the epoch to come round to the same number between the completer's load and its swap:
//!   2^59 waker changes on 64-bit targets, 2^27 on 32-bit ones.

/// No waker is stored. The completer owns the contents, the receiver owns the waker words.
pub(crate) const EMPTY: usize = 0b00;

/// A waker is stored. The completer owns the contents; the waker words may be *read* by both, and whoever leaves this
/// phase by a swap owns the waker.
pub(crate) const WAITING: usize = 0b01;

/// The completer is gone. The receiver owns the contents, the waker words and the memory.
pub(crate) const DONE: usize = 0b10;

/// The receiver is gone. The completer owns the contents and the memory; no waker is stored.
pub(crate) const GONE: usize = 0b11;

const PHASE: usize = 0b11;

/// The bit of [`DONE`] that says "a waker is still in the waker words".
pub(crate) const INSIDE: usize = 1 << 4;

const OUTCOME_SHIFT: usize = 2;
const INSIDE_SHIFT: u32 = 4;
const _: () = assert!(WAITING << INSIDE_SHIFT == INSIDE && EMPTY & WAITING == 0);
const EPOCH_ONE: usize = 1 << 5;
const EPOCH: usize = !(EPOCH_ONE - 1);

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The contents are the value.
    Value = 0,
    /// The contents are the payload of a panic in code that the adapter ran for the callback.
    Panic = 1,
    /// The callback was dropped uncalled. There are no contents.
    Lost = 2,
    /// As `Lost`, and the thread that dropped it was unwinding.
    LostInPanic = 3,
}

impl Outcome {
    /// From the two lowest bits.
    #[inline]
    pub(crate) const fn from_bits(bits: usize) -> Self {
        match bits & 0b11 {
            0 => Outcome::Value,
            1 => Outcome::Panic,
            2 => Outcome::Lost,
            _ => Outcome::LostInPanic,
        }
    }
}

#[inline]
pub(crate) const fn phase(word: usize) -> usize {
    word & PHASE
}

/// The word that says "the completer has finished with this outcome".
#[inline]
pub(crate) const fn done(outcome: Outcome) -> usize {
    DONE | (outcome as usize) << OUTCOME_SHIFT
}

/// The word that says so inside the API call. `word` is in EMPTY, or in WAITING, whose waker then stays with the receiver.
#[inline]
pub(crate) const fn done_inside(word: usize, outcome: Outcome) -> usize {
    done(outcome) | (word & WAITING) << INSIDE_SHIFT
}

/// Reads the outcome back. Meaningful in [`DONE`] only.
#[inline]
pub(crate) const fn outcome(word: usize) -> Outcome {
    Outcome::from_bits(word >> OUTCOME_SHIFT)
}

/// The next epoch of `word`, in `phase`.
#[inline]
pub(crate) const fn next(word: usize, phase: usize) -> usize {
    (word & EPOCH).wrapping_add(EPOCH_ONE) | phase
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_survives_the_way_through_the_word() {
        for o in [Outcome::Value, Outcome::Panic, Outcome::Lost, Outcome::LostInPanic] {
            assert_eq!(outcome(done(o)), o);
            assert_eq!(outcome(done(o) | INSIDE), o);
            assert_eq!(phase(done(o) | INSIDE), DONE);
        }
    }

    #[test]
    fn a_waker_that_nobody_woke_is_noted() {
        let done = done(Outcome::Lost);
        assert_eq!(done_inside(EMPTY, Outcome::Lost), done);
        assert_eq!(done_inside(next(EMPTY, WAITING), Outcome::Lost), done | INSIDE);
    }

    #[test]
    fn a_full_epoch_wraps_without_reaching_the_phase() {
        let last = EPOCH | WAITING;
        assert_eq!(next(last, EMPTY), EMPTY);
        assert_eq!(phase(next(next(last, EMPTY), WAITING)), WAITING);
    }

    #[test]
    fn each_registration_has_its_own_word() {
        let first = next(EMPTY, WAITING);
        let second = next(next(first, EMPTY), WAITING);
        assert_ne!(first, second);
    }
}
