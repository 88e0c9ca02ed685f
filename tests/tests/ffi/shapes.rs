//! S2, S3 and S10: requests, pairs, and user data with a destroy function. And what the owner of operations sees.
use crate::probe::{Census, block_on, panic_of, poll_once};
use core::ffi::{CStr, c_char};
use std::task::Poll;
use uncallback::ffi::{self, CallbackError, First, Owner, Started, stray_calls};
use uncallback_tests::fixture::*;

/// A request with its buffer; the fixture takes it on any thread.
#[repr(transparent)]
struct Req(fx_req);
// SAFETY: the pointer inside is to a buffer that belongs to the operation.
unsafe impl Send for Req {}

fn read(lib: &Lib, when: When, census: &Census) -> ffi::Pending<String, i32> {
    let mut buffer = vec![0_u8; 32];
    let (at, len, raw) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len(), lib.raw());
    let request = Req(fx_req { status: -1, buf: std::ptr::null_mut(), len: 0, id: 0 });
    // SAFETY: the fixture fills the buffer before it calls back, calls back at most once, and forgets both then.
    unsafe {
        ffi::request(
            First,
            request,
            |cb: unsafe extern "C" fn(*mut Req), req| {
                // `Req` is `fx_req` under another name.
                let cb = std::mem::transmute::<unsafe extern "C" fn(*mut Req), fx_req_cb>(cb);
                Started::nonneg_ok(fx_submit(raw, when, req.cast(), at, len, Some(cb)))
            },
            |req, ()| CStr::from_ptr(req.0.buf).to_str().unwrap().to_owned(),
        )
    }
    .keep((buffer, census.token()))
    .start()
}

#[test]
fn request_completes_with_its_buffer_filled() {
    let (lib, census) = (Lib::new(), Census::default());
    for when in [INSIDE, LATER, THREAD, WHILE] {
        let reading = read(&lib, when, &census);
        lib.turn();
        assert!(block_on(reading).unwrap().starts_with("filled by"));
        lib.join();
        assert_eq!(census.alive(), 0);
    }
    assert_eq!(block_on(read(&lib, REFUSE, &census)), Err(CallbackError::Refused(-7)));
    assert_eq!(census.alive(), 0);
}

#[test]
fn request_outlives_a_future_that_is_dropped_or_forgotten() {
    let (lib, census) = (Lib::new(), Census::default());
    drop(read(&lib, LATER, &census));
    // As good as forgotten, until the end of the test: leak checkers have to stay quiet.
    let forgotten = std::mem::ManuallyDrop::new(read(&lib, LATER, &census));
    assert_eq!(census.alive(), 2);
    assert_eq!(lib.turn(), 2);
    assert_eq!(census.alive(), 0);
    drop(std::mem::ManuallyDrop::into_inner(forgotten));
}

fn login(lib: &Lib, when: When, fails: bool, census: &Census) -> ffi::Pending<Result<i32, String>, i32> {
    let (raw, ok_token, err_token) = (lib.raw(), census.token(), census.token());
    // SAFETY: the fixture calls one of the two, or both; the reason is a C string.
    unsafe {
        ffi::pair(
            First,
            |ok, err, data| Started::nonneg_ok(fx_pair(raw, when, fails.into(), ok, err, data)),
            move |(value,)| {
                drop(ok_token);
                value
            },
            move |(reason,)| {
                drop(err_token);
                CStr::from_ptr(reason).to_str().unwrap().to_owned()
            },
        )
    }
    .start()
}

#[test]
fn pair_gives_success_or_failure_and_drops_both_closures() {
    let (lib, census) = (Lib::new(), Census::default());
    for when in [INSIDE, LATER, THREAD] {
        let (good, bad) = (login(&lib, when, false, &census), login(&lib, when, true, &census));
        lib.turn();
        assert_eq!(block_on(good), Ok(Ok(42)));
        assert_eq!(block_on(bad), Ok(Err("failed".to_owned())));
        lib.join();
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn pair_that_calls_both_sides_keeps_the_first() {
    let (lib, census) = (Lib::new(), Census::default());
    let before = stray_calls();
    let both = login(&lib, TWICE, false, &census);
    assert_eq!(lib.turn(), 2);
    assert_eq!(block_on(both), Ok(Ok(42)));
    assert!(stray_calls() > before);
    assert_eq!(census.alive(), 0);
}

fn watch(lib: &Lib, when: When, census: &Census) -> ffi::Pending<i32, i32> {
    let (raw, token) = (lib.raw(), census.token());
    // SAFETY: the fixture calls back at most once and destroys the user data at the end, except when it refuses.
    unsafe {
        ffi::oneshot_destroying(
            First,
            |cb, data, destroy| Started::nonneg_ok(fx_once_destroying(raw, when, cb, data, destroy)),
            move |(status, _text)| {
                drop(token);
                status
            },
        )
    }
    .keep(census.token())
    .start()
}

#[test]
fn destroy_function_runs_after_every_call() {
    let (lib, census) = (Lib::new(), Census::default());
    for when in [INSIDE, LATER, THREAD, WHILE] {
        let watching = watch(&lib, when, &census);
        lib.turn();
        assert_eq!(block_on(watching), Ok(OK));
        lib.join();
        assert_eq!(census.alive(), 0);
    }
    assert_eq!(block_on(watch(&lib, REFUSE, &census)), Err(CallbackError::Refused(-7)));
    assert_eq!(census.alive(), 0);
}

#[test]
fn destroyed_without_a_call_is_reported_to_the_awaiter() {
    let (lib, census) = (Lib::new(), Census::default());
    let watching = watch(&lib, NEVER, &census);
    drop(lib);
    let Err(CallbackError::NeverCalled(lost)) = block_on(watching) else { panic!("a call came") };
    assert_eq!(lost.place().file(), file!());
    assert_eq!(census.alive(), 0);
}

#[test]
fn second_call_before_the_destroy_function_finds_nothing() {
    let (lib, census) = (Lib::new(), Census::default());
    let before = stray_calls();
    let watching = watch(&lib, TWICE, &census);
    assert_eq!(lib.turn(), 2);
    assert_eq!(block_on(watching), Ok(OK));
    assert!(stray_calls() > before);
    assert_eq!(census.alive(), 0);
}

#[test]
fn what_is_outstanding_fails_when_the_owner_closes() {
    let (lib, census, owner) = (Lib::new(), Census::default(), Owner::new());
    let start = |when| {
        let (raw, token) = (lib.raw(), census.token());
        // SAFETY: the fixture calls back at most once.
        unsafe {
            ffi::oneshot(
                First,
                move |cb, data| Started::nonneg_ok(fx_once_first(raw, when, std::ptr::null(), cb, data)),
                move |(status, _)| {
                    drop(token);
                    status
                },
            )
        }
        .owned_by(&owner)
    };
    let (done, lost, late) = (start(INSIDE).start(), start(NEVER).start(), start(LATER));
    assert_eq!(owner.outstanding(), 1);
    drop(lib);
    // SAFETY: the library object is gone, and its user data with it.
    unsafe { owner.close() };
    assert_eq!(owner.outstanding(), 0);
    assert_eq!(block_on(done), Ok(OK));
    assert!(matches!(block_on(lost), Err(CallbackError::NeverCalled(_))));
    assert_eq!(block_on(late), Err(CallbackError::Closed), "the C function is not called any more");
    assert_eq!(census.alive(), 0);
}

#[test]
fn call_on_a_foreign_thread_runs_nothing_of_a_local_operation() {
    let lib = Lib::new();
    let before = stray_calls();
    let not_send = std::rc::Rc::new(());
    let watched = std::rc::Rc::downgrade(&not_send);
    // SAFETY: calls back once; that it does so on another thread is what `local` is there to find.
    let mut asked = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), THREAD, std::ptr::null(), cb, data)),
            move |_| drop(not_send),
        )
    }
    .local()
    .start();
    lib.join();
    assert!(matches!(poll_once(&mut asked), Poll::Ready(Err(CallbackError::NeverCalled(_)))));
    assert!(stray_calls() > before);
    assert!(watched.upgrade().is_some(), "leaked rather than dropped on the wrong thread");
    // The leak is the point of this test; give the memory back, so that leak checkers have nothing to say.
    // SAFETY: the one strong reference was leaked, and no other is made.
    unsafe { std::rc::Rc::decrement_strong_count(watched.as_ptr()) };
}

#[test]
fn polled_after_completion_says_so() {
    let lib = Lib::new();
    // SAFETY: calls back once.
    let mut asked = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), INSIDE, std::ptr::null(), cb, data)),
            |_| (),
        )
    }
    .start();
    assert!(poll_once(&mut asked).is_ready());
    assert!(panic_of(|| poll_once(&mut asked)).unwrap().contains("polled after completion"));
}
