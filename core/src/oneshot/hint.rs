//! Remembering, per place in the source, whether the callback tends to fire inside the call or later.
//!
//! A waker that is stored before the API call spares a later callback's receiver one swap, and costs a clone for nothing
//! if the callback fires inside. The saving is about half the cost, so storing pays if fewer than one call in three
//! fires inside. Four "later" in a row turn it on, one "inside" turns it off: a place that mixes them at random with one
//! "inside" in ten keeps most of the saving, and one that repeats "later, later, inside" is not led to store each time
//! just before the call that fires inside, which with two in a row cost more than never storing.
//!
//! Each `call!` has a hint of its own. Functions can't have one per caller, so the operations of C, which functions make,
//! find theirs by the caller's place in a small table. Two places that share one mislead each other, which costs them
//! speed and nothing else.

#[cfg(feature = "ffi")]
use core::panic::Location;
use core::sync::atomic::{AtomicU8, Ordering};

/// "Later" results in a row that turn storing on.
const ENOUGH: u8 = 4;

/// How many hints there are for places that have none of their own.
#[cfg(feature = "ffi")]
const PLACES: usize = 512;

#[cfg(feature = "ffi")]
static BY_PLACE: [Hint; PLACES] = [const { Hint::new() }; PLACES];

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

    /// The hint of a place that has none of its own.
    ///
    /// In a model there is none: what one interleaving has learned would change the next.
    #[cfg(feature = "ffi")]
    #[inline]
    pub(crate) fn of(place: &'static Location<'static>) -> Option<&'static Hint> {
        // Places of one file lie side by side.
        let number = core::ptr::from_ref(place).addr() / align_of::<Location<'static>>();
        (!cfg!(loom)).then(|| &BY_PLACE[number % PLACES])
    }

    /// What was seen so far.
    #[inline]
    pub(crate) fn look(&self) -> Seen {
        // ORDERING: a guess; nothing depends on it but speed.
        Seen(self.later_in_a_row.load(Ordering::Relaxed))
    }

    /// Takes a result into account. Writes only what changes, so that a settled place costs no cache-line traffic.
    #[inline]
    pub(crate) fn learn(&self, seen: Seen, later: bool) {
        let now = if later { ENOUGH.min(seen.0 + 1) } else { 0 };
        if now != seen.0 {
            // ORDERING: as above; a lost update only delays the lesson.
            self.later_in_a_row.store(now, Ordering::Relaxed);
        }
    }
}

/// What a [`Hint`] knew when a call was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen(u8);

impl Seen {
    /// Of a place that has no hint.
    pub(crate) const NOTHING: Seen = Seen(0);

    /// Whether to store the waker before the call.
    #[inline]
    pub(crate) fn expects_later(self) -> bool {
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
    #[cfg(all(feature = "ffi", not(loom)))]
    fn places_side_by_side_learn_for_themselves() {
        let (one, other) = (Location::caller(), Location::caller());
        let hint = Hint::of(one).unwrap();
        assert!(core::ptr::eq(hint, Hint::of(one).unwrap()));
        assert!(!core::ptr::eq(hint, Hint::of(other).unwrap()));
    }

    #[test]
    fn one_inside_is_enough_to_turn_back() {
        let hint = Hint::new();
        (0..9).for_each(|_| hint.learn(hint.look(), true));
        hint.learn(hint.look(), false);
        assert!(!hint.look().expects_later());
    }
}
