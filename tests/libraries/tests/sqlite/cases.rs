//! What must hold for SQLite, whoever writes the glue.

use super::{Db, Hook};
use crate::plain::Raw;
use core::ffi::CStr;
use libsqlite3_sys::*;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

impl Db {
    fn open(path: &CStr) -> Self {
        Self(Raw::open(path))
    }

    fn run(&self, sql: &CStr) -> i32 {
        self.0.run(sql)
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
    let mut changes = db.changes();
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
    let first = db.changes();
    drop(first);
    let mut second = db.changes();
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
    let own: Arc<Mutex<Option<Hook<'static>>>> = Arc::default();
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
fn progress_handler_that_registers_another_from_inside_hands_over_to_it() {
    let raw = Box::into_raw(Box::new(Db::open(c":memory:")));
    // SAFETY: freed at the end, after the hooks that borrow it.
    let db: &'static Db = unsafe { &*raw };
    let own: Arc<Mutex<Option<Hook<'static>>>> = Arc::default();
    let (inside, freed) = (own.clone(), Arc::new(()));
    let token = freed.clone();
    let mut calls = 0;
    *own.lock().unwrap() = Some(db.watch_progress(move || {
        let _alive = &token;
        calls += 1;
        assert_eq!(calls, 1, "it was replaced");
        let own = inside.lock().unwrap().take();
        drop(own);
        let mut left = 5;
        *inside.lock().unwrap() = Some(db.watch_progress(move || {
            left -= 1;
            left == 0
        }));
        false
    }));
    assert_eq!(db.run(ENDLESS), SQLITE_INTERRUPT, "the other one has stopped it");
    assert_eq!(Arc::strong_count(&freed), 1, "the first one went when its call was over");
    drop(own.lock().unwrap().take());
    assert_eq!(db.run(TABLE), SQLITE_OK);
    // SAFETY: the box from above; the hooks that borrowed it have gone.
    drop(unsafe { Box::from_raw(raw) });
}

#[test]
fn busy_handler_is_asked_until_it_gives_up() {
    let path = std::env::temp_dir().join(format!(
        "uncallback-busy-{}-{}.db",
        std::process::id(),
        module_path!().replace(':', "-")
    ));
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
