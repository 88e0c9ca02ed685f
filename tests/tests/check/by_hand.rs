//! Conversions written by hand against the function that they convert: one that is right, and the mistakes people make.
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use uncallback::check::assert_same;
use uncallback::{call, join, start};

use crate::doubles::*;
use crate::said;

/// Two requests at a time, with an effect in each callback and one behind them.
fn total(id: u64, done: impl FnOnce(u64) + 'static) {
    let open = Watched::new("request");
    let done = Rc::new(Cell::new(Some(done)));
    let state = Rc::new(Cell::new((2, 0)));
    for id in [id, id + 1] {
        let (done, state) = (done.clone(), state.clone());
        fetch(id, move |n| {
            log(format!("got {n}"));
            let (left, sum) = state.get();
            state.set((left - 1, sum + n));
            if left == 1 {
                done.take().unwrap()(sum + n);
            }
        });
    }
    log(format!("asked with {open:?}"));
}

async fn got(answer: impl Future<Output = u64>) -> u64 {
    let n = answer.await;
    log(format!("got {n}"));
    n
}

fn check<F: Future<Output = u64>>(direct: impl Fn(u64) -> F) {
    assert_same(|done| total(3, done), || direct(3));
}

/// What is said of a wrong version.
fn difference<F: Future<Output = u64>>(direct: impl Fn(u64) -> F) -> String {
    said(|| check(direct))
}

#[test]
fn a_right_conversion_passes() {
    async fn right(id: u64) -> u64 {
        let (one, other) = {
            let open = Watched::new("request");
            let both = (start!(fetch(id, _)), start!(fetch(id + 1, _)));
            log(format!("asked with {open:?}"));
            both
        };
        let (a, b) = join((got(one), got(other))).await;
        a + b
    }
    check(right);
}

#[test]
fn code_behind_the_calls_that_runs_after_the_wait_is_noticed() {
    async fn wrong(id: u64) -> u64 {
        let open = Watched::new("request");
        let (a, b) = join((got(call!(fetch(id, _))), got(call!(fetch(id + 1, _))))).await;
        log(format!("asked with {open:?}"));
        a + b
    }
    let said = difference(wrong);
    assert!(said.contains("asked with"), "{said}");
}

#[test]
fn requests_one_after_the_other_are_noticed() {
    async fn wrong(id: u64) -> u64 {
        {
            let open = Watched::new("request");
            log(format!("asked with {open:?}"));
        }
        got(call!(fetch(id, _))).await + got(call!(fetch(id + 1, _))).await
    }
    difference(wrong);
}

#[test]
fn answers_that_are_looked_at_in_the_order_of_the_requests_are_noticed() {
    async fn wrong(id: u64) -> u64 {
        let (one, other) = {
            let open = Watched::new("request");
            let both = (start!(fetch(id, _)), start!(fetch(id + 1, _)));
            log(format!("asked with {open:?}"));
            both
        };
        got(one).await + got(other).await
    }
    let said = difference(wrong);
    assert!(said.contains("delivered: fetch 4"), "only the other order shows it\n{said}");
}

#[test]
fn a_variable_that_lives_over_the_wait_is_noticed() {
    async fn wrong(id: u64) -> u64 {
        let open = Watched::new("request");
        let (one, other) = (start!(fetch(id, _)), start!(fetch(id + 1, _)));
        log(format!("asked with {open:?}"));
        let (a, b) = join((got(one), got(other))).await;
        a + b
    }
    let said = difference(wrong);
    assert!(said.contains("drops request"), "{said}");
}

#[test]
fn another_answer_is_noticed() {
    async fn wrong(id: u64) -> u64 {
        let (one, other) = {
            let open = Watched::new("request");
            let both = (start!(fetch(id, _)), start!(fetch(id + 1, _)));
            log(format!("asked with {open:?}"));
            both
        };
        let (a, b) = join((got(one), got(other))).await;
        a.max(b)
    }
    let said = difference(wrong);
    assert!(said.contains("answers 14") && said.contains("answers 8"), "{said}");
}

#[test]
fn effects_after_the_caller_has_lost_interest_are_noticed() {
    fn counted(done: impl FnOnce(u64) + 'static) {
        let open = Watched::new("request");
        fetch(1, move |n| {
            drop(open);
            done(n)
        });
    }
    /// Puts on record that nobody waits any more.
    struct Nosy;
    impl Drop for Nosy {
        fn drop(&mut self) {
            log("given up");
        }
    }
    async fn wrong() -> u64 {
        let nosy = Nosy;
        let open = Watched::new("request");
        let n = call!(fetch(1, _)).await;
        drop(open);
        std::mem::forget(nosy);
        n
    }
    let said = said(|| assert_same(|done| counted(done), wrong));
    assert!(said.contains("; then the caller lost interest") && said.contains("given up"), "{said}");
}

#[test]
fn a_version_that_never_ends_is_stopped() {
    fn again(n: u64, done: Box<dyn FnOnce(u64)>) {
        fetch(n, move |_| again(n, done));
    }
    let said = said(|| assert_same(|done| again(1, done), || async { call!(again(1, Box::new(_))).await }));
    assert!(said.contains("has not answered"), "{said}");
}

#[test]
fn panics_of_both_versions_are_the_same_and_of_one_are_noticed() {
    fn picky(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, move |n| {
            done(n);
            assert!(n < 100, "too many");
        });
    }
    let said = said(|| assert_same(|done| picky(60, done), || async { call!(fetch(60, _)).await }));
    assert!(said.contains("panics: too many"), "{said}");
}
