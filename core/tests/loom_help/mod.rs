//! A C library of one operation, for the models of `ffi`.
#![allow(dead_code, unused_macros)]

use std::ffi::{c_int, c_void};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Mutex;
use uncallback::ffi::{self, CallbackError, Pending};

pub(crate) type Callback = unsafe extern "C" fn(*mut c_void, c_int);
pub(crate) type Token = Arc<()>;

#[derive(Default)]
pub(crate) struct Flag(pub(crate) AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

pub(crate) fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A C library with one operation: what it holds, it calls once or gives back.
#[derive(Clone, Default)]
pub(crate) struct Library(Arc<Held>);
#[derive(Default)]
pub(crate) struct Held(pub(crate) Mutex<Option<(Callback, *mut c_void)>>);
// SAFETY: user data may go to any thread.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Library {
    pub(crate) fn start(&self, cb: Callback, data: *mut c_void) {
        *self.0.0.lock().unwrap() = Some((cb, data));
    }

    pub(crate) fn take(&self) -> Option<(Callback, *mut c_void)> {
        self.0.0.lock().unwrap().take()
    }

    /// Calls back, if it still holds the operation.
    pub(crate) fn call(&self) {
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
pub(crate) fn settled<C: ffi::Canceller<()>>(
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
