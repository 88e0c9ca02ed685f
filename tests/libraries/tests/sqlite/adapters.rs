//! SQLite's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Change, Raw, change, row};
use core::ffi::{CStr, c_int};
use libsqlite3_sys::*;
use std::ptr::null_mut;
use uncallback::ffi::{self, First, Hook, Subscription};
use uncallback::stream::mpsc;

// glue: begin
struct Db(Raw);

/// A registered question about this connection.
type Question<'a> = Hook<c_int, (), Box<dyn FnOnce(()) + Send + Sync + 'a>>;

impl Db {
    fn changes(&self) -> Subscription<Change, (), impl FnOnce(())> {
        let db = self.0.0;
        // SAFETY: SQLite calls back with C strings that live during the call, until the hook is replaced.
        unsafe {
            ffi::subscribe(
                First,
                mpsc::unbounded(),
                |cb, data| _ = sqlite3_update_hook(db, cb, data),
                move |()| _ = sqlite3_update_hook(db, None, null_mut()),
                |(what, _, table, row)| change(what, table, row),
            )
        }
        .expect("SQLite refuses nothing")
    }

    fn watch_progress(&self, mut f: impl FnMut() -> bool + Send + 'static) -> Question<'_> {
        // SAFETY: the callback has no arguments beside the user data; 0 steps unregister it.
        unsafe {
            ffi::hook(
                First,
                |cb, data| sqlite3_progress_handler(self.0.0, 10, cb, data),
                Box::new(|()| sqlite3_progress_handler(self.0.0, 0, None, null_mut())) as Box<_>,
                move |()| f().into(),
                1,
            )
        }
        .expect("SQLite refuses nothing")
    }

    fn when_busy(&self, mut f: impl FnMut(c_int) -> bool + Send + 'static) -> Question<'_> {
        // SAFETY: the callback gets a number.
        unsafe {
            ffi::hook(
                First,
                |cb, data| _ = sqlite3_busy_handler(self.0.0, cb, data),
                Box::new(|()| _ = sqlite3_busy_handler(self.0.0, None, null_mut())) as Box<_>,
                move |(times,)| f(times).into(),
                0,
            )
        }
        .expect("SQLite refuses nothing")
    }

    /// Asks for each row whether to go on.
    fn rows(&self, sql: &CStr, mut f: impl FnMut(Vec<Option<String>>) -> bool) -> c_int {
        // SAFETY: `sqlite3_exec` calls back on this thread until it returns, with an array of C strings or nulls.
        unsafe {
            ffi::ask(
                First,
                |cb, data| sqlite3_exec(self.0.0, sql.as_ptr(), cb, data, null_mut()),
                |(count, values, _names)| (!f(row(count, values))).into(),
                1,
            )
        }
    }
}
// glue: end
