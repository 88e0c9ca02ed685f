//! A C object with the operations that it holds, and the order in which both end.
use super::owner::Owner;
use std::any::Any;
use std::marker::PhantomData;

/// A C object (a channel, a connection) and everything that must outlive it, ended in the right order.
///
/// # What happens when
///
/// - it is **dropped**: first the C object is destroyed; then the operations that C has forgotten fail, and its streams end, as
///   by [`Owner::close`]; then what was given to [`keep`](Object::keep) is dropped, in that order. Pumps are stopped before it.
/// - a callback is **never called**: its operation fails, or its stream ends, when the object is dropped.
/// - an operation is started too late: its future says [`Closed`](super::CallbackError::Closed).
///
/// It stays on its thread. A wrapper around it that may be sent says so: `unsafe impl Send`.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, CallbackError, First, Object};
/// /// A library that forgets its callbacks.
/// unsafe extern "C" fn start(_object: c_int, _cb: extern "C" fn(*mut c_void, c_int), _data: *mut c_void) {}
/// unsafe extern "C" fn destroy(_object: c_int) {}
///
/// // SAFETY: 7 is an object, and nobody else destroys it.
/// let object = unsafe { Object::new(7, |raw| destroy(raw)) };
/// // SAFETY: the function never calls back.
/// let pending = unsafe {
///     ffi::oneshot(First, |cb, data| start(object.raw(), cb, data), |(status,)| status)
/// }.owned_by(object.operations()).start();
/// drop(object);
/// # uncallback::__private::block_on(async {
/// assert!(matches!(pending.await, Err(CallbackError::NeverCalled(_))));
/// # });
/// ```
pub struct Object<R: Copy> {
    raw: R,
    destroy: unsafe fn(R),
    operations: Owner,
    kept: Vec<Box<dyn Any>>,
    /// Operations that stay on their thread must be failed there.
    thread: PhantomData<*const ()>,
}

impl<R: Copy> Object<R> {
    /// Takes a C object over. `destroy` is what ends it.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. The object is destroyed by nobody else, and by `destroy` on this thread.
    /// 2. When `destroy` returns, C has let go of the user data of all operations that were [owned by](super::Oneshot::owned_by)
    ///    [`operations`](Object::operations), and of what was kept.
    ///
    /// See the example of [`Object`].
    pub unsafe fn new(raw: R, destroy: unsafe fn(R)) -> Self {
        Self { raw, destroy, operations: Owner::new(), kept: Vec::new(), thread: PhantomData }
    }

    /// The handle that C functions want.
    ///
    /// See the example of [`Object`].
    pub fn raw(&self) -> R {
        self.raw
    }

    /// The owner of its operations, for [`Oneshot::owned_by`](super::Oneshot::owned_by), and of its streams.
    ///
    /// See the example of [`Object`].
    pub fn operations(&self) -> &Owner {
        &self.operations
    }

    /// Keeps a value until the C object has gone: what its callbacks share.
    ///
    /// ```
    /// use uncallback::ffi::{Object, Shared};
    /// // SAFETY: there is nothing to destroy.
    /// let mut object = unsafe { Object::new(7, |_raw| ()) };
    /// object.keep(Shared::new("what the callbacks of 7 work with"));
    /// ```
    pub fn keep(&mut self, value: impl Any) {
        self.kept.push(Box::new(value));
    }
}

impl<R: Copy> Drop for Object<R> {
    fn drop(&mut self) {
        self.operations.seal();
        // SAFETY: promise 1 of `new`.
        unsafe { (self.destroy)(self.raw) };
        // SAFETY: promise 2 of `new`, and the object has not left its thread.
        unsafe { self.operations.close() };
    }
}

impl<R: Copy + std::fmt::Debug> std::fmt::Debug for Object<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outstanding = self.operations.outstanding();
        f.debug_struct("Object")
            .field("raw", &self.raw)
            .field("outstanding", &outstanding)
            .finish_non_exhaustive()
    }
}
