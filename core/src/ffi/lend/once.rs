//! A C callback without user data that comes once.
use super::{Args, Lender, Ret, Slot, lend_to_operation};
use crate::ffi::affinity::Affinity;
use crate::ffi::begin::Begin;
use crate::ffi::cfn::{Absent, CFn, Handler};
use crate::ffi::custody::{ByKey, Custody, Place};
use crate::ffi::oneshot::{Oneshot, described};
use crate::ffi::outcome::{IntoStarted, Started};
use crate::ffi::record::{Answering, Fire, Plain, Reaction};
use std::panic::Location;
use std::sync::{Arc, OnceLock};

/// Adapts a C function whose callback comes once and has no user data: `start` gets a function that is lent for it.
///
/// As [`oneshot`](crate::ffi::oneshot()), with everything that can be said about it. The function is lent until C has let go
/// of the operation: until the callback, a refusal, a silent cancellation, or the end of its owner; never because the future
/// was dropped. A callback that never comes keeps it, unless the operation has an owner. So does one that comes on a foreign thread to a
/// [`local`](Oneshot::local) operation: like everything that such an operation holds, it is leaked.
///
/// With no function left in the pool, the awaiter hears [`Refused(0)`](crate::ffi::CallbackError::Refused), and `start` does not run.
///
/// # What happens when
///
/// - the future is **dropped**, or `on` **panics**: as for [`oneshot`](crate::ffi::oneshot()).
/// - the callback is **called twice**: the second call is counted as a [`Stray`](crate::ffi::Stray), in every build, unless
///   the function was lent again meanwhile: promise 1.
/// - the callback is **never called**: the future waits, and keeps the function; give the operation an
///   [owner](Oneshot::owned_by).
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. When C has let go of the operation, it does not call the function any more until it is lent again.
/// 2. If `start` returned [`Refused`](Started::Refused), the function is not called afterwards.
/// 3. `on` reads through its arguments only what C allows, and copies what it keeps.
///
/// # Panics
///
/// Awaiting panics with the payload of a panic in `on`.
///
/// # Cancel safety
///
/// Dropping the future never blocks and never takes the function away from C.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::ffi::{self, Started};
/// ffi::slots!(Done: [unsafe extern "C" fn(c_int); 8]);
/// unsafe extern "C" fn measure(done: unsafe extern "C" fn(c_int)) -> c_int { unsafe { done(42) }; 0 }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `measure` calls back exactly once if it returns 0, else never, with a number.
/// let value = unsafe { ffi::lend_once(Done, |done| Started::zero_ok(measure(done)), |(value,)| value) };
/// assert_eq!(value.await, Ok(42));
/// # });
/// ```
#[track_caller]
pub unsafe fn lend_once<L, H, Said, S, O, T>(
    pool: L,
    start: S,
    on: O,
) -> Oneshot<T, L::F, Lending<S, L>, Plain<O>, Lease<L>>
where
    L: Lender<F: CFn<Absent, Ret = ()>>,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(Args<L::F>) -> T + 'static,
{
    lending(pool, start, Plain(on))
}

/// As [`lend_once`], for a callback that returns something to C: `on` gives the value for the awaiter, and the answer.
///
/// What happens when the future is dropped, or the callback is called twice or never called: as for [`lend_once`]. If `on`
/// panics, C gets `on_panic`, and the panic resumes in the awaiter.
///
/// # Safety
///
/// The promises of [`lend_once`]; and C can deal with `on_panic`, and with zero or null, as an answer.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::ffi;
/// ffi::slots!(Done: [unsafe extern "C" fn(c_int) -> c_int; 8]);
/// unsafe extern "C" fn measure(done: unsafe extern "C" fn(c_int) -> c_int) { assert_eq!(unsafe { done(42) }, 1) }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `measure` calls back exactly once, with a number.
/// let value = unsafe { ffi::lend_once_answering(Done, |done| measure(done), |(value,)| (value, 1), 0) };
/// assert_eq!(value.await, Ok(42));
/// # });
/// ```
#[track_caller]
pub unsafe fn lend_once_answering<L, H, Said, S, O, T>(
    pool: L,
    start: S,
    on: O,
    on_panic: Ret<L::F>,
) -> Oneshot<T, L::F, Lending<S, L>, Answering<O, Ret<L::F>>, Lease<L>>
where
    L: Lender<F: CFn<Absent, Ret: Copy>>,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(Args<L::F>) -> (T, Ret<L::F>) + 'static,
{
    lending(pool, start, Answering { on, on_panic })
}

#[track_caller]
fn lending<L: Lender, S, X, T>(
    pool: L,
    start: S,
    reaction: X,
) -> Oneshot<T, L::F, Lending<S, L>, X, Lease<L>> {
    let lease = Lease(Arc::new(OnceLock::new()));
    let lending = Lending { start, pool, lease: Lease(lease.0.clone()), place: Location::caller() };
    let Oneshot { start, reaction, cancel, line, place, types, .. } = described(lending, reaction);
    Oneshot { start, reaction, keep: lease, cancel, line, place, types }
}

/// A start closure that takes a function which is lent to the operation.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use uncallback::ffi::{self, Lease, Lending, Oneshot, Plain};
/// type Callback = extern "C" fn(u8);
/// ffi::slots!(Done: [extern "C" fn(u8); 8]);
/// type Measure = Oneshot<u8, Callback, Lending<fn(Callback), Done>, Plain<fn((u8,)) -> u8>, Lease<Done>>;
///
/// fn measure(done: Callback) { done(42) }
/// // SAFETY: `measure` calls back exactly once.
/// let measured: Measure = unsafe { ffi::lend_once(Done, measure as fn(Callback), (|(n,)| n) as fn((u8,)) -> u8) };
/// # uncallback::__private::block_on(async {
/// assert_eq!(measured.await, Ok(42));
/// # });
/// ```
pub struct Lending<S, L: Lender> {
    start: S,
    pool: L,
    lease: Lease<L>,
    place: Place,
}

/// The function that an operation was lent: kept with what C holds of the operation, and given back with it.
///
/// See the example of [`Lending`].
#[derive(Debug)]
pub struct Lease<L: Lender>(Arc<OnceLock<Slot<L>>>);

impl<L, H, Said, S, T, X, K, M, U> Begin<L::F, T, X, K, M, U> for Lending<S, L>
where
    L: Lender,
    S: FnOnce(L::F) -> Said,
    Said: IntoStarted<Handle = H>,
    X: Reaction<Args<L::F>, Value = T, Ret = Ret<L::F>>,
    M: Affinity,
    U: Custody,
{
    type Handle = H;
    type Custody = ByKey;

    fn begin(self, token: *mut ()) -> Started<H> {
        let call = <Fire<T, X, K, M, ByKey> as Handler<Args<L::F>, Ret<L::F>>>::call;
        // SAFETY: what is behind a key may be called at any time: it is looked up, and an operation that may not be called on
        // every thread checks that.
        let Some(slot) = (unsafe { lend_to_operation(self.pool, token.addr(), call, self.place) }) else {
            return Started::Refused(0);
        };
        let function = slot.callback();
        // Before C hears of it: the callback may come at once, and let go of the lease.
        let _ = self.lease.0.set(slot);
        (self.start)(function).into_started()
    }
}
