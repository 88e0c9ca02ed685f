//! C functions that set a callback, and unset it when they get null.
use crate::probe::{Census, block_on, panic_of};
use core::ffi::c_int;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use uncallback::ffi::{self, BoxedHook, First, stray_calls};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

/// Stops a run at this step.
fn stop_at<'a>(lib: &'a Lib, last: c_int, census: &Census) -> BoxedHook<'a> {
    let token = census.token();
    // SAFETY: `fx_run` calls back with numbers.
    unsafe {
        ffi::setter(First, |cb, data| fx_set_progress(lib.raw(), cb, data))
            .answer(
                move |(step,)| {
                    let _alive = &token;
                    assert!(step != 13, "an unlucky step");
                    c_int::from(step == last)
                },
                1,
            )
            .boxed()
    }
}

fn run(lib: &Lib, steps: c_int) -> c_int {
    // SAFETY: the object is alive.
    unsafe { fx_run(lib.raw(), steps) }
}

#[test]
fn question_is_asked_until_its_hook_is_dropped_and_freed_once() {
    let (lib, census) = (Lib::new(), Census::default());
    let hook = stop_at(&lib, 4, &census);
    assert_eq!((run(&lib, 3), run(&lib, 9), census.alive()), (3, -1, 1));
    drop(hook);
    assert_eq!((run(&lib, 9), census.alive()), (9, 0));
}

#[test]
fn panic_of_a_question_outlives_the_box_around_its_end() {
    let (lib, census) = (Lib::new(), Census::default());
    let hook = stop_at(&lib, 99, &census);
    assert_eq!(
        panic_of(|| hook.during(|| assert_eq!(run(&lib, 20), -1))).as_deref(),
        Some("an unlucky step")
    );
    drop(hook);
    assert_eq!(census.alive(), 0);
}

#[test]
fn setter_that_panics_when_it_has_set_leaves_c_with_a_key_to_nothing() {
    let (lib, census) = (Lib::new(), Census::default());
    let (token, before) = (census.token(), stray_calls());
    // SAFETY: as above.
    let said = panic_of(|| unsafe {
        ffi::setter(First, |cb, data| {
            fx_set_progress(lib.raw(), cb, data);
            panic!("halfway");
        })
        .answer(
            move |(_step,)| {
                let _alive = &token;
                1
            },
            1,
        );
    });
    assert_eq!((said.as_deref(), census.alive()), (Some("halfway"), 0));
    assert_eq!(run(&lib, 2), 2, "C gets the neutral answer");
    assert!(stray_calls() >= before + 2);
}

#[test]
fn hook_that_is_dropped_in_its_own_callback_is_unset_at_once_and_freed_when_that_is_over() {
    let (lib, census) = (Arc::new(Lib::new()), Census::default());
    let own: Arc<Mutex<Option<BoxedHook<'static>>>> = Arc::default();
    let (inside, object, token) = (own.clone(), lib.clone(), census.token());
    let unset = Arc::new(AtomicI32::new(0));
    let counts = unset.clone();
    // SAFETY: as above.
    let hook = unsafe {
        ffi::setter(First, move |cb: Option<fx_progress_cb>, data| {
            // ORDERING: one thread.
            counts.fetch_add(cb.is_none().into(), Ordering::Relaxed);
            fx_set_progress(object.raw(), cb, data);
        })
        .answer(
            move |(_step,)| {
                drop(inside.lock().unwrap().take());
                assert!(std::mem::size_of_val(&token) > 0, "what the closure owns is there");
                0
            },
            1,
        )
        .boxed()
    };
    *own.lock().unwrap() = Some(hook);
    assert_eq!((run(&lib, 5), census.alive()), (5, 0));
    // ORDERING: as above.
    assert_eq!((Arc::strong_count(&lib), unset.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn stream_of_a_setter_is_freed_when_it_goes() {
    let (lib, census) = (Lib::new(), Census::default());
    let (token, count) = (census.token(), AtomicI32::new(0));
    // SAFETY: the fixture calls back with nothing but the user data.
    let mut calls = unsafe {
        ffi::setter(First, |cb, data| fx_set_wakeup(lib.raw(), cb, data)).events(
            mpsc::unbounded(),
            move |()| {
                let _alive = &token;
                // ORDERING: only counts; the stream passes it on.
                count.fetch_add(1, Ordering::Relaxed)
            },
        )
    };
    let produce = |n| {
        // SAFETY: the object is alive.
        unsafe { fx_produce(lib.raw(), n) };
        lib.join();
    };
    produce(2);
    assert_eq!((block_on(calls.next()), block_on(calls.next())), (Some(0), Some(1)));
    drop(calls);
    produce(1);
    assert_eq!(census.alive(), 0);
}

#[test]
fn setter_gets_null_twice_over_when_the_stream_goes_whatever_the_type_of_its_user_data() {
    type Callback = unsafe extern "C" fn(c_int, usize);
    let set: Mutex<Vec<(Option<Callback>, usize)>> = Mutex::default();
    // SAFETY: the callback is called below, with its user data.
    let mut numbers = unsafe {
        ffi::setter(ffi::Last, |cb: Option<Callback>, data| set.lock().unwrap().push((cb, data)))
            .events(mpsc::unbounded(), |(n,)| n)
    };
    let (callback, data) = set.lock().unwrap()[0];
    // SAFETY: as promised.
    unsafe { callback.unwrap()(7, data) };
    assert_eq!(block_on(numbers.next()), Some(7));
    drop(numbers);
    assert_eq!(set.into_inner().unwrap()[1], (None, 0));
}
