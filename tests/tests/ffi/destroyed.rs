//! Streams whose user data C destroys itself.
use crate::probe::{Census, block_on, panic_of, poll_once};
use core::ffi::c_int;
use std::cell::{Cell, RefCell};
use std::task::Poll;
use uncallback::ffi::{self, CallbackError, First, Started, stray_calls};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

/// A subscription with a destroy function; its closure holds a token, and `$ended` is told the id that is unregistered.
macro_rules! subscribe {
    ($lib:expr, $when:expr, $census:expr, $ended:expr) => {{
        let (lib, token) = ($lib.raw(), $census.token());
        // SAFETY: the fixture calls back with numbers, and destroys the data once.
        unsafe {
            ffi::subscribe_destroying(
                First,
                mpsc::unbounded(),
                |cb, data, destroy| {
                    Started::nonneg_ok(fx_subscribe_destroying(lib, $when, cb, data, Some(destroy)))
                },
                $ended,
                move |(value,)| {
                    let _alive = &token;
                    assert!(value != 13, "an unlucky number");
                    value
                },
            )
        }
    }};
}

#[test]
fn stream_ends_when_c_destroys_its_user_data_and_does_not_unregister_afterwards() {
    let (lib, census, before) = (Lib::new(), Census::default(), stray_calls());
    let unregistered = Cell::new(0);
    let mut events =
        subscribe!(lib, INSIDE, census, |_id: c_int| unregistered.set(unregistered.get() + 1)).unwrap();
    // SAFETY: the object is alive. The library ends its first subscription by itself.
    unsafe { fx_unsubscribe(lib.raw(), 1) };
    assert_eq!(census.alive(), 0, "freed, although the stream is there");
    // SAFETY: as above; this is a bug of the library's.
    unsafe { fx_emit_stale(lib.raw(), 9) };
    assert!(stray_calls() > before);
    assert_eq!((block_on(events.next()), block_on(events.next())), (Some(0), None));
    drop(events);
    assert_eq!(unregistered.get(), 0, "there is nothing left to unregister");
}

#[test]
fn stream_that_is_dropped_unregisters_and_is_destroyed_once() {
    let (lib, census) = (Lib::new(), Census::default());
    let raw = lib.raw();
    // SAFETY: the object is alive.
    let unregister = |id| unsafe { fx_unsubscribe(raw, id) };
    let mut events = subscribe!(lib, LATER, census, unregister).unwrap();
    assert_eq!(poll_once(&mut events.next()), Poll::Pending);
    drop(events);
    assert_eq!(census.alive(), 0);
}

#[test]
fn stream_ends_with_a_library_that_destroys_everything_at_its_end() {
    let (lib, census) = (Lib::new(), Census::default());
    let used = RefCell::new(Vec::new());
    let mut events = subscribe!(lib, LATER, census, |id| used.borrow_mut().push(id)).unwrap();
    // SAFETY: the object is alive.
    unsafe { fx_emit(lib.raw(), 13) };
    drop(lib);
    assert_eq!(panic_of(|| block_on(events.next())).as_deref(), Some("an unlucky number"));
    assert_eq!(block_on(events.next()), None);
    drop(events);
    assert_eq!((census.alive(), used.borrow().len()), (0, 0));
}

#[test]
fn refused_subscription_is_freed() {
    let (lib, census) = (Lib::new(), Census::default());
    let refused = subscribe!(lib, REFUSE, census, |_id: c_int| unreachable!("it was refused"));
    assert!(matches!(refused, Err(CallbackError::Refused(-7))));
    assert_eq!(census.alive(), 0);
}
