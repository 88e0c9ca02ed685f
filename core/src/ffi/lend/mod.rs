//! C callbacks without user data that outlive the call that sets them: functions that are lent to closures, one by one.
//!
//! Such a callback finds its closure by which function it is, so each closure needs a function of its own. A *lender* has
//! them: a pool of [`slots!`](crate::ffi::slots!), written by the compiler, or `libffi()`, which writes them at run time.
//! Behind each function stands a cell for the key of what it was lent to:
//!
//! | step | who | the cell | and the record in the key table |
//! |---|---|---|---|
//! | lend | owner of the slot | 0 to key | is there since before |
//! | call | C | read | entered, so that it lives until the call leaves; else the call is a stray |
//! | give back | owner of the slot | key to 0 | retired; freed by the last call that leaves |
//!
//! No function ever goes away. A call that comes when its closure has gone finds no key, or a dead one.
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
mod code;
mod events;
mod hook;
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
mod libffi;
mod once;
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
mod passed;
mod slots;

use super::cfn::{Absent, CFn, CReturn};
use super::custody::{self, ByKey, Custody, Place, report_stray};
use super::guard::{StoredPanic, drop_quietly};
use super::outcome::CallbackError;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

pub use events::{lend_events, lend_list};
pub use hook::lend_hook;
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
pub use libffi::{Libffi, libffi};
pub use once::{Lease, Lending, lend_once, lend_once_answering};
#[cfg(all(feature = "libffi", not(all(windows, target_arch = "x86"))))]
pub use passed::{Arguments, Passed, Returned, Scalar};
pub use slots::{MAX_SLOTS, SlotPool};

/// Where C functions for closures come from: a pool made by [`slots!`](crate::ffi::slots!), or, with feature `libffi`,
/// `libffi()`.
///
/// # Safety
///
/// Who implements it promises that a function that is `occupied` with a key calls what [`lend`] put behind it, until it is
/// `vacated`, and stays callable for ever.
///
/// ```
/// use uncallback::ffi::{self, CallbackError, Lender, Slot};
///
/// /// Lends a function of any lender of callbacks that take and return nothing.
/// fn lend_to<L>(lender: L, hook: fn()) -> Result<Slot<L>, CallbackError>
/// where
///     L: Lender<F = extern "C" fn()>,
/// {
///     // SAFETY: the library calls its hooks only while they are set.
///     unsafe { ffi::lend(lender, move |()| hook(), ()) }
/// }
/// ffi::slots! { Hooks: [extern "C" fn(); 2] }
/// assert!(lend_to(Hooks, || println!("called")).is_ok());
/// ```
pub unsafe trait Lender: Copy + 'static {
    /// The type of the callbacks.
    type F: CFn<Absent>;
    /// One of the functions.
    #[doc(hidden)]
    type Spot: Copy + Send + Sync + 'static;
    /// Ties a function to a key. `None` if there is none left.
    #[doc(hidden)]
    fn occupy(self, key: usize) -> Option<Self::Spot>;
    #[doc(hidden)]
    fn function(spot: Self::Spot) -> Self::F;
    #[doc(hidden)]
    fn vacate(spot: Self::Spot);
}

type Args<F> = <F as CFn<Absent>>::Args;
type Ret<F> = <F as CFn<Absent>>::Ret;

/// What a function is lent to.
enum Lent<F: CFn<Absent>> {
    /// A question: answered by the closure.
    Closure {
        f: Box<dyn Fn(Args<F>) -> Ret<F> + Send + Sync>,
        /// Copies the answer that C gets after a panic.
        on_panic: Box<dyn Fn() -> Ret<F> + Send + Sync>,
        panic: StoredPanic,
    },
    /// Another operation, which has a key of its own.
    Operation { key: usize, call: unsafe fn(*mut (), Args<F>) -> Ret<F> },
}

/// Lends a C function to a closure, for a callback that has no user data and stays registered.
///
/// What happens when the slot is dropped, called twice, never called, or `f` panics: see [`Slot`](Slot#what-happens-when).
///
/// For a callback that comes once there is [`lend_once`]; for one that brings events, [`lend_events`]; and [`lend_hook`] for a
/// question whose closure changes what it captures.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if the pool has no function left.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. When the slot is dropped, C does not call its function any more, until it is lent again.
/// 2. `f` reads through its arguments only what C allows.
///
/// See the example of [`slots!`](crate::ffi::slots!).
#[track_caller]
pub unsafe fn lend<L, A>(pool: L, f: A, on_panic: Ret<L::F>) -> Result<Slot<L>, CallbackError>
where
    L: Lender,
    A: Fn(Args<L::F>) -> Ret<L::F> + Send + Sync + 'static,
    Ret<L::F>: Copy + Send + Sync + 'static,
{
    let closure =
        Lent::Closure { f: Box::new(f), on_panic: Box::new(move || on_panic), panic: StoredPanic::default() };
    lend_to(pool, closure, Location::caller()).ok_or(CallbackError::Refused(0))
}

/// Lends a function to an operation: it calls `call` with the key as token.
///
/// # Safety
///
/// `call` may be called with this token on every thread, at any time, and does not unwind.
pub(super) unsafe fn lend_to_operation<L: Lender>(
    pool: L,
    key: usize,
    call: unsafe fn(*mut (), Args<L::F>) -> Ret<L::F>,
    place: Place,
) -> Option<Slot<L>> {
    lend_to(pool, Lent::Operation { key, call }, place)
}

/// `None` if the pool has no function left.
fn lend_to<L: Lender>(pool: L, lent: Lent<L::F>, place: Place) -> Option<Slot<L>> {
    let token = ByKey::deposit(Box::into_raw(Box::new(lent)).cast(), place);
    // Dropped without a spot, it frees what was deposited.
    let mut slot = Slot { token, spot: None };
    slot.spot = pool.occupy(token.addr());
    slot.spot.is_some().then_some(slot)
}

/// A C function that is lent to a closure; made by [`lend`].
///
/// # What happens when
///
/// - it is **dropped**: the function is free for the next closure; this one is dropped when no call of it is running. A call
///   that comes before the function is lent again finds nothing: C gets zero, null or nothing, and it is counted as a
///   [`Stray`](super::Stray).
/// - it is **called twice**, or on several threads at once: each call runs the closure.
/// - it is **never called**: nothing.
/// - the closure **panics**: C gets `on_panic`. The first panic is kept, and goes on with [`during`](Slot::during) or
///   [`resume_panic`](Slot::resume_panic); later calls run the closure as before.
///
/// See the example of [`slots!`](crate::ffi::slots!).
pub struct Slot<L: Lender> {
    token: *mut (),
    /// `None` if none was free: such a slot is not handed out.
    spot: Option<L::Spot>,
}

// SAFETY: the token is a key; the closure behind it is `Send` and `Sync`.
unsafe impl<L: Lender> Send for Slot<L> {}
// SAFETY: as above.
unsafe impl<L: Lender> Sync for Slot<L> {}

impl<L: Lender> Slot<L> {
    /// The function pointer for C.
    ///
    /// It stays a function of this process for ever. Called when the slot has gone, it does nothing, returns zero, null or false, and counts a
    /// [`Stray`](super::Stray); or it belongs to the next one to whom it is lent.
    ///
    /// See the example of [`slots!`](crate::ffi::slots!).
    pub fn callback(&self) -> L::F {
        let Some(spot) = self.spot else { unreachable!("a slot without a function is not handed out") };
        L::function(spot)
    }

    /// Makes a C call in which the callback may be called, and resumes a panic of its closure afterwards.
    ///
    /// ```
    /// use core::ffi::c_int;
    /// use uncallback::ffi;
    /// ffi::slots!(Hooks: [unsafe extern "C" fn(c_int) -> c_int; 1]);
    /// // SAFETY: the function is called below only.
    /// let slot = unsafe { ffi::lend(Hooks, |(n,)| 10 / n, -1) }?;
    /// // SAFETY: what C would do.
    /// assert_eq!(slot.during(|| unsafe { slot.callback()(5) }), 2);
    /// # Ok::<(), ffi::CallbackError>(())
    /// ```
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let answer = call();
        self.resume_panic();
        answer
    }

    /// Resumes the first panic that the closure has left behind, if there is one.
    ///
    /// # Panics
    ///
    /// With that panic.
    ///
    /// ```
    /// # use std::panic::{AssertUnwindSafe, catch_unwind};
    /// use uncallback::ffi;
    /// ffi::slots!(Hooks: [extern "C" fn(i32) -> i32; 1]);
    /// // SAFETY: the function is called below only.
    /// let slot = unsafe { ffi::lend(Hooks, |(n,)| 10 / n, -1) }?;
    /// assert_eq!(slot.callback()(0), -1); // the division by zero stays on this side
    /// assert!(catch_unwind(AssertUnwindSafe(|| slot.resume_panic())).is_err());
    /// # Ok::<(), ffi::CallbackError>(())
    /// ```
    pub fn resume_panic(&self) {
        let take = |lent: *mut ()| {
            // SAFETY: entered: it lives until we leave; what this token stands for is of this type.
            match unsafe { &*lent.cast::<Lent<L::F>>() } {
                Lent::Closure { panic, .. } => panic.take(),
                Lent::Operation { .. } => None,
            }
        };
        if let Some(payload) = custody::enter(self.token, take, free::<L::F>).flatten() {
            resume_unwind(payload);
        }
    }
}

impl<L: Lender> Drop for Slot<L> {
    fn drop(&mut self) {
        if let Some(lent) = custody::retire(self.token) {
            free::<L::F>(lent);
        }
        if let Some(spot) = self.spot {
            L::vacate(spot);
        }
    }
}

impl<L: Lender> fmt::Debug for Slot<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

fn free<F: CFn<Absent>>(lent: *mut ()) {
    // SAFETY: retired, nobody is using it, and it is of this type.
    drop_quietly(unsafe { Box::from_raw(lent.cast::<Lent<F>>()) });
}

/// Answers a call of C to the function whose cell has this key. Does not unwind.
fn answer<F: CFn<Absent>>(key: usize, args: Args<F>) -> Ret<F> {
    let token = std::ptr::without_provenance_mut(key);
    let call = |lent: *mut ()| {
        // SAFETY: entered: it lives until we leave; a function and what it is lent to have one type.
        match unsafe { &*lent.cast::<Lent<F>>() } {
            Lent::Closure { f, on_panic, panic } => catch_unwind(AssertUnwindSafe(|| f(args)))
                .unwrap_or_else(|payload| {
                    panic.store(payload);
                    on_panic()
                }),
            // SAFETY: the promise of `lend_to_operation`.
            Lent::Operation { key, call } => unsafe { call(std::ptr::without_provenance_mut(*key), args) },
        }
    };
    custody::enter(token, call, free::<F>).unwrap_or_else(|| {
        report_stray(token);
        Ret::<F>::neutral()
    })
}
