//! S1: a callback that comes once, at every moment, in every position of the user data.
use crate::probe::{Census, Wakes, block_on, panic_of, poll_once};
use core::ffi::{CStr, c_char, c_int};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use uncallback::ffi::{self, CallbackError, First, Last, Nth, Started};
use uncallback_tests::fixture::*;

/// Copies the text that C lends to a callback.
///
/// # Safety
/// `text` is null or a C string.
unsafe fn copied(text: *const c_char) -> Option<String> {
    // SAFETY: by contract.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned())
}

type Reply = (c_int, Option<String>);

/// An operation as a wrapper would write it: nothing captured in `on`.
fn ask(
    lib: &Lib,
    when: When,
) -> impl IntoFuture<Output = Result<Reply, CallbackError>, IntoFuture: Unpin> + use<> {
    let lib = lib.raw();
    // SAFETY: `fx_once_first` calls back at most once, with a C string that lives during the call; not at all if it returns -7.
    unsafe {
        ffi::oneshot(
            First,
            move |cb, data| Started::nonneg_ok(fx_once_first(lib, when, c"text".as_ptr(), cb, data)),
            |(status, text)| (status, copied(text)),
        )
    }
}

fn text() -> Reply {
    (OK, Some("text".to_owned()))
}

#[test]
fn inside() {
    let lib = Lib::new();
    let mut asked = ask(&lib, INSIDE).into_future();
    assert_eq!(poll_once(&mut asked), Poll::Ready(Ok(text())));
}

#[test]
fn nothing_is_called_before_the_first_poll() {
    let lib = Lib::new();
    let mut asked = ask(&lib, LATER).into_future();
    assert_eq!((lib.pending(), lib.turn()), (0, 0));
    assert!(poll_once(&mut asked).is_pending());
    assert_eq!((lib.pending(), lib.turn()), (1, 1));
    assert_eq!(poll_once(&mut asked), Poll::Ready(Ok(text())));
}

#[test]
fn later_wakes_once() {
    let lib = Lib::new();
    let mut asked = ask(&lib, LATER).into_future();
    let (wakes, waker) = Wakes::new();
    assert!(Pin::new(&mut asked).poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(Pin::new(&mut asked).poll(&mut Context::from_waker(&waker)).is_pending());
    lib.turn();
    assert_eq!(wakes.count(), 1);
    assert_eq!(poll_once(&mut asked), Poll::Ready(Ok(text())));
}

#[test]
fn other_thread() {
    let lib = Lib::new();
    for _ in 0..50 {
        assert_eq!(block_on(ask(&lib, THREAD)), Ok(text()));
        assert_eq!(block_on(ask(&lib, WHILE)), Ok(text()));
    }
    lib.join();
}

#[test]
fn user_data_last() {
    let lib = Lib::new();
    for when in [INSIDE, THREAD] {
        // SAFETY: as for `ask`.
        let asked = unsafe {
            ffi::oneshot(
                Last,
                |cb, data| Started::nonneg_ok(fx_once_last(lib.raw(), when, c"last".as_ptr(), cb, data)),
                |(status, text)| (status, copied(text)),
            )
        };
        assert_eq!(block_on(asked), Ok((OK, Some("last".to_owned()))));
    }
}

#[test]
fn user_data_between_two_pointers_is_the_one_that_was_named() {
    let lib = Lib::new();
    let mut reply = 7;
    let reply_at = &raw mut reply;
    // SAFETY: as for `ask`; `reply` lives to the end of the test.
    let asked = unsafe {
        ffi::oneshot(
            Nth::<2>,
            |cb, data| Started::nonneg_ok(fx_once_middle(lib.raw(), LATER, reply_at.cast(), cb, data)),
            |(lib, reply, status)| (lib.addr(), *reply.cast::<i32>(), status),
        )
    }
    .start();
    lib.turn();
    assert_eq!(block_on(asked), Ok((lib.raw().addr(), 7, OK)));
}

#[test]
fn answer_reaches_c() {
    let lib = Lib::new();
    // SAFETY: as for `ask`.
    let asked = unsafe {
        ffi::oneshot_answering(
            First,
            |cb, data| Started::nonneg_ok(fx_once_answering(lib.raw(), LATER, cb, data)),
            |(status,)| (status, 99),
            -1,
        )
    }
    .start();
    lib.turn();
    assert_eq!(block_on(asked), Ok(OK));
    // SAFETY: the object is alive.
    assert_eq!(unsafe { fx_last_answer(lib.raw()) }, 99);
}

#[test]
fn panic_gives_c_the_declared_answer_and_the_awaiter_the_panic() {
    let lib = Lib::new();
    // SAFETY: as for `ask`.
    let asked = unsafe {
        ffi::oneshot_answering(
            First,
            |cb, data| Started::nonneg_ok(fx_once_answering(lib.raw(), LATER, cb, data)),
            |(_status,)| -> ((), c_int) { panic!("in the callback") },
            -5,
        )
    }
    .start();
    lib.turn();
    // SAFETY: the object is alive.
    assert_eq!(unsafe { fx_last_answer(lib.raw()) }, -5);
    assert_eq!(panic_of(|| block_on(asked)).as_deref(), Some("in the callback"));
}

#[test]
fn captured_values_are_dropped_once_whenever_the_call_comes() {
    for when in [INSIDE, LATER, THREAD, WHILE, NEVER, REFUSE] {
        let census = Census::default();
        let lib = Lib::new();
        let (in_closure, kept) = (census.token(), census.token());
        // SAFETY: as for `ask`.
        let asked = unsafe {
            ffi::oneshot(
                First,
                |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), when, std::ptr::null(), cb, data)),
                move |(status, _text)| (status, in_closure),
            )
        }
        .keep(kept)
        .checked()
        .start();
        lib.turn();
        lib.join();
        match when {
            NEVER => lib.free_firing(),
            _ => drop(lib),
        }
        let outcome = block_on(asked);
        assert_eq!(census.alive(), usize::from(outcome.is_ok()), "when {when}");
        drop(outcome);
        assert_eq!(census.alive(), 0, "when {when}");
    }
}

#[test]
fn value_without_a_size_and_value_with_a_large_alignment() {
    #[derive(Debug, PartialEq)]
    #[repr(align(128))]
    struct Wide(u8);
    let lib = Lib::new();
    for when in [INSIDE, THREAD] {
        // SAFETY: as for `ask`.
        let (nothing, wide) = unsafe {
            let start = |cb: fx_first_cb, data: *mut core::ffi::c_void| {
                Started::nonneg_ok(fx_once_first(lib.raw(), when, std::ptr::null(), cb, data))
            };
            (ffi::oneshot(First, start, |_| ()), ffi::oneshot(First, start, |_| Wide(3)))
        };
        assert_eq!(block_on(nothing), Ok(()));
        assert_eq!(block_on(wide), Ok(Wide(3)));
    }
}

#[test]
fn panic_while_starting_leaves_the_start_and_nothing_dangles() {
    let census = Census::default();
    let lib = Lib::new();
    let token = census.token();
    let said = panic_of(|| {
        // SAFETY: as for `ask`; C has the user data when the closure panics.
        unsafe {
            ffi::oneshot(
                First,
                |cb, data| -> Started {
                    fx_once_first(lib.raw(), LATER, std::ptr::null(), cb, data);
                    panic!("in start")
                },
                move |_| drop(token),
            )
        }
        .start()
    });
    assert_eq!(said.as_deref(), Some("in start"));
    assert_eq!(census.alive(), 1, "C holds it");
    lib.turn();
    assert_eq!(census.alive(), 0);
}
