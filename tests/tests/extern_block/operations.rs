//! Callbacks that belong to one operation: once, one of two, for each item, again and again, and as a question.
use crate::now;
use core::ffi::{CStr, c_char, c_int, c_void};
use uncallback::ffi::{CallbackError, Owner, Step};
use uncallback::uncallback;
use uncallback_tests::fixture::{
    INSIDE, LATER, Lib, NEVER, OK, REFUSE, fx, fx_cancel_silently, fx_emit, fx_first_cb, fx_last_answer,
    fx_row_cb, fx_unsubscribe,
};

type Destroy = unsafe extern "C" fn(*mut c_void);

/// What a callback brings, copied while C lends it.
fn copied(status: c_int, text: *const c_char) -> Result<String, c_int> {
    // SAFETY: the fixture lends a C string or null.
    let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned());
    text.ok_or(status)
}

#[uncallback]
unsafe extern "C" {
    #[once(
        cb = cb,
        data = data @ first,
        result = copied -> Result<String, c_int>,
        refused = negative,
        cancelled = silent,
        cancel = fx_cancel_silently(lib, handle),
        handle(lib),
        borrowed(text),
    )]
    fn fx_once_first(
        lib: *mut fx,
        when: c_int,
        text: *const c_char,
        cb: fx_first_cb,
        data: *mut c_void,
    ) -> c_int;

    #[once(
        data = data @ nth(2),
        result = |_lib, reply, status| -> (usize, c_int) { (reply.addr(), status) },
        refused = negative,
        cancelled = none,
        owner,
        handle(lib),
        borrowed(reply),
    )]
    fn fx_once_middle(
        lib: *mut fx,
        when: c_int,
        reply: *mut c_void,
        cb: unsafe extern "C" fn(*mut fx, *mut c_void, *mut c_void, c_int),
        data: *mut c_void,
    ) -> c_int;

    #[once(
        data = data @ first,
        refused = negative,
        cancelled = fires,
        thread = same,
        answer = 7,
        on_panic = -1,
        handle(lib),
    )]
    fn fx_once_answering(
        lib: *mut fx,
        when: c_int,
        cb: Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>,
        data: *mut c_void,
    ) -> c_int;

    #[once(
        cb = cb,
        data = data @ first,
        destroy = destroy,
        result = |status, _text| -> c_int { status },
        refused = negative,
        cancelled = silent_then_destroy,
        cancel = fx_cancel_silently(lib, handle),
        handle(lib),
    )]
    fn fx_once_destroying(
        lib: *mut fx,
        when: c_int,
        cb: fx_first_cb,
        data: *mut c_void,
        destroy: Option<Destroy>,
    ) -> c_int;

    #[once(
        cb = cb,
        data = data @ last,
        result = |status, _text| -> Result<c_int, String> { Ok(status) },
        failed = |error| Err(error.to_string()),
        refused = negative,
        cancelled = silent,
        cancel = fx_cancel_silently(lib, handle),
        handle(lib),
        borrowed(text),
    )]
    fn fx_once_last(
        lib: *mut fx,
        when: c_int,
        text: *const c_char,
        cb: unsafe extern "C" fn(c_int, *const c_char, *mut c_void),
        data: *mut c_void,
    ) -> c_int;

    #[pair(
        cb = (ok, err),
        data = data @ first,
        ok = |value| -> c_int { value },
        err = |reason| -> String { CStr::from_ptr(reason).to_str().unwrap().to_owned() },
        refused = negative,
        cancelled = fires,
        handle(lib),
    )]
    fn fx_pair(
        lib: *mut fx,
        when: c_int,
        fails: c_int,
        ok: unsafe extern "C" fn(*mut c_void, c_int),
        err: unsafe extern "C" fn(*mut c_void, *const c_char),
        data: *mut c_void,
    ) -> c_int;

    #[list(
        data = data @ first,
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
    fn fx_list(
        lib: *mut fx,
        when: c_int,
        n: c_int,
        breaks: c_int,
        cb: unsafe extern "C" fn(*mut c_void, c_int, *const c_char),
        data: *mut c_void,
    ) -> c_int;

    #[stream(
        data = data @ first,
        overflow = DropOldest(2),
        unregister = fx_unsubscribe(lib, handle),
        refused = negative,
        handle(lib),
    )]
    fn fx_subscribe(
        lib: *mut fx,
        when: c_int,
        cb: unsafe extern "C" fn(*mut c_void, c_int),
        data: *mut c_void,
    ) -> c_int;

    #[ask(cb = cb, data = data @ first, on_panic = -1)]
    safe fn fx_each(n: c_int, cb: Option<fx_row_cb>, data: *mut c_void) -> c_int;
}

#[test]
fn once_brings_what_the_function_copied_and_is_started_by_the_call() {
    let lib = Lib::new();
    let text = c"lent".to_owned();
    // SAFETY: the object is alive, and the text until the function returns.
    let pending = unsafe { fx_once_first_async(lib.raw(), LATER, text.as_ptr()) };
    drop(text);
    assert_eq!(lib.turn(), 1);
    assert_eq!(now(pending), Ok(Ok("lent".to_owned())));
}

#[test]
fn refusal_is_an_error_with_the_code() {
    let lib = Lib::new();
    // SAFETY: as above.
    let refused = unsafe { fx_once_first_async(lib.raw(), REFUSE, c"".as_ptr()) };
    assert_eq!(now(refused), Err(CallbackError::Refused(-7)));
}

#[test]
fn what_has_failed_becomes_what_the_caller_calls_an_error() {
    let lib = Lib::new();
    // SAFETY: the object is alive, and the text is not looked at.
    let once = |when| unsafe { fx_once_last_async(lib.raw(), when, std::ptr::null()) };
    assert_eq!(now(Box::pin(once(INSIDE))), Ok(OK));
    assert_eq!(now(Box::pin(once(REFUSE))), Err("the C function refused to start: code -7".to_owned()));
    drop(once(NEVER));
    assert_eq!(lib.pending(), 0, "the future did not cancel");
}

#[test]
fn dropped_future_cancels_with_the_handle() {
    let lib = Lib::new();
    // SAFETY: as above.
    let pending = unsafe { fx_once_first_async(lib.raw(), NEVER, c"".as_ptr()) };
    assert_eq!(lib.pending(), 1);
    drop(pending);
    assert_eq!(lib.pending(), 0);
}

#[test]
fn user_data_in_the_middle_and_an_owner_that_closes() {
    let (lib, owner) = (Lib::new(), Owner::new());
    let reply = std::ptr::without_provenance_mut(99);
    // SAFETY: the object is alive; the reply is not looked at.
    let (done, lost) = unsafe {
        (
            fx_once_middle_async(lib.raw(), INSIDE, reply, &owner),
            fx_once_middle_async(lib.raw(), NEVER, reply, &owner),
        )
    };
    assert_eq!(now(done), Ok((99, OK)));
    drop(lib);
    // SAFETY: the object is gone.
    unsafe { owner.close() };
    assert!(matches!(now(lost), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn answer_and_arguments_without_a_word_about_the_result() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let status = unsafe { fx_once_answering_async(lib.raw(), LATER) };
    lib.turn();
    assert_eq!(now(status), Ok(OK));
    // SAFETY: as above.
    assert_eq!(unsafe { fx_last_answer(lib.raw()) }, 7);
}

#[test]
fn destroy_function_is_provided() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let (done, lost) =
        unsafe { (fx_once_destroying_async(lib.raw(), LATER), fx_once_destroying_async(lib.raw(), NEVER)) };
    lib.turn();
    assert_eq!(now(done), Ok(OK));
    drop(lib);
    assert!(matches!(now(lost), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn pair_is_a_result() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let (good, bad) = unsafe { (fx_pair_async(lib.raw(), INSIDE, 0), fx_pair_async(lib.raw(), INSIDE, 1)) };
    assert_eq!(now(good), Ok(Ok(42)));
    assert_eq!(now(bad), Ok(Err("failed".to_owned())));
}

#[test]
fn list_ends_and_breaks_off() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let mut items = unsafe { fx_list_async(lib.raw(), INSIDE, 2, 1) }.unwrap();
    assert_eq!(now(items.next()), Some(Ok("item 0".to_owned())));
    assert_eq!(now(items.next()), Some(Err(-1)));
    assert_eq!(now(items.next()), None);
}

#[test]
fn stream_unregisters_and_says_what_it_lost() {
    let lib = Lib::new();
    // SAFETY: the object is alive.
    let mut events = unsafe { fx_subscribe_async(lib.raw(), LATER) }.unwrap();
    for value in 1..=3 {
        // SAFETY: as above.
        unsafe { fx_emit(lib.raw(), value) };
    }
    assert_eq!((now(events.next()), now(events.next()), events.lagged()), (Some(2), Some(3), 1));
    drop(events);
    // SAFETY: as above.
    unsafe { fx_emit(lib.raw(), 4) };
}

#[test]
fn question_is_answered_by_a_closure_that_borrows() {
    let mut rows = Vec::new();
    let answer = fx_each_with(5, |(row,)| {
        rows.push(row);
        c_int::from(row == 2)
    });
    assert_eq!((answer, rows), (1, vec![0, 1, 2]));
}
