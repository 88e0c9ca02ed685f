//! User data that belongs to a C object and serves all of its callbacks: mosquitto, rdkafka, nghttp2.
use super::cfn::{CFn, Handler, UserData};
use super::guard::StoredPanic;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// State that all callbacks of a C object share, by reference.
///
/// The closures capture nothing, so that the state alone is the user data: a callback costs what a hand-written one
/// does. Clones are handles to the same state. The last one must outlive the C object: keep one next to it.
///
/// # What happens when
///
/// - it is **dropped**: the state goes with the last handle. If C calls after that, it is undefined: promise 1 of
///   [`register`](Shared::register).
/// - a callback is **called twice**, or on several threads at once: each call gets the state, by reference.
/// - a callback is **never called**: nothing.
/// - a callback **panics**: C gets the declared answer. The first panic is stored, and goes on when somebody calls
///   [`resume_panic`](Shared::resume_panic); later calls run as before.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use std::sync::atomic::{AtomicI32, Ordering};
/// use uncallback::ffi::{Last, Shared};
/// type Callback = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
/// unsafe extern "C" fn run(cb: Callback, object: *mut c_void) -> c_int { unsafe { cb(20, object) + cb(22, object) } }
///
/// let shared = Shared::new(AtomicI32::new(0));
/// // SAFETY: `run` calls back with a number and the object's user data, which is `shared`.
/// let sum = unsafe {
///     shared.register(
///         Last,
///         |cb| run(cb, shared.data()),
///         |total, (n,)| { total.fetch_add(n, Ordering::Relaxed); n },
///         || -1,
///     )
/// };
/// assert_eq!((sum, shared.load(Ordering::Relaxed)), (42, 42));
/// ```
pub struct Shared<S> {
    state: Arc<State<S>>,
}

struct State<S> {
    shared: S,
    panic: StoredPanic,
}

impl<S: Send + Sync + 'static> Shared<S> {
    /// Puts state where C can point to it.
    ///
    /// See the example of [`Shared`].
    pub fn new(state: S) -> Self {
        Self { state: Arc::new(State { shared: state, panic: StoredPanic::default() }) }
    }

    /// The user data to give to the C object.
    ///
    /// See the example of [`Shared`].
    pub fn data<D: UserData>(&self) -> D {
        D::from_token(Arc::as_ptr(&self.state).cast_mut().cast())
    }

    /// Makes a C call that sets a callback of the object. `f` answers it with the state, `on_panic` if `f` panics.
    ///
    /// Closures that capture something don't compile here: there is no place for what they capture.
    ///
    /// ```compile_fail
    /// # use uncallback::ffi::{Last, Shared};
    /// # type Callback = unsafe extern "C" fn(i32, *mut core::ffi::c_void) -> i32;
    /// let (shared, captured) = (Shared::new(()), 7);
    /// // SAFETY: it is never called.
    /// let _cb: Callback = unsafe { shared.callback(Last, move |(), (n,)| n * captured, || -1) };
    /// ```
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. Whenever C calls the function pointer, the user data at `at` is [`data`](Shared::data) of a `Shared` with this
    ///    state type, and one of its handles is alive.
    /// 2. C uses the argument types of `F`, and `f` reads through its arguments only what C allows.
    ///
    /// See the example of [`Shared`].
    pub unsafe fn register<P, F, R, A, B>(&self, at: P, set: impl FnOnce(F) -> R, f: A, on_panic: B) -> R
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> F::Ret + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Copy + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        set(unsafe { self.callback(at, f, on_panic) })
    }

    /// A callback of the object by itself, for the field of a struct. What it does is as for [`register`](Shared::register).
    ///
    /// # Safety
    ///
    /// As for [`register`](Shared::register).
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{Last, Shared};
    /// /// A source, as C libraries describe them.
    /// struct Source {
    ///     read: unsafe extern "C" fn(c_int, *mut c_void) -> c_int,
    ///     data: *mut c_void,
    /// }
    ///
    /// let shared = Shared::new(42);
    /// // SAFETY: the source is called with its own data.
    /// let read = unsafe { shared.callback(Last, |&left: &c_int, (wanted,)| left.min(wanted), || -1) };
    /// let source = Source { read, data: shared.data() };
    /// // SAFETY: as promised.
    /// assert_eq!(unsafe { (source.read)(100, source.data) }, 42);
    /// ```
    pub unsafe fn callback<P, F, A, B>(&self, at: P, f: A, on_panic: B) -> F
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> F::Ret + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Copy + Send + Sync + 'static,
    {
        const {
            assert!(
                size_of::<A>() == 0 && size_of::<B>() == 0,
                "callbacks of a shared object capture nothing"
            );
        };
        let _ = (at, f, on_panic);
        F::trampoline::<Serve<S, A, B>>()
    }

    /// Makes a C call in which callbacks may come, and resumes the first panic of theirs afterwards.
    ///
    /// # Panics
    ///
    /// With that panic.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{Last, Shared};
    /// type Callback = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
    /// unsafe extern "C" fn run(cb: Callback, object: *mut c_void) -> c_int { unsafe { cb(7, object) } }
    ///
    /// let shared = Shared::new(());
    /// // SAFETY: it is called with `shared`.
    /// let cb: Callback = unsafe { shared.callback(Last, |(), (n,)| panic!("bad number {n}"), || -1) };
    /// let caught = std::panic::catch_unwind(|| {
    ///     // SAFETY: as promised.
    ///     shared.during(|| assert_eq!(unsafe { run(cb, shared.data()) }, -1))
    /// });
    /// assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"bad number 7".to_owned()));
    /// ```
    pub fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let answer = call();
        self.resume_panic();
        answer
    }

    /// Resumes the first panic that a callback has left behind, if there is one.
    ///
    /// # Panics
    ///
    /// With that panic.
    ///
    /// ```
    /// let shared = uncallback::ffi::Shared::new(());
    /// shared.resume_panic(); // nothing has happened
    /// ```
    pub fn resume_panic(&self) {
        self.state.panic.resume();
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone() }
    }
}

impl<S: Default + Send + Sync + 'static> Default for Shared<S> {
    fn default() -> Self {
        Self::new(S::default())
    }
}

impl<S> Deref for Shared<S> {
    type Target = S;
    fn deref(&self) -> &S {
        &self.state.shared
    }
}

impl<S: std::fmt::Debug> std::fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shared").field(&self.state.shared).finish()
    }
}

struct Serve<S, A, B>(PhantomData<(S, A, B)>);

// SAFETY: both closures are caught, and so is the drop of a surplus payload.
unsafe impl<Args, Ret, S, A, B> Handler<Args, Ret> for Serve<S, A, B>
where
    A: Fn(&S, Args) -> Ret + Copy,
    B: Fn() -> Ret + Copy,
    Ret: super::CReturn,
{
    unsafe fn call(token: *mut (), args: Args) -> Ret {
        // SAFETY: by the contract of `register`, a `Shared` of this type that is alive.
        let state = unsafe { &*token.cast::<State<S>>() };
        // SAFETY: values without a size, `Copy`, of which `register` was given one each.
        let (f, on_panic) = unsafe { (std::ptr::dangling::<A>().read(), std::ptr::dangling::<B>().read()) };
        catch_unwind(AssertUnwindSafe(|| f(&state.shared, args))).unwrap_or_else(|payload| {
            state.panic.store(payload);
            catch_unwind(AssertUnwindSafe(on_panic)).unwrap_or_else(|payload| {
                state.panic.store(payload);
                Ret::neutral()
            })
        })
    }
}
