//! Cancelling: each class that C libraries know, at every moment.
use crate::probe::{Census, Token, block_on, poll_once};
use core::ffi::c_int;
use std::task::Poll;
use uncallback::ffi::{self, CallbackError, Cancel, First, Started, stray_calls};
use uncallback_tests::fixture::*;

type Raw = *mut fx;
type Stop = unsafe extern "C" fn(Raw, c_int) -> c_int;

/// The classes, and what their functions let a wrapper say.
const FIRES_NOW: (Stop, Cancel) = (fx_cancel_firing, Cancel::StillFires);
const FIRES_LATER: (Stop, Cancel) = (fx_cancel_firing_later, Cancel::StillFires);
const SILENT: (Stop, Cancel) = (fx_cancel_silently, Cancel::Silenced);
const BLOCKS: (Stop, Cancel) = (fx_cancel_blocking, Cancel::Silenced);
const CLASSES: [(Stop, Cancel); 4] = [FIRES_NOW, FIRES_LATER, SILENT, BLOCKS];

/// A started operation whose closure and whose keep count their drops.
macro_rules! start {
    ($lib:expr, $when:expr, $class:expr, $census:expr) => {{
        let (lib, (stop, on_success), token) = (Addr($lib.raw()), $class, $census.token());
        // SAFETY: the fixture calls back at most once, and cancels as its header says.
        unsafe {
            ffi::oneshot(
                First,
                move |cb, data| Started::nonneg_ok(fx_once_first(lib.0, $when, std::ptr::null(), cb, data)),
                move |(status, _)| (status, token),
            )
            .keep($census.token())
            .cancel_with(move |id| {
                let lib = lib;
                if stop(lib.0, *id) == 1 { on_success } else { Cancel::TooLate }
            })
        }
    }};
}

/// The object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
struct Addr(Raw);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}

#[test]
fn future_dropped_before_the_call_frees_everything_in_every_class() {
    for class in CLASSES {
        let (lib, census) = (Lib::new(), Census::default());
        drop(start!(lib, LATER, class, census).start());
        lib.turn();
        assert_eq!((census.alive(), lib.pending()), (0, 0));
    }
}

#[test]
fn future_dropped_after_the_call_does_not_cancel_a_stranger() {
    for class in CLASSES {
        let (lib, census) = (Lib::new(), Census::default());
        let done = start!(lib, INSIDE, class, census).start();
        drop(done);
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn operation_dropped_before_its_start_never_reaches_c() {
    let (lib, census) = (Lib::new(), Census::default());
    drop(start!(lib, LATER, SILENT, census));
    drop(start!(lib, LATER, SILENT, census).lazy());
    assert_eq!((census.alive(), lib.pending()), (0, 0));
}

#[test]
fn cancelling_aloud_tells_what_c_made_of_it() {
    let status = |outcome: Result<(c_int, Token), CallbackError>| outcome.map(|(status, _)| status);
    let (lib, census) = (Lib::new(), Census::default());

    let mut asked = start!(lib, NEVER, FIRES_NOW, census).start();
    assert_eq!(asked.cancel(), Cancel::StillFires);
    assert_eq!(status(block_on(asked)), Ok(CANCELLED));

    let mut asked = start!(lib, NEVER, FIRES_LATER, census).start();
    assert_eq!(asked.cancel(), Cancel::StillFires);
    assert!(poll_once(&mut asked).is_pending());
    lib.turn();
    assert_eq!(status(block_on(asked)), Ok(CANCELLED));

    for silent in [SILENT, BLOCKS] {
        let mut asked = start!(lib, NEVER, silent, census).start();
        assert_eq!(asked.cancel(), Cancel::Silenced);
        assert_eq!(asked.cancel(), Cancel::TooLate, "only once");
        assert_eq!(status(block_on(asked)), Err(CallbackError::Cancelled));
    }
    assert_eq!(census.alive(), 0);
}

#[test]
fn user_data_that_c_calls_back_with_after_cancelling_is_not_freed_before() {
    for stop in [fx_cancel_firing as Stop, fx_cancel_firing_later] {
        let (lib, census) = (Lib::new(), Census::default());
        let (raw, token) = (Addr(lib.raw()), census.token());
        // SAFETY: calls back at most once, and still does when it was cancelled.
        let mut asked = unsafe {
            ffi::oneshot(
                First,
                move |cb, data| Started::nonneg_ok(fx_once_first(raw.0, NEVER, std::ptr::null(), cb, data)),
                move |(status, _text)| (status, token),
            )
            .cancel_firing(move |id| {
                let raw = raw;
                stop(raw.0, *id);
            })
        }
        .start();
        assert_eq!(asked.cancel(), Cancel::StillFires);
        lib.turn();
        assert_eq!(block_on(asked).map(|(status, _token)| status), Ok(CANCELLED));
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn cancelling_too_late_keeps_the_value() {
    for class in CLASSES {
        let (lib, census) = (Lib::new(), Census::default());
        let mut asked = start!(lib, LATER, class, census).start();
        lib.turn();
        assert_eq!(asked.cancel(), Cancel::TooLate);
        assert!(block_on(asked).is_ok());
    }
}

#[test]
fn operation_without_a_way_to_cancel_goes_on_quietly() {
    let (lib, census) = (Lib::new(), Census::default());
    let token = census.token();
    // SAFETY: calls back at most once.
    let mut asked = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), LATER, std::ptr::null(), cb, data)),
            move |_| drop(token),
        )
    }
    .start();
    assert_eq!(asked.cancel(), Cancel::Unsupported);
    drop(asked);
    assert_eq!(census.alive(), 1, "C still holds it");
    lib.turn();
    assert_eq!(census.alive(), 0);
}

#[test]
fn callback_that_races_with_a_cancellation_is_freed_once() {
    for class in [FIRES_NOW, FIRES_LATER, BLOCKS] {
        for round in 0..200 {
            let (lib, census) = (Lib::new(), Census::default());
            let mut asked = start!(lib, THREAD, class, census).start();
            if round % 2 == 0 {
                asked.cancel();
            }
            drop(asked);
            lib.join();
            lib.turn();
            assert_eq!(census.alive(), 0);
        }
    }
}

#[test]
fn silenced_call_that_comes_all_the_same_is_counted_and_touches_nothing() {
    let (lib, census) = (Lib::new(), Census::default());
    let asked = start!(lib, AFTER_CANCEL, SILENT, census).checked().start();
    let before = stray_calls();
    drop(asked);
    assert_eq!((census.alive(), lib.pending()), (0, 1));
    assert_eq!(lib.turn(), 1);
    assert!(stray_calls() > before);
}

#[test]
fn silenced_operation_is_destroyed_by_its_destroy_function() {
    let (lib, census) = (Lib::new(), Census::default());
    let (token, raw) = (census.token(), Addr(lib.raw()));
    // SAFETY: calls back at most once, and destroys at the end; after a silent cancellation it only destroys.
    let mut asked = unsafe {
        ffi::oneshot_destroying(
            First,
            |cb, data, destroy| Started::nonneg_ok(fx_once_destroying(raw.0, NEVER, cb, data, destroy)),
            move |_| drop(token),
        )
        .cancel_with(move |id| {
            let raw = raw;
            fx_cancel_silently(raw.0, *id);
            Cancel::StillFires
        })
    }
    .start();
    assert_eq!(asked.cancel(), Cancel::StillFires);
    assert_eq!(census.alive(), 0);
    assert!(matches!(poll_once(&mut asked), Poll::Ready(Err(CallbackError::NeverCalled(_)))));
}

#[test]
fn waker_that_drops_the_future_inside_the_callback_does_not_cancel_it() {
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Wake};

    /// Drops what it holds when woken: here, the very future that is being completed.
    struct DropOnWake(Mutex<Option<Box<dyn std::any::Any + Send>>>);
    impl Wake for DropOnWake {
        fn wake(self: Arc<Self>) {
            let held = self.0.lock().unwrap().take();
            drop(held);
        }
    }

    for class in CLASSES {
        let (lib, census) = (Lib::new(), Census::default());
        let mut asked = Box::pin(start!(lib, LATER, class, census).start());
        let bomb = Arc::new(DropOnWake(Mutex::new(None)));
        let waker = bomb.clone().into();
        assert!(Pin::new(&mut asked).poll(&mut Context::from_waker(&waker)).is_pending());
        *bomb.0.lock().unwrap() = Some(Box::new(asked));
        lib.turn();
        assert_eq!((census.alive(), lib.pending()), (0, 0));
    }
}
