//! The C fixture's declarations, as a person would write them for any library; see `tests/c/fixture.h` for what each
//! function does.
#![allow(non_camel_case_types, missing_docs)]

use core::ffi::{c_char, c_double, c_float, c_int, c_long, c_uint, c_void};

/// When an operation calls back: `enum fx_when`.
pub type When = c_int;
pub const INSIDE: When = 0;
pub const LATER: When = 1;
pub const THREAD: When = 2;
pub const WHILE: When = 3;
pub const TWICE: When = 4;
pub const NEVER: When = 5;
pub const AFTER_CANCEL: When = 6;
pub const REFUSE: When = 7;

pub const OK: c_int = 0;
pub const DESTROYED: c_int = 16;
pub const CANCELLED: c_int = 24;

/// The library object.
#[repr(C)]
pub struct fx {
    _opaque: [u8; 0],
}

/// A request whose address is its own user data.
#[repr(C)]
pub struct fx_req {
    pub status: c_int,
    pub buf: *mut c_char,
    pub len: usize,
    pub id: c_int,
}

/// A request with a callback and user data in fields.
#[repr(C)]
pub struct fx_transfer {
    pub callback: Option<unsafe extern "C" fn(*mut fx_transfer)>,
    pub user_data: *mut c_void,
    pub status: c_int,
}

/// Work whose completion is asked for.
#[repr(C)]
pub struct fx_job {
    pub work: c_int,
}

/// A job that is finished.
#[repr(C)]
pub struct fx_done {
    pub job: *mut fx_job,
    pub status: c_int,
}

/// A question that waits for its answer.
#[repr(C)]
pub struct fx_question {
    _opaque: [u8; 0],
}

pub type fx_first_cb = unsafe extern "C" fn(data: *mut c_void, status: c_int, text: *const c_char);
pub type fx_last_cb = unsafe extern "C" fn(status: c_int, text: *const c_char, data: *mut c_void);
pub type fx_middle_cb =
    unsafe extern "C" fn(lib: *mut fx, reply: *mut c_void, data: *mut c_void, status: c_int);
pub type fx_answering_cb = unsafe extern "C" fn(data: *mut c_void, status: c_int) -> c_int;
pub type fx_req_cb = unsafe extern "C" fn(req: *mut fx_req);
pub type fx_ok_cb = unsafe extern "C" fn(data: *mut c_void, value: c_int);
pub type fx_err_cb = unsafe extern "C" fn(data: *mut c_void, reason: *const c_char);
pub type fx_event_cb = unsafe extern "C" fn(lib: *mut fx, object: *mut c_void, id: c_int, status: c_int);
pub type fx_message_cb = unsafe extern "C" fn(lib: *mut fx, object: *mut c_void, text: *const c_char);
pub type fx_verdict_cb = unsafe extern "C" fn(lib: *mut fx, value: c_int, object: *mut c_void) -> c_int;
pub type fx_item_cb = unsafe extern "C" fn(data: *mut c_void, status: c_int, item: *const c_char);
pub type fx_row_cb = unsafe extern "C" fn(data: *mut c_void, row: c_int) -> c_int;
pub type fx_event_value_cb = unsafe extern "C" fn(data: *mut c_void, value: c_int);
pub type fx_progress_cb = unsafe extern "C" fn(data: *mut c_void, step: c_int) -> c_int;
pub type fx_wakeup_cb = unsafe extern "C" fn(data: *mut c_void);
pub type fx_interest_cb = unsafe extern "C" fn(data: *mut c_void, fd: c_int, what: c_int);
pub type fx_timer_cb = unsafe extern "C" fn(data: *mut c_void, ms: c_long);
pub type fx_destroy_cb = unsafe extern "C" fn(data: *mut c_void);
pub type fx_period_cb = unsafe extern "C" fn(data: *mut c_void, samples: *const c_float, n: usize) -> c_int;
pub type fx_compare_cb = unsafe extern "C" fn(a: *const c_int, b: *const c_int) -> c_int;
pub type fx_hook_cb = unsafe extern "C" fn(value: c_int) -> c_int;
pub type fx_status_cb = unsafe extern "C" fn(status: c_int);
pub type fx_bare_item_cb = unsafe extern "C" fn(status: c_int, item: *const c_char);
pub type fx_bare_wakeup_cb = unsafe extern "C" fn();
pub type fx_mixed_cb =
    unsafe extern "C" fn(i8, u8, i16, u16, c_int, c_uint, i64, text: *const c_char, c_float) -> c_double;
pub type fx_same_cb<T> = unsafe extern "C" fn(T) -> T;
pub type fx_handler_cb = unsafe extern "C" fn(data: *mut c_void, question: *mut fx_question, value: c_int);

// Most callbacks are nullable in C. Half of these are declared so, half not, as bindings do; both must work.
unsafe extern "C" {
    pub fn fx_new(object: *mut c_void) -> *mut fx;
    pub fn fx_turn(lib: *mut fx) -> c_int;
    pub fn fx_join(lib: *mut fx);
    pub fn fx_pending(lib: *mut fx) -> c_int;
    pub fn fx_free_firing(lib: *mut fx);
    pub fn fx_free_silently(lib: *mut fx);

    pub fn fx_once_first(
        lib: *mut fx,
        when: When,
        text: *const c_char,
        cb: fx_first_cb,
        data: *mut c_void,
    ) -> c_int;
    pub fn fx_once_last(
        lib: *mut fx,
        when: When,
        text: *const c_char,
        cb: Option<fx_last_cb>,
        data: *mut c_void,
    ) -> c_int;
    pub fn fx_once_middle(
        lib: *mut fx,
        when: When,
        reply: *mut c_void,
        cb: Option<fx_middle_cb>,
        data: *mut c_void,
    ) -> c_int;
    pub fn fx_once_answering(lib: *mut fx, when: When, cb: fx_answering_cb, data: *mut c_void) -> c_int;
    pub fn fx_last_answer(lib: *mut fx) -> c_int;
    pub fn fx_submit(
        lib: *mut fx,
        when: When,
        req: *mut fx_req,
        buf: *mut c_char,
        len: usize,
        cb: Option<fx_req_cb>,
    ) -> c_int;
    pub fn fx_alloc_transfer() -> *mut fx_transfer;
    pub fn fx_free_transfer(transfer: *mut fx_transfer);
    pub fn fx_submit_transfer(lib: *mut fx, when: When, transfer: *mut fx_transfer) -> c_int;
    pub fn fx_pair(
        lib: *mut fx,
        when: When,
        fails: c_int,
        ok: fx_ok_cb,
        err: fx_err_cb,
        data: *mut c_void,
    ) -> c_int;
    pub fn fx_set_event(lib: *mut fx, cb: Option<fx_event_cb>);
    pub fn fx_post(lib: *mut fx, when: When, id: *mut c_int) -> c_int;
    pub fn fx_add_job(lib: *mut fx, when: When, job: *mut fx_job) -> c_int;
    pub fn fx_remove_job(lib: *mut fx, job: *mut fx_job);
    pub fn fx_next_done(lib: *mut fx) -> *const fx_done;
    pub fn fx_set_message(lib: *mut fx, cb: Option<fx_message_cb>);
    pub fn fx_send(lib: *mut fx, text: *const c_char);
    pub fn fx_set_verdict(lib: *mut fx, cb: Option<fx_verdict_cb>);
    pub fn fx_judge(lib: *mut fx, value: c_int) -> c_int;
    pub fn fx_list(
        lib: *mut fx,
        when: When,
        n: c_int,
        breaks: c_int,
        cb: fx_item_cb,
        data: *mut c_void,
    ) -> c_int;
    pub fn fx_each(n: c_int, cb: Option<fx_row_cb>, data: *mut c_void) -> c_int;
    pub fn fx_subscribe(lib: *mut fx, when: When, cb: fx_event_value_cb, data: *mut c_void) -> c_int;
    pub fn fx_unsubscribe(lib: *mut fx, handle: c_int);
    pub fn fx_emit(lib: *mut fx, value: c_int);
    pub fn fx_emit_from_thread(lib: *mut fx, n: c_int);
    pub fn fx_emit_stale(lib: *mut fx, value: c_int);
    pub fn fx_set_progress(lib: *mut fx, cb: Option<fx_progress_cb>, data: *mut c_void);
    pub fn fx_run(lib: *mut fx, steps: c_int) -> c_int;
    pub fn fx_set_wakeup(lib: *mut fx, cb: Option<fx_wakeup_cb>, data: *mut c_void);
    pub fn fx_produce(lib: *mut fx, n: c_int);
    pub fn fx_take(lib: *mut fx, value: *mut c_int) -> c_int;
    pub fn fx_set_host(
        lib: *mut fx,
        interest: Option<fx_interest_cb>,
        timer: Option<fx_timer_cb>,
        data: *mut c_void,
    );
    pub fn fx_echo(lib: *mut fx, text: *const c_char, cb: fx_first_cb, data: *mut c_void) -> c_int;
    pub fn fx_sleep(lib: *mut fx, ms: c_long, cb: fx_first_cb, data: *mut c_void) -> c_int;
    pub fn fx_ready(lib: *mut fx, fd: c_int, what: c_int);
    pub fn fx_timeout(lib: *mut fx);
    pub fn fx_once_destroying(
        lib: *mut fx,
        when: When,
        cb: fx_first_cb,
        data: *mut c_void,
        destroy: fx_destroy_cb,
    ) -> c_int;
    pub fn fx_subscribe_destroying(
        lib: *mut fx,
        when: When,
        cb: fx_event_value_cb,
        data: *mut c_void,
        destroy: Option<fx_destroy_cb>,
    ) -> c_int;
    pub fn fx_play(lib: *mut fx, periods: c_int, cb: fx_period_cb, data: *mut c_void);
    pub fn fx_sort(values: *mut c_int, n: usize, cmp: fx_compare_cb);
    pub fn fx_add_hook(lib: *mut fx, hook: fx_hook_cb) -> c_int;
    pub fn fx_remove_hook(lib: *mut fx, hook: fx_hook_cb);
    pub fn fx_take_hook(lib: *mut fx, at: c_int);
    pub fn fx_run_hooks(lib: *mut fx, value: c_int) -> c_int;
    pub fn fx_once_bare(lib: *mut fx, when: When, cb: fx_status_cb) -> c_int;
    pub fn fx_once_bare_answering(lib: *mut fx, when: When, cb: Option<fx_hook_cb>) -> c_int;
    pub fn fx_list_bare(lib: *mut fx, when: When, n: c_int, breaks: c_int, cb: fx_bare_item_cb) -> c_int;
    pub fn fx_watch(lib: *mut fx, when: When, cb: Option<fx_status_cb>) -> c_int;
    pub fn fx_set_wakeup_bare(lib: *mut fx, cb: Option<fx_bare_wakeup_cb>);
    pub fn fx_mix(cb: fx_mixed_cb, text: *const c_char) -> c_double;
    pub fn fx_narrow(
        i8: fx_same_cb<i8>,
        u8: fx_same_cb<u8>,
        i16: fx_same_cb<i16>,
        u16: fx_same_cb<u16>,
        yes: fx_same_cb<bool>,
        half: fx_same_cb<c_float>,
        half_too: fx_same_cb<c_double>,
        same: fx_same_cb<*mut c_void>,
    ) -> c_int;
    pub fn fx_serve(lib: *mut fx, handler: fx_handler_cb, data: *mut c_void);
    pub fn fx_ask(lib: *mut fx, value: c_int);
    pub fn fx_reply(question: *mut fx_question, answer: c_int);
    pub fn fx_open_questions(lib: *mut fx) -> c_int;

    pub fn fx_cancel_firing(lib: *mut fx, id: c_int) -> c_int;
    pub fn fx_cancel_firing_later(lib: *mut fx, id: c_int) -> c_int;
    pub fn fx_cancel_silently(lib: *mut fx, id: c_int) -> c_int;
    pub fn fx_cancel_blocking(lib: *mut fx, id: c_int) -> c_int;
}

/// The library object, freed silently when it goes; what tests hold.
///
/// Freed with [`free_firing`](Lib::free_firing) instead, everything pending calls back.
#[derive(Debug)]
pub struct Lib(*mut fx);

// SAFETY: every function of the fixture may be called from any thread.
unsafe impl Send for Lib {}
// SAFETY: as above.
unsafe impl Sync for Lib {}

impl Lib {
    /// A new library object without an object-wide user data.
    #[expect(clippy::new_without_default, reason = "a C object is not a default of anything")]
    pub fn new() -> Self {
        // SAFETY: null is never dereferenced: no event callback is set.
        unsafe { Self::with_object(core::ptr::null_mut()) }
    }

    /// A new library object whose event callback gets `object`.
    ///
    /// # Safety
    ///
    /// `object` is what the event callback that will be set can work with.
    pub unsafe fn with_object(object: *mut c_void) -> Self {
        // SAFETY: passed on.
        Self(unsafe { fx_new(object) })
    }

    /// The pointer that C functions want.
    pub fn raw(&self) -> *mut fx {
        self.0
    }

    /// Fires what is due. Returns the number of callbacks.
    pub fn turn(&self) -> c_int {
        // SAFETY: the object is alive.
        unsafe { fx_turn(self.0) }
    }

    /// Waits for callbacks on the library's threads.
    pub fn join(&self) {
        // SAFETY: the object is alive.
        unsafe { fx_join(self.0) }
    }

    /// Operations that C still holds.
    pub fn pending(&self) -> c_int {
        // SAFETY: the object is alive.
        unsafe { fx_pending(self.0) }
    }

    /// Frees the object; everything pending calls back with [`DESTROYED`].
    pub fn free_firing(self) {
        // SAFETY: the object is alive, and forgotten right after.
        unsafe { fx_free_firing(self.0) };
        core::mem::forget(self);
    }
}

impl Drop for Lib {
    fn drop(&mut self) {
        // SAFETY: the object is alive, and this is its end.
        unsafe { fx_free_silently(self.0) };
    }
}
