//! A question that stays registered over several C calls: progress and busy handlers, authorizers.
use super::ask::{Panics, Question, answer};
use super::cfn::{CFn, CReturn, Handler, UserData};
use super::outcome::{CallbackError, IntoStarted, Started};
use super::subscribe::{Registration, free};
use std::marker::PhantomData;
use std::panic::Location;

/// A question that stays registered over several C calls; made by [`hook`].
///
/// Dropping it unregisters. A panic that was not resumed by then is dropped.
pub struct Hook<H, G: FnOnce(H)> {
    /// Lives as long as the registration.
    question: *const dyn Panics,
    pub(super) registration: Registration<H, G>,
}

/// A [`Hook`] whose type can be written down: in the field of a struct, for instance. Made by [`Hook::boxed`].
pub type BoxedHook<'a> = Hook<(), Box<dyn FnOnce(()) + Send + Sync + 'a>>;

/// Registers a question that C asks during later calls, until the [`Hook`] is dropped.
///
/// C calls on the thread of those calls, from wherever they are made; so `f` is `Send`. A question that comes while another
/// one is being answered is not passed on: C gets `on_panic`, and the panic that says so is stored.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so.
///
/// # Safety
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`.
/// 2. `f` reads through its arguments only what C allows.
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
    pub fn resume_panic(&self) {
        // SAFETY: the question lives until the registration is dropped.
        unsafe { &*self.question }.resume_panic();
    }

    /// The same hook with a type that can be written down, for the price of a box.
    ///
    /// See the example of [`Setter`](super::Setter).
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
