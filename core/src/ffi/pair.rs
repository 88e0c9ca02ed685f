//! A success callback and a failure callback with one user data: SDKs that call one of the two.
use super::affinity::Affinity;
use super::begin::Begin;
use super::cfn::{CFn, Handler, UserData};
use super::custody::{ByKey, Custody, report_stray};
use super::oneshot::{Oneshot, described};
use super::outcome::{IntoStarted, Started};
use super::record::Record;
use std::marker::PhantomData;

/// Adapts a C function that takes one callback for success and one for failure.
///
/// The output is `Result<Result<A, E>, CallbackError>`.
///
/// # What happens when
///
/// - the future is **dropped**, or neither callback is **ever called**: as for [`oneshot`](super::oneshot()).
/// - a callback is **called twice**, or both are: whichever comes first decides; the others are counted as
///   [`Stray`](super::Stray)s. That is checked in every build, because libraries do call both.
/// - one of the closures **panics**: C gets a normal return; the panic resumes in the awaiter.
///
/// # Safety
///
/// The promises of [`oneshot`](super::oneshot()), except that C may call both pointers, any number of times. C hands the same
/// user data to both.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Started};
/// type Callback = extern "C" fn(*mut c_void, c_int);
/// unsafe extern "C" fn login(ok: Callback, _err: Callback, data: *mut c_void) { ok(data, 7) }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `login` calls one of the two, with a number.
/// let session = unsafe {
///     ffi::pair(First, |ok, err, data| login(ok, err, data), |(id,)| id, |(code,)| code)
/// };
/// assert_eq!(session.await, Ok(Ok(7)));
/// # });
/// ```
#[track_caller]
pub unsafe fn pair<P, G, B, H, Said, S, OnOk, OnErr, A, E>(
    at: P,
    start: S,
    on_ok: OnOk,
    on_err: OnErr,
) -> Oneshot<Result<A, E>, (G, B), CallingBoth<S, P>, Both<OnOk, OnErr>>
where
    G: CFn<P, Ret = (), Data: UserData>,
    B: CFn<P, Ret = (), Data = G::Data>,
    S: FnOnce(G, B, G::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    OnOk: FnOnce(G::Args) -> A + 'static,
    OnErr: FnOnce(B::Args) -> E + 'static,
{
    let _ = at;
    described(CallingBoth(start, PhantomData), Both { on_ok, on_err })
}

/// A start closure that takes two function pointers.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, Both, CallingBoth, First, Oneshot};
/// type Callback = extern "C" fn(*mut c_void, u8);
/// type Start = fn(Callback, Callback, *mut c_void);
/// type On = fn((u8,)) -> u8;
/// type Login = Oneshot<Result<u8, u8>, (Callback, Callback), CallingBoth<Start, First>, Both<On, On>>;
///
/// fn login(ok: Callback, _err: Callback, data: *mut c_void) { ok(data, 7) }
/// let on: On = |(n,)| n;
/// // SAFETY: `login` calls one of the two.
/// let session: Login = unsafe { ffi::pair(First, login as Start, on, on) };
/// # uncallback::__private::block_on(async {
/// assert_eq!(session.await, Ok(Ok(7)));
/// # });
/// ```
pub struct CallingBoth<S, P>(S, PhantomData<fn() -> P>);

/// The closures of a pair. One of them runs; the other is dropped with it.
///
/// See the example of [`CallingBoth`].
#[derive(Debug)]
pub struct Both<OnOk, OnErr> {
    on_ok: OnOk,
    on_err: OnErr,
}

impl<P, G, B, H, Said, S, OnOk, OnErr, A, E, K, M, U> Begin<(G, B), Result<A, E>, Both<OnOk, OnErr>, K, M, U>
    for CallingBoth<S, P>
where
    G: CFn<P, Ret = (), Data: UserData>,
    B: CFn<P, Ret = (), Data = G::Data>,
    S: FnOnce(G, B, G::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    OnOk: FnOnce(G::Args) -> A,
    OnErr: FnOnce(B::Args) -> E,
    M: Affinity,
    U: Custody,
{
    type Handle = H;
    /// Believing that only one is called would be asking for trouble.
    type Custody = ByKey;

    fn begin(self, token: *mut ()) -> Started<H> {
        (self.0)(
            G::trampoline::<Fire<OkSide, A, E, OnOk, OnErr, K, M>>(),
            B::trampoline::<Fire<ErrSide, A, E, OnOk, OnErr, K, M>>(),
            UserData::from_token(token),
        )
        .into_started()
    }
}

struct OkSide;
struct ErrSide;

struct Fire<Side, A, E, OnOk, OnErr, K, M>(PhantomData<(Side, A, E, OnOk, OnErr, K, M)>);

/// Runs one side of the record behind `token`.
///
/// # Safety
///
/// The token was deposited for a record of these types.
unsafe fn fire<A, E, OnOk, OnErr, K, M: Affinity>(
    token: *mut (),
    side: impl FnOnce(Both<OnOk, OnErr>) -> Result<A, E>,
) {
    // SAFETY: a key may be claimed any number of times.
    match unsafe { ByKey::claim(token) } {
        // SAFETY: claimed, and of this type (contract).
        Some(record) => unsafe {
            Record::<Result<A, E>, Both<OnOk, OnErr>, K, M>::fire(record, |_| (), |both| (side(both), ()));
        },
        None => report_stray(token),
    }
}

// SAFETY: `Record::fire` and `report_stray` guard all user code.
unsafe impl<Args, A, E, OnOk, OnErr, K, M> Handler<Args, ()> for Fire<OkSide, A, E, OnOk, OnErr, K, M>
where
    OnOk: FnOnce(Args) -> A,
    M: Affinity,
{
    unsafe fn call(token: *mut (), args: Args) {
        // SAFETY: handler and token are made together, in `begin`.
        unsafe { fire::<A, E, OnOk, OnErr, K, M>(token, |both| Ok((both.on_ok)(args))) };
    }
}

// SAFETY: as above.
unsafe impl<Args, A, E, OnOk, OnErr, K, M> Handler<Args, ()> for Fire<ErrSide, A, E, OnOk, OnErr, K, M>
where
    OnErr: FnOnce(Args) -> E,
    M: Affinity,
{
    unsafe fn call(token: *mut (), args: Args) {
        // SAFETY: as above.
        unsafe { fire::<A, E, OnOk, OnErr, K, M>(token, |both| Err((both.on_err)(args))) };
    }
}
