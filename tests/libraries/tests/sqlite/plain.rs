//! The library without its callbacks: a connection, and copies of what callbacks bring.

use core::ffi::{CStr, c_char, c_int};

use libsqlite3_sys::*;

/// A connection. What was registered with it must be dropped before it: the hooks borrow it.
pub(crate) struct Raw(pub(crate) *mut sqlite3);

// SAFETY: SQLite is built with its own locks, so a connection may be used from any thread.
unsafe impl Send for Raw {}
// SAFETY: as above.
unsafe impl Sync for Raw {}

/// A row that was changed: what was done, in which table, to which row.
pub(crate) type Change = (c_int, String, i64);

impl Raw {
    pub(crate) fn open(path: &CStr) -> Self {
        let mut db = std::ptr::null_mut();
        // SAFETY: a C string, and a place for the connection.
        assert_eq!(unsafe { sqlite3_open(path.as_ptr(), &raw mut db) }, SQLITE_OK);
        Self(db)
    }

    pub(crate) fn run(&self, sql: &CStr) -> c_int {
        // SAFETY: the connection is open; without a callback, no user data is needed.
        unsafe { sqlite3_exec(self.0, sql.as_ptr(), None, std::ptr::null_mut(), std::ptr::null_mut()) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the connection is open, and this is its end.
        assert_eq!(unsafe { sqlite3_close(self.0) }, SQLITE_OK);
    }
}

/// A change, copied.
///
/// # Safety
///
/// The table is a C string.
pub(crate) unsafe fn change(what: c_int, table: *const c_char, row: i64) -> Change {
    // SAFETY: by contract.
    (what, unsafe { CStr::from_ptr(table) }.to_string_lossy().into_owned(), row)
}

/// A row, copied.
///
/// # Safety
///
/// So many values, each a C string or null.
pub(crate) unsafe fn row(count: c_int, values: *mut *mut c_char) -> Vec<Option<String>> {
    let text = |value: *const c_char| {
        // SAFETY: by contract.
        (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned())
    };
    // SAFETY: by contract.
    (0..count).map(|column| text(unsafe { *values.offset(column as isize) })).collect()
}
