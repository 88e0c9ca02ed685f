//! Streams and hooks that belong to a C object: what becomes of them when it goes.
use super::custody;
use super::hook::Hook;
use super::outlet::Plug;
use super::owner::{Enrolled, Owner};
use super::subscribe::Registration;
use crate::stream::Events;

impl<R, H, G: FnOnce(H)> Events<R, Registration<H, G>> {
    /// Enters a stream of C's into the book of the object that it belongs to.
    ///
    /// When the owner closes, the stream ends, after the events that it has, and its closure is freed; a list that C has broken off without
    /// a word ends like this too. From [`seal`](Owner::seal) on, dropping the stream does not unregister any more, because there is nothing
    /// left to unregister from. Nor does it when the owner was dropped without being closed.
    ///
    /// An owner that is closed already ends the stream at once.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::{ffi::{self, First, Object}, stream::mpsc};
    /// # unsafe extern "C" fn on_change(_: c_int, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) { cb(data, 1) }
    /// # unsafe extern "C" fn forget(_: c_int) { unreachable!("the object is gone") }
    /// # unsafe extern "C" fn destroy(_: c_int) {}
    /// // SAFETY: 7 is an object, and nobody else destroys it.
    /// let object = unsafe { Object::new(7, |raw| destroy(raw)) };
    /// let raw = object.raw();
    /// // SAFETY: `on_change` calls back with numbers, until the object is destroyed.
    /// let mut changes = unsafe {
    ///     ffi::subscribe(
    ///         First,
    ///         mpsc::unbounded(),
    ///         |cb, data| on_change(raw, cb, data),
    ///         |()| forget(raw),
    ///         |(value,)| value,
    ///     )
    /// }?
    /// .owned_by(object.operations());
    /// drop(object);
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(changes.next().await, Some(1));
    /// assert_eq!(changes.next().await, None);
    /// # });
    /// drop(changes); // does not call `forget`
    /// # Ok::<(), ffi::CallbackError>(())
    /// ```
    pub fn owned_by(mut self, owner: &Owner) -> Self {
        self.handle_mut().belongs_to(owner, true);
        self
    }
}

impl<H, G: FnOnce(H)> Hook<H, G> {
    /// Enters a hook into the book of the object that it belongs to: from [`seal`](Owner::seal) on, dropping the hook does not unregister any
    /// more, because there is nothing left to unregister from.
    ///
    /// ```
    /// use core::ffi::{c_int, c_void};
    /// use uncallback::ffi::{self, First, Object};
    /// type Progress = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
    /// unsafe extern "C" fn set_progress(_object: c_int, _cb: Option<Progress>, _data: *mut c_void) {}
    /// # unsafe extern "C" fn destroy(_: c_int) {}
    /// // SAFETY: 7 is an object, and nobody else destroys it.
    /// let object = unsafe { Object::new(7, |raw| destroy(raw)) };
    /// let raw = object.raw();
    /// // SAFETY: the object calls back with a number, and forgets the user data when it gets null.
    /// let hook = unsafe {
    ///     ffi::setter(First, |cb, data| set_progress(raw, cb, data)).answer(|(step,)| c_int::from(step > 2), 1)
    /// }
    /// .owned_by(object.operations());
    /// drop(object);
    /// drop(hook); // does not call `set_progress`
    /// ```
    pub fn owned_by(mut self, owner: &Owner) -> Self {
        // The question is freed with the hook, which reads its panic.
        self.registration.belongs_to(owner, false);
        self
    }
}

impl<R, T: Send + 'static> Events<R, Plug<T>> {
    /// Enters a stream out of an [`Outlet`](super::Outlet) into the book of the object whose callbacks feed it: when the owner closes, the
    /// stream ends, after the events that it has.
    ///
    /// See the example of [`Plug::object_is_there`].
    pub fn owned_by(mut self, owner: &Owner) -> Self {
        let plug = self.handle_mut();
        let (outlet, number) = (plug.outlet.clone(), plug.number);
        let enrolled = Enrolled::new(owner);
        enrolled.line().fill_with(move || outlet.disconnect(number));
        plug.enrolled = Some(enrolled);
        self
    }
}

impl<H, G: FnOnce(H)> Registration<H, G> {
    /// Has nobody unregister once the owner is sealed, and, if its record `goes`, has it freed when the owner closes.
    fn belongs_to(&mut self, owner: &Owner, goes: bool) {
        let enrolled = Enrolled::new(owner);
        if goes {
            let (key, free) = (self.token.addr(), self.free);
            enrolled.line().fill_with(move || {
                if let Some(record) = custody::retire(std::ptr::without_provenance_mut(key)) {
                    // SAFETY: retired, nobody is using it, and the function was made for its type.
                    unsafe { free(record) };
                }
            });
        }
        self.enrolled = Some(enrolled);
    }
}
