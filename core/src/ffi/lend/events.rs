//! C callbacks without user data that come again and again, as streams.
use super::{Args, Lender, Ret, lend_to_operation};
use crate::ffi::cfn::{Absent, CFn, Handler};
use crate::ffi::list::{Add, Rows, Step};
use crate::ffi::outcome::{CallbackError, IntoStarted, Started};
use crate::ffi::subscribe::{Emit, Registration, Source, Subscription, register};
use crate::stream::mpsc;
use std::panic::Location;

/// Subscribes to a C callback without user data: `start` registers a function that is lent for it, `on` makes an event of each call,
/// `unregister` ends it.
///
/// As [`subscribe`](crate::ffi::subscribe()), which says what happens when the stream is dropped, or the callback is never called
/// or panics. The function is lent until `unregister` has run.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so, and `Refused(0)` if the pool has no function left; `on` is dropped.
///
/// # Cancel safety
///
/// Dropping the stream runs `unregister` and drops the events that wait.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. When `unregister` has returned, C does not call the function any more until it is lent again.
/// 2. `on` reads through its arguments only what C allows, and copies what it keeps.
/// 3. `unregister` may be called on any thread on which the stream may be dropped, and the C object is still there then, or the
///    stream is [owned](crate::Events::owned_by) by it.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::{ffi, stream::mpsc};
/// ffi::slots!(OnChange: [unsafe extern "C" fn(c_int); 4]);
/// unsafe extern "C" fn on_change(cb: unsafe extern "C" fn(c_int)) { unsafe { cb(1); cb(2) } }
/// unsafe extern "C" fn forget(_cb: unsafe extern "C" fn(c_int)) {}
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `on_change` calls back with numbers, until `forget` is called.
/// let mut changes = unsafe {
///     ffi::lend_events(
///         OnChange,
///         mpsc::unbounded(),
///         |cb| { on_change(cb); ffi::Started::Pending(cb) },
///         |cb| forget(cb),
///         |(value,)| value,
///     )
/// }?;
/// assert_eq!(changes.next().await, Some(1));
/// assert_eq!(changes.next().await, Some(2));
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn lend_events<L, H, Said, S, G, O, T>(
    pool: L,
    policy: mpsc::Policy,
    start: S,
    unregister: G,
    on: O,
) -> Result<Subscription<T, H, G>, CallbackError>
where
    L: Lender<F: CFn<Absent, Ret = ()>>,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: Fn(Args<L::F>) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    let place = Location::caller();
    let call = <Emit<O, T> as Handler<Args<L::F>, ()>>::call;
    let record = |emitter| Source { emitter, on };
    register(policy, record, unregister, |made| lent(pool, made, call, start, place))
}

/// Adapts a C function that calls back once for each item of a list, without user data: a stream that ends when the list does.
///
/// As [`list`](crate::ffi::list()), which says what happens when the stream is dropped, or the callback is called again after the
/// end, never called, or panics. The function is lent until the stream is dropped, which runs `cancel`.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so, and `Refused(0)` if the pool has no function left.
///
/// # Cancel safety
///
/// Dropping the stream runs `cancel` and drops the events that wait.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. When `cancel` has returned, C does not call the function any more until it is lent again.
/// 2. `on` reads through its arguments only what C allows, and copies what it keeps.
/// 3. `cancel` may be called on any thread on which the stream may be dropped, and the C object is still there then, or the
///    stream is [owned](crate::Events::owned_by) by it.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::{ffi::{self, Step}, stream::mpsc};
/// ffi::slots!(Digit: [unsafe extern "C" fn(c_int); 4]);
/// unsafe extern "C" fn digits(cb: unsafe extern "C" fn(c_int)) { for n in [3, 1, -1] { unsafe { cb(n) } } }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `digits` calls back with numbers until it returns.
/// let mut digits = unsafe {
///     ffi::lend_list(
///         Digit,
///         mpsc::unbounded(),
///         |cb| digits(cb),
///         |()| {},
///         |(n,)| if n < 0 { Step::<c_int>::End } else { Step::Item(n) },
///     )
/// }?;
/// assert_eq!(digits.next().await, Some(Ok(3)));
/// assert_eq!(digits.next().await, Some(Ok(1)));
/// assert_eq!(digits.next().await, None);
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn lend_list<L, H, Said, S, G, O, T, E>(
    pool: L,
    policy: mpsc::Policy,
    start: S,
    cancel: G,
    on: O,
) -> Result<Subscription<Result<T, E>, H, G>, CallbackError>
where
    L: Lender<F: CFn<Absent, Ret = ()>>,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: Fn(Args<L::F>) -> Step<T, E> + Send + Sync + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    let place = Location::caller();
    let call = <Add<O, T, E> as Handler<Args<L::F>, ()>>::call;
    let record = |emitter| Rows { emitter, on };
    register(policy, record, cancel, |made| lent(pool, made, call, start, place))
}

/// Starts with a function that is lent to the stream's record.
fn lent<L: Lender, Said: IntoStarted, G: FnOnce(Said::Handle)>(
    pool: L,
    made: &mut Registration<Said::Handle, G>,
    call: unsafe fn(*mut (), Args<L::F>) -> Ret<L::F>,
    start: impl FnOnce(L::F) -> Said,
    place: &'static Location<'static>,
) -> Started<Said::Handle> {
    // SAFETY: what is behind a key may be called at any time, and the closures of streams on any thread.
    let Some(slot) = (unsafe { lend_to_operation(pool, made.token.addr(), call, place) }) else {
        return Started::Refused(0);
    };
    let started = start(slot.callback()).into_started();
    made.borrowed = Some(Box::new(slot));
    started
}
