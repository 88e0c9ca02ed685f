//! The library without its callbacks: objects, the context of a thread, and what a finished operation comes to.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

/// What a file holds, or why it can't be read.
pub(crate) type Loaded = Result<Vec<u8>, Failure>;

/// An error of the library.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: c_int,
    pub(crate) message: String,
}

pub(crate) const NOT_FOUND: c_int = 1;
pub(crate) const CANCELLED: c_int = 19;

/// The name of the thread that all callbacks come on.
pub(crate) const THREAD: &str = "files";
/// What a source says that is not to be called again.
pub(crate) const REMOVE: c_int = 0;

pub(crate) type ReadyCb = unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void);
pub(crate) type SourceCb = unsafe extern "C" fn(*mut c_void) -> c_int;

#[repr(C)]
struct GError {
    domain: u32,
    code: c_int,
    message: *mut c_char,
}

#[link(name = "gio-2.0")]
unsafe extern "C" {
    fn g_file_new_for_path(path: *const c_char) -> *mut c_void;
    fn g_file_load_contents_async(
        file: *mut c_void,
        cancellable: *mut c_void,
        cb: ReadyCb,
        data: *mut c_void,
    );
    fn g_file_load_contents_finish(
        file: *mut c_void,
        result: *mut c_void,
        contents: *mut *mut c_char,
        length: *mut usize,
        etag: *mut *mut c_char,
        error: *mut *mut GError,
    ) -> c_int;
    fn g_cancellable_new() -> *mut c_void;
    fn g_cancellable_cancel(cancellable: *mut c_void);
    fn g_cancellable_is_cancelled(cancellable: *mut c_void) -> c_int;
}

#[link(name = "gobject-2.0")]
unsafe extern "C" {
    fn g_object_ref(object: *mut c_void) -> *mut c_void;
    fn g_object_unref(object: *mut c_void);
}

#[link(name = "glib-2.0")]
unsafe extern "C" {
    fn g_error_free(error: *mut GError);
    fn g_free(memory: *mut c_void);
    fn g_main_context_new() -> *mut c_void;
    fn g_main_context_unref(context: *mut c_void);
    fn g_main_context_push_thread_default(context: *mut c_void);
    fn g_main_context_pop_thread_default(context: *mut c_void);
    fn g_main_context_iteration(context: *mut c_void, may_block: c_int) -> c_int;
    fn g_main_context_wakeup(context: *mut c_void);
    fn g_main_context_invoke(context: *mut c_void, cb: SourceCb, data: *mut c_void);
}

/// A reference to an object of the library.
pub(crate) struct Object(*mut c_void);

// SAFETY: the library counts references atomically, and files and cancellables may be used from any thread.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

impl Object {
    pub(crate) fn file(path: &CStr) -> Self {
        // SAFETY: a C string, which is copied.
        Self(unsafe { g_file_new_for_path(path.as_ptr()) })
    }

    pub(crate) fn cancellable() -> Self {
        // SAFETY: no arguments.
        Self(unsafe { g_cancellable_new() })
    }

    /// Of a cancellable.
    pub(crate) fn cancel(&self) {
        // SAFETY: the object is alive.
        unsafe { g_cancellable_cancel(self.0) };
    }

    /// Of a cancellable.
    pub(crate) fn is_cancelled(&self) -> bool {
        // SAFETY: the object is alive.
        unsafe { g_cancellable_is_cancelled(self.0) != 0 }
    }

    /// Of a file: begins to read it, on this thread's context.
    ///
    /// # Safety
    ///
    /// The user data is what the callback expects.
    pub(crate) unsafe fn load(&self, cancellable: &Object, cb: ReadyCb, data: *mut c_void) {
        // SAFETY: the library takes references of both objects.
        unsafe { g_file_load_contents_async(self.0, cancellable.0, cb, data) };
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        // SAFETY: the object is alive.
        Self(unsafe { g_object_ref(self.0) })
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: this reference is ours.
        unsafe { g_object_unref(self.0) };
    }
}

/// A context: what a thread of the library waits for.
pub(crate) struct Context(*mut c_void);

// SAFETY: contexts have locks of their own.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    pub(crate) fn new() -> Self {
        // SAFETY: no arguments.
        Self(unsafe { g_main_context_new() })
    }

    /// Runs callbacks on this thread until it is over. That is asked after each round, so it takes a `wake`.
    pub(crate) fn run(&self, is_over: impl Fn() -> bool) {
        // SAFETY: the context is alive, and becomes the default of this thread only.
        unsafe {
            g_main_context_push_thread_default(self.0);
            while !is_over() {
                g_main_context_iteration(self.0, 1);
            }
            g_main_context_pop_thread_default(self.0);
        }
    }

    pub(crate) fn wake(&self) {
        // SAFETY: the context is alive.
        unsafe { g_main_context_wakeup(self.0) };
    }

    /// Calls on the thread that runs the context.
    ///
    /// # Safety
    ///
    /// The user data is what the callback expects.
    pub(crate) unsafe fn invoke(&self, cb: SourceCb, data: *mut c_void) {
        // SAFETY: the context is alive; the rest is the caller's promise.
        unsafe { g_main_context_invoke(self.0, cb, data) };
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: this reference is ours.
        unsafe { g_main_context_unref(self.0) };
    }
}

/// What an operation has come to.
///
/// # Safety
///
/// Called inside of the callback of [`Object::load`], with what it brings.
pub(crate) unsafe fn finish(file: *mut c_void, result: *mut c_void) -> Loaded {
    assert_eq!(std::thread::current().name(), Some(THREAD), "GIO has called back on another thread");
    let (mut contents, mut length, mut error) = (null_mut(), 0, null_mut());
    // SAFETY: places for what the library gives away; by contract, the result is that of this operation.
    unsafe {
        if g_file_load_contents_finish(
            file,
            result,
            &raw mut contents,
            &raw mut length,
            null_mut(),
            &raw mut error,
        ) == 0
        {
            let GError { code, message, .. } = *error;
            let message = CStr::from_ptr(message).to_string_lossy().into_owned();
            g_error_free(error);
            return Err(Failure { code, message });
        }
        let bytes = std::slice::from_raw_parts(contents.cast::<u8>(), length).to_vec();
        g_free(contents.cast());
        Ok(bytes)
    }
}
