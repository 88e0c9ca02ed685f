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

/// How many tasks one driver can hold.
pub(super) const TASKS: usize = 1 << bits::INDEX;
/// How many generations one place has.
pub(super) const GENERATIONS: usize = 1 << bits::GENERATION;
/// How many drivers there can be at a time.
pub(super) const DRIVERS: usize = 1 << bits::DRIVER;

/// A task of some driver. When the task is over, its place goes to another task, with the next generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) index: usize,
    pub(super) generation: usize,
}

/// The waker of a task.
#[inline]
pub(super) fn waker(driver: usize, key: Key) -> Waker {
    debug_assert!(driver < DRIVERS && key.index < TASKS && key.generation < GENERATIONS);
    let number = (driver << bits::GENERATION | key.generation) << bits::INDEX | key.index;
    // SAFETY: the functions of the vtable take the data for a number and never read through it. They are thread-safe,
    // and as nothing is counted, each waker may be dropped or forgotten.
    unsafe { Waker::from_raw(raw(ptr::without_provenance(number))) }
}

#[inline]
fn raw(data: *const ()) -> RawWaker {
    static VTABLE: RawWakerVTable = RawWakerVTable::new(raw, wake, wake, forget);
    RawWaker::new(data, &VTABLE)
}

fn wake(data: *const ()) {
    let number = data.addr();
    let key = Key { index: number % TASKS, generation: (number >> bits::INDEX) % GENERATIONS };
    super::home::wake(number >> (bits::INDEX + bits::GENERATION), key);
}

fn forget(_: *const ()) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_numbers_do_not_run_into_each_other() {
        let key = Key { index: TASKS - 1, generation: 0 };
        let number = waker(0, key).data().addr();
        assert_eq!(number, TASKS - 1);
        let key = Key { index: 0, generation: GENERATIONS - 1 };
        assert_eq!(waker(0, key).data().addr(), (GENERATIONS - 1) * TASKS);
        let key = Key { index: TASKS - 1, generation: GENERATIONS - 1 };
        assert_eq!(waker(DRIVERS - 1, key).data().addr(), usize::MAX);
    }
}
