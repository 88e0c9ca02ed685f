//! Models of the key table: calls, retirement, reuse and strays in every interleaving.
//!
//! The rows are those of the table in `entry.rs`.
//!
//! | transition | models |
//! |---|---|
//! | dead to LIVE | `key_that_came_without_synchronisation_finds_the_whole_record_or_none` |
//! | LIVE without users to dead, by `take` | `two_takes_leave_one_owner`, `take_and_retirement_leave_one_owner` |
//! | LIVE to LIVE with one user more or less | `call_and_retirement_leave_one_owner`, `two_calls_and_retirement_leave_one_owner` |
//! | LIVE to dead or not LIVE, by `retire` | `take_and_retirement_leave_one_owner`, `call_and_retirement_leave_one_owner` |
//! | the last to leave | `call_and_retirement_leave_one_owner`, `two_calls_and_retirement_leave_one_owner` |
//! | a key of an earlier operation | `call_never_reaches_the_record_of_the_next_operation` |
//! | a stray looks for its place | `stray_never_names_the_place_of_the_next_operation`, `stray_never_names_the_place_of_the_operation_before` |
use std::panic::Location;

use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize as Count;

use super::entry::{Entry, Last};
use crate::sync::atomic::Ordering;

/// Runs `left` and `right` at once on an open entry; each says how often it became the record's owner.
fn owned_once(left: fn(&Entry, usize) -> usize, right: fn(&Entry, usize) -> usize) {
    on_an_open_entry(|_, _| (), left, right);
}

/// As above, after something that the opener does itself.
fn on_an_open_entry(
    before: fn(&Entry, usize),
    left: fn(&Entry, usize) -> usize,
    right: fn(&Entry, usize) -> usize,
) {
    loom::model(move || {
        let entry = Arc::new(Entry::new());
        let owners = Arc::new(Count::new(0));
        // SAFETY: nobody else knows the entry yet.
        let generation = unsafe { entry.open(std::ptr::dangling_mut::<u8>().cast(), Location::caller()) };
        before(&entry, generation);
        let (its_entry, its_owners) = (entry.clone(), owners.clone());
        let thread = loom::thread::spawn(move || {
            // ORDERING: a count that `join` publishes.
            its_owners.fetch_add(right(&its_entry, generation), Ordering::Relaxed);
        });
        // ORDERING: as above.
        owners.fetch_add(left(&entry, generation), Ordering::Relaxed);
        thread.join().unwrap();
        // ORDERING: as above.
        assert_eq!(owners.load(Ordering::Relaxed), 1);
    });
}

fn mine(last: Last) -> usize {
    usize::from(matches!(last, Last::Mine(_)))
}
fn call(entry: &Entry, generation: usize) -> usize {
    // SAFETY: left once after entering.
    entry.enter(generation).map_or(0, |_| mine(unsafe { entry.leave() }))
}
fn retire(entry: &Entry, generation: usize) -> usize {
    entry.retire(generation).map_or(0, mine)
}
fn take(entry: &Entry, generation: usize) -> usize {
    usize::from(entry.take(generation).is_some())
}

#[test]
fn call_and_retirement_leave_one_owner() {
    owned_once(call, retire);
}

/// A call with the old key, while the entry is retired and used again: it finds the old record or none.
#[test]
fn call_never_reaches_the_record_of_the_next_operation() {
    loom::model(|| {
        let entry = Arc::new(Entry::new());
        let (old, new) = (Box::into_raw(Box::new(1_u8)), Box::into_raw(Box::new(2_u8)));
        // SAFETY: nobody else knows the entry yet.
        let generation = unsafe { entry.open(old.cast(), Location::caller()) };
        let (its_entry, old_at) = (entry.clone(), old.addr());
        let caller = loom::thread::spawn(move || {
            let Some(record) = its_entry.enter(generation) else { return 0 };
            assert_eq!(record.addr(), old_at);
            // SAFETY: entered above.
            mine(unsafe { its_entry.leave() })
        });
        let retired = entry.retire(generation).map_or(0, mine);
        if retired == 1 {
            // SAFETY: the index is ours, now that the record is.
            let next = unsafe { entry.open(new.cast(), Location::caller()) };
            assert_eq!(take(&entry, next), 1);
        }
        assert_eq!(caller.join().unwrap() + retired, 1);
        // SAFETY: both were leaked above, and nobody uses them any more.
        unsafe { drop((Box::from_raw(old), Box::from_raw(new))) };
    });
}

#[test]
fn two_takes_leave_one_owner() {
    owned_once(take, take);
}

#[test]
fn take_and_retirement_leave_one_owner() {
    owned_once(take, retire);
}

#[test]
fn stray_never_names_the_place_of_the_next_operation() {
    loom::model(|| {
        let entry = Arc::new(Entry::new());
        let (early, next) = (Location::caller(), Location::caller());
        assert_ne!(early, next);
        let record = std::ptr::dangling_mut::<u8>().cast();
        // SAFETY: nobody else knows the entry yet.
        let generation = unsafe { entry.open(record, early) };
        assert!(entry.take(generation).is_some());
        let its_entry = entry.clone();
        let thread = loom::thread::spawn(move || {
            // SAFETY: taken above: the index is this thread's.
            let generation = unsafe { its_entry.open(record.cast::<()>(), next) };
            assert!(its_entry.take(generation).is_some());
        });
        assert!(entry.place(generation).is_none_or(|place| place == early));
        thread.join().unwrap();
    });
}

/// One call is running already: the other may begin and end before, in between and after what happens then.
#[test]
fn two_calls_and_retirement_leave_one_owner() {
    let enter = |entry: &Entry, generation| assert!(entry.enter(generation).is_some());
    let retire_then_leave = |entry: &Entry, generation| {
        // SAFETY: entered before.
        retire(entry, generation) + mine(unsafe { entry.leave() })
    };
    on_an_open_entry(enter, retire_then_leave, call);
}

/// C got the key from us, and should pass it on to its threads with more care.
#[test]
fn key_that_came_without_synchronisation_finds_the_whole_record_or_none() {
    loom::model(|| {
        let (entry, passed) = (Arc::new(Entry::new()), Arc::new(Count::new(0)));
        let (its_entry, its_passed) = (entry.clone(), passed.clone());
        let opener = loom::thread::spawn(move || {
            // SAFETY: nobody else has the index.
            let generation =
                unsafe { its_entry.open(std::ptr::dangling_mut::<u8>().cast(), Location::caller()) };
            // ORDERING: publishes nothing but itself, which is what the model is about.
            its_passed.store(generation, Ordering::Relaxed);
        });
        // ORDERING: as above.
        let generation = passed.load(Ordering::Relaxed);
        let taken = entry.take(generation);
        assert!(taken.is_none_or(|record| record == std::ptr::dangling_mut::<u8>().cast()));
        opener.join().unwrap();
    });
}

#[test]
fn stray_never_names_the_place_of_the_operation_before() {
    loom::model(|| {
        let entry = Arc::new(Entry::new());
        let (early, next) = (Location::caller(), Location::caller());
        let its_entry = entry.clone();
        let record = std::ptr::dangling_mut::<u8>();
        // SAFETY: nobody else has the index.
        let first = unsafe { entry.open(record.cast(), early) };
        assert!(entry.take(first).is_some());
        let thread = loom::thread::spawn(move || {
            // SAFETY: taken above: the index is this thread's.
            let second = unsafe { its_entry.open(record.cast(), next) };
            assert!(its_entry.take(second).is_some());
        });
        // Seen, not joined: nothing but the word itself orders this thread behind the other.
        let place = loop {
            match entry.place(first + 1) {
                Some(place) => break place,
                None => loom::thread::yield_now(),
            }
        };
        assert_eq!(place, next);
        thread.join().unwrap();
    });
}
