//! One contract for every adapter: whenever C calls, whatever becomes of the future, whoever panics and however it all ends, each
//! closure, value and kept thing is dropped exactly once, and no frame of C is unwound through.
mod adapters;
mod case;

use crate::probe::Census;
use adapters::{ADAPTERS, Adapter, Going};
use case::{Addr, CLASSES, Case, PANICS, Panics, Stop, Value};
use core::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use uncallback::ffi::{CallbackError, Cancel, Keyed, Nth, Owner, Shared};
use uncallback_tests::fixture::*;

/// What the awaiter does, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaiter {
    DropsAtOnce,
    DropsAfterAPoll,
    /// Inside the callback, in its waker.
    DropsWhenWoken,
    /// Its waker panics, inside the callback.
    PanicsWhenWoken,
    PollsAfterTheCall,
    /// When the object has gone.
    PollsAtTheEnd,
}
const AWAITERS: [Awaiter; 6] = [
    Awaiter::DropsAtOnce,
    Awaiter::DropsAfterAPoll,
    Awaiter::DropsWhenWoken,
    Awaiter::PanicsWhenWoken,
    Awaiter::PollsAfterTheCall,
    Awaiter::PollsAtTheEnd,
];

/// How an operation has ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    WithAValue,
    WithAnError,
    Refused,
    Panicked,
}

/// The future, where its waker can reach it.
#[derive(Clone, Default)]
struct Place(Arc<Mutex<Option<Going>>>);

impl Place {
    fn take(&self) -> Option<Going> {
        self.0.lock().unwrap().take()
    }

    /// Polls once; a future that is ready goes.
    fn poll(&self, waker: &Waker) -> Option<Ended> {
        let mut going = self.take()?;
        let polled = catch_unwind(AssertUnwindSafe(|| going.as_mut().poll(&mut Context::from_waker(waker))));
        match polled {
            Ok(Poll::Pending) => {
                *self.0.lock().unwrap() = Some(going);
                None
            }
            Ok(Poll::Ready(outcome)) => {
                let ended = match &outcome {
                    Ok(_) => Ended::WithAValue,
                    Err(CallbackError::Refused(-7)) => Ended::Refused,
                    Err(_) => Ended::WithAnError,
                };
                caught(|| drop(outcome));
                Some(ended)
            }
            Err(payload) => {
                caught(|| drop(payload));
                Some(Ended::Panicked)
            }
        }
    }

    fn clear(&self) {
        let going = self.take();
        caught(|| drop(going));
    }
}

/// What is dropped on our side of the border may panic there.
fn caught(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        // A payload that panics as well has a payload that does not.
        catch_unwind(AssertUnwindSafe(|| drop(payload))).ok();
    }
}

/// Drops the future, which is being completed.
struct DropOnWake(Place);

impl Wake for DropOnWake {
    fn wake(self: Arc<Self>) {
        let going = self.0.take();
        drop(going);
    }
}

/// Panics when it is woken.
struct PanicOnWake;

impl Wake for PanicOnWake {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("in the waker"));
    }
}

/// The state that the object's event callback works with.
struct Object {
    table: Keyed<c_int, Value>,
    case: Mutex<Option<Case>>,
}

/// Runs one case to its end.
fn run(
    adapter: &Adapter,
    when: When,
    awaiter: Awaiter,
    case: Case,
    lib: Lib,
    object: &Shared<Object>,
    fires: bool,
) -> Option<Ended> {
    let owner = Owner::new();
    let place = Place::default();
    caught(|| {
        let going = (adapter.start)(&case, &owner, &object.table);
        *place.0.lock().unwrap() = Some(going);
    });
    let waker = match awaiter {
        Awaiter::DropsWhenWoken => Waker::from(Arc::new(DropOnWake(place.clone()))),
        Awaiter::PanicsWhenWoken => Waker::from(Arc::new(PanicOnWake)),
        _ => Waker::noop().clone(),
    };
    let mut ended = None;
    match awaiter {
        Awaiter::DropsAtOnce => place.clear(),
        Awaiter::DropsAfterAPoll => {
            ended = place.poll(&waker);
            place.clear();
        }
        Awaiter::DropsWhenWoken | Awaiter::PanicsWhenWoken => ended = place.poll(&waker),
        Awaiter::PollsAfterTheCall | Awaiter::PollsAtTheEnd => {}
    }
    lib.turn();
    // SAFETY: the object is alive.
    unsafe { fx_emit(lib.raw(), 1) };
    lib.join();
    lib.turn();
    if awaiter == Awaiter::PollsAfterTheCall {
        ended = place.poll(&waker);
    }
    let operations_are_over = when != NEVER || awaiter == Awaiter::DropsAtOnce;
    // What goes by pointer and is not forgotten needs no owner.
    assert!(operations_are_over || owner.outstanding() <= 1);
    // ORDERING: as in `cancel`.
    case.alive.store(false, Ordering::Relaxed);
    if fires {
        lib.free_firing()
    } else {
        drop(lib)
    }
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    caught(|| object.table.fail_all(|_id| Value::plain(&case.census)));
    ended = ended.or_else(|| place.poll(&waker));
    place.clear();
    ended
}

#[test]
fn whatever_happens_each_thing_is_dropped_once_and_c_sees_no_panic() {
    for adapter in &ADAPTERS {
        for when in [INSIDE, LATER, THREAD, WHILE, TWICE, NEVER, AFTER_CANCEL, REFUSE] {
            // A second call goes to memory that is not ours to watch, if the adapter gives C a pointer to look into.
            if !adapter.by_key && matches!(when, TWICE | AFTER_CANCEL) {
                continue;
            }
            for (class, awaiter) in CLASSES.iter().flat_map(|class| AWAITERS.map(|awaiter| (*class, awaiter)))
            {
                for (panics, fires) in
                    PANICS.iter().flat_map(|panics| [true, false].map(|fires| (*panics, fires)))
                {
                    check(adapter, when, class, awaiter, panics, fires);
                }
            }
        }
    }
}

fn check(
    adapter: &Adapter,
    when: When,
    class: Option<(Stop, Cancel)>,
    awaiter: Awaiter,
    panics: Panics,
    fires: bool,
) {
    let census = Census::default();
    let object = Shared::new(Object { table: Keyed::new(), case: Mutex::new(None) });
    // SAFETY: the event callback set below works with this state.
    let lib = unsafe { Lib::with_object(object.data::<*mut c_void>()) };
    // SAFETY: the object's user data is `object`, which outlives it.
    unsafe {
        object.register(
            Nth::<1>,
            |cb| fx_set_event(lib.raw(), cb),
            |object: &Object, (_lib, id, _status)| {
                let case = object.case.lock().unwrap().clone();
                object.table.finish_with(id, || case.unwrap().value());
            },
            || (),
        );
    }
    let case = Case {
        lib: Addr(lib.raw()),
        when,
        class,
        panics,
        census: census.clone(),
        alive: Arc::new(AtomicBool::new(true)),
    };
    if adapter.leaks(&case) {
        return;
    }
    *object.case.lock().unwrap() = Some(case.clone());
    let ended = run(adapter, when, awaiter, case, lib, &object, fires);
    let this = format!("{}, when {when}, {awaiter:?}, panics {panics:?}, fires {fires}", adapter.name);
    assert_eq!(census.alive(), 0, "{this}");
    let polls =
        matches!(awaiter, Awaiter::PanicsWhenWoken | Awaiter::PollsAfterTheCall | Awaiter::PollsAtTheEnd);
    // A stream cancels, and panics, also after it has brought something.
    let hidden =
        panics == Panics::WhileStarting || panics == Panics::WhileCancelling && adapter.is_a_stream();
    if !polls || hidden {
        return;
    }
    match when {
        REFUSE => assert_eq!(ended, Some(Ended::Refused), "{this}"),
        NEVER => assert!(ended.is_some() || !adapter.has_an_end(fires), "{this}: it hangs"),
        AFTER_CANCEL => {}
        _ => {
            let panics = matches!(panics, Panics::InTheClosure | Panics::WithANastyPayload);
            let expected = if panics { Ended::Panicked } else { Ended::WithAValue };
            assert_eq!(ended, Some(expected), "{this}");
        }
    }
}
