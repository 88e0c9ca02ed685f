//! Streams and hooks that belong to an object: they end with it, and do not use it afterwards.
use crate::probe::{Census, block_on, panic_of, poll_once};
use core::ffi::{CStr, c_int, c_void};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use uncallback::ffi::{self, First, Nth, Object, Outlet, Owner, Shared, Started, Step};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

/// The fixture's object, freed as `free` does, with its operations.
fn object(free: unsafe fn(*mut fx)) -> Object<*mut fx> {
    let lib = std::mem::ManuallyDrop::new(Lib::new());
    // SAFETY: a new object, which `free` ends; it lets go of all user data.
    unsafe { Object::new(lib.raw(), free) }
}

fn silently(raw: *mut fx) {
    // SAFETY: the object is alive, and this is its end.
    unsafe { fx_free_silently(raw) }
}

fn firing(raw: *mut fx) {
    // SAFETY: as above.
    unsafe { fx_free_firing(raw) }
}

/// The object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
struct Addr(*mut fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}
// SAFETY: as for `Lib`.
unsafe impl Sync for Addr {}

impl Addr {
    fn get(self) -> *mut fx {
        self.0
    }
}

/// A subscription whose closure holds a token, and that counts how often it has unregistered.
macro_rules! subscribe {
    ($raw:expr, $census:expr, $unregistered:expr) => {{
        let (raw, token, unregistered) = (Addr($raw), $census.token(), $unregistered.clone());
        // SAFETY: the fixture calls back with numbers, until it is unsubscribed or gone.
        unsafe {
            ffi::subscribe(
                First,
                mpsc::unbounded(),
                |cb, data| Started::nonneg_ok(fx_subscribe(raw.get(), LATER, cb, data)),
                move |id| {
                    // ORDERING: read on the same thread.
                    unregistered.fetch_add(1, Ordering::Relaxed);
                    fx_unsubscribe(raw.get(), id);
                },
                move |(value,)| {
                    let _alive = &token;
                    value
                },
            )
        }
        .unwrap()
    }};
}

fn count(of: &AtomicUsize) -> usize {
    // ORDERING: as above.
    of.load(Ordering::Relaxed)
}

#[test]
fn stream_ends_with_its_object_after_the_events_that_it_has() {
    let (census, unregistered) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    let object = object(silently);
    let mut events = subscribe!(object.raw(), census, unregistered).owned_by(object.operations());
    assert_eq!(object.operations().outstanding(), 1);
    // SAFETY: the object is alive.
    unsafe { fx_emit(object.raw(), 7) };
    drop(object);
    assert_eq!(census.alive(), 0, "freed, although the stream is there");
    assert_eq!((block_on(events.next()), block_on(events.next())), (Some(7), None));
    drop(events);
    assert_eq!(count(&unregistered), 0, "there is nothing left to unregister from");
}

#[test]
fn stream_that_is_dropped_before_its_object_unregisters() {
    let (census, unregistered) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    let object = object(silently);
    let events = subscribe!(object.raw(), census, unregistered).owned_by(object.operations());
    drop(events);
    assert_eq!((count(&unregistered), census.alive(), object.operations().outstanding()), (1, 0, 0));
}

#[test]
fn consumer_that_waits_is_woken_when_the_object_goes() {
    let (census, unregistered) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    let object = object(silently);
    let mut events = subscribe!(object.raw(), census, unregistered).owned_by(object.operations());
    let (wakes, waker) = crate::probe::Wakes::new();
    assert!(Pin::new(&mut events.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(object);
    assert_eq!(wakes.count(), 1);
    assert_eq!(poll_once(&mut events.next()), Poll::Ready(None));
}

/// Runs a closure when it is woken.
struct OnWake(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for OnWake {
    fn wake(self: Arc<Self>) {
        let f = self.0.lock().unwrap().take();
        if let Some(f) = f {
            f();
        }
    }
}

#[test]
fn stream_that_is_dropped_while_its_object_is_destroyed_does_not_unregister() {
    let (census, unregistered) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    let object = object(firing);
    let events = subscribe!(object.raw(), census, unregistered).owned_by(object.operations());
    // An operation that C completes while it destroys the object; its waker drops the stream.
    let raw = object.raw();
    // SAFETY: the fixture calls back once, with a number.
    let mut pending = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(raw, NEVER, std::ptr::null(), cb, data)),
            |(status, _text)| status,
        )
    }
    .owned_by(object.operations())
    .start();
    let waker = Waker::from(Arc::new(OnWake(Mutex::new(Some(Box::new(move || drop(events)))))));
    assert!(Pin::new(&mut pending).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(object);
    assert_eq!(block_on(pending), Ok(DESTROYED));
    assert_eq!((count(&unregistered), census.alive()), (0, 0));
}

#[test]
fn nothing_starts_at_an_object_that_is_being_destroyed() {
    let lib = Lib::new();
    let owner = Owner::new();
    owner.seal();
    // SAFETY: the fixture calls back once, with a number.
    let late = unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_once_first(lib.raw(), INSIDE, std::ptr::null(), cb, data)),
            |(status, _text)| status,
        )
    }
    .owned_by(&owner);
    assert_eq!(block_on(late), Err(ffi::CallbackError::Closed));
    let (census, unregistered) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    let mut events = subscribe!(lib.raw(), census, unregistered).owned_by(&owner);
    assert_eq!((block_on(events.next()), census.alive()), (None, 0));
}

#[test]
fn list_that_c_breaks_off_without_a_word_ends_with_its_object() {
    let object = object(silently);
    let raw = object.raw();
    // SAFETY: the fixture lends C strings, or null.
    let mut items = unsafe {
        ffi::list(
            First,
            mpsc::unbounded(),
            |cb, data| Started::nonneg_ok(fx_list(raw, NEVER, 2, -1, cb, data)),
            |_id| unreachable!("the object is gone"),
            |(status, item)| match (status, item.is_null()) {
                (OK, true) => Step::End,
                (OK, false) => Step::Item(CStr::from_ptr(item).to_str().unwrap().to_owned()),
                _ => Step::Fail(status),
            },
        )
    }
    .unwrap()
    .owned_by(object.operations());
    assert!(poll_once(&mut items.next()).is_pending());
    drop(object);
    assert_eq!(block_on(items.next()), None);
}

ffi::slots!(Watchers: [unsafe extern "C" fn(c_int); 1]);

#[test]
fn stream_without_user_data_ends_with_its_object_and_gives_its_function_back() {
    for _ in 0..3 {
        let object = object(silently);
        let raw = object.raw();
        // SAFETY: the fixture calls back with numbers, until it is gone.
        let mut events = unsafe {
            ffi::lend_events(
                Watchers,
                mpsc::unbounded(),
                |cb| Started::nonneg_ok(fx_watch(raw, INSIDE, Some(cb))),
                |_id| unreachable!("the object is gone"),
                |(value,)| value,
            )
        }
        .unwrap()
        .owned_by(object.operations());
        drop(object);
        assert_eq!((block_on(events.next()), block_on(events.next())), (Some(0), None));
    }
}

#[test]
fn stream_out_of_an_outlet_ends_with_the_object_that_feeds_it() {
    let messages = Shared::new(Outlet::<String>::new());
    // SAFETY: the message callback set below works with this state.
    let lib = std::mem::ManuallyDrop::new(unsafe { Lib::with_object(messages.data::<*mut c_void>()) });
    // SAFETY: a new object, which lets go of all user data when it is freed.
    let mut object = unsafe { Object::new(lib.raw(), silently as unsafe fn(*mut fx)) };
    object.keep(messages.clone());
    // SAFETY: the user data is `messages`, and the text a C string.
    unsafe {
        messages.register(
            Nth::<1>,
            |cb| fx_set_message(object.raw(), cb),
            |outlet: &Outlet<String>, (_lib, text)| {
                outlet.emit_with(|| CStr::from_ptr(text).to_str().unwrap().to_owned());
            },
            || (),
        );
    }
    let mut stream = messages.connect(mpsc::unbounded()).owned_by(object.operations());
    // SAFETY: the object is alive.
    unsafe { fx_send(object.raw(), c"last".as_ptr()) };
    drop(object);
    assert_eq!((block_on(stream.next()).as_deref(), block_on(stream.next())), (Some("last"), None));
    assert!(!stream.handle().object_is_there());
    drop(messages);
}

#[test]
fn hook_outlives_its_object_without_using_it_and_keeps_its_panic() {
    let object = object(silently);
    let raw = object.raw();
    // SAFETY: the fixture calls back with numbers.
    let hook = unsafe {
        ffi::hook(
            First,
            |cb, data| fx_set_progress(raw, cb, data),
            |()| unreachable!("the object is gone"),
            |(step,)| -> c_int { panic!("step {step}") },
            1,
        )
    }
    .unwrap()
    .owned_by(object.operations());
    // SAFETY: the object is alive.
    assert_eq!(unsafe { fx_run(raw, 3) }, -1);
    drop(object);
    assert_eq!(panic_of(|| hook.resume_panic()).as_deref(), Some("step 0"));
}
