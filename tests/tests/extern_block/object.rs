//! A block whose operations belong to an object: the type that is made for it, and what becomes of them at its end.
use crate::now;
use core::ffi::c_int;
use core::ffi::{c_char, c_void};
use std::cell::RefCell;
use std::rc::Rc;
use uncallback::ffi::CallbackError;
use uncallback::uncallback;
use uncallback_tests::fixture::{INSIDE, Lib, NEVER, OK, fx};

#[uncallback(owner = Client, on_close = fx_free_silently)]
unsafe extern "C" {
    #[once(
        cb = cb,
        data = data @ first,
        result = |status, _text| -> c_int { status },
        refused = negative,
        cancelled = none,
        borrowed(text),
    )]
    fn fx_once_first(
        lib: *mut fx,
        when: c_int,
        text: *const c_char,
        cb: unsafe extern "C" fn(*mut c_void, c_int, *const c_char),
        data: *mut c_void,
    ) -> c_int;

    fn fx_free_silently(lib: *mut fx);
}

fn client() -> Client {
    let raw = Lib::new();
    let raw = std::mem::ManuallyDrop::new(raw).raw();
    // SAFETY: the object is a new one, and nobody else frees it.
    unsafe { Client::from_raw(raw) }
}

#[test]
fn operation_that_the_library_forgets_fails_when_the_object_goes() {
    let client = client();
    // SAFETY: the text is not looked at.
    let (done, lost) = unsafe {
        (
            fx_once_first_async(&client, INSIDE, std::ptr::null()),
            fx_once_first_async(&client, NEVER, std::ptr::null()),
        )
    };
    assert_eq!(client.operations().outstanding(), 1);
    drop(client);
    assert_eq!(now(done), Ok(OK));
    assert!(matches!(now(lost), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn what_the_callbacks_share_outlives_the_object() {
    /// Notes its drop.
    struct Note(&'static str, Rc<RefCell<Vec<&'static str>>>);
    impl Drop for Note {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }
    let notes = Rc::default();
    let mut client = client();
    client.keep(Note("kept", Rc::clone(&notes)));
    // SAFETY: the text is not looked at.
    let lost = unsafe { fx_once_first_async(&client, NEVER, std::ptr::null()) };
    let noted = Rc::clone(&notes);
    let mut lost = Box::pin(async move {
        let lost = lost.await;
        noted.borrow_mut().push("failed");
        lost
    });
    /// Polls the future when it is woken, which is while the object goes.
    struct PollOnWake;
    impl std::task::Wake for PollOnWake {
        fn wake(self: std::sync::Arc<Self>) {
            SHARED.with_borrow_mut(|future| {
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(future.as_mut().is_some_and(|future| future.as_mut().poll(&mut cx).is_ready()));
            });
        }
    }
    type Lost = std::pin::Pin<Box<dyn Future<Output = Result<c_int, CallbackError>>>>;
    std::thread_local!(static SHARED: RefCell<Option<Lost>> = const { RefCell::new(None) });
    let waker = std::task::Waker::from(std::sync::Arc::new(PollOnWake));
    assert!(lost.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    SHARED.set(Some(lost));
    drop(client);
    assert_eq!(*notes.borrow(), ["failed", "kept"]);
}
