//! A question that stays registered over several C calls: progress and busy handlers, authorizers.
use super::ask::{Panics, Question, answer};
use super::cfn::{CFn, CReturn, Handler, UserData};
use super::outcome::{CallbackError, IntoStarted, Started};
use super::subscribe::{Registration, free};
use std::marker::PhantomData;
use std::panic::Location;

/// A question that stays registered over several C calls; made by [`hook`].
///
/// # What happens when
///
/// - it is **dropped**: it unregisters. The closure is dropped when no question is being answered any more. A panic that was
///   not resumed by then is dropped.
/// - C asks **twice**, or more often: each question is answered. One that comes while another is being answered, on whatever
///   thread, gets `on_panic`, and the panic that says so is stored.
/// - C **never** asks: nothing.
/// - C asks too late: the question finds nothing, C gets zero, null or nothing, and the call is counted as a
///   [`Stray`](super::Stray).
/// - the closure **panics**: C gets `on_panic` for this and all later questions until the panic is resumed, by
///   [`during`](Hook::during) or [`resume_panic`](Hook::resume_panic).
///
/// ```
/// # use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Hook};
/// # type Busy = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
/// # std::thread_local! { static SET: std::cell::Cell<Option<(Busy, *mut c_void)>> = const { std::cell::Cell::new(None) } }
/// # fn set_busy_handler(cb: Option<Busy>, data: *mut c_void) { SET.set(cb.map(|cb| (cb, data))) }
/// # fn write() -> c_int { SET.get().map_or(-1, |(cb, data)| unsafe { cb(data, 1) }) }
/// # let unset = || set_busy_handler(None, std::ptr::null_mut());
/// // SAFETY: the library asks with numbers, and `unset` may be called anywhere.
/// let hook: Hook<_, _> = unsafe {
///     ffi::hook(First, |cb, data| set_busy_handler(Some(cb), data), |()| unset(), |(tries,)| c_int::from(tries < 3), 0)
/// }?;
/// assert_eq!(hook.during(write), 1); // asks
/// drop(hook);
/// assert_eq!(write(), -1); // nobody to ask
/// # Ok::<(), ffi::CallbackError>(())
/// ```
pub struct Hook<H, G: FnOnce(H)> {
    /// Lives as long as the registration.
    question: *const dyn Panics,
    pub(super) registration: Registration<H, G>,
}

/// A [`Hook`] whose type can be written down: in the field of a struct, for instance. Made by [`Hook::boxed`].
///
/// What happens when it is dropped, or its closure panics: see [`Hook`](Hook#what-happens-when).
///
/// ```
/// use uncallback::ffi::BoxedHook;
/// /// A connection, and what it asks while it waits for a lock.
/// struct Connection { busy: Option<BoxedHook<'static>> }
/// impl Connection {
///     fn never_mind(&mut self) { self.busy = None; } // unregisters
/// }
/// # Connection { busy: None }.never_mind();
/// ```
pub type BoxedHook<'a> = Hook<(), Box<dyn FnOnce(()) + Send + Sync + 'a>>;

/// Registers a question that C asks during later calls, until the [`Hook`] is dropped.
///
/// C calls on the thread of those calls, from wherever they are made; so `f` is `Send`. What happens when the hook is dropped,
/// when C asks twice, or too late, and when `f` panics: see [`Hook`](Hook#what-happens-when).
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`.
/// 2. `f` reads through its arguments only what C allows, and copies what it keeps.
/// 3. `unregister` may be called on any thread on which the hook may be dropped, and the C object is still there then, or the hook
///    is [owned](Hook::owned_by) by it.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use std::sync::atomic::{AtomicPtr, Ordering};
/// use uncallback::ffi::{self, First, Started};
/// # static DATA: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
/// # type Progress = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
/// # static CB: std::sync::Mutex<Option<Progress>> = std::sync::Mutex::new(None);
/// # unsafe extern "C" fn set_progress(cb: Option<Progress>, data: *mut c_void) { DATA.store(data, Ordering::Relaxed); *CB.lock().unwrap() = cb }
/// # unsafe extern "C" fn run(steps: c_int) -> c_int {
/// #     let cb = (*CB.lock().unwrap()).unwrap();
/// #     if (0..steps).any(|step| unsafe { cb(DATA.load(Ordering::Relaxed), step) } != 0) { -1 } else { 0 }
/// # }
/// // SAFETY: `run` calls back with numbers.
/// let hook = unsafe {
///     ffi::hook(
///         First,
///         |cb, data| set_progress(Some(cb), data),
///         |()| set_progress(None, std::ptr::null_mut()),
///         |(step,)| c_int::from(step > 2),
///         1,
///     )
/// }?;
/// // SAFETY: nothing to keep in mind.
/// assert_eq!(hook.during(|| unsafe { run(10) }), -1);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
#[track_caller]
pub unsafe fn hook<P, F, H, Said, S, G, A>(
    at: P,
    start: S,
    unregister: G,
    f: A,
    on_panic: F::Ret,
) -> Result<Hook<H, G>, CallbackError>
where
    F: CFn<P, Ret: Copy + Send + 'static, Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    A: FnMut(F::Args) -> F::Ret + Send + 'static,
{
    let _ = at;
    let mut hook = Hook::of(f, on_panic);
    match start(F::trampoline::<Owned<A, F::Ret>>(), hook.data()).into_started() {
        Started::Pending(handle) => hook.ends_with(handle, unregister),
        Started::Refused(code) => return Err(CallbackError::Refused(code)),
    }
    Ok(hook)
}

impl<H, G: FnOnce(H)> Hook<H, G> {
    /// A question that has a key, and is not registered yet.
    #[track_caller]
    pub(super) fn of<Args, A, R>(f: A, on_panic: R) -> Self
    where
        A: FnMut(Args) -> R + Send + 'static,
        R: Copy + Send + 'static,
    {
        let (registration, question) = Registration::of(Question::new(f, on_panic), Location::caller());
        Self { question, registration }
    }

    /// What C is given for it.
    pub(super) fn data<D: UserData>(&self) -> D {
        D::from_token(self.registration.token)
    }

    /// Says how it ends, now that it is registered.
    pub(super) fn ends_with(&mut self, handle: H, unregister: G) {
        self.registration.ending = Some((handle, unregister));
    }

    /// Makes a C call in which the question may be asked, and resumes a panic of its closure afterwards.
    ///
    /// See the example of [`hook`].
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let answer = call();
        self.resume_panic();
        answer
    }

    /// Resumes a panic that the closure has left behind, if there is one.
    ///
    /// # Panics
    ///
    /// With that panic.
    ///
    /// ```
    /// # use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{self, First};
    /// # use std::panic::{AssertUnwindSafe, catch_unwind};
    /// # type Progress = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
    /// let mut run: Box<dyn Fn(c_int) -> c_int> = Box::new(|_| 0); // the C function that asks
    /// // SAFETY: `run` calls back with numbers.
    /// let hook = unsafe {
    ///     ffi::hook(
    ///         First,
    ///         |cb: Progress, data: *mut c_void| run = Box::new(move |step| cb(data, step)),
    ///         |()| (),
    ///         |(step,)| 100 / step,
    ///         -1,
    ///     )
    /// }?;
    /// assert_eq!(run(0), -1); // the division by zero stays on this side
    /// assert!(catch_unwind(AssertUnwindSafe(|| hook.resume_panic())).is_err());
    /// # Ok::<(), ffi::CallbackError>(())
    /// ```
    pub fn resume_panic(&self) {
        // SAFETY: the question lives until the registration is dropped.
        unsafe { &*self.question }.resume_panic();
    }

    /// The same hook with a type that can be written down, for the price of a box.
    ///
    /// See the example of [`setter`](super::setter()).
    pub fn boxed<'a>(self) -> BoxedHook<'a>
    where
        H: Send + Sync + 'a,
        G: Send + Sync + 'a,
    {
        Hook { question: self.question, registration: self.registration.boxed() }
    }
}

// SAFETY: the question is `Send`, and shared only by its lock and its flag.
unsafe impl<H: Send, G: Send + FnOnce(H)> Send for Hook<H, G> {}
// SAFETY: a shared hook gives access to the stored panic only, which is behind a lock.
unsafe impl<H: Sync, G: Sync + FnOnce(H)> Sync for Hook<H, G> {}

impl<H, G: FnOnce(H)> std::fmt::Debug for Hook<H, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// Answers with a question of a [`Hook`].
pub(super) struct Owned<A, R>(PhantomData<(A, R)>);

// SAFETY: as above; `free` is guarded.
unsafe impl<Args, A, R> Handler<Args, R> for Owned<A, R>
where
    A: FnMut(Args) -> R,
    R: CReturn + Copy,
{
    unsafe fn call(token: *mut (), args: Args) -> R {
        // SAFETY: handler and token are made together; the last user of a retired question owns it.
        unsafe { answer::<Args, A, R>(token, args, |question| free::<Question<A, R>>(question)) }
    }
}
