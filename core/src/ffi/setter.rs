//! A C function that sets the one callback of its kind, and unsets it when it gets null: `sqlite3_update_hook`.
use super::cfn::{CFn, UserData};
use super::hook::{Hook, Owned};
use super::subscribe::{Emit, Registration, Source, Subscription};
use crate::stream::{events, mpsc};
use std::marker::PhantomData;
use std::panic::Location;
use std::ptr::null_mut;

/// A C function that takes a callback or null, from one closure; made by [`setter`].
///
/// What happens when what it makes is dropped, or the callback is called twice, never called, or panics: see
/// [`Hook`](Hook#what-happens-when) and [`subscribe`](super::subscribe()). Dropped itself, it has done nothing.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{First, Setter, setter};
/// type OnChange = extern "C" fn(*mut c_void, u8);
/// let unused: Setter<First, OnChange, _> = setter(First, |_cb: Option<OnChange>, _data| unreachable!("not set"));
/// drop(unused);
/// ```
pub struct Setter<P, F, S> {
    set: S,
    of: PhantomData<fn() -> (P, F)>,
}

/// For C functions that set a callback, and unset it when they get null in its place: one closure registers and unregisters.
///
/// [`events`](Setter::events) makes a stream of what the callback brings, [`answer`](Setter::answer) answers it with a closure. Both
/// unset it when they are dropped, which may be inside of the callback. What else happens when: see [`subscribe`](super::subscribe())
/// and [`Hook`](Hook#what-happens-when).
///
/// There is one callback of its kind: who sets another one has replaced the first, and dropping the first then unsets the
/// second. So drop the old one before.
///
/// C functions that can refuse, or have a function of their own to unregister, are for [`subscribe`](super::subscribe()) and
/// [`hook`](super::hook()).
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use std::cell::Cell;
/// use uncallback::ffi::{self, BoxedHook, First};
/// type Progress = Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>;
/// /// A library with a progress handler.
/// struct Library { handler: Cell<(Progress, *mut c_void)> }
/// # impl Library {
/// #     unsafe fn run(&self, steps: c_int) -> c_int {
/// #         let (Some(cb), data) = self.handler.get() else { return steps };
/// #         (0..steps).find(|&step| unsafe { cb(data, step) } != 0).unwrap_or(steps)
/// #     }
/// # }
/// # unsafe impl Sync for Library {}
/// unsafe extern "C" fn set_progress(library: *const Library, cb: Progress, data: *mut c_void) {
///     unsafe { &*library }.handler.set((cb, data));
/// }
///
/// fn stop_at(library: &Library, last: c_int) -> BoxedHook<'_> {
///     // SAFETY: the library calls back with a number, and forgets the user data when it gets null.
///     unsafe {
///         ffi::setter(First, |cb, data| set_progress(library, cb, data))
///             .answer(move |(step,)| c_int::from(step == last), 1)
///             .boxed()
///     }
/// }
///
/// let library = Library { handler: Cell::new((None, std::ptr::null_mut())) };
/// let hook = stop_at(&library, 4);
/// // SAFETY: nothing to keep in mind.
/// let run = |steps| unsafe { library.run(steps) };
/// assert_eq!(hook.during(|| run(10)), 4);
/// drop(hook);
/// assert_eq!(run(10), 10);
/// ```
pub fn setter<P, F, S>(at: P, set: S) -> Setter<P, F, S>
where
    F: CFn<P, Data: UserData>,
    S: Fn(Option<F>, F::Data),
{
    let _ = at;
    Setter { set, of: PhantomData }
}

impl<P, F, S> Setter<P, F, S>
where
    F: CFn<P, Data: UserData>,
    S: Fn(Option<F>, F::Data),
{
    /// Sets the callback to one that feeds a stream with what `on` makes of each call, as [`subscribe`](super::subscribe()) does.
    ///
    /// # Safety
    ///
    /// The promises of [`subscribe`](super::subscribe()), with the closure of [`setter`] in place of `start` and `unregister`; and C
    /// uses the user data no more for new calls when it was given null.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{self, First};
    /// use uncallback::stream::mpsc;
    /// type OnChange = Option<unsafe extern "C" fn(*mut c_void, row: c_int)>;
    /// /// Sets the hook, and tells it of two changes.
    /// unsafe extern "C" fn update_hook(cb: OnChange, data: *mut c_void) {
    ///     cb.into_iter().for_each(|cb| unsafe { cb(data, 1); cb(data, 2) })
    /// }
    ///
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: `update_hook` calls back with numbers.
    /// let mut changes = unsafe {
    ///     ffi::setter(First, |cb, data| update_hook(cb, data)).events(mpsc::unbounded(), |(row,)| row)
    /// };
    /// assert_eq!((changes.next().await, changes.next().await), (Some(1), Some(2)));
    /// # });
    /// ```
    #[track_caller]
    pub unsafe fn events<O, T>(self, policy: mpsc::Policy, on: O) -> Subscription<T, (), impl FnOnce(())>
    where
        F: CFn<P, Ret = ()>,
        O: Fn(F::Args) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        let (place, set) = (Location::caller(), self.set);
        events(policy, move |emitter| {
            let (mut registration, _) = Registration::of(Source { emitter, on }, place);
            set(Some(F::trampoline::<Emit<O, T>>()), F::Data::from_token(registration.token));
            registration.ending = Some(((), move |()| set(None, F::Data::from_token(null_mut()))));
            registration
        })
    }

    /// Sets the callback to one that `f` answers, as [`hook`](super::hook()) does; a panic in `f` is answered with `on_panic`.
    ///
    /// # Safety
    ///
    /// The promises of [`hook`](super::hook()), with the closure of [`setter`] in place of `start` and `unregister`; and C uses the
    /// user data no more for new calls when it was given null.
    ///
    /// See the example of [`setter`].
    #[track_caller]
    pub unsafe fn answer<A>(self, f: A, on_panic: F::Ret) -> Hook<(), impl FnOnce(())>
    where
        F: CFn<P, Ret: Copy + Send + 'static>,
        A: FnMut(F::Args) -> F::Ret + Send + 'static,
    {
        let (mut hook, set) = (Hook::of(f, on_panic), self.set);
        set(Some(F::trampoline::<Owned<A, F::Ret>>()), hook.data());
        hook.ends_with((), move |()| set(None, F::Data::from_token(null_mut())));
        hook
    }
}

impl<P, F, S> std::fmt::Debug for Setter<P, F, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setter").finish_non_exhaustive()
    }
}
