//! A question without user data that stays registered, with a closure that has it to itself.
use super::{Args, Lender, Ret, lend_to_operation};
use crate::ffi::cfn::{Absent, CFn, Handler};
use crate::ffi::hook::{Hook, Owned};
use crate::ffi::outcome::{CallbackError, IntoStarted, Started};
use std::panic::Location;

/// Registers a question without user data that C asks during later calls, until the [`Hook`] is dropped.
///
/// As [`hook`](crate::ffi::hook()), with a function that is lent until `unregister` has run. [`lend`](super::lend()) does less: it
/// leaves registering to you, and its closure may run on several threads at once.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so, and `Refused(0)` if the pool has no function left.
///
/// # Safety
///
/// 1. When `unregister` has returned, C does not call the function any more until it is lent again.
/// 2. `f` reads through its arguments only what C allows.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::ffi;
/// # static HOOK: std::sync::Mutex<Option<Progress>> = std::sync::Mutex::new(None);
/// type Progress = unsafe extern "C" fn(c_int) -> c_int;
/// ffi::slots!(OnProgress: [Progress; 2]);
/// unsafe extern "C" fn set_progress(hook: Option<Progress>) { *HOOK.lock().unwrap() = hook }
/// # unsafe extern "C" fn run(steps: c_int) -> c_int {
/// #     let hook = HOOK.lock().unwrap().unwrap();
/// #     if (0..steps).any(|step| unsafe { hook(step) } != 0) { -1 } else { 0 }
/// # }
/// let mut seen = 0;
/// // SAFETY: `run` calls back with numbers, until the function is taken back.
/// let hook = unsafe {
///     ffi::lend_hook(
///         OnProgress,
///         |cb| set_progress(Some(cb)),
///         |()| set_progress(None),
///         move |(step,)| { seen += 1; c_int::from(step > 2 && seen > 3) },
///         1,
///     )
/// }?;
/// // SAFETY: nothing to keep in mind.
/// assert_eq!(hook.during(|| unsafe { run(10) }), -1);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
#[track_caller]
pub unsafe fn lend_hook<L, H, Said, S, G, A>(
    pool: L,
    start: S,
    unregister: G,
    f: A,
    on_panic: Ret<L::F>,
) -> Result<Hook<H, G>, CallbackError>
where
    L: Lender<F: CFn<Absent, Ret: Copy + Send + 'static>>,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    A: FnMut(Args<L::F>) -> Ret<L::F> + Send + 'static,
{
    let mut hook = Hook::of(f, on_panic);
    let call = <Owned<A, Ret<L::F>> as Handler<Args<L::F>, Ret<L::F>>>::call;
    let key = hook.registration.token.addr();
    // SAFETY: what is behind a key may be called at any time, and a question on any thread: it is `Send`, and locked.
    let Some(slot) = (unsafe { lend_to_operation(pool, key, call, Location::caller()) }) else {
        return Err(CallbackError::Refused(0));
    };
    let function = slot.callback();
    hook.registration.borrowed = Some(Box::new(slot));
    match start(function).into_started() {
        Started::Pending(handle) => hook.ends_with(handle, unregister),
        Started::Refused(code) => return Err(CallbackError::Refused(code)),
    }
    Ok(hook)
}
