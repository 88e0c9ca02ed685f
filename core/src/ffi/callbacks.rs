//! Several callbacks of one object, which have their user data at the same place and the same answer after a panic.
use super::cfn::{CFn, CReturn, UserData};
use super::shared::Shared;

/// Sets callbacks of a C object one after the other; made by [`Shared::callbacks`].
///
/// What happens when a callback is called twice, never called, or panics: see [`Shared`](Shared#what-happens-when). See the
/// example of [`Shared::callbacks`].
#[derive(Clone, Copy, Debug)]
pub struct Callbacks<'a, S, O, P, B> {
    shared: &'a Shared<S>,
    object: O,
    at: P,
    on_panic: B,
}

impl<S: Send + Sync + 'static> Shared<S> {
    /// For an object with several callbacks: says once which it is, where its callbacks get the user data, and what C gets after a panic.
    ///
    /// Setters look alike: C functions of the object, or of its set of callbacks, and the callback. [`on`](Callbacks::on) is for callbacks
    /// that say something, [`ask`](Callbacks::ask) for those that ask something. For setters that look different there is
    /// [`register`](Shared::register).
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use std::sync::atomic::{AtomicI32, Ordering};
    /// use uncallback::ffi::{Callbacks, Last, Shared};
    /// type OnData = Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>;
    /// type OnEnd = Option<unsafe extern "C" fn(*mut c_void) -> c_int>;
    /// /// A set of callbacks, as C libraries have them.
    /// #[derive(Default)]
    /// struct Session { on_data: OnData, on_end: OnEnd }
    /// unsafe extern "C" fn session_set_on_data(session: *mut Session, cb: OnData) { unsafe { (*session).on_data = cb } }
    /// unsafe extern "C" fn session_set_on_end(session: *mut Session, cb: OnEnd) { unsafe { (*session).on_end = cb } }
    ///
    /// let (shared, mut session) = (Shared::new(AtomicI32::new(0)), Session::default());
    /// let callbacks: Callbacks<'_, AtomicI32, *mut Session, Last, _> = shared.callbacks(&raw mut session, Last, || -1);
    /// // SAFETY: the session calls with `shared` as user data.
    /// unsafe {
    ///     callbacks.on(session_set_on_data, |sum, (n,)| sum.fetch_add(n, Ordering::Relaxed));
    ///     callbacks.ask(session_set_on_end, |sum, ()| sum.load(Ordering::Relaxed));
    /// }
    /// let (data, end) = (session.on_data.unwrap(), session.on_end.unwrap());
    /// // SAFETY: as promised above.
    /// unsafe {
    ///     assert_eq!((data(40, shared.data()), data(2, shared.data())), (0, 0));
    ///     assert_eq!(end(shared.data()), 42);
    /// }
    /// ```
    pub fn callbacks<O: Copy, P: Copy, B: Copy>(
        &self,
        object: O,
        at: P,
        on_panic: B,
    ) -> Callbacks<'_, S, O, P, B> {
        Callbacks { shared: self, object, at, on_panic }
    }
}

impl<'a, S: Send + Sync + 'static, O: Copy, P: Copy, B: Copy> Callbacks<'a, S, O, P, B> {
    /// Sets a callback that says something. What `f` returns is dropped: C gets nothing, zero or null, and `on_panic` if `f` panics.
    ///
    /// # Safety
    ///
    /// The promises of [`Shared::register`]: whenever C calls, the user data is that of a living handle of this state, and
    /// `f` reads through its arguments only what C allows; and the object is one that the setter takes.
    ///
    /// See the example of [`Shared::callbacks`].
    pub unsafe fn on<F, R, A, T>(&self, setter: unsafe extern "C" fn(O, F) -> R, f: A) -> R
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> T + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Send + Sync + 'static,
    {
        let neutral = move |state: &S, args: F::Args| {
            f(state, args);
            F::Ret::neutral()
        };
        // SAFETY: passed on.
        unsafe { self.ask(setter, neutral) }
    }

    /// Sets a callback that asks something, and gets what `f` answers, or `on_panic` if `f` panics.
    ///
    /// # Safety
    ///
    /// As for [`on`](Callbacks::on).
    ///
    /// See the example of [`Shared::callbacks`].
    pub unsafe fn ask<F, R, A>(&self, setter: unsafe extern "C" fn(O, F) -> R, f: A) -> R
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> F::Ret + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        unsafe { setter(self.object, self.callback(f)) }
    }

    /// A callback that asks something by itself, for the field of a struct.
    ///
    /// # Safety
    ///
    /// As for [`Shared::register`], which has the same promises.
    ///
    /// See the example of [`on_panic`](Callbacks::on_panic).
    pub unsafe fn callback<F, A>(&self, f: A) -> F
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> F::Ret + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        unsafe { self.shared.callback(self.at, f, self.on_panic) }
    }

    /// The same with another answer after a panic, for callbacks of the object that return another type.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{First, Shared};
    /// struct Source { read: unsafe extern "C" fn(*mut c_void, c_int) -> isize }
    ///
    /// let shared = Shared::new("what is read");
    /// let callbacks = shared.callbacks((), First, || -1);
    /// // SAFETY: called below, with `shared`.
    /// let read = unsafe { callbacks.on_panic(|| -1_isize).callback(|text, (_room,)| text.len() as isize) };
    /// let source = Source { read };
    /// // SAFETY: as promised.
    /// assert_eq!(unsafe { (source.read)(shared.data(), 100) }, 12);
    /// ```
    pub fn on_panic<C: Copy>(self, on_panic: C) -> Callbacks<'a, S, O, P, C> {
        Callbacks { shared: self.shared, object: self.object, at: self.at, on_panic }
    }
}
