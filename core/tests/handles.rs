//! What the API call returned: how long it is kept, and what it may cancel.

mod helpers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use helpers::{message_of, panic_of, poll};
use uncallback::{Completer, Lost, call, local};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn add(&self, what: &'static str) {
        self.0.borrow_mut().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}

/// A handle that says when it is dropped.
struct Handle(Log, &'static str);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

/// The same tests for the forms between threads and the local ones.
macro_rules! on_each {
    ($($name:ident: $module:path, $completer:ty;)+) => {
        $(mod $name {
            use super::*;
            use $module::{call, start, start_with};
            type Done<T> = $completer;

            fn kept<T>() -> (Rc<RefCell<Option<Done<T>>>>, Log) {
                (Rc::default(), Log::default())
            }

            #[test]
            fn a_handle_is_kept_until_the_outcome_is_in_and_dropped_before_it_is_delivered() {
                let (kept, log) = kept::<u8>();
                let mut future = Box::pin(start(|done| { *kept.borrow_mut() = Some(done); Handle(log.clone(), "handle") }));
                assert!(poll(&mut future, Waker::noop()).is_pending());
                kept.take().unwrap().complete(5);
                assert!(log.take().is_empty());
                assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(5));
                assert_eq!(log.take(), ["handle"]);
            }

            #[test]
            fn a_handle_is_dropped_with_the_future() {
                let (kept, log) = kept::<u8>();
                drop(start(|done| { *kept.borrow_mut() = Some(done); Handle(log.clone(), "handle") }));
                assert_eq!(log.take(), ["handle"]);
            }

            #[test]
            fn a_panic_of_the_handles_drop_leaves_the_value_for_the_next_poll() {
                struct Explosive;
                impl Drop for Explosive {
                    fn drop(&mut self) { panic!("in drop") }
                }
                let mut future = Box::pin(start(|done: Done<u8>| { done.complete(5); Explosive }));
                assert_eq!(message_of(|| poll(&mut future, Waker::noop())), "in drop");
                assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(5));
            }

            #[test]
            fn start_with_leaves_the_handle_to_the_caller() {
                let log = Log::default();
                let (handle, future) = start_with(|done: Done<u8>| { done.complete(5); Handle(log.clone(), "handle") });
                assert_eq!(helpers::block_on(future), 5);
                assert!(log.take().is_empty());
                drop(handle);
                assert_eq!(log.take(), ["handle"]);
            }

            #[test]
            fn cancel_runs_once_when_a_pending_future_is_dropped() {
                let (kept, log) = kept::<u8>();
                let future = start(|done| *kept.borrow_mut() = Some(done)).cancel_with(|()| log.add("cancel"));
                let mut future = Box::pin(future);
                assert!(poll(&mut future, Waker::noop()).is_pending());
                drop(future);
                assert_eq!(log.take(), ["cancel"]);
                kept.take().unwrap().complete(5);
                assert!(log.take().is_empty());
            }

            #[test]
            fn cancel_does_not_run_before_the_call_was_made() {
                let log = Log::default();
                drop(call(|_done: Done<u8>| log.add("made")).cancel_with(|()| log.add("cancel")));
                assert!(log.take().is_empty());
            }

            #[test]
            fn cancel_runs_when_a_made_lazy_call_is_dropped() {
                let (kept, log) = kept::<u8>();
                let future = call(|done| *kept.borrow_mut() = Some(done)).cancel_with(|()| log.add("cancel"));
                let mut future = Box::pin(future.checked());
                assert!(poll(&mut future, Waker::noop()).is_pending());
                drop(future);
                assert_eq!(log.take(), ["cancel"]);
            }

            #[test]
            fn cancel_does_not_run_after_completion_whether_seen_or_not() {
                let log = Log::default();
                drop(start(|done: Done<u8>| done.complete(5)).cancel_with(|()| log.add("cancel")));
                drop(start(|done: Done<u8>| drop(done)).cancel_with(|()| log.add("cancel")));
                let mut seen = Box::pin(start(|done: Done<u8>| done.complete(5)).cancel_with(|()| log.add("cancel")));
                assert_eq!(poll(&mut seen, Waker::noop()), Poll::Ready(5));
                drop(seen);
                assert!(log.take().is_empty());
            }

            #[test]
            fn a_callback_that_fires_inside_cancel_is_tolerated() {
                let (kept, log) = kept();
                let future = start(|done| *kept.borrow_mut() = Some(done)).cancel_with(|()| {
                    let done = kept.take().unwrap();
                    assert!(!done.is_abandoned());
                    done.complete(Handle(log.clone(), "value"));
                    log.add("cancelled");
                });
                let mut future = Box::pin(future);
                assert!(poll(&mut future, Waker::noop()).is_pending());
                drop(future);
                assert_eq!(log.take(), ["cancelled", "value"]);
            }

            #[test]
            fn a_panic_of_cancel_runs_it_once_and_frees_the_cell() {
                let (kept, log) = kept();
                let future = start(|done| *kept.borrow_mut() = Some(done)).cancel_with(|()| {
                    log.add("cancel");
                    panic!("in cancel");
                });
                assert_eq!(message_of(|| drop(future)), "in cancel");
                kept.take().unwrap().complete(Handle(log.clone(), "value"));
                assert_eq!(log.take(), ["cancel", "value"]);
            }

            #[test]
            fn a_handle_goes_to_cancel_and_is_not_dropped_twice() {
                let (kept, log) = kept::<u8>();
                let api = |done| { *kept.borrow_mut() = Some(done); Handle(log.clone(), "handle") };
                drop(start(api).cancel_with(|handle| { log.add("cancel"); drop(handle) }));
                assert_eq!(log.take(), ["cancel", "handle"]);
            }

            #[test]
            fn a_lazy_call_that_is_never_polled_drops_its_closure() {
                let log = Log::default();
                let captured = Handle(log.clone(), "closure");
                drop(call(move |done: Done<u8>| { done.complete(1); captured }));
                assert_eq!(log.take(), ["closure"]);
            }

            #[test]
            fn polling_after_completion_panics_and_names_the_call() {
                let mut started = Box::pin(start(|done: Done<u8>| done.complete(5)));
                let mut called = Box::pin(call(|done: Done<u8>| done.complete(5)));
                assert_eq!(poll(&mut started, Waker::noop()), Poll::Ready(5));
                assert_eq!(poll(&mut called, Waker::noop()), Poll::Ready(5));
                for message in [
                    message_of(|| poll(&mut started, Waker::noop())),
                    message_of(|| poll(&mut called, Waker::noop())),
                ] {
                    assert!(message.contains(file!()) && message.contains("polled after completion"), "{message}");
                }
            }

            #[test]
            fn a_lazy_call_that_panicked_is_not_made_again() {
                let made = Cell::new(0);
                let mut future = Box::pin(call(|_done: Done<u8>| { made.set(made.get() + 1); panic!("of the api") }));
                panic_of(|| poll(&mut future, Waker::noop()));
                panic_of(|| poll(&mut future, Waker::noop()));
                assert_eq!(made.get(), 1);
            }

            #[test]
            fn flat_makes_a_loss_an_error_of_the_callbacks_kind() {
                #[derive(Debug, PartialEq)]
                enum Error { Lost, Own }
                impl From<Lost> for Error {
                    fn from(_: Lost) -> Self { Error::Lost }
                }
                fn outcome(api: impl FnOnce(Done<Result<u8, Error>>)) -> Result<u8, Error> {
                    helpers::block_on(start(api).flat())
                }
                assert_eq!(outcome(|done| done.complete(Ok(1))), Ok(1));
                assert_eq!(outcome(|done| done.complete(Err(Error::Own))), Err(Error::Own));
                assert_eq!(outcome(drop), Err(Error::Lost));
            }
        })+
    };
}

on_each! {
    threads: uncallback, Completer<T>;
    one_thread: uncallback::local, local::Completer<T>;
}

/// Counted for the whole process: the only test that makes such calls may look at the difference.
#[test]
fn second_completion_is_dropped_not_delivered() {
    let log = Log::default();
    fn twice<T>(mut then: impl FnMut(T), first: T, second: T) {
        then(first);
        then(second);
    }
    let before = uncallback::ignored_calls();
    let value =
        helpers::block_on(call!(twice(_, Handle(log.clone(), "first"), Handle(log.clone(), "second"))));
    assert_eq!(log.take(), ["second"]);
    drop(value);
    assert_eq!(log.take(), ["first"]);
    let seen = log.clone();
    let (first, second) = (Handle(Log::default(), "1st"), Handle(Log::default(), "2nd"));
    let mapped = call!(twice(|h: Handle| => seen.add(h.1), first, second));
    helpers::block_on(mapped);
    assert_eq!(log.take(), ["1st"]);
    assert_eq!(uncallback::ignored_calls() - before, 2);
}
