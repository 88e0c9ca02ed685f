//! Functions with `check`: most of the tests of this file are made by the attribute.
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use uncallback::uncallback;

use crate::doubles::{Watched, babble, find, later, log};
use crate::{doubles, said};

/// What the module uses outside of tests: a check that reached it would never get an answer.
fn fetch(_: u64, then: impl FnOnce(u64) + 'static) {
    std::mem::forget(then);
}

#[uncallback(check(with = doubles, id in [1, 20]))]
fn doubles_hide_the_names_of_the_module(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |a| fetch(a, move |b| done(a + b)));
}

#[uncallback(check)]
fn sampled_arguments(name: &str, twice: bool, done: Box<dyn FnOnce(Result<u64, String>)>) {
    log("begun");
    find(
        name,
        Box::new(move |found| match found {
            Err(e) => done(Err(e)),
            Ok(n) if twice => done(Ok(2 * n)),
            Ok(n) => done(Ok(n)),
        }),
    );
    log("on its way");
}

struct Keeper(Watched);

#[uncallback(check(name = "a name", keeper = Keeper(Watched::new("keeper"))))]
fn drops_are_seen(
    keeper: Keeper,
    name: &str,
    ok: impl FnOnce(u64) + 'static,
    err: impl FnOnce(String) + 'static,
) {
    log(format!("{:?}", keeper.0));
    find(
        name,
        Box::new(move |found| match found {
            Ok(n) => ok(n),
            Err(e) => err(e),
        }),
    )
}

#[uncallback(check(x = 7, shown in ["short", "longer"]))]
fn open_types<T: AsRef<str> + 'static>(x: u64, shown: T, mut done: Option<Box<dyn FnOnce(u64, String)>>) {
    doubles::fetch(x, move |x| {
        if let Some(done) = done.take() {
            done(x, shown.as_ref().to_uppercase())
        }
    });
}

#[uncallback(check(with = doubles, sizes in [vec![3], vec![1, 2, 3], vec![1, 1, 2, 3, 5, 8]]))]
fn many_at_a_time(sizes: Vec<u64>, done: impl FnOnce(Vec<u64>) + 'static) {
    let left = Rc::new(Cell::new(sizes.len()));
    let found = Rc::new(RefCell::new(Vec::new()));
    let done = Rc::new(RefCell::new(Some(done)));
    for size in sizes {
        let (left, found, done) = (left.clone(), found.clone(), done.clone());
        fetch(size, move |n| {
            found.borrow_mut().push(n);
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.borrow_mut().take().unwrap()(found.take())
            }
        });
    }
}

#[uncallback(check(id = 3), keep)]
fn kept(id: u64, done: Rc<dyn Fn(u64)>) {
    doubles::fetch(id, move |id| done(id));
}

#[uncallback(check(id in 0..2), eager)]
fn eager(id: u64, done: Box<dyn FnOnce(Option<String>, Option<u64>)>) {
    doubles::fetch(id, move |id| match id {
        0 => done(Some("nothing".into()), None),
        id => done(None, Some(id)),
    });
}

#[uncallback(check(id in 0..2))]
fn error_or_nothing(id: u64, on_error: impl FnOnce(Option<String>) + 'static) {
    doubles::fetch(id, move |id| match id {
        0 => on_error(Some("nothing".into())),
        _ => on_error(None),
    });
}

#[uncallback(check)]
mod together {
    use super::doubles::*;

    pub(super) fn countdown(left: u8, done: Box<dyn FnOnce(u64)>) {
        step(
            left,
            Box::new(move |more| match more {
                true => countdown(left - 1, done),
                false => done(0),
            }),
        )
    }

    fn step(left: u8, done: Box<dyn FnOnce(bool)>) {
        fetch(u64::from(left), move |n| done(n > 0))
    }
}

#[test]
fn checked_functions_are_there_for_everybody_else() {
    drop((doubles_hide_the_names_of_the_module(1), sampled_arguments("", true), open_types(1, "")));
    drop((many_at_a_time(vec![]), kept_async(1), together::countdown(1), error_or_nothing(1)));
    drop(drops_are_seen(Keeper(Watched::new("keeper")), ""));
    let _: (fn(u64, Rc<dyn Fn(u64)>), fn(u64) -> _) = (kept, eager);
}

// Inside of a function the test harness does not find the tests that are made, so that they can be called as functions.

#[test]
#[allow(unnameable_test_items)]
fn a_check_fails_where_the_conversion_cannot_know_what_its_callee_does() {
    #[uncallback(check(id = 5))]
    fn talkative(id: u64, done: impl FnOnce(u64) + 'static) {
        babble(id, move |n| done(n + 1));
    }
    let report = "\
`talkative` and its async version differ
  id: `5`
  delivered: babble 5
  turn | callbacks       | async
     0 | starts babble 5 | starts babble 5
>    1 | answers 6       | said more
       | said more       | answers 6
     2 |                 |
";
    assert_eq!(said(talkative_is_the_same_in_both_styles), report);
    drop(talkative(1));
}

#[test]
#[allow(unnameable_test_items)]
fn a_check_whose_operations_it_does_not_know_fails_and_says_what_to_do() {
    #[uncallback(check)]
    fn real_fetch(done: impl FnOnce(u64) + 'static) {
        fetch(1, done);
    }
    let said = said(real_fetch_is_the_same_in_both_styles);
    assert!(said.contains("has not answered") && said.contains("check::later"), "{said}");
    drop(real_fetch());
}

#[test]
#[allow(unnameable_test_items)]
fn a_difference_that_only_one_input_shows_names_that_input() {
    #[uncallback(check(with = doubles, loud in [false, true]))]
    fn sometimes(loud: bool, done: Box<dyn FnOnce(u64)>) {
        match loud {
            true => babble(1, done),
            false => fetch(1, done),
        }
    }
    let said = said(sometimes_is_the_same_in_both_styles);
    assert!(said.contains("loud: value 1 of `[false, true]`"), "{said}");
    drop(sometimes(true));
}

#[test]
fn later_outside_of_a_check_fails_instead_of_waiting_for_ever() {
    let panic = std::panic::catch_unwind(|| later("nobody delivers this", || ()));
    assert!(panic.is_err());
}
