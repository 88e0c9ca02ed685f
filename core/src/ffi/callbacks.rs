//! Several callbacks of one object, which have their user data at the same place and the same answer after a panic.
use super::cfn::{CFn, UserData};
use super::shared::Shared;

/// Sets callbacks of a C object one after the other; made by [`Shared::callbacks`].
///
/// What happens when a callback is called twice, never called, or panics: see [`Shared`](Shared#what-happens-when). See the
/// example of [`Shared::callbacks`].
#[derive(Clone, Copy, Debug)]
pub struct Callbacks<'a, S, P, B> {
    shared: &'a Shared<S>,
    at: P,
    on_panic: B,
}

impl<S: Send + Sync + 'static> Shared<S> {
    /// For an object with several callbacks: says once where they get the user data, and what C gets after a panic.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use std::sync::atomic::{AtomicI32, Ordering};
    /// use uncallback::ffi::{Callbacks, Last, Shared};
    /// /// A set of callbacks, as C libraries have them.
    /// #[derive(Default)]
    /// struct Session {
    ///     on_data: Option<unsafe extern "C" fn(c_int, *mut c_void) -> c_int>,
    ///     on_end: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
    /// }
    ///
    /// let (shared, mut session) = (Shared::new(AtomicI32::new(0)), Session::default());
    /// let callbacks: Callbacks<'_, AtomicI32, Last, _> = shared.callbacks(Last, || -1);
    /// // SAFETY: the session calls with `shared` as user data.
    /// unsafe {
    ///     callbacks.set(|cb| session.on_data = cb, |sum, (n,)| sum.fetch_add(n, Ordering::Relaxed));
    ///     callbacks.set(|cb| session.on_end = cb, |sum, ()| sum.load(Ordering::Relaxed));
    /// }
    /// let (data, end) = (session.on_data.unwrap(), session.on_end.unwrap());
    /// // SAFETY: as promised above.
    /// let ended = unsafe {
    ///     data(40, shared.data());
    ///     data(2, shared.data());
    ///     end(shared.data())
    /// };
    /// assert_eq!(ended, 42);
    /// ```
    pub fn callbacks<P: Copy, B: Copy>(&self, at: P, on_panic: B) -> Callbacks<'_, S, P, B> {
        Callbacks { shared: self, at, on_panic }
    }
}

impl<S: Send + Sync + 'static, P: Copy, B: Copy> Callbacks<'_, S, P, B> {
    /// Makes a C call that sets a callback of the object, which `f` answers; as [`Shared::register`].
    ///
    /// # Safety
    ///
    /// The promises of [`Shared::register`]: whenever C calls, the user data is that of a living handle of this state, and
    /// `f` reads through its arguments only what C allows.
    ///
    /// See the example of [`Shared::callbacks`].
    pub unsafe fn set<F, R, A>(&self, set: impl FnOnce(F) -> R, f: A) -> R
    where
        F: CFn<P, Data: UserData>,
        A: Fn(&S, F::Args) -> F::Ret + Copy + Send + Sync + 'static,
        B: Fn() -> F::Ret + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        unsafe { self.shared.register(self.at, set, f, self.on_panic) }
    }
}
