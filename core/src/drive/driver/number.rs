//! Wakers that are numbers: which driver, which of its tasks, which generation of that place.
//!
//! The number stands in the waker's data pointer, which points to nothing and has no provenance. So cloning and
//! dropping a waker costs nothing, no waker keeps a task alive, and a waker may outlive its task and its driver.
//!
//! | target | driver | generation | index |
//! |---|---|---|---|
//! | 64 bit | 16 | 24 | 24 |
//! | 32 bit | 6 | 12 | 14 |
//!
//! A number that has come round means at worst that a very old waker polls a task once too often, which every future
//! has to bear. Numbers of drivers are not given out again before all others were.

use core::ptr;
use core::task::{RawWaker, RawWakerVTable, Waker};

#[cfg(target_pointer_width = "64")]
mod bits {
    pub(super) const INDEX: u32 = 24;
    pub(super) const GENERATION: u32 = 24;
    pub(super) const DRIVER: u32 = 16;
}
#[cfg(target_pointer_width = "32")]
mod bits {
    pub(super) const INDEX: u32 = 14;
    pub(super) const GENERATION: u32 = 12;
    pub(super) const DRIVER: u32 = 6;
}

const _: () = assert!(bits::INDEX + bits::GENERATION + bits::DRIVER == usize::BITS);

/// The bits of a number that say which task of its driver is meant.
const KEY: u32 = bits::INDEX + bits::GENERATION;

/// How many tasks one driver can hold.
pub(super) const TASKS: usize = 1 << bits::INDEX;
/// How many drivers there can be at a time.
pub(super) const DRIVERS: usize = 1 << bits::DRIVER;

/// A task of some driver: its place and that place's generation. When the task is over, the place goes to another task,
/// with the next generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(usize);

impl Key {
    /// The first task in a place.
    pub(super) fn first(index: usize) -> Key {
        debug_assert!(index < TASKS);
        Key(index)
    }

    #[inline]
    pub(super) fn index(self) -> usize {
        self.0 % TASKS
    }

    /// The next task in the same place. The last generation is followed by the first.
    #[inline]
    pub(super) fn successor(self) -> Key {
        Key((self.0 + TASKS) % (1 << KEY))
    }
}

/// A driver among all that live, in the bits of a number where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DriverBits(usize);

impl DriverBits {
    pub(super) fn new(id: usize) -> DriverBits {
        debug_assert!(id < DRIVERS);
        DriverBits(id << KEY)
    }

    pub(super) fn id(self) -> usize {
        self.0 >> KEY
    }
}

/// What a waker consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(usize);

impl Number {
    #[inline]
    pub(super) fn new(driver: DriverBits, key: Key) -> Number {
        Number(driver.0 | key.0)
    }

    /// The task, if it is one of this driver.
    #[inline]
    pub(super) fn key_in(self, driver: DriverBits) -> Option<Key> {
        // Equal bits cancel out, so what is left is a key if the driver is the right one.
        let key = self.0 ^ driver.0;
        (key < 1 << KEY).then_some(Key(key))
    }

    /// Which driver it belongs to, and which of its tasks.
    pub(super) fn parts(self) -> (usize, Key) {
        (self.0 >> KEY, Key(self.0 % (1 << KEY)))
    }

    /// The waker of the task.
    #[inline]
    pub(super) fn waker(self) -> Waker {
        // SAFETY: the functions of the vtable take the data for a number and never read through it. They are
        // thread-safe, and as nothing is counted, each waker may be dropped or forgotten.
        unsafe { Waker::from_raw(raw(ptr::without_provenance(self.0))) }
    }
}

#[inline]
fn raw(data: *const ()) -> RawWaker {
    static VTABLE: RawWakerVTable = RawWakerVTable::new(raw, wake, wake, forget);
    RawWaker::new(data, &VTABLE)
}

fn wake(data: *const ()) {
    super::home::wake(Number(data.addr()));
}

fn forget(_: *const ()) {}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_TASK: usize = TASKS - 1;
    const LAST_DRIVER: usize = DRIVERS - 1;

    #[test]
    fn largest_numbers_do_not_run_into_each_other() {
        let driver = DriverBits::new(LAST_DRIVER);
        let last_generation = Key((1 << KEY) - 1);
        assert_eq!(last_generation.index(), LAST_TASK);
        let number = Number::new(driver, last_generation);
        assert_eq!(number.waker().data().addr(), usize::MAX);
        assert_eq!(number.key_in(driver), Some(last_generation));
        assert_eq!(number.parts(), (driver.id(), last_generation));
    }

    #[test]
    fn generation_that_comes_round_leaves_the_place_alone() {
        let last_generation = Key((1 << KEY) - 1);
        assert_eq!(last_generation.successor(), Key::first(LAST_TASK));
        assert_eq!(Key::first(3).successor().index(), 3);
        assert_ne!(Key::first(3).successor(), Key::first(3));
    }

    #[test]
    fn number_of_another_driver_is_not_taken_for_ones_own() {
        let number = Number::new(DriverBits::new(2), Key::first(LAST_TASK));
        assert_eq!(number.key_in(DriverBits::new(2)), Some(Key::first(LAST_TASK)));
        for other in [0, 1, 3, LAST_DRIVER] {
            assert_eq!(number.key_in(DriverBits::new(other)), None);
        }
    }
}
