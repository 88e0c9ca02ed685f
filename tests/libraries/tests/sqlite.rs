//! SQLite: an update hook as a stream, progress and busy handlers as questions, `sqlite3_exec` as a list.
use core::ffi::{CStr, c_char, c_int};
use libsqlite3_sys::*;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use uncallback::ffi::{self, CallbackError, First, Hook};
use uncallback::stream::{Events, mpsc};

/// A connection. What was registered with it must be dropped before it: the hooks borrow it.
struct Db(*mut sqlite3);

/// A row that was changed: what was done, in which table, to which row.
type Change = (c_int, String, i64);

// SAFETY: SQLite is built with its own locks, so a connection may be used from any thread.
unsafe impl Send for Db {}
// SAFETY: as above.
unsafe impl Sync for Db {}

impl Db {
    fn open(path: &CStr) -> Self {
        let mut db = std::ptr::null_mut();
        // SAFETY: a C string, and a place for the connection.
        assert_eq!(unsafe { sqlite3_open(path.as_ptr(), &raw mut db) }, SQLITE_OK);
        Self(db)
    }

    fn run(&self, sql: &CStr) -> c_int {
        // SAFETY: the connection is open; without a callback, no user data is needed.
        unsafe { sqlite3_exec(self.0, sql.as_ptr(), None, std::ptr::null_mut(), std::ptr::null_mut()) }
    }

    fn changes(&self) -> Result<Events<mpsc::Receiver<Change>, impl Sized>, CallbackError> {
        // SAFETY: SQLite calls back with C strings that live during the call, until the hook is replaced.
        unsafe {
            ffi::subscribe(
                First,
                mpsc::unbounded(),
                |cb, data| {
                    sqlite3_update_hook(self.0, cb, data);
                },
                |()| {
                    sqlite3_update_hook(self.0, None, std::ptr::null_mut());
                },
                |(what, _database, table, row)| (what, CStr::from_ptr(table).to_str().unwrap().into(), row),
            )
        }
    }

    fn watch_progress(&self, f: impl FnMut() -> bool + Send + 'static) -> Progress<'_> {
        let mut f = f;
        // SAFETY: the callback has no arguments beside the user data; 0 steps unregister it.
        unsafe {
            ffi::hook(
                First,
                |cb, data| sqlite3_progress_handler(self.0, 10, cb, data),
                Box::new(|()| sqlite3_progress_handler(self.0, 0, None, std::ptr::null_mut())) as Box<_>,
                move |()| f().into(),
                1,
            )
        }
        .unwrap_or_else(|refused| panic!("{refused}"))
    }

    fn when_busy(&self, f: impl FnMut(c_int) -> bool + Send + 'static) -> Progress<'_> {
        let mut f = f;
        // SAFETY: the callback gets a number.
        unsafe {
            ffi::hook(
                First,
                |cb, data| {
                    sqlite3_busy_handler(self.0, cb, data);
                },
                Box::new(|()| {
                    sqlite3_busy_handler(self.0, None, std::ptr::null_mut());
                }) as Box<_>,
                move |(times,)| f(times).into(),
                0,
            )
        }
        .unwrap_or_else(|refused| panic!("{refused}"))
    }

    fn rows(&self, sql: &CStr, mut row: impl FnMut(Vec<Option<String>>) -> bool) -> c_int {
        // SAFETY: `sqlite3_exec` calls back on this thread until it returns, with an array of C strings or nulls.
        unsafe {
            ffi::ask(
                First,
                |cb, data| sqlite3_exec(self.0, sql.as_ptr(), cb, data, std::ptr::null_mut()),
                |(n, values, _names)| {
                    (!row((0..n).map(|i| text(*values.offset(i as isize))).collect())).into()
                },
                1,
            )
        }
    }
}

/// A registered question about this connection.
type Progress<'a> = Hook<c_int, (), Box<dyn FnOnce(()) + Send + Sync + 'a>>;

/// # Safety
/// Null or a C string.
unsafe fn text(value: *const c_char) -> Option<String> {
    // SAFETY: by contract.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) }.to_str().unwrap().to_owned())
}

impl Drop for Db {
    fn drop(&mut self) {
        // SAFETY: the connection is open, and this is its end.
        assert_eq!(unsafe { sqlite3_close(self.0) }, SQLITE_OK);
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("SQLite has called back already"),
    }
}

const TABLE: &CStr = c"create table boat (name text); insert into boat values ('Ada'), ('Bea'), (null)";
/// Long enough for a progress handler, and never to be finished without one.
const ENDLESS: &CStr =
    c"with recursive n(i) as (values (1) union all select i + 1 from n) select count(*) from n";

#[test]
fn update_hook_is_a_stream_until_it_is_dropped() {
    let db = Db::open(c":memory:");
    let mut changes = db.changes().unwrap();
    assert_eq!(db.run(TABLE), SQLITE_OK);
    assert_eq!(db.run(c"delete from boat where name = 'Bea'"), SQLITE_OK);
    let seen: Vec<_> = (0..4).map(|_| now(changes.next()).unwrap()).collect();
    let boat = || "boat".to_owned();
    assert_eq!(seen[0], (SQLITE_INSERT, boat(), 1));
    assert_eq!(seen[3], (SQLITE_DELETE, boat(), 2));
    drop(changes);
    assert_eq!(db.run(c"delete from boat"), SQLITE_OK);
}

#[test]
fn update_hook_that_is_replaced_leaves_the_new_one_alone() {
    let db = Db::open(c":memory:");
    let first = db.changes().unwrap();
    drop(first);
    let mut second = db.changes().unwrap();
    assert_eq!(db.run(TABLE), SQLITE_OK);
    assert_eq!(now(second.next()).unwrap().2, 1);
}

#[test]
fn exec_gives_its_rows_and_stops_when_told() {
    let db = Db::open(c":memory:");
    assert_eq!(db.run(TABLE), SQLITE_OK);
    let mut names = Vec::new();
    assert_eq!(
        db.rows(c"select name from boat", |mut row| {
            names.push(row.remove(0));
            true
        }),
        SQLITE_OK
    );
    assert_eq!(names, [Some("Ada".to_owned()), Some("Bea".to_owned()), None]);
    let mut count = 0;
    let stopped = db.rows(c"select name from boat", |_| {
        count += 1;
        false
    });
    assert_eq!((stopped, count), (SQLITE_ABORT, 1));
}

#[test]
fn panic_in_a_row_callback_goes_around_sqlite() {
    let db = Db::open(c":memory:");
    assert_eq!(db.run(TABLE), SQLITE_OK);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.rows(c"select name from boat", |_| panic!("bad row"))
    }));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"bad row"));
    assert_eq!(db.run(c"delete from boat"), SQLITE_OK, "the connection is as usable as before");
}

#[test]
fn progress_handler_stops_a_query_that_never_ends() {
    let db = Db::open(c":memory:");
    let mut steps = 0;
    let progress = db.watch_progress(move || {
        steps += 1;
        steps == 50
    });
    assert_eq!(progress.during(|| db.run(ENDLESS)), SQLITE_INTERRUPT);
}

#[test]
fn panic_in_a_progress_handler_resumes_after_the_query() {
    let db = Db::open(c":memory:");
    let progress = db.watch_progress(|| panic!("too slow"));
    let caught =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| progress.during(|| db.run(ENDLESS))));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"too slow"));
}

#[test]
fn progress_handler_that_unregisters_itself_from_inside_is_freed_after_its_call() {
    let raw = Box::into_raw(Box::new(Db::open(c":memory:")));
    // SAFETY: freed at the end, after the hook that borrows it.
    let db: &'static Db = unsafe { &*raw };
    let own: Arc<Mutex<Option<Progress<'static>>>> = Arc::default();
    let (inside, freed) = (own.clone(), Arc::new(()));
    let token = freed.clone();
    let mut calls = 0;
    *own.lock().unwrap() = Some(db.watch_progress(move || {
        let _alive = &token;
        calls += 1;
        let own = inside.lock().unwrap().take();
        drop(own);
        calls > 1
    }));
    assert_eq!(Arc::strong_count(&freed), 2);
    let counted = c"with recursive n(i) as (values (1) union all select i + 1 from n limit 1000) select count(*) from n";
    assert_eq!(db.run(counted), SQLITE_OK, "it was called once, and never again");
    assert_eq!(Arc::strong_count(&freed), 1);
    // SAFETY: the box from above; the hook that borrowed it has gone.
    drop(unsafe { Box::from_raw(raw) });
}

#[test]
fn busy_handler_is_asked_until_it_gives_up() {
    let path = std::env::temp_dir().join(format!("uncallback-busy-{}.db", std::process::id()));
    let c_path = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    {
        let (holder, other) = (Db::open(&c_path), Db::open(&c_path));
        assert_eq!(holder.run(c"create table t (x); begin immediate"), SQLITE_OK);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        let busy = other.when_busy(move |times| {
            notes.lock().unwrap().push(times);
            times < 2
        });
        assert_eq!(busy.during(|| other.run(c"begin immediate")), SQLITE_BUSY);
        assert_eq!(*asked.lock().unwrap(), [0, 1, 2]);
    }
    std::fs::remove_file(path).unwrap();
}
