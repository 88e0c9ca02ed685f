//! A C callback that comes once: from a closure that calls the C function to a future of what the callback brought.
use super::affinity::{Admits, Affinity, Anywhere, Local};
use super::begin::{Begin, Calling};
use super::cancel::{Canceller, Firing, NoCancel, With};
use super::cfn::{CFn, UserData};
use super::custody::{ByKey, Custody, DefaultCustody, Place};
use super::drained::{Drained, Signal, drained};
use super::lazy::Lazy;
use super::outcome::{CallbackError, Cancel, IntoStarted};
use super::owner::{Enrolled, Line, Owner};
use super::pending::{Pending, Reclaim};
use super::record::{Answering, Plain, Record};
use crate::oneshot::receiver;
use std::marker::PhantomData;
use std::panic::Location;
use std::task::Waker;

/// An operation of C that is described, but not started: made by [`oneshot`], [`oneshot_answering`] and [`pair`](super::pair()).
///
/// [`start`](Oneshot::start) calls the C function now; `.await` calls it at the first poll, as Rust futures do.
///
/// | the C documentation says | the builder |
/// |---|---|
/// | the buffer must stay valid until the callback | [`keep`](Oneshot::keep) |
/// | how to cancel, and what that means for the callback | [`cancel_with`](Oneshot::cancel_with) |
/// | callbacks are dropped with the object | [`owned_by`](Oneshot::owned_by) |
/// | the callback comes on the calling thread | [`local`](Oneshot::local) |
/// | nothing that can be believed | [`checked`](Oneshot::checked) |
///
/// # What happens when
///
/// - it is **dropped** before it was started: the C function is not called, and the closures are dropped.
/// - it was started: see [`Pending`](Pending#what-happens-when).
///
/// ```
/// # use core::ffi::c_void;
/// use uncallback::ffi::{self, First};
/// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `work` calls back exactly once.
/// let described = || unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) };
/// drop(described()); // nothing has happened
/// let started = described().start(); // `work` was called,
/// assert_eq!(started.await, Ok(1));
/// assert_eq!(described().await, Ok(1)); // and once more, by the await
/// # });
/// ```
#[must_use = "an operation that is not started does nothing"]
pub struct Oneshot<T, F, S, X, K = (), C = NoCancel, M = Anywhere, U = DefaultCustody> {
    pub(super) start: S,
    pub(super) reaction: X,
    pub(super) keep: K,
    pub(super) cancel: C,
    pub(super) line: Option<Line>,
    pub(super) place: Place,
    pub(super) types: PhantomData<fn() -> (T, F, M, U)>,
}

/// Adapts a C function that calls back once, with its user data at position `at`.
///
/// `start` gets the function pointer and the user data, calls the C function and says how that went. `on` runs inside
/// the callback with C's other arguments, as a tuple, and makes the value for the awaiter. The output is
/// `Result<T, CallbackError>`: in C, a callback that never comes is an ordinary event.
///
/// Nothing is allocated for the user data if `on` captures nothing: it is the cell of the one-shot itself.
///
/// | event | what happens |
/// |---|---|
/// | called inside `start`, later, or on another thread | the awaiter gets the value |
/// | `start` returns [`Refused`](super::Started::Refused) | user data is freed, the awaiter gets the code |
/// | called twice, or after the future is gone | with keys (debug builds, feature `ffi-tracked`, [`checked`](Oneshot::checked)): a counted [`Stray`](super::Stray); with pointers: undefined, promise 1 |
/// | `on` panics | C gets a normal return; the panic resumes in the awaiter |
/// | destroyed without a call | see [`owned_by`](Oneshot::owned_by) and [`oneshot_destroying`](super::oneshot_destroying()) |
/// | future dropped | the cancel closure runs; unless it says [`Silenced`](Cancel::Silenced), C keeps the user data and its late call is quiet |
///
/// [`Pending`](Pending#what-happens-when) says the same of the future.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer at most once, with this user data at `at`, and with the argument types of `F`.
/// 2. If `start` returned [`Refused`](super::Started::Refused), the pointer is not called afterwards, and C does not free the user data.
/// 3. `on` reads through its arguments only what C allows, and copies what it keeps.
/// 4. Unless it says [`local`](Oneshot::local), C may call on any thread: the compiler checks that the operation may go there.
///
/// Everything else is safe whatever the caller does: any order of polls and drops, `mem::forget`, completion inside
/// `start`, panics in every closure.
///
/// # Panics
///
/// Awaiting panics with the payload of a panic in `on`.
///
/// # Cancel safety
///
/// Dropping the future never blocks and never frees what C still holds.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Started};
/// /// What a C library offers; this one calls back at once.
/// unsafe extern "C" fn lookup(id: c_int, cb: extern "C" fn(*mut c_void, c_int, c_int), data: *mut c_void) -> c_int {
///     cb(data, 0, id * 2);
///     0
/// }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `lookup` calls back exactly once if it returns 0, else never; the arguments are plain numbers.
/// let twice = unsafe {
///     ffi::oneshot(First, |cb, data| Started::zero_ok(lookup(21, cb, data)), |(_status, value)| value)
/// }.await;
/// assert_eq!(twice, Ok(42));
/// # });
/// ```
///
/// What C keeps must own everything. This does not compile:
///
/// ```compile_fail,E0597
/// # use core::ffi::{c_int, c_void};
/// # use uncallback::ffi::{self, First, Started};
/// # unsafe extern "C" fn later(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) {}
/// let factor = 3;
/// let borrowed = &factor;
/// // SAFETY: none of the promises covers a borrow.
/// let pending = unsafe { ffi::oneshot(First, |cb, data| later(cb, data), move |(n,)| n * borrowed) }.start();
/// ```
#[track_caller]
pub unsafe fn oneshot<P, F, H, Said, S, O, T>(
    at: P,
    start: S,
    on: O,
) -> Oneshot<T, F, Calling<S, P>, Plain<O>>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(F::Args) -> T + 'static,
{
    let _ = at;
    described(Calling::new(start), Plain(on))
}

/// Adapts a C function that calls back once and wants an answer from the callback.
///
/// As [`oneshot`]; `on` returns the value for the awaiter and the answer for C.
///
/// # What happens when
///
/// - the future is **dropped**, or the callback is **never called**: as for [`oneshot`].
/// - the callback is **called twice**: as for [`oneshot`]; where the call is counted, C gets zero, null or nothing.
/// - `on` **panics**: C gets `on_panic`, and the panic resumes in the awaiter.
///
/// # Safety
///
/// The promises of [`oneshot`]; and C can deal with `on_panic`, and with zero or null, as an answer.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Started};
/// unsafe extern "C" fn ask(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void) {
///     assert_eq!(cb(data, 20), 1);
/// }
/// # uncallback::__private::block_on(async {
/// // SAFETY: `ask` calls back exactly once, with a number.
/// let seen = unsafe {
///     ffi::oneshot_answering(First, |cb, data| ask(cb, data), |(n,)| (n + 1, 1), 0)
/// };
/// assert_eq!(seen.await, Ok(21));
/// # });
/// ```
#[track_caller]
pub unsafe fn oneshot_answering<P, F, H, Said, S, O, T>(
    at: P,
    start: S,
    on: O,
    on_panic: F::Ret,
) -> Oneshot<T, F, Calling<S, P>, Answering<O, F::Ret>>
where
    F: CFn<P, Ret: Copy, Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    O: FnOnce(F::Args) -> (T, F::Ret) + 'static,
{
    let _ = at;
    described(Calling::new(start), Answering { on, on_panic })
}

#[track_caller]
pub(super) fn described<T, F, S, X>(start: S, reaction: X) -> Oneshot<T, F, S, X> {
    Oneshot {
        start,
        reaction,
        keep: (),
        cancel: NoCancel,
        line: None,
        place: Location::caller(),
        types: PhantomData,
    }
}

impl<T, F, S, X, K, C, M, U> Oneshot<T, F, S, X, K, C, M, U> {
    /// The same, after `change`.
    fn map<K2, C2, M2, U2>(
        self,
        change: impl FnOnce(K, C) -> (K2, C2),
    ) -> Oneshot<T, F, S, X, K2, C2, M2, U2> {
        let Self { start, reaction, keep, cancel, line, place, .. } = self;
        let (keep, cancel) = change(keep, cancel);
        Oneshot { start, reaction, keep, cancel, line, place, types: PhantomData }
    }

    /// Keeps a value (a buffer, a request, a library handle) until C has let go of the operation.
    ///
    /// That is after the callback, on a refused start, after a silent cancellation, or when the owner closes: never
    /// because the future was dropped. A cancel closure that points to the value may come at the same time as the callback,
    /// so it keeps a handle of its own; see [`Kept`](super::Kept).
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started};
    /// # unsafe extern "C" fn fill(p: *mut u8, cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { unsafe { *p = 7 }; cb(d, 1) }
    /// let mut buffer = vec![0_u8; 16];
    /// let at = buffer.as_mut_ptr();
    /// // SAFETY: `fill` writes to `at` only before it calls back, and calls back once.
    /// let pending = unsafe { ffi::oneshot(First, |cb, data| fill(at, cb, data), |(n,)| n) }
    ///     .keep(buffer)
    ///     .start();
    /// ```
    pub fn keep<R: 'static>(self, resource: R) -> Oneshot<T, F, S, X, (R, K), C, M, U> {
        self.map(|keep, cancel| ((resource, keep), cancel))
    }

    /// Gives a future beside the operation that resolves when C has let go of it, and everything kept is dropped.
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started};
    /// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: `work` calls back exactly once.
    /// let (work, drained) =
    ///     unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) }.drained();
    /// drop(work.start());
    /// drained.await;
    /// # });
    /// ```
    pub fn drained(self) -> (Oneshot<T, F, S, X, (K, Signal), C, M, U>, Drained) {
        let (signal, drained) = drained(self.place);
        (self.map(|keep, cancel| ((keep, signal), cancel)), drained)
    }

    /// Says how to cancel: `cancel` runs when the future is dropped before its callback has come.
    ///
    /// It gets the handle from [`Started::Pending`](super::Started::Pending), must not block, and may be re-entered by the callback.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. If `cancel` returns [`Cancel::Silenced`], no call is running and none will come.
    /// 2. The function may be called on any thread on which the future may be dropped.
    /// 3. The C object is still there then; [`Owner::presence`] knows.
    ///
    /// ```
    /// # use core::ffi::{c_int, c_void};
    /// # use uncallback::ffi::{self, Cancel, First, Started};
    /// # unsafe extern "C" fn later(_cb: extern "C" fn(*mut c_void, u8), _d: *mut c_void) -> c_int { 3 }
    /// # unsafe extern "C" fn remove(id: c_int) -> c_int { 1 }
    /// // SAFETY: `later` calls back at most once; after `remove` has returned 1, it does not.
    /// let pending = unsafe {
    ///     ffi::oneshot(First, |cb, data| Started::nonneg_ok(later(cb, data)), |(n,)| n)
    ///         .cancel_with(|id| Cancel::silenced_if(remove(*id) == 1))
    /// }.start();
    /// drop(pending);
    /// ```
    pub unsafe fn cancel_with<H, G>(self, cancel: G) -> Oneshot<T, F, S, X, K, With<G>, M, U>
    where
        G: FnOnce(&H) -> Cancel,
    {
        self.map(|keep, _| (keep, With(cancel)))
    }

    /// As [`cancel_with`](Oneshot::cancel_with), for libraries whose callback comes all the same, with a status that says so: now, inside of
    /// `cancel`, or later. That is [`Cancel::StillFires`].
    ///
    /// # Safety
    ///
    /// The function may be called on any thread on which the future may be dropped, and the C object is still there.
    ///
    /// ```
    /// # use core::ffi::{c_int, c_void};
    /// # use uncallback::ffi::{self, First, Started};
    /// # type Cb = extern "C" fn(*mut c_void, c_int);
    /// # struct Data(*mut c_void);
    /// # unsafe impl Send for Data {}
    /// # static OPEN: std::sync::Mutex<Option<(Cb, Data)>> = std::sync::Mutex::new(None);
    /// # unsafe extern "C" fn begin(cb: Cb, data: *mut c_void) { *OPEN.lock().unwrap() = Some((cb, Data(data))) }
    /// # unsafe extern "C" fn cancel() { let (cb, Data(data)) = OPEN.lock().unwrap().take().unwrap(); cb(data, 24) }
    /// // SAFETY: `begin` calls back once, inside of `cancel` at the latest, which may be called at any time.
    /// let mut pending = unsafe {
    ///     ffi::oneshot(First, |cb, data| begin(cb, data), |(status,)| status).cancel_firing(|()| cancel())
    /// }.start();
    /// pending.cancel();
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(pending.await, Ok(24));
    /// # });
    /// ```
    pub unsafe fn cancel_firing<H, G>(self, cancel: G) -> Oneshot<T, F, S, X, K, Firing<G>, M, U>
    where
        G: FnOnce(&H),
    {
        self.map(|keep, _| (keep, Firing(cancel)))
    }

    /// Enters the operation into the book of the C object that it belongs to; see [`Owner`].
    ///
    /// Such an operation goes by key: see [`checked`](Oneshot::checked).
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// use uncallback::ffi::{self, Anywhere, ByKey, CallbackError, Enrolled, First, NoCancel, Oneshot, Owner};
    /// # unsafe extern "C" fn forget(_cb: extern "C" fn(*mut c_void, u8), _d: *mut c_void) {}
    /// let owner = Owner::new();
    /// // SAFETY: `forget` never calls back.
    /// let owned: Oneshot<_, _, _, _, (Enrolled, ()), NoCancel, Anywhere, ByKey> =
    ///     unsafe { ffi::oneshot(First, |cb, data| forget(cb, data), |(n,)| n) }.owned_by(&owner);
    /// let pending = owned.start();
    /// assert_eq!(owner.outstanding(), 1);
    /// // SAFETY: C holds nothing any more.
    /// unsafe { owner.close() };
    /// # uncallback::__private::block_on(async {
    /// assert!(matches!(pending.await, Err(CallbackError::NeverCalled(_))));
    /// # });
    /// ```
    pub fn owned_by(mut self, owner: &Owner) -> Oneshot<T, F, S, X, (Enrolled, K), C, M, ByKey> {
        let enrolled = Enrolled::new(owner);
        self.line = Some(enrolled.line());
        self.map(|keep, cancel| ((enrolled, keep), cancel))
    }

    /// Lifts the demand that everything be `Send`: C calls back on the thread that starts the operation.
    ///
    /// The record checks that. A call on another thread runs nothing of the operation: it is counted as a
    /// [`Stray`](super::Stray), the awaiter hears [`NeverCalled`](CallbackError::NeverCalled), and what was captured is leaked.
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started};
    /// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
    /// use std::rc::Rc;
    /// let shared = Rc::new(41);
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: `work` calls back exactly once, on this thread.
    /// let sum = unsafe {
    ///     ffi::oneshot(First, |cb, data| work(cb, data), move |(n,)| *shared + i32::from(n))
    /// }.local();
    /// assert_eq!(sum.await, Ok(42));
    /// # });
    /// ```
    pub fn local(self) -> Oneshot<T, F, S, X, K, C, Local, U> {
        self.map(|keep, cancel| (keep, cancel))
    }

    /// Gives C a key instead of a pointer, in every build: second, late and garbage calls become counted
    /// [`Stray`](super::Stray)s instead of undefined behaviour.
    ///
    /// Not for libraries that look into the user data themselves.
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started, stray_calls};
    /// /// A library with a bug.
    /// unsafe extern "C" fn twice(cb: extern "C" fn(*mut c_void, u8), data: *mut c_void) {
    ///     cb(data, 1);
    ///     cb(data, 2);
    /// }
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: the arguments are numbers; the second call is what `checked` is for.
    /// let first = unsafe { ffi::oneshot(First, |cb, data| twice(cb, data), |(n,)| n) }.checked();
    /// assert_eq!(first.await, Ok(1));
    /// assert_eq!(stray_calls(), 1);
    /// # });
    /// ```
    pub fn checked(self) -> Oneshot<T, F, S, X, K, C, M, ByKey> {
        self.map(|keep, cancel| (keep, cancel))
    }

    /// Gives C a pointer in every build, for libraries that need one, and for measuring.
    ///
    /// # Safety
    ///
    /// Promise 1 of [`oneshot`], that C calls at most once, holds without the safety net that debug builds have; and the
    /// operation has no [owner](Oneshot::owned_by).
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First};
    /// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: `work` calls back exactly once.
    /// let fast = unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n).by_pointer() };
    /// assert_eq!(fast.await, Ok(1));
    /// # });
    /// ```
    pub unsafe fn by_pointer(self) -> Oneshot<T, F, S, X, K, C, M, super::ByPointer> {
        debug_assert!(self.line.is_none(), "an operation with an owner goes by key");
        self.map(|keep, cancel| (keep, cancel))
    }

    /// Starts at the first poll, as `.await` does; for passing the operation to a combinator.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its first poll, the C function was never called; see [`Lazy`](Lazy#what-happens-when).
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started};
    /// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: `work` calls back exactly once.
    /// let lazy = unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) }.lazy();
    /// assert_eq!(lazy.await, Ok(1));
    /// # });
    /// ```
    pub fn lazy(self) -> Lazy<Self>
    where
        S: Begin<F, T, X, K, M, U>,
        C: Canceller<S::Handle>,
        M: Admits<T> + Admits<X> + Admits<K>,
        U: Custody,
    {
        Lazy::new(self)
    }

    /// Calls the C function now, as the callback API does, and gives a future of the outcome.
    ///
    /// # Panics
    ///
    /// As the start closure does. What it has given to C by then is left to C.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future never blocks and never frees what C still holds; see [`Pending`](Pending#what-happens-when).
    ///
    /// See the example of [`Oneshot`].
    #[inline]
    pub fn start(self) -> Pending<T, S::Handle, C, M>
    where
        S: Begin<F, T, X, K, M, U>,
        C: Canceller<S::Handle>,
        M: Admits<T> + Admits<X> + Admits<K>,
        U: Custody,
    {
        let place = self.place;
        if self.is_closed() {
            return Pending::failed(CallbackError::Closed);
        }
        Self::begin(|| self, place, None)
    }

    /// Where the operation was described.
    #[inline]
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Whether the owner has been closed, so that the operation can't start.
    #[inline]
    pub(super) fn is_closed(&self) -> bool
    where
        U: Custody,
    {
        U::OWNABLE && self.line.as_ref().is_some_and(|line| !line.is_open())
    }

    /// Starts the operation that `described` hands over: as late as that, so that it need not be moved before.
    ///
    /// A waker comes from a poll that looks for the outcome right after.
    #[inline]
    pub(super) fn begin(
        described: impl FnOnce() -> Self,
        place: Place,
        waker: Option<&Waker>,
    ) -> Pending<T, S::Handle, C, M>
    where
        S: Begin<F, T, X, K, M, U>,
        C: Canceller<S::Handle>,
        M: Admits<T> + Admits<X> + Admits<K>,
        U: Custody,
    {
        let mut token = std::ptr::null_mut();
        let (receiver, (started, cancel)) = receiver::begin(
            |completer| {
                let Self { start, reaction, keep, cancel, line, .. } = described();
                let record = Record::<T, X, K, M>::new(completer, M::here(place), reaction, keep);
                token = S::Custody::deposit(record.into_raw(), place);
                if let Some(line) = line.filter(|_| U::OWNABLE) {
                    line.fill(token, reclaim::<T, X, K, M, S::Custody>);
                }
                (start.begin(token), cancel)
            },
            place,
            waker,
        );
        let reclaim = Reclaim { token, reclaim: reclaim::<T, X, K, M, S::Custody> };
        Pending::started(receiver, place, reclaim, started, cancel)
    }
}

/// Takes a record back that C does not hold any more.
///
/// # Safety
///
/// The token came from `U::deposit` for a record of these types. With pointers it was not claimed; with keys it may have been.
unsafe fn reclaim<T, X, K, M: Affinity, U: Custody>(token: *mut ()) {
    // SAFETY: passed on.
    if let Some(record) = unsafe { U::claim(token) } {
        // SAFETY: claimed: ours. The thread is the caller's promise, where it matters.
        unsafe { Record::<T, X, K, M>::abandon(record) };
    }
}

impl<T, F, S, X, K, C, M, U> IntoFuture for Oneshot<T, F, S, X, K, C, M, U>
where
    S: Begin<F, T, X, K, M, U>,
    C: Canceller<S::Handle>,
    M: Admits<T> + Admits<X> + Admits<K>,
    U: Custody,
{
    type Output = Result<T, CallbackError>;
    type IntoFuture = Lazy<Self>;

    fn into_future(self) -> Self::IntoFuture {
        self.lazy()
    }
}
