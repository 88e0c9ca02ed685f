//! A C callback that comes again and again, with a function that destroys its user data: GLib signals and sources, sd-bus matches.
use super::cfn::{CFn, UserData};
use super::custody;
use super::destroying::DestroyFn;
use super::outcome::{CallbackError, IntoStarted};
use super::subscribe::{Emit, Source, Subscription, free, register};
use crate::stream::mpsc;

/// Subscribes to a C callback whose user data has a destroy function: the stream ends when C destroys it.
///
/// As [`subscribe`](super::subscribe()). C says itself here when it lets go: because it was told to unregister, or because the source has
/// ended by itself. After the latter, dropping the stream does not unregister any more.
///
/// # What happens when
///
/// - the stream is **dropped**: `unregister` runs, and C destroys the user data, then or later.
/// - C destroys the user data by itself: the stream ends, after the events that it has, and the closure is dropped.
/// - it is destroyed **twice**, or called after that: nothing; calls are counted as [`Stray`](super::Stray)s.
/// - `on` **panics**: the panic resumes in the consumer of the stream.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so; `on` is dropped.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`.
/// 2. `on` reads through its arguments only what C allows, and copies what it keeps.
/// 3. `unregister` may be called as long as C has not called the destroy function.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, DestroyFn, First};
/// use uncallback::stream::mpsc;
/// type OnTick = extern "C" fn(*mut c_void, c_int);
/// /// A source that ends by itself.
/// unsafe extern "C" fn ticks(cb: OnTick, data: *mut c_void, destroy: DestroyFn<*mut c_void>) -> c_int {
///     for tick in 1..=2 { cb(data, tick) }
///     unsafe { destroy(data) };
///     7
/// }
/// unsafe extern "C" fn remove(_source: c_int) { unreachable!("it has ended") }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `ticks` calls back with numbers, and destroys the data when it ends.
/// let mut ticks = unsafe {
///     ffi::subscribe_destroying(
///         First,
///         mpsc::unbounded(),
///         |cb, data, destroy| ffi::Started::Pending(ticks(cb, data, destroy)),
///         |source| remove(source),
///         |(tick,)| tick,
///     )
/// }?;
/// assert_eq!(ticks.next().await, Some(1));
/// assert_eq!(ticks.next().await, Some(2));
/// assert_eq!(ticks.next().await, None);
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn subscribe_destroying<P, F, H, Said, S, G, O, T>(
    at: P,
    policy: mpsc::Policy,
    start: S,
    unregister: G,
    on: O,
) -> Result<Subscription<T, H, G>, CallbackError>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data, DestroyFn<F::Data>) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: Fn(F::Args) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    let _ = at;
    let record = |emitter| Source { emitter, on };
    register(policy, record, unregister, |made| {
        made.destroyed_by_c = true;
        let data = F::Data::from_token(made.token);
        start(F::trampoline::<Emit<O, T>>(), data, destroy::<F::Data, O, T>).into_started()
    })
}

/// What C calls when it lets go: the stream ends.
unsafe extern "C" fn destroy<D: UserData, O, T>(data: D) {
    if let Some(record) = custody::retire(data.into_token()) {
        // SAFETY: retired, nobody is using it, and it is of this type: destroy function and key are made together.
        unsafe { free::<Source<O, T>>(record) };
    }
}
