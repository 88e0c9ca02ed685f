//! A block whose operations belong to an object: the type that is made for it, and what becomes of them at its end.
use crate::now;
use core::ffi::c_int;
use core::ffi::{c_char, c_void};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

    #[once(
        cb = cb,
        data = data @ last,
        result = |status, _text| -> c_int { status },
        refused = negative,
        cancelled = silent,
        cancel = count(lib, handle),
        borrowed(text),
    )]
    fn fx_once_last(
        lib: *mut fx,
        when: c_int,
        text: *const c_char,
        cb: unsafe extern "C" fn(c_int, *const c_char, *mut c_void),
        data: *mut c_void,
    ) -> c_int;

    fn fx_free_silently(lib: *mut fx);
}

/// How often an object was used to cancel. (A panic would end in a waker that runs inside of C.)
static CANCELLED: AtomicUsize = AtomicUsize::new(0);

fn count(_lib: *mut fx, _handle: c_int) {
    // ORDERING: read on the same thread, or on one that sees no call at all.
    CANCELLED.fetch_add(1, Ordering::Relaxed);
}

fn cancelled() -> usize {
    // ORDERING: as above.
    CANCELLED.load(Ordering::Relaxed)
}

mod that_calls_back {
    use super::*;

    #[uncallback(owner = Firing, on_close = fx_free_firing)]
    unsafe extern "C" {
        #[once(
            cb = cb,
            data = data @ first,
            result = |status, _text| -> c_int { status },
            refused = negative,
            cancelled = silent,
            cancel = count(lib, handle),
            borrowed(text),
        )]
        fn fx_once_first(
            lib: *mut fx,
            when: c_int,
            text: *const c_char,
            cb: unsafe extern "C" fn(*mut c_void, c_int, *const c_char),
            data: *mut c_void,
        ) -> c_int;

        fn fx_free_firing(lib: *mut fx);
    }

    /// Drops what it holds when it is woken.
    struct DropsOnWake(std::sync::Mutex<Option<Box<dyn Send>>>);
    impl std::task::Wake for DropsOnWake {
        fn wake(self: std::sync::Arc<Self>) {
            let held = self.0.lock().unwrap().take();
            drop(held);
        }
    }

    #[test]
    fn operation_that_is_dropped_while_its_object_is_destroyed_is_not_cancelled() {
        /// The handle is an address, and stays on this thread.
        struct Sent<T>(T);
        // SAFETY: as above.
        unsafe impl<T> Send for Sent<T> {}
        let raw = std::mem::ManuallyDrop::new(Lib::new()).raw();
        // SAFETY: the object is a new one, and nobody else frees it.
        let client = unsafe { Firing::from_raw(raw) };
        // SAFETY: the text is not looked at. The oldest fires first.
        let (mut first, second) = unsafe {
            (
                fx_once_first_async(&client, NEVER, std::ptr::null()),
                fx_once_first_async(&client, NEVER, std::ptr::null()),
            )
        };
        let drops = DropsOnWake(std::sync::Mutex::new(Some(Box::new(Sent(second)))));
        let waker = std::task::Waker::from(std::sync::Arc::new(drops));
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(std::pin::Pin::new(&mut first).poll(&mut cx).is_pending());
        drop(client);
        assert_eq!((now(first), cancelled()), (Ok(uncallback_tests::fixture::DESTROYED), 0));
    }
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
fn future_that_outlives_its_object_does_not_cancel_with_it() {
    let client = client();
    // SAFETY: the text is not looked at.
    let lost = unsafe { fx_once_last_async(&client, NEVER, std::ptr::null()) };
    drop(client);
    drop(lost);
    assert_eq!(cancelled(), 0);
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
