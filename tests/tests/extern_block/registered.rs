//! Callbacks that stay registered: questions, wake-up calls, questions that are answered later; and their end with an object.
use crate::{now, panic_of};
use core::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};
use uncallback::ffi::{CallbackError, Owner, Step};
use uncallback::uncallback;
use uncallback_tests::fixture::{
    INSIDE, LATER, Lib, NEVER, OK, REFUSE, fx, fx_ask, fx_emit, fx_event_value_cb, fx_item_cb,
    fx_last_answer, fx_open_questions, fx_produce, fx_progress_cb, fx_question, fx_reply, fx_run,
    fx_wakeup_cb,
};

/// How often something was unregistered from an object, by its address.
static UNREGISTERED: AtomicUsize = AtomicUsize::new(0);

unsafe fn unsubscribe(lib: *mut fx, handle: c_int) {
    // ORDERING: one thread.
    UNREGISTERED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: passed on.
    unsafe { uncallback_tests::fixture::fx_unsubscribe(lib, handle) }
}

unsafe extern "C" fn unserve(_data: *mut c_void, question: *mut fx_question, _value: c_int) {
    // SAFETY: answered once.
    unsafe { fx_reply(question, -9) }
}

#[uncallback]
unsafe extern "C" {
    #[hook(
        cb = cb,
        data = data @ first,
        on_panic = 1,
        unregister = fx_set_progress(lib, None, std::ptr::null_mut()),
        owner,
        handle(lib),
    )]
    fn fx_set_progress(lib: *mut fx, cb: Option<fx_progress_cb>, data: *mut c_void);

    #[notify(
        cb = cb,
        data = data @ first,
        unregister = fx_set_wakeup(lib, None, std::ptr::null_mut()),
        handle(lib),
    )]
    fn fx_set_wakeup(lib: *mut fx, cb: Option<fx_wakeup_cb>, data: *mut c_void);

    #[reply(
        data = data @ first,
        question = nth(1),
        result = |_question, value| -> c_int {
            assert!(value != 13, "an unlucky question");
            value
        },
        send = |answer: c_int| fx_reply(question, answer),
        dropped = -5,
        overflow = DropNewest(2),
        thread = any,
        unregister = fx_serve(lib, unserve, std::ptr::null_mut()),
        handle(lib),
    )]
    fn fx_serve(
        lib: *mut fx,
        handler: unsafe extern "C" fn(*mut c_void, *mut fx_question, c_int),
        data: *mut c_void,
    );

    #[stream(
        cb = cb,
        data = data @ first,
        result = |value| -> c_int { value },
        overflow = Unbounded,
        unregister = unsubscribe(lib, handle),
        refused = negative,
        owner,
        handle(lib),
    )]
    fn fx_subscribe(lib: *mut fx, when: c_int, cb: fx_event_value_cb, data: *mut c_void) -> c_int;

    #[stream(
        cb = cb,
        data = data @ first,
        destroy = destroy,
        result = |value| -> c_int { value },
        overflow = Unbounded,
        unregister = unsubscribe(lib, handle),
        refused = negative,
        handle(lib),
    )]
    fn fx_subscribe_destroying(
        lib: *mut fx,
        when: c_int,
        cb: fx_event_value_cb,
        data: *mut c_void,
        destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> c_int;
}

#[test]
fn stream_ends_when_c_destroys_its_user_data() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let mut events = unsafe { fx_subscribe_destroying_async(lib.raw(), INSIDE) }.unwrap();
    // SAFETY: as above. The library ends its first subscription by itself.
    unsafe { uncallback_tests::fixture::fx_unsubscribe(lib.raw(), 1) };
    assert_eq!((now(events.next()), now(events.next())), (Some(0), None));
}

#[test]
fn hook_answers_until_it_is_dropped_and_keeps_its_panic() {
    let (lib, owner) = (Lib::new(), Owner::new());
    let run = |steps| {
        // SAFETY: the object is alive.
        unsafe { fx_run(lib.raw(), steps) }
    };
    // SAFETY: as above.
    let hook = unsafe { fx_set_progress_hook(lib.raw(), |(step,)| c_int::from(step == 4), &owner) }.unwrap();
    assert_eq!((hook.during(|| run(4)), hook.during(|| run(9))), (4, -1));
    drop(hook);
    assert_eq!(run(9), 9);
    // SAFETY: as above.
    let hook = unsafe { fx_set_progress_hook(lib.raw(), |(step,)| panic!("step {step}"), &owner) }.unwrap();
    assert_eq!(run(3), -1);
    assert_eq!(panic_of(|| hook.resume_panic()).as_deref(), Some("step 0"));
    drop(lib);
    owner.seal();
    drop(hook);
}

#[test]
fn wake_up_call_wakes_whoever_drains() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let mut wakeups = unsafe { fx_set_wakeup_async(lib.raw()) }.unwrap();
    // SAFETY: as above.
    unsafe { fx_produce(lib.raw(), 5) };
    lib.join();
    assert_eq!(now(wakeups.next()), Some(()));
}

#[test]
fn question_is_answered_later_or_with_what_was_declared() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let (ask, answer) = (
        |value| unsafe { fx_ask(lib.raw(), value) },
        || unsafe { (fx_last_answer(lib.raw()), fx_open_questions(lib.raw())) },
    );
    // SAFETY: as above.
    let mut questions = unsafe { fx_serve_async(lib.raw()) }.unwrap();
    ask(20);
    let (value, reply) = now(questions.next()).unwrap();
    assert_eq!(answer(), (0, 1));
    std::thread::spawn(move || reply.send(value + 22)).join().unwrap();
    assert_eq!(answer(), (42, 0));
    ask(1);
    drop(now(questions.next()));
    assert_eq!(answer(), (-5, 0), "nobody answered");
    (1..=3).for_each(ask);
    assert_eq!(answer(), (-5, 2), "there was room for two");
    ask(13);
    assert_eq!(answer(), (-5, 2), "the panic is for us, and C has its answer");
    drop(questions);
    assert_eq!(answer().1, 0, "those that were waiting in the stream as well");
    ask(4);
    assert_eq!(answer(), (-9, 0));
}

#[test]
fn stream_with_an_owner_ends_with_it_and_does_not_unregister_afterwards() {
    let (lib, owner) = (Lib::new(), Owner::new());
    // SAFETY: the object is alive.
    let subscribe = |when| unsafe { fx_subscribe_async(lib.raw(), when, &owner) };
    let mut events = subscribe(LATER).unwrap();
    assert!(matches!(subscribe(REFUSE), Err(CallbackError::Refused(-7))));
    drop(subscribe(LATER));
    // ORDERING: one thread.
    let unregistered = || UNREGISTERED.load(Ordering::Relaxed);
    assert_eq!(unregistered(), 1);
    // SAFETY: as above.
    unsafe { fx_emit(lib.raw(), 7) };
    drop(lib);
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    assert_eq!((now(events.next()), now(events.next())), (Some(7), None));
    drop(events);
    assert_eq!(unregistered(), 1);
}

mod of_an_object {
    use super::*;

    #[uncallback(owner = Client, on_close = fx_free_silently)]
    unsafe extern "C" {
        #[stream(
            cb = cb,
            data = data @ first,
            result = |value| -> c_int { value },
            overflow = Unbounded,
            unregister = panic_if_called(handle),
            refused = negative,
        )]
        fn fx_subscribe(lib: *mut fx, when: c_int, cb: fx_event_value_cb, data: *mut c_void) -> c_int;

        #[list(
            cb = cb,
            data = data @ first,
            overflow = Unbounded,
            result = |status, item| -> Step<(), c_int> {
                if item.is_null() { Step::End } else if status == OK { Step::Item(()) } else { Step::Fail(status) }
            },
            refused = negative,
        )]
        fn fx_list(
            lib: *mut fx,
            when: c_int,
            n: c_int,
            breaks: c_int,
            cb: fx_item_cb,
            data: *mut c_void,
        ) -> c_int;

        fn fx_free_silently(lib: *mut fx);
    }

    fn panic_if_called(handle: c_int) {
        panic!("the object of {handle} is gone");
    }

    #[test]
    fn streams_and_lists_end_with_the_object_of_their_block() {
        let lib = std::mem::ManuallyDrop::new(Lib::new());
        // SAFETY: the object is a new one, and nobody else frees it.
        let client = unsafe { Client::from_raw(lib.raw()) };
        // SAFETY: there is nothing else to promise.
        let (mut events, mut items) = unsafe {
            (fx_subscribe_async(&client, INSIDE).unwrap(), fx_list_async(&client, NEVER, 3, -1).unwrap())
        };
        assert_eq!(client.operations().outstanding(), 2);
        drop(client);
        assert_eq!((now(events.next()), now(events.next()), now(items.next())), (Some(0), None, None));
    }
}
