//! What every lender of C functions must hold; the module around says which one it is.
use super::{answers, comparisons, hooks, items, statuses, wakeups, watchers};
use crate::probe::{Census, block_on, panic_of, poll_once};
use core::ffi::{CStr, c_int};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};
use uncallback::ffi::{self, CallbackError, Cancel, Notify, Owner, Started, Step, stray_calls};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

/// One test at a time: a function that one gives back may be lent to another, which a late call would reach then.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A status operation, whose closure holds `$token`.
macro_rules! status {
    ($lib:expr, $when:expr, $token:expr) => {{
        let (lib, token) = ($lib.raw(), $token);
        // SAFETY: the fixture calls back at most once, with a number.
        unsafe {
            ffi::lend_once(
                statuses(),
                move |cb| Started::nonneg_ok(fx_once_bare(lib, $when, cb)),
                move |(status,)| {
                    let _dropped_with_it = &token;
                    status
                },
            )
        }
    }};
}

#[test]
fn callback_comes_inside_later_and_on_other_threads() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    for when in [INSIDE, LATER, THREAD, WHILE] {
        let pending = status!(lib, when, census.token()).start();
        lib.turn();
        assert_eq!(block_on(pending), Ok(OK));
    }
    lib.join();
    assert_eq!(census.alive(), 0);
}

#[test]
fn many_at_once_are_told_apart_by_their_functions() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    let all: Vec<_> = (0..20)
        .map(|n| {
            let (lib, token) = (lib.raw(), census.token());
            // SAFETY: as above.
            unsafe {
                ffi::lend_once(
                    statuses(),
                    |cb| Started::nonneg_ok(fx_once_bare(lib, LATER, cb)),
                    move |(status,)| {
                        let _dropped_with_it = &token;
                        status + n
                    },
                )
            }
            .start()
        })
        .collect();
    lib.turn();
    for (n, pending) in all.into_iter().enumerate() {
        assert_eq!(block_on(pending), Ok(OK + c_int::try_from(n).unwrap()));
    }
    assert_eq!(census.alive(), 0);
}

#[test]
fn second_call_completes_nothing_and_is_counted() {
    let _alone = alone();
    let (lib, before) = (Lib::new(), stray_calls());
    let pending = status!(lib, TWICE, ()).start();
    assert_eq!(lib.turn(), 2);
    assert_eq!(block_on(pending), Ok(OK));
    assert!(stray_calls() > before);
}

#[test]
fn dropped_future_leaves_function_and_closure_to_c() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    drop(status!(lib, LATER, census.token()).start());
    assert_eq!(census.alive(), 1);
    lib.turn();
    assert_eq!(census.alive(), 0);
}

#[test]
fn callback_after_a_silent_cancellation_finds_nothing() {
    let _alone = alone();
    let (lib, census, before) = (Lib::new(), Census::default(), stray_calls());
    let raw = lib.raw();
    let described = status!(lib, AFTER_CANCEL, census.token());
    // SAFETY: the fixture breaks its word here: it calls after it was cancelled. The function is there all the same.
    let cancel = move |id: &c_int| unsafe { Cancel::silenced_if(fx_cancel_silently(raw, *id) == 1) };
    // SAFETY: as above.
    let mut pending = unsafe { described.cancel_with(cancel) }.start();
    assert_eq!((pending.cancel(), census.alive()), (Cancel::Silenced, 0));
    assert_eq!(lib.turn(), 1);
    assert!(stray_calls() > before);
    assert_eq!(block_on(pending), Err(CallbackError::Cancelled));
}

#[test]
fn refused_start_gives_the_function_back() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    for _ in 0..100 {
        let refused = status!(lib, REFUSE, census.token());
        assert_eq!(block_on(refused), Err(CallbackError::Refused(-7)));
    }
    assert_eq!(census.alive(), 0);
}

#[test]
fn what_the_library_forgets_is_freed_and_reported_by_its_owner() {
    let _alone = alone();
    let (lib, census, owner) = (Lib::new(), Census::default(), Owner::new());
    let lost = status!(lib, NEVER, census.token()).owned_by(&owner).start();
    drop(lib);
    assert_eq!(census.alive(), 1);
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    assert_eq!(census.alive(), 0);
    assert!(matches!(block_on(lost), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn panic_resumes_in_the_awaiter_and_c_gets_the_declared_answer() {
    let _alone = alone();
    let lib = Lib::new();
    let start = |n: c_int| {
        let raw = lib.raw();
        // SAFETY: the fixture calls back once, with a number.
        unsafe {
            ffi::lend_once_answering(
                answers(),
                move |cb| Started::nonneg_ok(fx_once_bare_answering(raw, LATER, cb)),
                move |(status,)| {
                    assert!(n != 13, "an unlucky number");
                    (status + n, n)
                },
                -1,
            )
        }
        .start()
    };
    // SAFETY: the object is alive.
    let answer = || unsafe { fx_last_answer(lib.raw()) };
    let lucky = start(7);
    lib.turn();
    assert_eq!((block_on(lucky), answer()), (Ok(OK + 7), 7));
    let unlucky = start(13);
    lib.turn();
    assert_eq!(answer(), -1);
    assert_eq!(panic_of(|| block_on(unlucky)).as_deref(), Some("an unlucky number"));
}

#[test]
fn operation_that_stays_on_its_thread_need_not_be_send() {
    let _alone = alone();
    let (lib, shared) = (Lib::new(), std::rc::Rc::new(()));
    let here = status!(lib, LATER, shared.clone()).local().start();
    lib.turn();
    assert_eq!((block_on(here), std::rc::Rc::strong_count(&shared)), (Ok(OK), 1));
}

/// A subscription whose closure holds `$token`.
macro_rules! watch {
    ($lib:expr, $when:expr, $token:expr) => {{
        let (lib, token) = ($lib.raw(), $token);
        // SAFETY: the fixture calls back with numbers, until it is unsubscribed.
        unsafe {
            ffi::lend_events(
                watchers(),
                mpsc::unbounded(),
                move |cb| Started::nonneg_ok(fx_watch(lib, $when, cb)),
                move |id| fx_unsubscribe(lib, id),
                move |(value,)| {
                    let _alive = &token;
                    value
                },
            )
        }
    }};
}

#[test]
fn events_come_from_anywhere_until_the_stream_is_dropped() {
    let _alone = alone();
    let (lib, census, before) = (Lib::new(), Census::default(), stray_calls());
    let mut events = watch!(lib, INSIDE, census.token()).unwrap();
    // SAFETY: the object is alive.
    unsafe { fx_emit_from_thread(lib.raw(), 50) };
    lib.join();
    let seen: Vec<_> = (0..51).map(|_| block_on(events.next()).unwrap()).collect();
    assert_eq!((seen[0], seen[1], seen[50]), (0, 0, 49));
    drop(events);
    assert_eq!(census.alive(), 0);
    // SAFETY: the function is there, although nobody has it.
    unsafe { fx_emit_stale(lib.raw(), 9) };
    assert!(stray_calls() > before);
    assert!(matches!(watch!(lib, REFUSE, census.token()), Err(CallbackError::Refused(-7))));
    assert_eq!(census.alive(), 0);
}

/// Drops what it holds when it is woken, which is inside of the callback.
struct DropsOnWake<T>(Mutex<Option<T>>);

impl<T: Send + 'static> Wake for DropsOnWake<T> {
    fn wake(self: Arc<Self>) {
        let held = self.0.lock().unwrap().take();
        drop(held);
    }
}

#[test]
fn stream_is_dropped_inside_its_own_callback() {
    let _alone = alone();
    struct Sent<T>(T);
    // SAFETY: everything here stays on one thread.
    unsafe impl<T> Send for Sent<T> {}
    let (lib, census) = (Lib::new(), Census::default());
    let mut events = watch!(lib, LATER, census.token()).unwrap();
    let drops = Arc::new(DropsOnWake(Mutex::new(None)));
    let waker = Waker::from(drops.clone());
    assert!(Pin::new(&mut events.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    *drops.0.lock().unwrap() = Some(Sent(events));
    // SAFETY: the object is alive.
    unsafe { fx_emit(lib.raw(), 1) };
    assert_eq!(census.alive(), 0);
    // SAFETY: as above.
    unsafe { fx_emit(lib.raw(), 2) };
}

#[test]
fn function_is_lent_on_while_threads_still_call_it() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    for _ in 0..50 {
        let mut events = watch!(lib, LATER, census.token()).unwrap();
        // SAFETY: the object is alive.
        unsafe { fx_emit_from_thread(lib.raw(), 20) };
        let _ = poll_once(&mut events.next());
        drop(events);
    }
    lib.join();
    assert_eq!(census.alive(), 0);
}

#[test]
fn list_ends_breaks_off_and_counts_what_comes_after_its_end() {
    let _alone = alone();
    let (lib, before) = (Lib::new(), stray_calls());
    let list = |when: When, breaks: c_int| {
        // SAFETY: the fixture lends C strings, or null.
        unsafe {
            ffi::lend_list(
                items(),
                mpsc::unbounded(),
                |cb| Started::nonneg_ok(fx_list_bare(lib.raw(), when, 2, breaks, cb)),
                |_id| (),
                |(status, item)| match (status, item.is_null()) {
                    (OK, true) => Step::End,
                    (OK, false) => Step::Item(CStr::from_ptr(item).to_str().unwrap().to_owned()),
                    _ => Step::Fail(status),
                },
            )
        }
        .unwrap()
    };
    let mut whole = list(TWICE, -1);
    lib.turn();
    assert_eq!(block_on(whole.next()), Some(Ok("item 0".to_owned())));
    assert_eq!(block_on(whole.next()), Some(Ok("item 1".to_owned())));
    assert_eq!(block_on(whole.next()), None);
    assert!(stray_calls() > before);
    let mut broken = list(INSIDE, 0);
    assert_eq!(block_on(broken.next()), Some(Err(-1)));
    assert_eq!(block_on(broken.next()), None);
}

#[test]
fn question_is_answered_and_its_panic_goes_on_outside_of_c() {
    let _alone = alone();
    let (lib, census) = (Lib::new(), Census::default());
    let token = census.token();
    let answer = move |(n,): (c_int,)| {
        let _alive = &token;
        assert!(n != 13, "an unlucky number");
        n * 2
    };
    // SAFETY: the hook is removed before its slot is dropped.
    let slot = unsafe { ffi::lend(hooks(), answer, -1) }.unwrap();
    // SAFETY: the object is alive.
    let run = |n| unsafe { fx_run_hooks(lib.raw(), n) };
    // SAFETY: as above.
    unsafe { fx_add_hook(lib.raw(), slot.callback()) };
    assert_eq!(slot.during(|| run(21)), 42);
    let mut said = None;
    assert_eq!(panic_of(|| slot.during(|| said = Some(run(13)))).as_deref(), Some("an unlucky number"));
    assert_eq!((said, run(4)), (Some(-1), 8), "C went on, and so does the hook");
    slot.resume_panic();
    // SAFETY: as above.
    unsafe { fx_remove_hook(lib.raw(), slot.callback()) };
    let late = slot.callback();
    drop(slot);
    assert_eq!(census.alive(), 0);
    // SAFETY: a function of a lender can be called for ever.
    assert_eq!(unsafe { late(21) }, 0);
}

#[test]
fn comparison_that_borrows_nothing_is_lent_too() {
    let _alone = alone();
    let mut values = [3, 1, 2];
    // SAFETY: `fx_sort` lends elements of the array.
    let descending = unsafe { ffi::lend(comparisons(), |(a, b)| *b - *a, 0) }.unwrap();
    // SAFETY: as above.
    unsafe { fx_sort(values.as_mut_ptr(), values.len(), descending.callback()) };
    assert_eq!(values, [3, 2, 1]);
}

#[test]
fn wake_up_call_without_user_data_wakes() {
    let _alone = alone();
    let (lib, mut notify) = (Lib::new(), Notify::new());
    // SAFETY: the wake-up function is taken back before `notify` is dropped.
    unsafe { notify.register_lent(wakeups(), |cb| fx_set_wakeup_bare(lib.raw(), cb)) }.unwrap();
    // SAFETY: the object is alive.
    unsafe { fx_produce(lib.raw(), 3) };
    let (mut taken, mut value) = (0, 0);
    while taken < 3 {
        block_on(notify.notified());
        // SAFETY: as above.
        while unsafe { fx_take(lib.raw(), &raw mut value) } == 1 {
            taken += 1;
        }
    }
    lib.join();
    // SAFETY: as above.
    unsafe { fx_set_wakeup_bare(lib.raw(), None) };
}
