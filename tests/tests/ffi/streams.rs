//! S5, S6 and S8: lists, subscriptions and wake-up calls.
use crate::probe::{Census, block_on, panic_of};
use core::ffi::{CStr, c_int};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake};
use uncallback::ffi::{self, CallbackError, First, Notify, Started, Step, Subscription, stray_calls};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

type Unregister = Box<dyn FnOnce(c_int) + Send>;

fn values(
    lib: &Lib,
    when: When,
    census: &Census,
) -> Result<Subscription<c_int, c_int, Unregister>, CallbackError> {
    struct Addr(*mut fx);
    // SAFETY: as for `Lib`.
    unsafe impl Send for Addr {}
    let (raw, token) = (Addr(lib.raw()), census.token());
    // SAFETY: the fixture calls back with numbers.
    unsafe {
        ffi::subscribe(
            First,
            mpsc::unbounded(),
            |cb, data| Started::nonneg_ok(fx_subscribe(lib.raw(), when, cb, data)),
            Box::new(move |handle| {
                let raw = raw;
                fx_unsubscribe(raw.0, handle);
            }) as Unregister,
            move |(value,)| {
                let _alive = &token;
                assert!(value != -13, "an unlucky number");
                value
            },
        )
    }
}

/// Calls all subscribers on this thread.
fn emit(lib: &Lib, value: c_int) {
    // SAFETY: the object is alive.
    unsafe { fx_emit(lib.raw(), value) };
}

#[test]
fn events_arrive_in_order_and_nothing_is_left_behind() {
    let (lib, census) = (Lib::new(), Census::default());
    let mut events = values(&lib, INSIDE, &census).unwrap();
    (1..=3).for_each(|value| emit(&lib, value));
    let seen: Vec<_> = (0..4).map(|_| block_on(events.next())).collect();
    assert_eq!(seen, [Some(0), Some(1), Some(2), Some(3)]);
    drop(events);
    assert_eq!(census.alive(), 0);
    emit(&lib, 4);
}

#[test]
fn refused_subscription_leaves_nothing_behind() {
    let (lib, census) = (Lib::new(), Census::default());
    assert!(matches!(values(&lib, REFUSE, &census), Err(CallbackError::Refused(-7))));
    assert_eq!(census.alive(), 0);
}

#[test]
fn call_after_the_subscription_has_gone_finds_nothing() {
    let (lib, census) = (Lib::new(), Census::default());
    drop(values(&lib, LATER, &census).unwrap());
    let before = stray_calls();
    // SAFETY: the object is alive; the library's bug is the point.
    unsafe { fx_emit_stale(lib.raw(), 5) };
    assert!(stray_calls() > before);
    assert_eq!(census.alive(), 0);
}

#[test]
fn subscription_dropped_while_another_thread_calls_frees_once() {
    for _ in 0..100 {
        let (lib, census) = (Lib::new(), Census::default());
        let mut events = values(&lib, LATER, &census).unwrap();
        // SAFETY: the object lives until the threads are joined.
        unsafe { fx_emit_from_thread(lib.raw(), 20) };
        block_on(events.next());
        drop(events);
        lib.join();
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn subscription_that_unregisters_inside_its_own_callback_lives_until_the_call_is_over() {
    struct DropOnWake(Mutex<Option<Subscription<c_int, c_int, Unregister>>>);
    impl Wake for DropOnWake {
        fn wake(self: Arc<Self>) {
            let events = self.0.lock().unwrap().take();
            drop(events);
        }
    }
    let (lib, census) = (Lib::new(), Census::default());
    let mut events = values(&lib, LATER, &census).unwrap();
    let bomb = Arc::new(DropOnWake(Mutex::new(None)));
    let waker = bomb.clone().into();
    assert!(Pin::new(&mut events.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    *bomb.0.lock().unwrap() = Some(events);
    emit(&lib, 1);
    assert_eq!(census.alive(), 0);
    emit(&lib, 2);
}

#[test]
fn panic_in_a_subscription_resumes_in_the_consumer_after_the_events_before_it() {
    let (lib, census) = (Lib::new(), Census::default());
    let mut events = values(&lib, LATER, &census).unwrap();
    emit(&lib, 12);
    emit(&lib, -13);
    assert_eq!(block_on(events.next()), Some(12));
    assert!(panic_of(|| block_on(events.next())).unwrap().contains("unlucky"));
    drop(events);
    assert_eq!(census.alive(), 0);
}

fn items(
    lib: &Lib,
    when: When,
    n: c_int,
    breaks: c_int,
    census: &Census,
) -> Subscription<Result<String, c_int>, c_int, fn(c_int)> {
    let (raw, token) = (lib.raw(), census.token());
    // SAFETY: the fixture calls back with a status and, if that is `OK`, a C string or null.
    unsafe {
        ffi::list(
            First,
            mpsc::unbounded(),
            |cb, data| Started::nonneg_ok(fx_list(raw, when, n, breaks, cb, data)),
            (|_id| {}) as fn(c_int),
            move |(status, item)| {
                let _alive = &token;
                match status {
                    OK if item.is_null() => Step::End,
                    OK => Step::Item(CStr::from_ptr(item).to_str().unwrap().to_owned()),
                    _ => Step::Fail(status),
                }
            },
        )
    }
    .unwrap()
}

fn collect<T, H, G: FnOnce(H)>(mut list: Subscription<T, H, G>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(item) = block_on(list.next()) {
        all.push(item);
    }
    all
}

#[test]
fn list_ends_where_the_library_says_so() {
    let (lib, census) = (Lib::new(), Census::default());
    for when in [INSIDE, LATER, THREAD, WHILE] {
        let list = items(&lib, when, 2, -1, &census);
        lib.turn();
        assert_eq!(collect(list), [Ok("item 0".to_owned()), Ok("item 1".to_owned())]);
        lib.join();
        assert_eq!(census.alive(), 0);
    }
    assert_eq!(collect(items(&lib, INSIDE, 0, -1, &census)), []);
}

#[test]
fn list_that_breaks_off_ends_with_its_error() {
    let (lib, census) = (Lib::new(), Census::default());
    assert_eq!(collect(items(&lib, INSIDE, 9, 1, &census)), [Ok("item 0".to_owned()), Err(-1)]);
    assert_eq!(census.alive(), 0);
}

#[test]
fn call_after_the_end_of_a_list_finds_nothing() {
    let (lib, census) = (Lib::new(), Census::default());
    let before = stray_calls();
    let list = items(&lib, TWICE, 1, -1, &census);
    lib.turn();
    assert_eq!(collect(list).len(), 1);
    assert!(stray_calls() > before);
    assert_eq!(census.alive(), 0);
}

#[test]
fn no_wake_up_call_is_lost_however_they_bunch() {
    let lib = Lib::new();
    let mut notify = Notify::new();
    // SAFETY: the fixture calls back with this user data.
    unsafe { notify.register(First, |cb, data| fx_set_wakeup(lib.raw(), cb, data)) };
    for _ in 0..20 {
        // SAFETY: the object is alive.
        unsafe { fx_produce(lib.raw(), 50) };
        let mut taken = 0;
        while taken < 50 {
            block_on(notify.notified());
            let mut value = 0;
            // SAFETY: as above.
            while unsafe { fx_take(lib.raw(), &raw mut value) } == 1 {
                assert_eq!(value, taken);
                taken += 1;
            }
        }
        lib.join();
    }
}

#[test]
fn wake_up_call_after_the_end_finds_nothing() {
    let lib = Lib::new();
    let mut notify = Notify::new();
    // SAFETY: as above.
    unsafe { notify.register(First, |cb, data| fx_set_wakeup(lib.raw(), cb, data)) };
    drop(notify);
    let before = stray_calls();
    // SAFETY: the object is alive.
    unsafe { fx_produce(lib.raw(), 3) };
    lib.join();
    assert!(stray_calls() >= before + 3);
}
