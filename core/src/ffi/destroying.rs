//! User data with a destroy function: GLib, sd-bus, SQLite. C says itself when it lets go.
use super::affinity::Affinity;
use super::begin::Begin;
use super::cfn::{CFn, Handler, UserData};
use super::custody::{self, ByKey, Custody, Place, Sealed, report_stray};
use super::guard::drop_quietly;
use super::oneshot::{Oneshot, described};
use super::outcome::{IntoStarted, Started};
use super::record::{Plain, Reaction, Record};
use crate::sync::atomic::{AtomicPtr, Ordering};
use std::any::Any;
use std::cell::UnsafeCell;
use std::marker::PhantomData;

/// A C function that frees user data.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{Destroyable, DestroyFn};
/// let (data, destroy): (*mut c_void, DestroyFn<*mut c_void>) = Destroyable::new(7).into_raw();
/// // SAFETY: destroyed once.
/// unsafe { destroy(data) };
/// ```
pub type DestroyFn<D> = unsafe extern "C" fn(D);

/// Adapts a C function that takes a callback, user data and a function that destroys the user data.
///
/// # What happens when
///
/// - the future is **dropped**: as for [`oneshot`](super::oneshot()). What was given to [`keep`](Oneshot::keep) lives until the
///   destroy function has run, not only until the callback has.
/// - the callback is **called twice**, or either function after the destroy function: counted as [`Stray`](super::Stray)s,
///   in every build.
/// - the callback is **never called**: when the destroy function runs, the awaiter hears
///   [`NeverCalled`](super::CallbackError::NeverCalled).
/// - `on` **panics**: C gets a normal return; the panic resumes in the awaiter.
///
/// To cancel where C documents "the callback is not called, but the destroy function is", the closure answers
/// [`StillFires`](super::Cancel::StillFires): the destroy function is the call that still comes.
///
/// # Safety
///
/// The promises of [`oneshot`](super::oneshot()), but for the number of calls, which is checked. Further:
///
/// 1. C hands the same user data to the callback and to the destroy function.
/// 2. If `start` returned [`Refused`](Started::Refused), C calls neither of the two afterwards.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, CallbackError, DestroyFn, First, Started};
/// type Callback = unsafe extern "C" fn(*mut c_void, c_int);
/// /// Loses interest at once.
/// unsafe extern "C" fn watch(_cb: Callback, data: *mut c_void, destroy: DestroyFn<*mut c_void>) { unsafe { destroy(data) } }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `watch` calls back at most once, and destroys the data.
/// let seen = unsafe {
///     ffi::oneshot_destroying(First, |cb, data, destroy| watch(cb, data, destroy), |(n,)| n)
/// };
/// assert!(matches!(seen.await, Err(CallbackError::NeverCalled(_))));
/// # });
/// ```
#[track_caller]
pub unsafe fn oneshot_destroying<P, F, H, Said, S, O, T>(
    at: P,
    start: S,
    on: O,
) -> Oneshot<T, F, CallingDestroying<S, P>, Plain<O>>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data, DestroyFn<F::Data>) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(F::Args) -> T + 'static,
{
    let _ = at;
    described(CallingDestroying(start, PhantomData), Plain(on))
}

/// A start closure that takes a callback and a destroy function.
///
/// Part of the type of an operation, which has to be named only where it is stored:
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, CallingDestroying, DestroyFn, First, Oneshot, Plain};
/// type Data = *mut c_void;
/// type Callback = extern "C" fn(Data, u8);
/// type Start = fn(Callback, Data, DestroyFn<Data>);
/// type Watch = Oneshot<u8, Callback, CallingDestroying<Start, First>, Plain<fn((u8,)) -> u8>>;
///
/// fn watch(callback: Callback, data: Data, destroy: DestroyFn<Data>) {
///     callback(data, 7);
///     // SAFETY: what the library does with its user data.
///     unsafe { destroy(data) };
/// }
/// // SAFETY: `watch` calls back at most once, and destroys the data.
/// let watched: Watch = unsafe { ffi::oneshot_destroying(First, watch as Start, (|(n,)| n) as fn((u8,)) -> u8) };
/// # uncallback::__private::block_on(async {
/// assert_eq!(watched.await, Ok(7));
/// # });
/// ```
pub struct CallingDestroying<S, P>(S, PhantomData<fn() -> P>);

/// The user data is a key to an envelope, which outlives the record in it: what [`oneshot_destroying`] does.
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::ByEnvelope>();
/// ```
#[derive(Debug)]
pub struct ByEnvelope(());

/// Lives until C destroys it.
struct Envelope {
    /// The record; null once the callback has come.
    record: AtomicPtr<()>,
    /// What the record kept. Written by the one call that took the record, dropped with the envelope.
    kept: UnsafeCell<Option<Box<dyn Any>>>,
}

impl Sealed for ByEnvelope {}

impl Custody for ByEnvelope {
    fn deposit(record: *mut (), place: Place) -> *mut () {
        let envelope = Box::new(Envelope { record: AtomicPtr::new(record), kept: UnsafeCell::new(None) });
        ByKey::deposit(Box::into_raw(envelope).cast(), place)
    }

    /// Claims the envelope with what is in it.
    unsafe fn claim(token: *mut ()) -> Option<*mut ()> {
        let envelope = custody::retire(token)?;
        // SAFETY: retired, and nobody is using it.
        let envelope = unsafe { Box::from_raw(envelope.cast::<Envelope>()) };
        envelope.take()
    }
}

impl Envelope {
    fn take(&self) -> Option<*mut ()> {
        // ORDERING: the winner reads the record, which the table has published; nothing is written before.
        let record = self.record.swap(std::ptr::null_mut(), Ordering::Acquire);
        (!record.is_null()).then_some(record)
    }
}

impl<P, F, H, Said, S, O, T, K, M, U> Begin<F, T, Plain<O>, K, M, U> for CallingDestroying<S, P>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data, DestroyFn<F::Data>) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(F::Args) -> T,
    K: 'static,
    M: Affinity + 'static,
    U: Custody,
{
    type Handle = H;
    type Custody = ByEnvelope;

    fn begin(self, token: *mut ()) -> Started<H> {
        (self.0)(
            F::trampoline::<Fire<T, O, K, M>>(),
            F::Data::from_token(token),
            destroy::<F::Data, T, Plain<O>, K, M>,
        )
        .into_started()
    }
}

struct Fire<T, O, K, M>(PhantomData<(T, O, K, M)>);

// SAFETY: `Record::fire_keeping`, `free` and `report_stray` guard all user code.
unsafe impl<Args, T, O, K, M> Handler<Args, ()> for Fire<T, O, K, M>
where
    O: FnOnce(Args) -> T,
    K: 'static,
    M: Affinity + 'static,
{
    unsafe fn call(token: *mut (), args: Args) {
        let fired = custody::enter(
            token,
            |envelope| {
                // SAFETY: entered: it lives until we leave.
                let envelope = unsafe { &*envelope.cast::<Envelope>() };
                let record = envelope.take()?;
                let react = |plain: Plain<O>| plain.react(args);
                // SAFETY: taken: ours, once; handler and token are made together.
                let ((), kept) = unsafe { Record::<T, Plain<O>, K, M>::fire_keeping(record, |_| (), react) };
                // SAFETY: only the call that took the record comes here, and only the last owner reads it.
                unsafe { *envelope.kept.get() = Some(Box::new(kept)) };
                Some(())
            },
            // SAFETY: the last user of a retired envelope owns it.
            |envelope| unsafe { free::<T, Plain<O>, K, M>(envelope) },
        );
        if fired.flatten().is_none() {
            report_stray(token);
        }
    }
}

/// What C calls when it lets go.
unsafe extern "C" fn destroy<D: UserData, T, X, K, M: Affinity>(data: D) {
    if let Some(envelope) = custody::retire(data.into_token()) {
        // SAFETY: retired, and nobody is using it.
        unsafe { free::<T, X, K, M>(envelope) };
    }
}

/// # Safety
///
/// The envelope is the caller's, and its record is of these types.
unsafe fn free<T, X, K, M: Affinity>(envelope: *mut ()) {
    // SAFETY: by contract.
    let envelope = unsafe { Box::from_raw(envelope.cast::<Envelope>()) };
    if let Some(record) = envelope.take() {
        // SAFETY: taken: ours.
        unsafe { Record::<T, X, K, M>::abandon(record) };
    }
    drop_quietly(envelope);
}

/// A value that C carries as user data and frees with a destroy function, for callbacks that come often: SQL functions,
/// GLib signal handlers.
///
/// # What happens when
///
/// - it is **dropped** before C has it: the value is dropped.
/// - C calls back **twice**, or on several threads: the calls share the value.
/// - C **never** destroys it: the value is leaked. Destroyed twice, or used after that: undefined; nothing is checked here.
/// - the value's `Drop` **panics** in the destroy function: that is caught, and ends there.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::Destroyable;
/// let (data, destroy) = Destroyable::new(String::from("shared")).into_raw();
/// // SAFETY: `data` is alive and of this type.
/// assert_eq!(unsafe { Destroyable::<String>::borrow(data) }, "shared");
/// // SAFETY: C lets go.
/// unsafe { destroy(data) };
/// ```
#[derive(Debug)]
pub struct Destroyable<T>(Box<T>);

impl<T: Send + Sync + 'static> Destroyable<T> {
    /// Prepares a value for C. Callbacks share it, maybe on several threads.
    ///
    /// See the example of [`Destroyable`].
    pub fn new(value: T) -> Self {
        Self(Box::new(value))
    }

    /// The user data and its destroy function, which drops the value. A panic of its `Drop` is caught.
    ///
    /// See the example of [`Destroyable`].
    pub fn into_raw(self) -> (*mut std::ffi::c_void, DestroyFn<*mut std::ffi::c_void>) {
        unsafe extern "C" fn destroy<T>(data: *mut std::ffi::c_void) {
            // SAFETY: C destroys once what `into_raw` made.
            drop_quietly(unsafe { Box::from_raw(data.cast::<T>()) });
        }
        (Box::into_raw(self.0).cast(), destroy::<T>)
    }

    /// The value behind user data, in a callback.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. `data` came from [`into_raw`](Self::into_raw) of a `Destroyable` of this very `T`: C hands the user data back as it
    ///    got it.
    /// 2. It is not destroyed for as long as the reference is used: C does not call the destroy function during the callback,
    ///    nor on another thread.
    ///
    /// See the example of [`Destroyable`].
    pub unsafe fn borrow<'a>(data: *mut std::ffi::c_void) -> &'a T {
        // SAFETY: by contract.
        unsafe { &*data.cast::<T>() }
    }
}
