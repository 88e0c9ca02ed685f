//! A C request struct whose address is all that the callback gets: libuv, libusb, nng.
use super::affinity::Affinity;
use super::begin::Begin;
use super::cfn::{CFn, Handler};
use super::custody::{Custody, Place, Sealed};
use super::guard::drop_quietly;
use super::oneshot::{Oneshot, described};
use super::outcome::{IntoStarted, Started};
use super::record::Record;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// Adapts a C function that takes a request struct and calls back with its address, at position `at`.
///
/// The request lives at a fixed address from the start until the callback has returned, whatever becomes of the
/// future; buffers that it points to belong into [`keep`](Oneshot::keep). `on` gets it by `&mut`, with the other arguments.
///
/// # What happens when
///
/// - the future is **dropped**: as for [`oneshot`](super::oneshot()). The request stays where it is until C has called back.
/// - the callback is **called twice**: undefined, in every build. There is nothing to check when C calls back: an address is
///   not a key.
/// - the callback is **never called**: the future waits, and the request is leaked.
/// - `on` **panics**: C gets a normal return; the panic resumes in the awaiter.
///
/// # Safety
///
/// The promises of [`oneshot`](super::oneshot()), of which the first (at most one call) is not watched over in any build.
/// Further: C does not touch the request after its callback has returned, and hands the callback the address that `start`
/// has got.
///
/// ```
/// use uncallback::ffi::{self, First, Started};
/// #[repr(C)]
/// struct Req { result: i32 }
/// unsafe extern "C" fn submit(req: *mut Req, cb: unsafe extern "C" fn(*mut Req)) {
///     unsafe { (*req).result = 5; cb(req) }
/// }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `submit` calls back exactly once and is done with the request then.
/// let result = unsafe {
///     ffi::request(First, Req { result: 0 }, |cb, req| submit(req, cb), |req, ()| req.result)
/// };
/// assert_eq!(result.await, Ok(5));
/// # });
/// ```
#[track_caller]
pub unsafe fn request<P, F, R, H, Said, S, O, T>(
    at: P,
    request: R,
    start: S,
    on: O,
) -> Oneshot<T, F, Submitting<S, R, P>, Requested<O, R>>
where
    F: CFn<P, Ret = (), Data = *mut R>,
    R: 'static,
    S: FnOnce(F, *mut R) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(&mut R, F::Args) -> T + 'static,
{
    let _ = at;
    described(Submitting { start, request, at: PhantomData }, Requested { on, request: PhantomData })
}

/// A start closure with the request that it submits.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use uncallback::ffi::{self, First, Oneshot, Requested, Submitting};
/// struct Req { result: i32 }
/// type Callback = unsafe extern "C" fn(*mut Req);
/// type Submit = fn(Callback, *mut Req);
/// type Read = fn(&mut Req, ()) -> i32;
/// type Job = Oneshot<i32, Callback, Submitting<Submit, Req, First>, Requested<Read, Req>>;
///
/// # fn submit(cb: Callback, req: *mut Req) { unsafe { (*req).result = 5; cb(req) } }
/// // SAFETY: `submit` calls back exactly once and is done with the request then.
/// let job: Job = unsafe {
///     ffi::request(First, Req { result: 0 }, submit as Submit, (|req, ()| req.result) as Read)
/// };
/// # uncallback::__private::block_on(async {
/// assert_eq!(job.await, Ok(5));
/// # });
/// ```
pub struct Submitting<S, R, P> {
    start: S,
    request: R,
    at: PhantomData<fn() -> P>,
}

/// The closure that reads a completed request of [`request`](super::request()).
///
/// See the example of [`Submitting`].
#[derive(Debug)]
pub struct Requested<O, R> {
    on: O,
    /// The request is part of the operation: it goes to the thread of the callback.
    request: PhantomData<R>,
}

/// The user data is a pointer to the request, and the record lies behind it.
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::ByRequest<[u8; 64]>>();
/// ```
#[derive(Debug)]
pub struct ByRequest<R>(PhantomData<R>);

/// What C points to. The request comes first, so that its address is that of the whole.
#[repr(C)]
struct Parcel<R> {
    /// Initialised by `begin`, before C hears of it.
    request: MaybeUninit<R>,
    record: *mut (),
}

impl<R> Sealed for ByRequest<R> {}

impl<R> Custody for ByRequest<R> {
    fn deposit(record: *mut (), _place: Place) -> *mut () {
        Box::into_raw(Box::new(Parcel::<R> { request: MaybeUninit::uninit(), record })).cast()
    }

    unsafe fn claim(token: *mut ()) -> Option<*mut ()> {
        // SAFETY: the box of `deposit`, once (contract).
        let Parcel { request, record } = *unsafe { Box::from_raw(token.cast::<Parcel<R>>()) };
        // SAFETY: whoever claims does so after `begin` has written it.
        drop_quietly(unsafe { request.assume_init() });
        Some(record)
    }
}

impl<P, F, R, H, Said, S, O, T, K, M, U> Begin<F, T, Requested<O, R>, K, M, U> for Submitting<S, R, P>
where
    F: CFn<P, Ret = (), Data = *mut R>,
    R: 'static,
    S: FnOnce(F, *mut R) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(&mut R, F::Args) -> T,
    M: Affinity,
    U: Custody,
{
    type Handle = H;
    type Custody = ByRequest<R>;

    fn begin(self, token: *mut ()) -> Started<H> {
        let request = token.cast::<R>();
        // SAFETY: the token is a parcel of this type that nobody else knows yet; the request is its first field.
        unsafe { request.write(self.request) };
        (self.start)(F::trampoline::<Fire<T, O, R, K, M>>(), request).into_started()
    }
}

struct Fire<T, O, R, K, M>(PhantomData<(T, O, R, K, M)>);

// SAFETY: `Record::fire` guards the closure, `drop_quietly` the request.
unsafe impl<Args, T, O, R, K, M> Handler<Args, ()> for Fire<T, O, R, K, M>
where
    O: FnOnce(&mut R, Args) -> T,
    M: Affinity,
{
    unsafe fn call(token: *mut (), args: Args) {
        // SAFETY: the parcel that `begin` submitted; C calls once.
        let mut parcel = unsafe { Box::from_raw(token.cast::<Parcel<R>>()) };
        let record = parcel.record;
        // SAFETY: initialised in `begin`; C has no other use for it while the callback runs.
        let request = unsafe { parcel.request.assume_init_mut() };
        let react = |requested: Requested<O, R>| ((requested.on)(request, args), ());
        // SAFETY: the record of this parcel, which is of this type, once.
        let kept = unsafe { Record::<T, Requested<O, R>, K, M>::fire_keeping(record, |_| (), react) }.1;
        // The buffers go after the request that points to them.
        // SAFETY: initialised, and dropped once: the box does not drop it.
        M::release(kept.home(), unsafe { parcel.request.assume_init_read() });
        drop(kept);
    }
}
