//! SQLite's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Change, Raw, change, row};
use core::ffi::{CStr, c_char, c_int, c_void};
use libsqlite3_sys::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

// glue: begin
struct Db(Raw);

/// The changes of a connection. Dropped, it unregisters.
struct Changes<'a> {
    db: &'a Db,
    receiver: mpsc::UnboundedReceiver<Change>,
    data: *const mpsc::UnboundedSender<Change>,
}

/// A registered question about this connection. Dropped, it unregisters.
struct Hook<'a> {
    data: *const Asked,
    unregister: Box<dyn Fn() + Send + Sync + 'a>,
}

/// A closure that answers, and the panic that it has left behind.
struct Asked {
    f: Mutex<Box<dyn FnMut(c_int) -> c_int + Send>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    on_panic: c_int,
}

// SAFETY: the pointer is a reference to something that is `Send` and `Sync`.
unsafe impl Send for Hook<'_> {}
// SAFETY: as above.
unsafe impl Sync for Hook<'_> {}

/// Another reference to what the user data refers to, for the time of a call: it may be dropped inside of it.
///
/// # Safety
///
/// The user data is that of an `Arc<T>` which is alive.
unsafe fn referred<T>(data: *mut c_void) -> Arc<T> {
    // SAFETY: by contract.
    unsafe {
        Arc::increment_strong_count(data.cast::<T>());
        Arc::from_raw(data.cast())
    }
}

unsafe extern "C" fn on_change(
    data: *mut c_void,
    what: c_int,
    _database: *const c_char,
    table: *const c_char,
    row: i64,
) {
    // SAFETY: the user data is that of the hook.
    let changes = unsafe { referred::<mpsc::UnboundedSender<Change>>(data) };
    // Waking runs other people's code.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the table is a C string during the call.
        drop(changes.send(unsafe { change(what, table, row) }));
    }));
}

/// # Safety
///
/// The user data is that of a question.
unsafe fn answer(data: *mut c_void, number: c_int) -> c_int {
    // SAFETY: by contract.
    let asked = unsafe { referred::<Asked>(data) };
    if asked.panic.lock().unwrap().is_some() {
        return asked.on_panic;
    }
    // A question inside of a question finds the lock taken.
    let Ok(mut f) = asked.f.try_lock() else { return asked.on_panic };
    let answered = catch_unwind(AssertUnwindSafe(|| f(number)));
    answered.unwrap_or_else(|payload| {
        *asked.panic.lock().unwrap() = Some(payload);
        asked.on_panic
    })
}

unsafe extern "C" fn on_progress(data: *mut c_void) -> c_int {
    // SAFETY: the user data is that of the handler.
    unsafe { answer(data, 0) }
}

unsafe extern "C" fn on_busy(data: *mut c_void, times: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { answer(data, times) }
}

/// A question that lasts for one call.
struct Visit<'a> {
    f: &'a mut dyn FnMut(Vec<Option<String>>) -> bool,
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "C" fn on_row(
    data: *mut c_void,
    count: c_int,
    values: *mut *mut c_char,
    _names: *mut *mut c_char,
) -> c_int {
    // SAFETY: the user data is the visit on the stack of `rows`, and nobody else uses it during the call.
    let visit = unsafe { &mut *data.cast::<Visit<'_>>() };
    // SAFETY: SQLite lends so many C strings or nulls.
    let answered = catch_unwind(AssertUnwindSafe(|| (visit.f)(unsafe { row(count, values) })));
    match answered {
        Ok(goes_on) => (!goes_on).into(),
        Err(payload) => {
            visit.panic.get_or_insert(payload);
            1
        }
    }
}

impl Db {
    fn changes(&self) -> Changes<'_> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let data = Arc::into_raw(Arc::new(sender));
        // SAFETY: the user data lives until the hook is unregistered.
        unsafe { sqlite3_update_hook(self.0.0, Some(on_change), data.cast_mut().cast()) };
        Changes { db: self, receiver, data }
    }

    fn watch_progress(&self, mut f: impl FnMut() -> bool + Send + 'static) -> Hook<'_> {
        let data = Asked::new(move |_| f().into(), 1);
        // SAFETY: as above; 0 steps unregister it.
        unsafe { sqlite3_progress_handler(self.0.0, 10, Some(on_progress), data.cast_mut().cast()) };
        // SAFETY: as above.
        let unregister = || unsafe { sqlite3_progress_handler(self.0.0, 0, None, null_mut()) };
        Hook { data, unregister: Box::new(unregister) }
    }

    fn when_busy(&self, mut f: impl FnMut(c_int) -> bool + Send + 'static) -> Hook<'_> {
        let data = Asked::new(move |times| f(times).into(), 0);
        // SAFETY: as above.
        unsafe { sqlite3_busy_handler(self.0.0, Some(on_busy), data.cast_mut().cast()) };
        // SAFETY: as above.
        let unregister = || _ = unsafe { sqlite3_busy_handler(self.0.0, None, null_mut()) };
        Hook { data, unregister: Box::new(unregister) }
    }

    /// Asks for each row whether to go on.
    fn rows(&self, sql: &CStr, mut f: impl FnMut(Vec<Option<String>>) -> bool) -> c_int {
        let mut visit = Visit { f: &mut f, panic: None };
        let data = (&raw mut visit).cast();
        // SAFETY: `sqlite3_exec` calls back on this thread until it returns.
        let code = unsafe { sqlite3_exec(self.0.0, sql.as_ptr(), Some(on_row), data, null_mut()) };
        if let Some(payload) = visit.panic {
            resume_unwind(payload);
        }
        code
    }
}

impl Asked {
    fn new(f: impl FnMut(c_int) -> c_int + Send + 'static, on_panic: c_int) -> *const Self {
        Arc::into_raw(Arc::new(Self { f: Mutex::new(Box::new(f)), panic: Mutex::default(), on_panic }))
    }
}

impl Changes<'_> {
    async fn next(&mut self) -> Option<Change> {
        self.receiver.recv().await
    }
}

impl Drop for Changes<'_> {
    fn drop(&mut self) {
        // SAFETY: unregistered, SQLite does not use the user data any more; a call that is running has its own reference.
        unsafe {
            sqlite3_update_hook(self.db.0.0, None, null_mut());
            drop(Arc::from_raw(self.data));
        }
    }
}

impl Hook<'_> {
    /// Makes a call in which the question may be asked, and resumes its panic afterwards.
    fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        let answer = call();
        // SAFETY: the question lives until this is dropped.
        let payload = unsafe { &*self.data }.panic.lock().unwrap().take();
        payload.map_or(answer, |payload| resume_unwind(payload))
    }
}

impl Drop for Hook<'_> {
    fn drop(&mut self) {
        (self.unregister)();
        // SAFETY: as above.
        drop(unsafe { Arc::from_raw(self.data) });
    }
}
// glue: end
