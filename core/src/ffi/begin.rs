//! What the start of a C operation gets: a trampoline, and the token that C keeps as user data.
use super::affinity::Affinity;
use super::cfn::{CFn, UserData};
use super::custody::Custody;
use super::outcome::{IntoStarted, Started};
use super::record::{Fire, Reaction};
use std::marker::PhantomData;

/// A start closure that takes one function pointer.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, Calling, First, Oneshot, Plain};
/// type Callback = extern "C" fn(*mut c_void, u8);
/// type Start = fn(Callback, *mut c_void);
/// type Lookup = Oneshot<u8, Callback, Calling<Start, First>, Plain<fn((u8,)) -> u8>>;
///
/// fn lookup(callback: Callback, data: *mut c_void) { callback(data, 7) }
/// // SAFETY: `lookup` calls back exactly once.
/// let found: Lookup = unsafe { ffi::oneshot(First, lookup as Start, (|(n,)| n) as fn((u8,)) -> u8) };
/// # uncallback::__private::block_on(async {
/// assert_eq!(found.await, Ok(7));
/// # });
/// ```
pub struct Calling<S, P>(S, PhantomData<fn() -> P>);

impl<S, P> Calling<S, P> {
    pub(super) fn new(start: S) -> Self {
        Self(start, PhantomData)
    }
}

/// Makes trampoline and token for a record, and starts the C operation with them.
///
/// For code that is generic over operations, together with what the other parts of their types must be:
///
/// ```
/// # use core::ffi::c_void;
/// use uncallback::ffi::{self, Admits, Begin, Canceller, Custody, First, Oneshot, Pending};
///
/// /// Starts, and says so.
/// fn start_loudly<T, F, S, X, K, C, M, U>(
///     operation: Oneshot<T, F, S, X, K, C, M, U>,
/// ) -> Pending<T, S::Handle, C, M>
/// where
///     S: Begin<F, T, X, K, M, U>,
///     C: Canceller<S::Handle>,
///     M: Admits<T> + Admits<X> + Admits<K>,
///     U: Custody,
/// {
///     println!("starts");
///     operation.start()
/// }
/// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `work` calls back exactly once.
/// let work = unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) };
/// assert_eq!(start_loudly(work).await, Ok(1));
/// # });
/// ```
pub trait Begin<F, T, X, K, M, U> {
    /// What cancelling needs.
    type Handle;
    /// How the record crosses into C.
    type Custody: Custody;
    #[doc(hidden)]
    fn begin(self, token: *mut ()) -> Started<Self::Handle>;
}

impl<P, F, H, Said, S, T, X, K, M, U> Begin<F, T, X, K, M, U> for Calling<S, P>
where
    F: CFn<P, Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    X: Reaction<F::Args, Value = T, Ret = F::Ret>,
    M: Affinity,
    U: Custody,
{
    type Handle = H;
    type Custody = U;
    #[inline]
    fn begin(self, token: *mut ()) -> Started<H> {
        (self.0)(F::trampoline::<Fire<T, X, K, M, U>>(), F::Data::from_token(token)).into_started()
    }
}
