//! Models of C operations: what may happen at the same time on C's side and on ours, in every interleaving.
//!
//! `.ci/models loom_ffi`
#![cfg(all(loom, feature = "ffi"))]

use std::ffi::{c_int, c_void};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Mutex;
use loom::thread;
use uncallback::ffi::{self, CallbackError, Cancel, DestroyFn, First, Keyed, Notify, Outlet, Owner, Pending};
use uncallback::stream::mpsc;

type Callback = unsafe extern "C" fn(*mut c_void, c_int);
type Token = Arc<()>;

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A C library with one operation: what it holds, it calls once or gives back.
#[derive(Clone, Default)]
struct Library(Arc<Held>);
#[derive(Default)]
struct Held(Mutex<Option<(Callback, *mut c_void)>>);
// SAFETY: user data may go to any thread.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Library {
    fn start(&self, cb: Callback, data: *mut c_void) {
        *self.0.0.lock().unwrap() = Some((cb, data));
    }

    fn take(&self) -> Option<(Callback, *mut c_void)> {
        self.0.0.lock().unwrap().take()
    }

    /// Calls back, if it still holds the operation.
    fn call(&self) {
        if let Some((cb, data)) = self.take() {
            // SAFETY: what `start` was given, once.
            unsafe { cb(data, 7) };
        }
    }
}

/// A started operation, whose closure holds `token`.
macro_rules! started {
    ($library:expr, $token:expr, |$described:ident| $with:expr) => {{
        let (library, token) = ($library.clone(), $token.clone());
        // SAFETY: the library calls back at most once, with a number.
        let $described = unsafe {
            ffi::oneshot(
                First,
                move |cb: Callback, data| library.start(cb, data),
                move |(n,)| {
                    let _dropped_with_it = &token;
                    n
                },
            )
        };
        $with.start()
    }};
}

/// Whatever has happened: the future has its outcome or its waker was woken, and the closure is gone.
fn settled<C: ffi::Canceller<()>>(
    mut asked: Pending<c_int, (), C>,
    flag: &Arc<Flag>,
    was_pending: bool,
    token: &Token,
) -> Result<c_int, CallbackError> {
    assert!(!was_pending || flag.0.load(SeqCst) > 0, "a wake-up was lost");
    let Poll::Ready(outcome) = poll(&mut asked, Waker::noop()) else { panic!("it has not settled") };
    assert_eq!(Arc::strong_count(token), 1);
    outcome
}

#[test]
fn callback_vs_poll() {
    loom::model(|| {
        let (library, token, flag) = (Library::default(), Token::default(), Arc::new(Flag::default()));
        let mut asked = started!(library, token, |described| described.checked());
        let caller = thread::spawn(move || library.call());
        let pending = poll(&mut asked, &flag.clone().into()).is_pending();
        caller.join().unwrap();
        if pending {
            assert_eq!(settled(asked, &flag, true, &token), Ok(7));
        }
    });
}

#[test]
fn callback_vs_drop() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let by_key = started!(library, token, |described| described.checked());
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(by_key);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_by_pointer_vs_drop() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        // SAFETY: the library calls once.
        let by_pointer = started!(library, token, |described| unsafe { described.by_pointer() });
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(by_pointer);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_vs_silent_cancellation() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let remover = library.clone();
        // SAFETY: what was removed is not called; what is being called is not found.
        let asked = started!(library, token, |described| unsafe {
            described.cancel_with(move |()| Cancel::silenced_if(remover.take().is_some()))
        });
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(asked);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, flag) = (Library::default(), Token::default(), Arc::new(Flag::default()));
        let owner = Owner::new();
        let mut asked = started!(library, token, |described| described.owned_by(&owner));
        let pending = poll(&mut asked, &flag.clone().into()).is_pending();
        let caller = thread::spawn(move || library.call());
        // SAFETY: the operation goes by key, so a call that comes all the same finds nothing.
        unsafe { owner.close() };
        caller.join().unwrap();
        let outcome = settled(asked, &flag, pending, &token);
        assert!(matches!(outcome, Ok(7) | Err(CallbackError::NeverCalled(_))));
        assert_eq!(owner.outstanding(), 0);
    });
}

#[test]
fn cancelling_drop_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Arc::new(Owner::new()));
        let remover = library.clone();
        // SAFETY: what was removed is not called.
        let asked = started!(library, token, |described| unsafe {
            described.owned_by(&owner).cancel_with(move |()| Cancel::silenced_if(remover.take().is_some()))
        });
        let closer = {
            let owner = owner.clone();
            // SAFETY: the library calls nothing.
            thread::spawn(move || unsafe { owner.close() })
        };
        drop(asked);
        closer.join().unwrap();
        assert_eq!((Arc::strong_count(&token), owner.outstanding()), (1, 0));
    });
}

#[test]
fn start_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Arc::new(Owner::new()));
        let closer = {
            let owner = owner.clone();
            // SAFETY: the library calls nothing.
            thread::spawn(move || unsafe { owner.close() })
        };
        let mut asked = started!(library, token, |described| described.owned_by(&owner));
        closer.join().unwrap();
        // SAFETY: as above. What was entered after the first close is found by this one.
        unsafe { owner.close() };
        assert!(poll(&mut asked, Waker::noop()).is_ready(), "an operation that nobody would fail");
        assert_eq!((Arc::strong_count(&token), owner.outstanding()), (1, 0));
    });
}

#[test]
fn destroy_function_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Arc::new(Destroys::default()), Token::default(), Owner::new());
        let (starts, held) = (library.clone(), token.clone());
        // SAFETY: the library destroys at most once, and calls nothing.
        let mut asked = unsafe {
            ffi::oneshot_destroying(
                First,
                move |_cb: Callback, data, destroy| *starts.0.lock().unwrap() = Some((destroy, data)),
                move |(_n,)| drop(held),
            )
        }
        .owned_by(&owner)
        .start();
        let destroyer = thread::spawn(move || {
            let held = library.0.lock().unwrap().take();
            // SAFETY: what `start` was given, once.
            unsafe { held.map(|(destroy, data)| destroy(data)) };
        });
        // SAFETY: the operation goes by key.
        unsafe { owner.close() };
        destroyer.join().unwrap();
        assert!(poll(&mut asked, Waker::noop()).is_ready());
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// Holds user data and its destroy function.
#[derive(Default)]
struct Destroys(Mutex<Option<(DestroyFn<*mut c_void>, *mut c_void)>>);
// SAFETY: user data may go to any thread.
unsafe impl Send for Destroys {}
// SAFETY: as above.
unsafe impl Sync for Destroys {}

#[test]
fn second_operation_in_the_same_entry_vs_second_call_of_the_first() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let first = started!(library, token, |described| described.checked());
        let (cb, data) = library.take().unwrap();
        // SAFETY: what `start` was given.
        unsafe { cb(data, 1) };
        let late = {
            let held = Held(Mutex::new(Some((cb, data))));
            thread::spawn(move || {
                let held = held;
                let taken = held.0.lock().unwrap().take();
                // SAFETY: a call too many, which `checked` is for.
                unsafe { taken.map(|(cb, data)| cb(data, 2)) };
            })
        };
        let mut second = started!(library, token, |described| described.checked());
        late.join().unwrap();
        assert!(poll(&mut second, Waker::noop()).is_pending(), "the late call belongs to the first");
        library.call();
        assert_eq!(poll(&mut second, Waker::noop()), Poll::Ready(Ok(7)));
        drop(first);
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn early_event_vs_bind() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let (token, reserved) = (Token::default(), table.reserve());
        let caller = {
            let (table, token) = (table.clone(), token.clone());
            thread::spawn(move || assert!(table.finish(1, token)))
        };
        let mut bound = reserved.bind(1);
        let flag = Arc::new(Flag::default());
        let first = poll(&mut bound, &flag.clone().into());
        caller.join().unwrap();
        if first.is_pending() {
            assert_eq!(flag.0.load(SeqCst), 1, "a wake-up was lost");
            assert!(matches!(poll(&mut bound, Waker::noop()), Poll::Ready(Ok(_))));
        }
        drop((first, bound));
        assert_eq!((Arc::strong_count(&token), table.outstanding(), table.unclaimed()), (1, 0, 0));
    });
}

#[test]
fn event_vs_drop_of_its_waiter() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let (token, bound) = (Token::default(), table.reserve().bind(1));
        let caller = {
            let (table, token) = (table.clone(), token.clone());
            thread::spawn(move || table.finish(1, token))
        };
        drop(bound);
        let claimed = caller.join().unwrap();
        assert_eq!((Arc::strong_count(&token), table.outstanding()), (1, 0));
        assert_eq!(table.unclaimed(), u64::from(!claimed));
    });
}

#[test]
fn disconnect_vs_bind() {
    loom::model(|| {
        let table: Keyed<u8, &str> = Keyed::new();
        let reserved = table.reserve();
        let caller = {
            let table = table.clone();
            thread::spawn(move || table.fail_all(|_id| "disconnected"))
        };
        let mut bound = reserved.bind(1);
        caller.join().unwrap();
        let outcome = poll(&mut bound, Waker::noop());
        assert!(
            matches!(outcome, Poll::Ready(Ok("disconnected") | Err(CallbackError::Closed))),
            "{outcome:?}: an operation that nobody would fail"
        );
        drop(bound);
        assert_eq!(table.outstanding(), 0);
    });
}

#[test]
fn event_of_an_object_vs_the_end_of_its_stream() {
    loom::model(|| {
        let outlet: Outlet<Token> = Outlet::new();
        let (token, stream) = (Token::default(), outlet.connect(mpsc::unbounded()));
        let caller = {
            let (outlet, token) = (outlet.clone(), token.clone());
            thread::spawn(move || outlet.emit_with(|| token))
        };
        drop(stream);
        let heard = caller.join().unwrap();
        assert_eq!((Arc::strong_count(&token), outlet.unheard()), (1, u64::from(!heard)));
    });
}

/// What a wake-up function is called with.
#[derive(Clone, Copy)]
struct WakeUp(unsafe extern "C" fn(*mut c_void), *mut c_void);
// SAFETY: user data may go to any thread.
unsafe impl Send for WakeUp {}

impl WakeUp {
    fn call(self) {
        // SAFETY: what C would do, also too late.
        unsafe { (self.0)(self.1) };
    }
}

#[test]
fn wake_up_call_vs_poll() {
    loom::model(|| {
        let mut notify = Notify::new();
        // SAFETY: called with its own user data.
        let wake_up = unsafe { notify.register(First, |cb, data| WakeUp(cb, data)) };
        let caller = thread::spawn(move || wake_up.call());
        let flag = Arc::new(Flag::default());
        let first = poll(&mut notify.notified(), &flag.clone().into());
        caller.join().unwrap();
        assert!(first.is_ready() || flag.0.load(SeqCst) == 1, "a wake-up was lost");
        assert_ne!(first, poll(&mut notify.notified(), Waker::noop()), "raised once, lowered once");
    });
}

#[test]
fn wake_up_call_vs_end() {
    loom::model(|| {
        let mut notify = Notify::new();
        // SAFETY: called with its own user data.
        let wake_up = unsafe { notify.register(First, |cb, data| WakeUp(cb, data)) };
        let caller = thread::spawn(move || wake_up.call());
        drop(notify);
        caller.join().unwrap();
    });
}
