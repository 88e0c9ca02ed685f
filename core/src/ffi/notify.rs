//! "Wake only": callbacks that say that something has happened, and nothing more (mpv, `uv_async`, rdkafka queues).
use super::cfn::{Absent, CFn, Handler, UserData};
use super::custody::{self, ByKey, Custody, Place, report_stray};
use super::guard::quietly;
use super::lend::{Lender, lend_to_operation};
use super::outcome::CallbackError;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use std::any::Any;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

/// A flag that C raises and a task awaits. Calls that come before the task looks are one.
///
/// The callback does nothing but raise the flag and wake the task, so it may be called with locks of the library held,
/// provided that waking only schedules the task, as executors do. Drain the library's queue after each
/// [`notified`](Notify::notified), until it is empty.
///
/// # What happens when
///
/// - it is **dropped**: nothing is unregistered. C's calls find nothing from then on, and are counted as
///   [`Stray`](super::Stray)s.
/// - the callback is **called twice** before the task looks: that is one notification.
/// - the callback is **never called**: [`notified`](Notify::notified) waits.
/// - the task's waker **panics**: that is caught, and ends there.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{First, Notify};
/// /// Registers a wake-up function, and has something to say at once.
/// unsafe extern "C" fn set_wakeup(cb: unsafe extern "C" fn(*mut c_void), data: *mut c_void) { unsafe { cb(data); cb(data) } }
///
/// let mut notify = Notify::new();
/// // SAFETY: `set_wakeup` calls back with this user data.
/// unsafe { notify.register(First, |cb, data| set_wakeup(cb, data)) };
/// # uncallback::__private::block_on(async {
/// notify.notified().await;
/// # });
/// ```
#[derive(Debug)]
pub struct Notify {
    flag: Arc<Flag>,
    /// What C was given; a key may lie around in C for ever.
    tokens: Vec<Token>,
    /// The functions that were lent, for wake-up calls without user data.
    lent: Vec<Box<dyn Any + Send + Sync>>,
}

#[derive(Debug)]
struct Token(*mut ());
// SAFETY: a key.
unsafe impl Send for Token {}
// SAFETY: a key.
unsafe impl Sync for Token {}

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Flag {
    fn raise(&self) {
        // ORDERING: releases what C did before it called, to the task that sees the flag. An exchange, as lowering it is: the
        // models know one order of exchanges, but not of exchanges and stores.
        self.raised.swap(true, Ordering::Release);
        // Taken under the lock, woken outside.
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        // The waker first, the flag second: a call in between finds the waker.
        let waker = cx.waker().clone();
        let before = self.waker.lock().unwrap_or_else(PoisonError::into_inner).replace(waker);
        drop(before);
        // ORDERING: acquires what the call published.
        if self.raised.swap(false, Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Notify {
    /// A flag that is not raised.
    ///
    /// See the example of [`Notify`].
    pub fn new() -> Self {
        Self { flag: Arc::default(), tokens: Vec::new(), lent: Vec::new() }
    }

    /// Makes a C call that registers the wake-up function. It is valid until the `Notify` is dropped; later calls find
    /// nothing and are counted as [`Stray`](super::Stray)s.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation, that C calls the function pointer with this user
    /// data at `at` and with the argument types of `F`. It may do so on any thread, as often as it likes, and too late.
    ///
    /// See the example of [`Notify`].
    #[track_caller]
    pub unsafe fn register<P, F, R>(&mut self, at: P, start: impl FnOnce(F, F::Data) -> R) -> R
    where
        F: CFn<P, Ret = (), Data: UserData>,
    {
        let _ = at;
        let token = self.token(Location::caller());
        start(F::trampoline::<Raise>(), F::Data::from_token(token))
    }

    /// As [`register`](Notify::register), for a wake-up function without user data: one is lent until the `Notify` is dropped.
    ///
    /// # Errors
    ///
    /// [`Refused(0)`](CallbackError::Refused) if the pool has no function left; `start` does not run.
    ///
    /// # Safety
    ///
    /// When the `Notify` is dropped, C does not call the function any more, until it is lent again.
    ///
    /// ```
    /// use uncallback::ffi::{self, Notify};
    /// ffi::slots!(Wakeups: [unsafe extern "C" fn(); 2]);
    /// unsafe extern "C" fn set_wakeup(cb: unsafe extern "C" fn()) { unsafe { cb() } }
    ///
    /// let mut notify = Notify::new();
    /// // SAFETY: `set_wakeup` calls at once, and forgets the function.
    /// unsafe { notify.register_lent(Wakeups, |cb| set_wakeup(cb)) }?;
    /// # uncallback::__private::block_on(async {
    /// notify.notified().await;
    /// # });
    /// # Ok::<(), ffi::CallbackError>(())
    /// ```
    #[track_caller]
    pub unsafe fn register_lent<L, R>(
        &mut self,
        pool: L,
        start: impl FnOnce(L::F) -> R,
    ) -> Result<R, CallbackError>
    where
        L: Lender<F: CFn<Absent, Ret = ()>>,
    {
        let place = Location::caller();
        let token = self.token(place);
        let call = <Raise as Handler<<L::F as CFn<Absent>>::Args, ()>>::call;
        // SAFETY: what is behind a key may be called at any time, and a flag be raised on any thread.
        let slot =
            unsafe { lend_to_operation(pool, token.addr(), call, place) }.ok_or(CallbackError::Refused(0))?;
        let function = slot.callback();
        self.lent.push(Box::new(slot));
        Ok(start(function))
    }

    /// A key to the flag.
    fn token(&mut self, place: Place) -> *mut () {
        let token = ByKey::deposit(Arc::into_raw(self.flag.clone()).cast_mut().cast(), place);
        self.tokens.push(Token(token));
        token
    }

    /// Waits until the flag is raised, and lowers it.
    ///
    /// # Cancel safety
    ///
    /// The flag is lowered only when the future is ready.
    ///
    /// See the example of [`Notify`].
    pub fn notified(&mut self) -> Notified<'_> {
        Notified { flag: &self.flag }
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        for Token(token) in self.tokens.drain(..) {
            if let Some(flag) = custody::retire(token) {
                free(flag);
            }
        }
    }
}

/// A future that is ready when a flag was raised; made by [`Notify::notified`].
///
/// # What happens when
///
/// - it is **dropped**: the flag stays as it is, so nothing is lost.
/// - C calls **twice**, or **never**: see [`Notify`](Notify#what-happens-when).
///
/// ```
/// use uncallback::ffi::{Notified, Notify};
/// let mut notify = Notify::new();
/// let waits: Notified<'_> = notify.notified();
/// drop(waits);
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Notified<'a> {
    flag: &'a Flag,
}

impl Future for Notified<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.flag.poll(cx)
    }
}

struct Raise;

// SAFETY: wakers are guarded; nothing else panics.
unsafe impl<Args> Handler<Args, ()> for Raise {
    unsafe fn call(token: *mut (), _args: Args) {
        // SAFETY: entered: the reference count that the token stands for is there until we leave.
        let call = |flag: *mut ()| quietly(|| unsafe { &*flag.cast::<Flag>() }.raise());
        if custody::enter(token, call, free).is_none() {
            report_stray(token);
        }
    }
}

/// Gives back the reference count of a token.
fn free(flag: *mut ()) {
    // SAFETY: from `Arc::into_raw`, once for each token, and a token is freed once.
    let flag = unsafe { Arc::from_raw(flag.cast::<Flag>()) };
    super::guard::drop_quietly(flag);
}
