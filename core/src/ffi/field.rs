//! User data in a field of a request that belongs to C or to the caller: `uv_req_t::data`, `libusb_transfer::user_data`.
use super::affinity::Affinity;
use super::begin::Begin;
use super::cfn::{CFn, Handler, UserData};
use super::custody::{Custody, report_stray};
use super::oneshot::{Oneshot, described};
use super::outcome::{IntoStarted, Started};
use super::record::Record;
use std::marker::PhantomData;

/// Adapts a C function that takes a request with a field for user data, and calls back with the request at position `at`.
///
/// For requests that C allocates (`libusb_alloc_transfer`), or that the caller must reach while they are under way. If the
/// operation may own the request, [`request`](super::request()) is simpler and needs no field.
///
/// `field` gives the address of the field, and captures nothing: it is asked again inside the callback. `start` gets the
/// function pointer; if that is a field too, `start` stores it there. `on` gets the request and the callback's other arguments.
/// The request itself, or what frees it, belongs into [`keep`](Oneshot::keep).
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics: as for
/// [`oneshot`](super::oneshot()). With keys, a second call is seen as long as the request is still there.
///
/// # Safety
///
/// The promises of [`oneshot`](super::oneshot()). Further:
///
/// 1. The request is valid, and does not move, until C has called back.
/// 2. Nobody else writes to the field meanwhile.
/// 3. `field` computes an address within the request, and does nothing else.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, First};
/// #[repr(C)]
/// struct Transfer { callback: Option<unsafe extern "C" fn(*mut Transfer)>, user_data: *mut c_void, result: i32 }
/// unsafe extern "C" fn submit(transfer: *mut Transfer) {
///     unsafe {
///         (*transfer).result = 5;
///         ((*transfer).callback.unwrap())(transfer)
///     }
/// }
/// let mut transfer = vec![Transfer { callback: None, user_data: std::ptr::null_mut(), result: 0 }];
/// let at = transfer.as_mut_ptr();
/// # uncallback::__private::block_on(async {
/// // SAFETY: `submit` calls back exactly once, and the operation keeps the transfer until then.
/// let result = unsafe {
///     ffi::in_field(
///         First,
///         at,
///         |transfer| &raw mut (*transfer).user_data,
///         |cb| {
///             (*at).callback = cb;
///             submit(at);
///         },
///         |transfer, ()| (*transfer).result,
///     )
///     .local()
///     .keep(transfer)
/// };
/// assert_eq!(result.await, Ok(5));
/// # });
/// ```
#[track_caller]
pub unsafe fn in_field<P, F, R, D, N, H, Said, S, O, T>(
    at: P,
    request: *mut R,
    field: N,
    start: S,
    on: O,
) -> Oneshot<T, F, Noting<S, R, D, N, P>, Noted<O>>
where
    F: CFn<P, Ret = (), Data = *mut R>,
    D: UserData,
    N: Fn(*mut R) -> *mut D + Copy + 'static,
    S: FnOnce(F) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(*mut R, F::Args) -> T + 'static,
{
    const { assert!(size_of::<N>() == 0, "the closure that finds the field captures nothing") };
    let _ = at;
    described(Noting { start, request, field, types: PhantomData }, Noted(on))
}

/// A start closure with the request into which the user data is written.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use uncallback::ffi::{self, First, Noted, Noting, Oneshot};
/// struct Req { data: usize, result: u8 }
/// type Callback = unsafe extern "C" fn(*mut Req);
/// type Field = fn(*mut Req) -> *mut usize;
/// # fn data(req: *mut Req) -> *mut usize { unsafe { &raw mut (*req).data } }
/// fn result<N>(
///     operation: Oneshot<u8, Callback, Noting<fn(Callback), Req, usize, N, First>, Noted<fn(*mut Req, ()) -> u8>>,
/// ) where
///     N: Fn(*mut Req) -> *mut usize, // captures nothing, and is a type of its own
/// {
///     drop(operation); // not started: nothing happens
/// }
/// let mut req = Req { data: 0, result: 7 };
/// let at = &raw mut req;
/// // SAFETY: never started.
/// result(unsafe { ffi::in_field(First, at, data, (|_cb| ()) as fn(Callback), |req, ()| (*req).result) });
/// ```
pub struct Noting<S, R, D, N, P> {
    start: S,
    request: *mut R,
    field: N,
    types: PhantomData<fn() -> (D, P)>,
}

/// The closure that reads a completed request of [`in_field`].
///
/// See the example of [`Noting`].
#[derive(Debug)]
pub struct Noted<O>(O);

impl<P, F, R, D, N, H, Said, S, O, T, K, M, U> Begin<F, T, Noted<O>, K, M, U> for Noting<S, R, D, N, P>
where
    F: CFn<P, Ret = (), Data = *mut R>,
    D: UserData,
    N: Fn(*mut R) -> *mut D + Copy,
    S: FnOnce(F) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(*mut R, F::Args) -> T,
    M: Affinity,
    U: Custody,
{
    type Handle = H;
    type Custody = U;

    fn begin(self, token: *mut ()) -> Started<H> {
        // SAFETY: the request is valid, and the field ours (contract of `in_field`).
        unsafe { (self.field)(self.request).write(D::from_token(token)) };
        (self.start)(F::trampoline::<Fire<T, O, R, D, N, K, M, U>>()).into_started()
    }
}

struct Fire<T, O, R, D, N, K, M, U>(PhantomData<(T, O, R, D, N, K, M, U)>);

// SAFETY: `Record::fire` and `report_stray` guard all user code but `field`, which computes an address.
unsafe impl<Args, T, O, R, D, N, K, M, U> Handler<Args, ()> for Fire<T, O, R, D, N, K, M, U>
where
    D: UserData,
    N: Fn(*mut R) -> *mut D + Copy,
    O: FnOnce(*mut R, Args) -> T,
    M: Affinity,
    U: Custody,
{
    unsafe fn call(request: *mut (), args: Args) {
        let request = request.cast::<R>();
        // SAFETY: a value without a size, `Copy`, of which `in_field` was given one.
        let field = unsafe { std::ptr::dangling::<N>().read() };
        // SAFETY: C passes the request that `begin` wrote to, and which is valid until we return.
        let token = unsafe { field(request).read() }.into_token();
        // SAFETY: the token that `begin` wrote; with pointers C calls once (contract).
        match unsafe { U::claim(token) } {
            // SAFETY: claimed, and of this type, because field and trampoline are set together.
            Some(record) => unsafe {
                Record::<T, Noted<O>, K, M>::fire(record, |_| (), |noted| ((noted.0)(request, args), ()));
            },
            None => report_stray(token),
        }
    }
}
