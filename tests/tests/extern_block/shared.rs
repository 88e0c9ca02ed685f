//! Callbacks of a C object that work with its user data: streams that come and go, and questions.
use crate::{now, panic_of};
use core::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicI32, Ordering};
use uncallback::ffi::{Outlet, Shared};
use uncallback::uncallback;
use uncallback_tests::fixture::{Lib, fx, fx_judge, fx_send, fx_verdict_cb};

#[uncallback]
unsafe extern "C" {
    #[stream(
        data = lib @ object(nth(1)),
        overflow = DropOldest(2),
        result = |_lib, text| -> String { CStr::from_ptr(text).to_str().unwrap().to_owned() },
        unregister = fx_set_message(lib, None),
        handle(lib),
    )]
    fn fx_set_message(lib: *mut fx, cb: Option<unsafe extern "C" fn(*mut fx, *mut c_void, *const c_char)>);

    #[ask(cb = cb, data = lib @ object(last), on_panic = -1)]
    fn fx_set_verdict(lib: *mut fx, cb: Option<fx_verdict_cb>);
}

#[derive(Default)]
struct State {
    messages: Outlet<String>,
    sum: AtomicI32,
}

impl AsRef<Outlet<String>> for State {
    fn as_ref(&self) -> &Outlet<String> {
        &self.messages
    }
}

/// The object is dropped before what its callbacks share.
fn object() -> (Lib, Shared<State>) {
    let shared = Shared::new(State::default());
    // SAFETY: all callbacks that are set below work with this state.
    let lib = unsafe { Lib::with_object(shared.data()) };
    (lib, shared)
}

fn send(lib: &Lib, text: &CStr) {
    // SAFETY: the object is alive.
    unsafe { fx_send(lib.raw(), text.as_ptr()) };
}

#[test]
fn messages_of_an_object_are_a_stream_that_may_come_and_go() {
    let (lib, shared) = object();
    // SAFETY: the object is alive, and its user data is `shared`.
    let subscribe = || unsafe { fx_set_message_async(lib.raw(), &shared) }.unwrap();
    let mut messages = subscribe();
    for text in [c"one", c"two", c"three"] {
        send(&lib, text);
    }
    assert_eq!(now(messages.next()).as_deref(), Some("two"));
    assert_eq!((now(messages.next()).as_deref(), messages.lagged()), (Some("three"), 1));
    drop(messages);
    send(&lib, c"to nobody");
    let (mut first, mut second) = (subscribe(), subscribe());
    send(&lib, c"to the second");
    assert_eq!((now(first.next()), now(second.next()).as_deref()), (None, Some("to the second")));
    drop(first);
    assert_eq!(shared.messages.unheard(), 0, "the callback was taken back");
}

#[test]
fn question_of_an_object_is_answered_with_what_its_callbacks_share() {
    let (lib, shared) = object();
    // SAFETY: the object is alive, and its user data is `shared`.
    unsafe {
        fx_set_verdict_with(lib.raw(), &shared, |state: &State, (_lib, value)| {
            assert!(value >= 0, "judged {value}");
            // ORDERING: one thread.
            state.sum.fetch_add(value, Ordering::Relaxed) + value
        });
    }
    // SAFETY: as above.
    let judge = |value: c_int| unsafe { fx_judge(lib.raw(), value) };
    assert_eq!((judge(40), judge(2)), (40, 42));
    assert_eq!(judge(-5), -1, "C gets the declared answer");
    assert_eq!(panic_of(|| shared.resume_panic()).as_deref(), Some("judged -5"));
}
