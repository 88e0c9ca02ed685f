//! S7, S12 and S13: questions that C asks, callbacks without user data, and answers that come later.
use crate::probe::{Census, panic_of};
use core::ffi::c_int;
use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use uncallback::ffi::{self, CallbackError, First, Reply};
use uncallback_tests::fixture::*;

#[test]
fn question_may_borrow_and_stop_the_call() {
    let mut rows = Vec::new();
    // SAFETY: `fx_each` calls back with numbers, on this thread, until it returns.
    let stopped = unsafe {
        ffi::ask(
            First,
            |cb, data| fx_each(10, cb, data),
            |(row,)| {
                rows.push(row);
                c_int::from(row == 3)
            },
            -1,
        )
    };
    assert_eq!((stopped, rows), (1, vec![0, 1, 2, 3]));
}

#[test]
fn panic_in_a_question_goes_around_c() {
    let mut asked = 0;
    // SAFETY: as above.
    let said = panic_of(|| unsafe {
        ffi::ask(
            First,
            |cb, data| {
                let answer = fx_each(10, cb, data);
                assert_eq!(answer, -1, "C got the declared answer, and returned");
            },
            |(row,)| {
                asked += 1;
                assert!(row != 2, "row {row}");
                0
            },
            -1,
        )
    });
    assert_eq!((said.as_deref(), asked), (Some("row 2"), 3));
}

#[test]
fn no_user_code_runs_while_a_panic_is_stored() {
    let mut asked = 0;
    // SAFETY: as above.
    let said = panic_of(|| unsafe {
        ffi::ask(
            First,
            |cb, data| fx_each(5, cb, data),
            |(_row,)| -> c_int {
                asked += 1;
                panic!("first")
            },
            0,
        )
    });
    assert_eq!((said.as_deref(), asked), (Some("first"), 1), "an answer of 0 lets C go on asking");
}

#[test]
fn question_within_a_question_is_refused_instead_of_aliasing_the_closure() {
    let lib = Lib::new();
    let raw = lib.raw();
    struct Addr(*mut fx);
    // SAFETY: as for `Lib`.
    unsafe impl Send for Addr {}
    let inner = Addr(raw);
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    // SAFETY: `fx_run` calls back with numbers.
    let hook = unsafe {
        ffi::hook(
            First,
            |cb, data| fx_set_progress(raw, cb, data),
            |()| fx_set_progress(raw, None, std::ptr::null_mut()),
            move |(_step,)| {
                let inner = &inner;
                *counted.lock().unwrap() += 1;
                fx_run(inner.0, 1).min(0)
            },
            -1,
        )
    }
    .unwrap();
    // SAFETY: the object is alive.
    let said = panic_of(|| hook.during(|| unsafe { fx_run(raw, 1) }));
    assert!(said.unwrap().contains("asked again"));
    assert_eq!(*count.lock().unwrap(), 1);
}

#[test]
fn registered_question_is_answered_until_it_is_dropped() {
    let (lib, census) = (Lib::new(), Census::default());
    let (raw, token) = (lib.raw(), census.token());
    // SAFETY: `fx_run` calls back with numbers.
    let hook = unsafe {
        ffi::hook(
            First,
            |cb, data| fx_set_progress(raw, cb, data),
            |()| fx_set_progress(raw, None, std::ptr::null_mut()),
            move |(step,)| {
                let _alive = &token;
                c_int::from(step == 4)
            },
            1,
        )
    }
    .unwrap();
    let run = |steps| {
        // SAFETY: the object is alive.
        unsafe { fx_run(raw, steps) }
    };
    assert_eq!(hook.during(|| run(3)), 3);
    assert_eq!(hook.during(|| run(9)), -1);
    drop(hook);
    assert_eq!(census.alive(), 0);
    assert_eq!(run(9), 9);
}

#[test]
fn comparison_without_user_data_borrows_and_nests() {
    let mut outer = [3, 1, 2];
    let mut compared = 0;
    let (at, len) = (outer.as_mut_ptr(), outer.len());
    // SAFETY: `fx_sort` compares elements of the array, on this thread, until it returns.
    unsafe {
        ffi::scoped(
            |cmp| fx_sort(at, len, cmp),
            |(a, b)| {
                compared += 1;
                let mut inner = [2, 1];
                ffi::scoped(|cmp| fx_sort(inner.as_mut_ptr(), 2, cmp), |(a, b)| *a - *b, 0);
                assert_eq!(inner, [1, 2]);
                *a - *b
            },
            0,
        );
    }
    assert_eq!(outer, [1, 2, 3]);
    assert!(compared > 1);
}

#[test]
fn panic_in_a_comparison_goes_around_c() {
    let mut values = [2, 1];
    // SAFETY: as above.
    let said = panic_of(|| unsafe {
        ffi::scoped(|cmp| fx_sort(values.as_mut_ptr(), 2, cmp), |_| panic!("can't compare"), 0)
    });
    assert_eq!(said.as_deref(), Some("can't compare"));
}

ffi::slots! {
    /// As many as the library has places for hooks.
    Hooks: [unsafe extern "C" fn(c_int) -> c_int; 2]
}

#[test]
fn each_slot_is_a_function_of_its_own_until_they_run_out() {
    let (lib, census) = (Lib::new(), Census::default());
    let lend = |factor: c_int| {
        let token = census.token();
        // SAFETY: the hook is removed before its slot is dropped.
        unsafe {
            ffi::lend(
                Hooks,
                move |(n,)| {
                    let _alive = &token;
                    assert!(n != 13, "an unlucky number");
                    n * factor
                },
                -1,
            )
        }
    };
    let (double, triple) = (lend(2).unwrap(), lend(3).unwrap());
    assert!(matches!(lend(4), Err(CallbackError::Refused(_))));
    assert_eq!(census.alive(), 2);
    let run = |value| {
        // SAFETY: the object is alive.
        unsafe { fx_run_hooks(lib.raw(), value) }
    };
    // SAFETY: as above.
    unsafe {
        fx_add_hook(lib.raw(), double.callback());
        fx_add_hook(lib.raw(), triple.callback());
    }
    assert_eq!(run(10), 50);
    assert_eq!(run(13), -2, "a panic gives C the declared answer");
    // SAFETY: as above.
    unsafe { fx_remove_hook(lib.raw(), double.callback()) };
    drop(double);
    assert_eq!(census.alive(), 1);
    let fourfold = lend(4).unwrap();
    // SAFETY: as above.
    unsafe { fx_add_hook(lib.raw(), fourfold.callback()) };
    assert_eq!(run(10), 70);
}

/// Answers a question of the fixture, later or with the fallback.
fn reply_to(question: *mut fx_question) -> Reply<c_int> {
    struct Addr(*mut fx_question);
    // SAFETY: a question may be answered on any thread.
    unsafe impl Send for Addr {}
    let question = Addr(question);
    Reply::new(
        move |answer| {
            let question = question;
            // SAFETY: answered once.
            unsafe { fx_reply(question.0, answer) };
        },
        || -5,
    )
}

#[test]
fn question_is_answered_once_whatever_happens_to_the_reply() {
    type Open = RefCell<Vec<Reply<c_int>>>;
    unsafe extern "C" fn handler(data: *mut core::ffi::c_void, question: *mut fx_question, _value: c_int) {
        // SAFETY: the test passes its list, on this thread.
        unsafe { &*data.cast::<Open>() }.borrow_mut().push(reply_to(question));
    }
    let lib = Lib::new();
    let open = Open::default();
    // SAFETY: the object is alive, and so is the list.
    let answer_and_open = || unsafe { (fx_last_answer(lib.raw()), fx_open_questions(lib.raw())) };
    // SAFETY: as above.
    unsafe {
        fx_serve(lib.raw(), handler, (&raw const open).cast_mut().cast());
        fx_ask(lib.raw(), 1);
        fx_ask(lib.raw(), 2);
        fx_ask(lib.raw(), 3);
    }
    open.borrow_mut().pop().unwrap().send(42);
    assert_eq!(answer_and_open(), (42, 2));
    drop(open.borrow_mut().pop());
    assert_eq!(answer_and_open(), (-5, 1), "dropped: C hears the fallback");
    let last = open.borrow_mut().pop();
    assert!(
        panic_of(move || {
            let _lost = last;
            panic!("the task died")
        })
        .is_some()
    );
    assert_eq!(answer_and_open(), (-5, 0));
}
