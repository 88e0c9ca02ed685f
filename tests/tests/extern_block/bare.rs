//! Callbacks without user data: each is lent a function of its own.
use crate::now;
use core::ffi::{CStr, c_int};
use std::task::Poll;
use uncallback::ffi::{CallbackError, Owner, Step};
use uncallback::uncallback;
use uncallback_tests::fixture::{
    INSIDE, LATER, Lib, NEVER, OK, REFUSE, fx, fx_bare_item_cb, fx_compare_cb, fx_emit, fx_last_answer,
    fx_produce, fx_run_hooks, fx_take, fx_take_hook, fx_unsubscribe,
};

#[uncallback]
unsafe extern "C" {
    #[once(data = none, slots = 2, refused = negative, cancelled = none, owner, handle(lib))]
    fn fx_once_bare(lib: *mut fx, when: c_int, cb: unsafe extern "C" fn(c_int)) -> c_int;

    #[once(data = none, slots = 4, answer = 7, on_panic = -1, refused = negative, cancelled = fires, handle(lib))]
    fn fx_once_bare_answering(
        lib: *mut fx,
        when: c_int,
        cb: Option<unsafe extern "C" fn(c_int) -> c_int>,
    ) -> c_int;

    #[list(
        cb = cb,
        data = none,
        slots = 1,
        overflow = Unbounded,
        result = |status, item| -> Step<String, c_int> {
            match (status, item.is_null()) {
                (0, true) => Step::End,
                (0, false) => Step::Item(CStr::from_ptr(item).to_str().unwrap().to_owned()),
                _ => Step::Fail(status),
            }
        },
        refused = negative,
        handle(lib),
    )]
    fn fx_list_bare(lib: *mut fx, when: c_int, n: c_int, breaks: c_int, cb: fx_bare_item_cb) -> c_int;

    #[stream(
        data = none,
        slots = 1,
        overflow = Latest,
        unregister = fx_unsubscribe(lib, handle),
        refused = negative,
        handle(lib),
    )]
    fn fx_watch(lib: *mut fx, when: c_int, cb: unsafe extern "C" fn(c_int)) -> c_int;

    #[hook(
        data = none,
        slots = 1,
        on_panic = -1,
        refused = negative,
        unregister = fx_take_hook(lib, handle),
        handle(lib),
    )]
    fn fx_add_hook(lib: *mut fx, hook: unsafe extern "C" fn(c_int) -> c_int) -> c_int;

    #[notify(data = none, slots = 1, cb = cb, unregister = fx_set_wakeup_bare(lib, None), handle(lib))]
    fn fx_set_wakeup_bare(lib: *mut fx, cb: Option<unsafe extern "C" fn()>);

    #[ask(cb = cmp, data = none, on_panic = 0)]
    fn fx_sort(values: *mut c_int, n: usize, cmp: fx_compare_cb);
}

#[test]
fn operation_without_user_data_completes_and_its_function_is_lent_on() {
    let (lib, owner) = (Lib::new(), Owner::new());
    // SAFETY: the object is alive.
    let start = |when| unsafe { fx_once_bare_async(lib.raw(), when, &owner) };
    for _ in 0..5 {
        let (first, second) = (start(LATER), start(LATER));
        assert_eq!(now(start(INSIDE)), Err(CallbackError::Refused(0)), "there are two functions");
        lib.turn();
        assert_eq!((now(first), now(second), now(start(INSIDE))), (Ok(OK), Ok(OK), Ok(OK)));
    }
    assert_eq!(now(start(REFUSE)), Err(CallbackError::Refused(-7)));
    let lost = start(NEVER);
    drop(lib);
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    assert!(matches!(now(lost), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn answer_goes_to_c_from_a_function_that_was_lent() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let status = unsafe { fx_once_bare_answering_async(lib.raw(), INSIDE) };
    // SAFETY: as above.
    assert_eq!((now(status), unsafe { fx_last_answer(lib.raw()) }), (Ok(OK), 7));
}

#[test]
fn list_and_stream_without_user_data() {
    let lib = Lib::new();
    for _ in 0..2 {
        // SAFETY: the object is alive.
        let mut items = unsafe { fx_list_bare_async(lib.raw(), INSIDE, 2, 1) }.unwrap();
        assert_eq!(now(items.next()), Some(Ok("item 0".to_owned())));
        assert_eq!((now(items.next()), now(items.next())), (Some(Err(-1)), None));
    }
    for _ in 0..2 {
        // SAFETY: as above.
        let mut values = unsafe { fx_watch_async(lib.raw(), LATER) }.unwrap();
        // SAFETY: as above.
        unsafe { (fx_emit(lib.raw(), 1), fx_emit(lib.raw(), 2)) };
        assert_eq!((now(values.next()), values.lagged()), (Some(2), 1));
    }
}

#[test]
fn hook_without_user_data_answers_until_it_is_dropped() {
    let lib = Lib::new();
    let run = |n| {
        // SAFETY: the object is alive.
        unsafe { fx_run_hooks(lib.raw(), n) }
    };
    for _ in 0..2 {
        let mut asked = 0;
        let answer = move |(n,)| {
            asked += 1;
            n * asked
        };
        // SAFETY: as above.
        let hook = unsafe { fx_add_hook_hook(lib.raw(), answer) }.unwrap();
        assert_eq!((run(5), run(5)), (5, 10));
        drop(hook);
        assert_eq!(run(5), 0);
    }
}

#[test]
fn wake_up_calls_that_nobody_has_seen_are_one() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let mut wakeups = unsafe { fx_set_wakeup_bare_async(lib.raw()) }.unwrap();
    // SAFETY: as above.
    unsafe { fx_produce(lib.raw(), 3) };
    lib.join();
    assert_eq!(now(wakeups.next()), Some(()));
    let mut value = 0;
    // SAFETY: as above.
    let taken = (0..9).take_while(|_| unsafe { fx_take(lib.raw(), &raw mut value) } == 1).count();
    assert_eq!(taken, 3);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(std::pin::pin!(wakeups.next()).poll(&mut cx), Poll::Pending);
    drop(wakeups);
    // SAFETY: as above; nobody is woken any more.
    unsafe { fx_produce(lib.raw(), 1) };
    lib.join();
}

#[test]
fn comparison_without_user_data_borrows() {
    let mut values = [3, 1, 2];
    let mut compared = 0;
    // SAFETY: the array is as long as it says, and the fixture lends elements of it.
    unsafe {
        fx_sort_with(values.as_mut_ptr(), values.len(), |(a, b)| {
            compared += 1;
            *a - *b
        });
    }
    assert_eq!(values, [1, 2, 3]);
    assert!(compared >= 2);
}

#[cfg(feature = "libffi")]
mod made_at_run_time {
    use super::{LATER, Lib, OK, c_int, fx, now, uncallback};

    #[uncallback]
    unsafe extern "C" {
        #[once(data = none, slots = unlimited, refused = negative, cancelled = fires, handle(lib))]
        fn fx_once_bare(lib: *mut fx, when: c_int, cb: unsafe extern "C" fn(c_int)) -> c_int;
    }

    #[test]
    fn operations_without_user_data_do_not_run_out() {
        let lib = Lib::new();
        // SAFETY: the object is alive.
        let all: Vec<_> = (0..100).map(|_| unsafe { fx_once_bare_async(lib.raw(), LATER) }).collect();
        lib.turn();
        assert!(all.into_iter().all(|pending| now(pending) == Ok(OK)));
    }
}
