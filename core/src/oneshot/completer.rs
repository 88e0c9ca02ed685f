//! The callback's side of a call.

use core::ffi::c_void;
use core::fmt;
use core::mem::ManuallyDrop;
use core::panic::{RefUnwindSafe, UnwindSafe};

use super::cell::Shared;
use super::contents::Payload;
use super::link::{Finish, Reach};
use super::states::Outcome;
use super::threads::Threads;
use crate::watch::Mark;

/// The right and duty to complete one call with a `T`.
///
/// [`call`](crate::call()), [`start`](crate::start()) and [`start_with`](crate::start_with()) hand one to the closure that
/// makes the API call; the callback consumes it.
///
/// # What happens when
///
/// - it is **dropped** without completing: the awaiter is woken and panics with the place of the call, or gets
///   [`Lost`](crate::Lost) if it asked with [`checked`](crate::Call::checked).
/// - it completes **twice**: that does not compile, because completing consumes it. For an API that may call back again,
///   [`call!`](crate::call!) makes a callback whose later values are dropped and [counted](crate::ignored_calls).
/// - it is **never** completed nor dropped: the future waits for ever. Feature `debug` lists such calls.
/// - the callback **panics**: in [`complete_with`](Self::complete_with), the panic resumes in the awaiter. Before
///   [`complete`](Self::complete), it unwinds into the API and drops the completer, and the awaiter hears of a loss with
///   [`callback_panicked`](crate::Lost::callback_panicked).
/// - the future is gone: the value is dropped by the call that completes. See [`is_abandoned`](Self::is_abandoned).
///
/// ```
/// # use uncallback::{call, Completer};
/// # fn fetch(id: u32, then: impl FnOnce(String) + 'static) { then(format!("user {id}")) }
/// # uncallback::__private::block_on(async {
/// let user = call(|done: Completer<String>| fetch(7, move |user| done.complete(user))).await;
/// assert_eq!(user, "user 7");
///
/// let lost = call(|done: Completer<String>| drop(done)).checked().await;
/// assert!(lost.is_err());
/// # });
/// ```
#[must_use = "a completer that is dropped tells the awaiter that the callback is lost"]
pub struct Completer<T, L: Reach = Threads> {
    cell: Shared<T, L>,
}

// SAFETY: the completer writes a `T` on its thread that the receiver reads on another; a link that may be shared (`Sync`,
// as `Threads` is and `Local` is not) orders the two.
unsafe impl<T: Send, L: Reach + Sync> Send for Completer<T, L> {}
// SAFETY: a shared completer only tells whether it was abandoned, which a shared link does.
unsafe impl<T: Send, L: Reach + Sync> Sync for Completer<T, L> {}
impl<T, L: Reach> UnwindSafe for Completer<T, L> {}
impl<T, L: Reach> RefUnwindSafe for Completer<T, L> {}

impl<T, L: Reach> Completer<T, L> {
    /// # Safety
    /// The cell is new and this is its only completer.
    #[inline]
    pub(crate) unsafe fn new(cell: Shared<T, L>) -> Self {
        Completer { cell }
    }

    /// Completes the call: the future's output is `value`.
    ///
    /// If the future is gone already, `value` is dropped here.
    ///
    /// # Panics
    /// Never by itself; the waker of the awaiting task and the destructor of an unwanted `value` run here and may.
    ///
    /// ```
    /// # uncallback::__private::block_on(async {
    /// let sum = uncallback::start(|done| done.complete(1 + 1));
    /// assert_eq!(sum.await, 2);
    /// # });
    /// ```
    #[inline]
    pub fn complete(self, value: T) {
        let this = ManuallyDrop::new(self);
        // SAFETY: we are the completer and finish right below.
        unsafe {
            this.cell.get().contents.write_value(value);
            finish(this.cell, Outcome::Value);
        }
    }

    /// Completes the call with what `make` returns; a panic in `make` resumes in the awaiter.
    ///
    /// The caller's own frames are not unwound, which is what a callback wants that is called from a foreign thread, a
    /// C library or a lock-holding library. Without feature `std` a panic can't be caught and unwinds as usual.
    ///
    /// ```
    /// # uncallback::__private::block_on(async {
    /// let length = uncallback::start(|done| done.complete_with(|| "text".len()));
    /// assert_eq!(length.await, 4);
    /// # });
    /// ```
    #[inline]
    pub fn complete_with(self, make: impl FnOnce() -> T) {
        match self.mark().run(|| catch(make)) {
            Ok(value) => self.complete(value),
            Err(payload) => self.resume_in_awaiter(payload),
        }
    }

    /// Whether the future was dropped, so that a value would go nowhere.
    ///
    /// Only a hint for sparing work: the future may be dropped right after the answer.
    ///
    /// ```
    /// let mut kept = None;
    /// let started = uncallback::start(|done: uncallback::Completer<()>| kept = Some(done));
    /// assert!(!kept.as_ref().unwrap().is_abandoned());
    /// drop(started);
    /// assert!(kept.as_ref().unwrap().is_abandoned());
    /// ```
    pub fn is_abandoned(&self) -> bool {
        // SAFETY: a cell lives at least as long as its unfinished completer.
        unsafe { self.cell.get() }.link.is_abandoned()
    }

    /// Turns the completer into a pointer that a C API can carry as its user data. Nothing is allocated.
    ///
    /// Give it back with [`from_raw`](Self::from_raw), otherwise the call stays pending for ever and its memory leaks.
    ///
    /// ```
    /// # use uncallback::Completer;
    /// # uncallback::__private::block_on(async {
    /// let answer = uncallback::start(|done: Completer<i32>| {
    ///     let user_data = done.into_raw();
    ///     // SAFETY: from `into_raw` of the same type, once.
    ///     unsafe { Completer::<i32>::from_raw(user_data) }.complete(42);
    /// });
    /// assert_eq!(answer.await, 42);
    /// # });
    /// ```
    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).cell.into_raw()
    }

    /// Takes back the completer that [`into_raw`](Self::into_raw) gave away.
    ///
    /// # Safety
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. `raw` came from [`into_raw`](Self::into_raw) of a `Completer` of this very `T` and reach: C hands the user data
    ///    back as it got it.
    /// 2. It is taken back at most once: C calls back at most once, or the trampoline sees to it.
    /// 3. If `T` is not `Send`, or the completer is a [`local`](crate::local) one, this is the thread of `into_raw`.
    ///
    /// ```
    /// use core::ffi::c_void;
    /// use uncallback::{Completer, start};
    ///
    /// /// What C is given: it calls this once, with the user data of the call.
    /// extern "C" fn answered(user_data: *mut c_void, answer: i32) {
    ///     // SAFETY: made by `into_raw` of a `Completer<i32>` below, and called once.
    ///     unsafe { Completer::<i32>::from_raw(user_data) }.complete(answer);
    /// }
    /// # fn ask(callback: extern "C" fn(*mut c_void, i32), user_data: *mut c_void) { callback(user_data, 42) }
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(start(|done: Completer<i32>| ask(answered, done.into_raw())).await, 42);
    /// # });
    /// ```
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: by the contract `raw` is a cell of this `T`, and this becomes its only completer again.
        Completer { cell: unsafe { Shared::from_raw(raw) } }
    }

    /// By which the call is followed for debugging.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        // SAFETY: a cell lives at least as long as its unfinished completer.
        unsafe { self.cell.get() }.mark
    }

    /// Ends the call with a panic that the awaiter resumes.
    #[cold]
    pub(crate) fn resume_in_awaiter(self, payload: Payload) {
        let this = ManuallyDrop::new(self);
        // SAFETY: we are the completer and finish right below.
        unsafe {
            this.cell.get().contents.write_payload(payload);
            finish(this.cell, Outcome::Panic);
        }
    }
}

impl<T, L: Reach> Drop for Completer<T, L> {
    fn drop(&mut self) {
        // SAFETY: we are the completer and never finished: finishing takes it by value, past this destructor.
        unsafe { finish(self.cell, lost_outcome()) };
    }
}

impl<T, L: Reach> fmt::Debug for Completer<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completer").field("abandoned", &self.is_abandoned()).finish_non_exhaustive()
    }
}

/// # Safety
/// The caller is the only completer of a live cell, has written the contents of `outcome`, and forgets the cell.
#[inline]
unsafe fn finish<T, L: Reach>(cell: Shared<T, L>, outcome: Outcome) {
    // SAFETY: alive (contract).
    let mark = unsafe { cell.get() }.mark;
    let ending = mark.finishing(outcome);
    // SAFETY: passed on to the caller.
    match unsafe { L::finish(cell.link(), outcome) } {
        Finish::Delivered(Some(waker)) => mark.run(|| waker.wake()),
        Finish::Delivered(None) => {}
        // SAFETY: the receiver is gone.
        Finish::Abandoned => unsafe { discard(cell, outcome) },
    }
    ending.report();
}

/// Drops what nobody waits for any more.
///
/// # Safety
/// The phase is GONE, and the caller is the completer that has written the contents of `outcome`.
#[cold]
#[inline(never)]
unsafe fn discard<T, L: Reach>(cell: Shared<T, L>, outcome: Outcome) {
    // SAFETY: contents and memory are ours (contract). The cell is freed before the contents are dropped, because their
    // destructor is user code and may panic.
    let unwanted = unsafe {
        let landing = cell.get().contents.take(outcome);
        cell.free();
        landing
    };
    drop(unwanted);
}

/// Runs `f` and catches its panic.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Payload> {
    // The panic resumes in the awaiter: nobody goes on as if it had not happened.
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(f))
}

/// Runs `f`. Without `std` a panic can't be caught.
#[cfg(not(feature = "std"))]
#[inline]
pub(crate) fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Payload> {
    Ok(f())
}

/// What dropping a completer on this thread means. Without `std` nobody knows about panics.
pub(crate) fn lost_outcome() -> Outcome {
    #[cfg(feature = "std")]
    if std::thread::panicking() {
        return Outcome::LostInPanic;
    }
    Outcome::Lost
}
