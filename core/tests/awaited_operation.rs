//! Operations of C that start within their first poll: their waker may be left behind before C is called.
#![cfg(all(feature = "ffi", not(feature = "stackful-coroutines")))]

mod helpers;

use std::cell::Cell;
use std::ffi::c_void;
use std::pin::Pin;
use std::task::{Context, Poll};

use helpers::waker::counting;
use uncallback::ffi::{self, CallbackError, First, Started};

type Callback = extern "C" fn(*mut c_void, u32);
type Output = Result<u32, CallbackError>;

/// What the C function does.
#[derive(Clone, Copy, PartialEq)]
enum C {
    CallsLater,
    CallsInside,
    Refuses,
}
use C::*;

thread_local! {
    static REQUEST: Cell<Option<(Callback, *mut c_void)>> = const { Cell::new(None) };
}

/// C calls back, if it has something to call.
fn turn(value: u32) {
    if let Some((callback, data)) = REQUEST.take() {
        callback(data, value);
    }
}

/// Operations of one place, which is that of the caller.
#[track_caller]
fn operation(c: C) -> Pin<Box<dyn Future<Output = Output>>> {
    let start = move |callback: Callback, data| match c {
        CallsLater => {
            REQUEST.set(Some((callback, data)));
            Started::Pending(())
        }
        CallsInside => {
            callback(data, 1);
            Started::Pending(())
        }
        Refuses => Started::Refused(-3),
    };
    // SAFETY: called at most once with this user data, not after a refusal; the argument is a number.
    Box::pin(unsafe { ffi::oneshot(First, start, |(n,)| n) }.lazy())
}

/// As many as a place needs before it stores wakers early, and some.
const TRAINED: [C; 6] = [CallsLater; 6];

#[test]
fn every_operation_clones_its_waker_once_and_wakes_it_once_wherever_it_is_stored() {
    let (waker, counts) = counting();
    let mut cx = Context::from_waker(&waker);
    for (before, c) in TRAINED.into_iter().enumerate() {
        let mut pending = operation(c);
        assert!(pending.as_mut().poll(&mut cx).is_pending());
        assert!(pending.as_mut().poll(&mut cx).is_pending());
        turn(7);
        assert_eq!(pending.as_mut().poll(&mut cx), Poll::Ready(Ok(7)));
        assert_eq!((counts.clones(), counts.wakes(), counts.stored()), (before + 1, before + 1, 0));
    }
}

/// The outcome of the first operation after those of a place where C called back later. Its waker was left behind, and
/// nobody is woken in his own poll.
#[track_caller]
fn outcome_where_later_was_expected(last: C) -> Poll<Output> {
    let (waker, counts) = counting();
    let mut cx = Context::from_waker(&waker);
    let mut outcome = Poll::Pending;
    for c in TRAINED.into_iter().chain([last]) {
        let mut pending = operation(c);
        outcome = pending.as_mut().poll(&mut cx);
        turn(7);
    }
    // Miri makes a new place whenever it is asked for one, so that nothing is learned there.
    let stored_early = usize::from(!cfg!(miri));
    assert_eq!(counts.clones(), TRAINED.len() + stored_early);
    assert_eq!((counts.wakes(), counts.stored()), (TRAINED.len(), 0));
    outcome
}

#[test]
fn a_refusal_wakes_nobody_where_a_later_callback_was_expected() {
    let outcome = outcome_where_later_was_expected(Refuses);
    assert_eq!(outcome, Poll::Ready(Err(CallbackError::Refused(-3))));
}

#[test]
fn a_callback_inside_of_the_call_wakes_nobody_where_a_later_one_was_expected() {
    assert_eq!(outcome_where_later_was_expected(CallsInside), Poll::Ready(Ok(1)));
}

#[test]
fn a_future_that_is_dropped_takes_its_waker_back() {
    let (waker, counts) = counting();
    for c in TRAINED {
        let mut pending = operation(c);
        assert!(pending.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(pending);
        assert_eq!(counts.stored(), 0);
        turn(7);
    }
    assert_eq!(counts.wakes(), 0);
}
