//! What people who wrap C libraries have been bitten by, one test each. The comments name public reports of the kind.
//!
//! Each was seen to fail with the code that it is about broken.
//!
//! | | fear | tests |
//! |---|---|---|
//! | R1 | user data goes while C still holds it | `r1_user_data_freed_while_c_still_holds_it` |
//! | R2 | a callback is freed or replaced from inside itself | `r2_callback_replaced_from_inside_itself` |
//! | R3 | borrowed state that C keeps for longer | `r3_borrowed_state_outlived_by_c` |
//! | R4 | a leak when the start fails, or after a cancellation | `r4_leak_when_the_start_is_refused_or_cancelled` |
//! | R5 | a panic crosses into C | `r5_panic_crosses_into_c_from_the_closure`, `r5_panic_crosses_into_c_from_a_payload_that_panics_when_dropped`, `r5_panic_crosses_into_c_from_what_is_dropped_in_the_callback`, `r5_panic_crosses_into_c_from_a_waker`, `r5_panic_while_cancelling_frees_nothing_twice` |
//! | R6 | a wake-up is lost, or a callback registered twice | `r6_wake_up_lost_or_callback_registered_again_on_the_next_poll` |
//! | R7 | a completion after the cancellation makes a noise | `r7_completion_after_the_future_has_gone_makes_a_noise` |
//! | R8 | the callback comes before the start has returned | `r8_callback_before_the_start_has_returned` |
//! | R9 | a lock is held while C or a task runs | `r9_deadlock_when_operations_start_and_cancel_inside_one_another` |
//! | R10 | a buffer goes while C writes to it | `r10_buffer_freed_while_c_writes_to_it` |
//! | R11 | C itself calls twice | `r11_c_calls_twice` |
//! | R12 | objects go in the wrong order | `r12_future_outlives_the_object_it_would_cancel_at`, `r12_object_destroyed_with_operations_pending_calls_them_all` |
//! | R13 | a loop that never ends, or too early | `r13_driver_kept_alive_by_its_own_handler_or_ended_too_early` in `pump/contract.rs` |
//! | R14 | cancelled, but nobody knows when it is over | `r14_cancelled_but_not_drained` |
use crate::probe::{Census, DEADLINE, Wakes, block_on, panic_of, poll_once};
use core::ffi::{c_char, c_int, c_void};
use std::cell::RefCell;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use uncallback::ffi::{self, CallbackError, Cancel, First, Owner, Pending, Started, stray_calls};
use uncallback_tests::fixture::*;

/// The library object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
struct Addr(*mut fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}

impl Addr {
    fn get(self) -> *mut fx {
        self.0
    }
}

/// A status operation, whose closure holds `token`.
macro_rules! status {
    ($lib:expr, $when:expr, $token:expr) => {{
        let (lib, token) = (Addr($lib.raw()), $token);
        // SAFETY: the fixture calls back at most once, with a number and a pointer that is not looked at.
        unsafe {
            ffi::oneshot(
                First,
                move |cb, data| {
                    Started::nonneg_ok(fx_once_first(lib.get(), $when, std::ptr::null(), cb, data))
                },
                move |(status, _text)| {
                    let _dropped_with_it = &token;
                    status
                },
            )
        }
    }};
}

/// A payload whose drop panics as well: the nastiest thing that a callback can leave behind.
struct Nasty;

impl Drop for Nasty {
    fn drop(&mut self) {
        panic!("dropped a nasty value");
    }
}

fn throw_nasty() -> ! {
    resume_unwind(Box::new(Nasty))
}

// mozilla/uniffi-rs#1507, rustwasm/wasm-bindgen#1637: the closure is freed with the future, and C calls into it.
#[test]
fn r1_user_data_freed_while_c_still_holds_it() {
    let (lib, census) = (Lib::new(), Census::default());
    drop(status!(lib, LATER, census.token()).start());
    assert_eq!(census.alive(), 1);
    lib.turn();
    assert_eq!(census.alive(), 0);
}

/// Runs a closure when woken, which is inside the callback.
struct OnWake(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl OnWake {
    fn waker(f: impl FnOnce() + Send + 'static) -> Waker {
        Arc::new(Self(Mutex::new(Some(Box::new(f))))).into()
    }
}

impl Wake for OnWake {
    fn wake(self: Arc<Self>) {
        let f = self.0.lock().unwrap().take();
        if let Some(f) = f {
            f();
        }
    }
}

// rusqlite PR#1899: a hook is replaced inside itself.
#[test]
fn r2_callback_replaced_from_inside_itself() {
    let (lib, census) = (Lib::new(), Census::default());
    let raw = Addr(lib.raw());
    let subscribe = {
        let census = census.clone();
        move || {
            let (token, unregister) = (census.token(), raw);
            // SAFETY: the fixture calls back with numbers.
            unsafe {
                ffi::subscribe(
                    First,
                    uncallback::stream::mpsc::unbounded(),
                    |cb, data| Started::nonneg_ok(fx_subscribe(raw.get(), LATER, cb, data)),
                    move |handle| fx_unsubscribe(unregister.get(), handle),
                    move |(value,)| {
                        let _alive = &token;
                        value
                    },
                )
            }
            .unwrap()
        }
    };
    let place = Arc::new(Mutex::new(Some(subscribe())));
    let replaced = place.clone();
    let waker = OnWake::waker(move || {
        let old = replaced.lock().unwrap().replace(subscribe());
        drop(old);
    });
    let mut first = place.lock().unwrap().take().unwrap();
    assert!(Pin::new(&mut first.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    *place.lock().unwrap() = Some(first);
    // SAFETY: the object is alive.
    unsafe { fx_emit(lib.raw(), 1) };
    assert_eq!(census.alive(), 1, "the old one is gone, the new one is there");
    let mut second = place.lock().unwrap().take().unwrap();
    // SAFETY: as above.
    unsafe { fx_emit(lib.raw(), 2) };
    // `fx_emit` goes on to subscribers that were added while it ran, so the first event may be there too.
    let mut seen = Vec::new();
    second.drain(|value| seen.push(value));
    assert_eq!(seen.last(), Some(&2));
}

// rusqlite#1048, coremidi#2: an API lifetime that is too short. Borrowing is for calls that end on this stack; what C keeps
// must own everything: see the `compile_fail` example of `ffi::oneshot`.
#[test]
fn r3_borrowed_state_outlived_by_c() {
    let mut sum = 0;
    let mut late: Option<(fx_row_cb, *mut c_void)> = None;
    // SAFETY: `fx_each` calls back with numbers, on this thread.
    unsafe {
        ffi::ask(
            First,
            |cb: Option<fx_row_cb>, data| {
                late = cb.map(|cb| (cb, data));
                fx_each(4, cb, data)
            },
            |(row,)| {
                sum += row;
                0
            },
            -1,
        );
    }
    assert_eq!(sum, 6);
    let before = stray_calls();
    let (cb, data) = late.unwrap();
    // SAFETY: what a library with a bug would do; the key leads nowhere.
    assert_eq!(unsafe { cb(data, 100) }, 0);
    assert!(stray_calls() > before);
    assert_eq!(sum, 6, "the closure is gone, and was not called");
}

// Blizzard/node-rdkafka#922, gtk-rs-core PR#1328: a start that fails, or a cancelled operation, leaks.
#[test]
fn r4_leak_when_the_start_is_refused_or_cancelled() {
    let (lib, census) = (Lib::new(), Census::default());
    for _ in 0..100 {
        let refused = status!(lib, REFUSE, census.token()).keep(census.token()).start();
        assert_eq!(block_on(refused), Err(CallbackError::Refused(-7)));
        let raw = Addr(lib.raw());
        let described = status!(lib, NEVER, census.token()).keep(census.token());
        // SAFETY: after a silent cancellation the fixture does not call.
        let cancelled = unsafe {
            described.cancel_with(move |id| Cancel::silenced_if(fx_cancel_silently(raw.get(), *id) == 1))
        };
        drop(cancelled.start());
        assert_eq!((census.alive(), lib.pending()), (0, 0));
    }
}

// rusqlite#439, git2-rs#103, portaudio-rs#20: a panic unwinds through frames of C.
#[test]
fn r5_panic_crosses_into_c_from_the_closure() {
    let lib = Lib::new();
    for when in [INSIDE, LATER, THREAD] {
        // SAFETY: calls back at most once.
        let asked = unsafe {
            ffi::oneshot(
                First,
                |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), when, std::ptr::null(), cb, data)),
                |_| -> c_int { panic!("in the closure") },
            )
        }
        .start();
        lib.turn();
        assert_eq!(panic_of(|| block_on(asked)).as_deref(), Some("in the closure"));
        lib.join();
    }
    assert_eq!(lib.pending(), 0, "C went on as after any other callback");
}

#[test]
fn r5_panic_crosses_into_c_from_a_payload_that_panics_when_dropped() {
    let lib = Lib::new();
    // SAFETY: calls back at most once.
    let asked = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), LATER, std::ptr::null(), cb, data)),
            |_| -> c_int { throw_nasty() },
        )
    }
    .start();
    drop(asked);
    assert_eq!(lib.turn(), 1, "nobody takes the payload: it is dropped in the callback");
}

#[test]
fn r5_panic_crosses_into_c_from_what_is_dropped_in_the_callback() {
    let lib = Lib::new();
    // The value, because nobody awaits it any more; what was kept; and both in one call.
    for (value, kept) in [(true, false), (false, true), (true, true)] {
        // SAFETY: calls back at most once.
        let asked = unsafe {
            ffi::oneshot(
                First,
                |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), LATER, std::ptr::null(), cb, data)),
                move |_| value.then(|| Nasty),
            )
        }
        .keep(kept.then(|| Nasty))
        .start();
        drop(asked);
        assert_eq!(lib.turn(), 1);
    }
    assert_eq!(lib.pending(), 0);
}

#[test]
fn r5_panic_crosses_into_c_from_a_waker() {
    let lib = Lib::new();
    let mut asked = status!(lib, LATER, ()).start();
    let waker = OnWake::waker(|| throw_nasty());
    assert!(Pin::new(&mut asked).poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(lib.turn(), 1);
    assert_eq!(poll_once(&mut asked), Poll::Ready(Ok(OK)), "the value was stored first");
}

#[test]
fn r5_panic_while_cancelling_frees_nothing_twice() {
    let (lib, census) = (Lib::new(), Census::default());
    let described = status!(lib, LATER, census.token());
    // SAFETY: the closure does not say anything about C.
    let asked = unsafe { described.cancel_with(|_id: &c_int| -> Cancel { panic!("in cancel") }) }.start();
    assert_eq!(panic_of(move || drop(asked)).as_deref(), Some("in cancel"));
    assert_eq!(census.alive(), 1, "C still holds it");
    lib.turn();
    assert_eq!(census.alive(), 0);
}

// microsoft/windows-rs#342, #322: a wake-up is lost when the task moves, or the handler is registered again.
#[test]
fn r6_wake_up_lost_or_callback_registered_again_on_the_next_poll() {
    let lib = Lib::new();
    for _ in 0..200 {
        let mut asked = status!(lib, THREAD, ()).lazy();
        let mut wakers: Vec<_> = (0..4).map(|_| Wakes::new()).collect();
        let mut polled = Poll::Pending;
        for (_, waker) in &wakers {
            polled = Pin::new(&mut asked).poll(&mut Context::from_waker(waker));
            assert!(lib.pending() <= 1, "started once, however often it is polled");
            if polled.is_ready() {
                break;
            }
        }
        lib.join();
        if polled.is_pending() {
            assert_eq!(wakers.pop().unwrap().0.count(), 1, "the last waker is the one that counts");
            assert_eq!(poll_once(&mut asked), Poll::Ready(Ok(OK)));
        }
    }
}

// pyo3-asyncio#77, flutter_rust_bridge#2511: the completion of a cancelled operation makes a noise.
#[test]
fn r7_completion_after_the_future_has_gone_makes_a_noise() {
    let (lib, census) = (Lib::new(), Census::default());
    let (wakes, waker) = Wakes::new();
    let mut asked = status!(lib, LATER, census.token()).start();
    assert!(Pin::new(&mut asked).poll(&mut Context::from_waker(&waker)).is_pending());
    let strays = stray_calls_of(|| {
        drop(asked);
        assert_eq!(lib.turn(), 1);
    });
    assert_eq!((wakes.count(), census.alive(), strays), (0, 0, 0));
}

/// Stray calls on this thread while `f` runs.
fn stray_calls_of(f: impl FnOnce()) -> usize {
    std::thread_local!(static HERE: RefCell<usize> = const { RefCell::new(0) });
    ffi::on_stray_call(|_stray| HERE.with_borrow_mut(|count| *count += 1));
    HERE.set(0);
    f();
    HERE.take()
}

// Kistler sdbus-cpp#92: the callback comes before the registering function has returned.
#[test]
fn r8_callback_before_the_start_has_returned() {
    let lib = Lib::new();
    for when in [INSIDE, WHILE] {
        let asked = status!(lib, when, ()).start();
        assert!(!asked.is_pending());
        assert_eq!(block_on(asked), Ok(OK));
    }
}

// erlfdb#59, eclipse-mosquitto#1175: a lock is held while C runs, or while a task is woken.
#[test]
fn r9_deadlock_when_operations_start_and_cancel_inside_one_another() {
    // A deadlock is a failure, not a hang.
    let (over, ends) = channel();
    let thread = std::thread::spawn(move || {
        start_and_cancel_inside_a_callback();
        over.send(()).unwrap();
    });
    assert_eq!(ends.recv_timeout(DEADLINE), Ok(()));
    thread.join().unwrap();
}

fn start_and_cancel_inside_a_callback() {
    let (lib, owner) = (Lib::new(), Owner::new());
    let raw = Addr(lib.raw());
    let mut outer = status!(lib, LATER, ()).owned_by(&owner).start();
    let inner = Arc::new(Mutex::new(None));
    let started = inner.clone();
    let other = status!(lib, NEVER, ()).owned_by(&owner);
    // SAFETY: as in `r4`.
    let other =
        unsafe { other.cancel_with(move |id| Cancel::silenced_if(fx_cancel_silently(raw.get(), *id) == 1)) };
    let other = Mutex::new(Some(other.start()));
    let waker = OnWake::waker(move || {
        // Inside the callback of `outer`: start one, cancel another, both with the same owner.
        drop(other.lock().unwrap().take());
        let lib = raw;
        // SAFETY: calls back at most once.
        let pending = unsafe {
            ffi::oneshot(
                First,
                |cb, data| Started::nonneg_ok(fx_once_first(lib.get(), INSIDE, std::ptr::null(), cb, data)),
                |(status, _text): (c_int, *const c_char)| status,
            )
        }
        .start();
        *started.lock().unwrap() = Some(pending);
    });
    assert!(Pin::new(&mut outer).poll(&mut Context::from_waker(&waker)).is_pending());
    lib.turn();
    assert_eq!(block_on(outer), Ok(OK));
    let inner: Pending<c_int, c_int> = inner.lock().unwrap().take().unwrap();
    assert_eq!(block_on(inner), Ok(OK));
    assert_eq!(owner.outstanding(), 0);
}

// rusb PR#48, librtlsdr PR#90: C writes into a buffer that went with the future.
#[test]
fn r10_buffer_freed_while_c_writes_to_it() {
    let (lib, census) = (Lib::new(), Census::default());
    let mut buffer = vec![0_u8; 64];
    let (at, len) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
    let request = fx_req { status: 0, buf: std::ptr::null_mut(), len: 0, id: 0 };
    // SAFETY: the fixture writes to the buffer until it calls back, once, on this thread.
    let reading = unsafe {
        ffi::request(
            First,
            request,
            |cb, req| Started::nonneg_ok(fx_submit(lib.raw(), LATER, req, at, len, cb)),
            |_req, ()| (),
        )
    }
    .keep((buffer, census.token()))
    .local()
    .start();
    drop(reading);
    assert_eq!((census.alive(), lib.turn()), (1, 1), "the write happens after the future has gone");
    assert_eq!(census.alive(), 0);
}

// c-ares PR#1282, #662: C itself calls twice, or calls what it has cancelled.
#[test]
fn r11_c_calls_twice() {
    let (lib, census) = (Lib::new(), Census::default());
    let asked = status!(lib, TWICE, census.token()).checked().start();
    let strays = stray_calls_of(|| assert_eq!(lib.turn(), 2));
    assert_eq!((block_on(asked), strays, census.alive()), (Ok(OK), 1, 0));
}

// curl-rust#421, rusqlite#1784: objects go in the wrong order.
#[test]
fn r12_future_outlives_the_object_it_would_cancel_at() {
    let (census, owner) = (Census::default(), Owner::new());
    let lib = Lib::new();
    let cancelled = Arc::new(Mutex::new(0));
    let count = cancelled.clone();
    let described = status!(lib, NEVER, census.token()).owned_by(&owner);
    // SAFETY: never says that C was silenced.
    let asked = unsafe {
        described.cancel_with(move |_id: &c_int| {
            *count.lock().unwrap() += 1;
            Cancel::Unsupported
        })
    }
    .start();
    drop(lib);
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    assert_eq!(census.alive(), 0);
    drop(asked);
    assert_eq!(*cancelled.lock().unwrap(), 0, "there is nothing left to cancel at");
}

#[test]
fn r12_object_destroyed_with_operations_pending_calls_them_all() {
    let (lib, census) = (Lib::new(), Census::default());
    let pending: Vec<_> = (0..3).map(|_| status!(lib, NEVER, census.token()).start()).collect();
    lib.free_firing();
    for asked in pending {
        assert_eq!(block_on(asked), Ok(DESTROYED));
    }
    assert_eq!(census.alive(), 0);
}

// gtk-rs-core#46: nobody can tell when a cancelled operation has really ended.
#[test]
fn r14_cancelled_but_not_drained() {
    let (lib, census) = (Lib::new(), Census::default());
    let (asked, mut drained) = status!(lib, LATER, census.token()).keep(census.token()).drained();
    drop(asked.start());
    assert!(poll_once(&mut drained).is_pending(), "the future is gone, C is not done");
    assert_eq!(census.alive(), 2);
    lib.turn();
    assert_eq!((poll_once(&mut drained), census.alive()), (Poll::Ready(()), 0));

    let (refused, mut drained) = status!(lib, REFUSE, census.token()).drained();
    let _refused = refused.start();
    assert!(poll_once(&mut drained).is_ready(), "C never held it");

    let (never_started, mut drained) = status!(lib, LATER, census.token()).drained();
    drop(never_started);
    assert!(poll_once(&mut drained).is_ready());
}

type Stop = unsafe extern "C" fn(*mut fx, c_int) -> c_int;

/// Everything at once, at random moments: nothing is lost, leaked or called late.
#[test]
fn any_order_of_starts_calls_cancellations_and_drops_leaves_nothing_behind() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (lib, census, owner) = (Lib::new(), Census::default(), Owner::new());
        let raw = Addr(lib.raw());
        let mut pending = Vec::new();
        let mut outcomes = 0;
        let starts = 80;
        for _ in 0..starts {
            let when = random.choice([INSIDE, LATER, THREAD, WHILE, NEVER, REFUSE]).unwrap();
            let (class, silent) = random
                .choice([
                    (fx_cancel_firing as Stop, false),
                    (fx_cancel_firing_later, false),
                    (fx_cancel_silently, true),
                    (fx_cancel_blocking, true),
                ])
                .unwrap();
            let described = status!(lib, when, census.token()).keep(census.token());
            // SAFETY: the classes say what their functions do.
            let asked = unsafe {
                described.cancel_with(move |id| match (class(raw.get(), *id), silent) {
                    (1, true) => Cancel::Silenced,
                    (1, false) => Cancel::StillFires,
                    _ => Cancel::TooLate,
                })
            };
            pending.push(if random.bool() { asked.owned_by(&owner).start() } else { asked.start() });
            if random.u8(..4) == 0 {
                lib.turn();
            }
            if random.u8(..3) == 0 && !pending.is_empty() {
                let at = random.usize(..pending.len());
                let mut one = pending.swap_remove(at);
                if random.bool() && poll_once(&mut one).is_ready() {
                    outcomes += 1;
                }
            }
        }
        lib.turn();
        lib.free_firing();
        // SAFETY: the object is gone.
        unsafe { owner.close() };
        for one in pending {
            block_on(one).ok();
            outcomes += 1;
        }
        assert!(outcomes > 0);
        assert_eq!(census.alive(), 0, "seed {seed}");
    }
}
