//! Remembering, per place in the source, whether the callback tends to fire inside the call or later.
//!
//! A waker that is stored before the API call spares a later callback's receiver one swap, and costs a clone for nothing
//! if the callback fires inside. The saving is about half the cost, so storing pays if fewer than one call in three
//! fires inside. Four "later" in a row turn it on, one "inside" turns it off: a place that mixes them at random with one
//! "inside" in ten keeps most of the saving, and one that repeats "later, later, inside" is not led to store each time
//! just before the call that fires inside, which with two in a row cost more than never storing.

use core::sync::atomic::{AtomicU8, Ordering};

/// "Later" results in a row that turn storing on.
const ENOUGH: u8 = 4;

/// What one `call!` in the source has seen.
#[derive(Debug, Default)]
pub struct Hint {
    later_in_a_row: AtomicU8,
}

impl Hint {
    /// A place that has seen nothing yet.
    #[inline]
    pub const fn new() -> Self {
        Hint { later_in_a_row: AtomicU8::new(0) }
    }

    /// What was seen so far.
    #[inline]
    pub(super) fn look(&self) -> Seen {
        // ORDERING: a guess; nothing depends on it but speed.
        Seen(self.later_in_a_row.load(Ordering::Relaxed))
    }

    /// Takes a result into account. Writes only what changes, so that a settled place costs no cache-line traffic.
    #[inline]
    pub(super) fn learn(&self, seen: Seen, later: bool) {
        let now = if later { ENOUGH.min(seen.0 + 1) } else { 0 };
        if now != seen.0 {
            // ORDERING: as above; a lost update only delays the lesson.
            self.later_in_a_row.store(now, Ordering::Relaxed);
        }
    }
}

/// What a [`Hint`] knew when a call was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen(u8);

impl Seen {
    /// Of a place that has no hint.
    pub(super) const NOTHING: Seen = Seen(0);

    /// Whether to store the waker before the call.
    #[inline]
    pub(super) fn expects_later(self) -> bool {
        self.0 >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_later_in_a_row_are_needed() {
        let hint = Hint::new();
        for later in [true, true, true, false, true, true, true] {
            hint.learn(hint.look(), later);
            assert!(!hint.look().expects_later());
        }
        hint.learn(hint.look(), true);
        assert!(hint.look().expects_later());
    }

    #[test]
    fn a_place_with_every_third_callback_inside_never_stores() {
        let hint = Hint::new();
        for later in [true, true, false].into_iter().cycle().take(30) {
            assert!(!hint.look().expects_later());
            hint.learn(hint.look(), later);
        }
    }

    #[test]
    fn one_inside_is_enough_to_turn_back() {
        let hint = Hint::new();
        (0..9).for_each(|_| hint.learn(hint.look(), true));
        hint.learn(hint.look(), false);
        assert!(!hint.look().expects_later());
    }
}
