//! SQLite's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Change, Raw, change, row};
use core::ffi::{CStr, c_int};
use libsqlite3_sys::*;
use std::ptr::null_mut;
use uncallback::ffi::{self, BoxedHook, First, Subscription};
use uncallback::stream::mpsc;

// glue: begin
struct Db(Raw);

/// A registered question about this connection.
type Hook<'a> = BoxedHook<'a>;

impl Db {
    fn changes(&self) -> Subscription<Change, (), impl FnOnce(())> {
        // SAFETY: SQLite calls back with C strings that live during the call, until the hook is replaced.
        unsafe {
            ffi::setter(First, |cb, data| _ = sqlite3_update_hook(self.0.0, cb, data))
                .events(mpsc::unbounded(), |(what, _, table, row)| change(what, table, row))
        }
    }

    fn watch_progress(&self, mut f: impl FnMut() -> bool + Send + 'static) -> Hook<'_> {
        // SAFETY: the callback has no arguments beside the user data.
        unsafe {
            ffi::setter(First, |cb, data| sqlite3_progress_handler(self.0.0, 10, cb, data))
                .answer(move |()| f().into(), 1)
                .boxed()
        }
    }

    fn when_busy(&self, mut f: impl FnMut(c_int) -> bool + Send + 'static) -> Hook<'_> {
        // SAFETY: the callback gets a number.
        unsafe {
            ffi::setter(First, |cb, data| _ = sqlite3_busy_handler(self.0.0, cb, data))
                .answer(move |(times,)| f(times).into(), 0)
                .boxed()
        }
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
