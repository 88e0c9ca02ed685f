//! Blocking work: cancelling while it is queued, panics, and what is dropped where.
#![cfg(feature = "blocking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use uncallback::__private::block_on;
use uncallback::{Blocking, blocking};

/// Longer than anything here takes: a test that would hang fails instead.
const DEADLINE: Duration = Duration::from_secs(60);

/// The pool is shared by all tests of this program, and one of them fills it.
fn the_pool() -> MutexGuard<'static, ()> {
    static POOL: Mutex<()> = Mutex::new(());
    POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Occupies every thread of the pool until the senders are dropped.
fn occupy_the_pool() -> (Vec<Sender<()>>, Vec<Blocking<()>>) {
    // As many threads as the pool may have at most: see `BLOCKING_MAX_THREADS` in the documentation of `blocking`.
    let threads = 500;
    let (started, starts) = channel();
    let occupied = (0..threads)
        .map(|_| {
            let (hold, released) = channel::<()>();
            let started = started.clone();
            let work = blocking(move || {
                started.send(()).unwrap();
                // Ends with an error when the sender is dropped.
                let _ = released.recv();
            });
            (hold, work)
        })
        .unzip();
    (0..threads).for_each(|_| starts.recv_timeout(DEADLINE).unwrap());
    occupied
}

#[test]
fn work_dropped_while_queued_never_runs() {
    let _alone = the_pool();
    let (hold, occupied) = occupy_the_pool();
    let ran = Arc::new(AtomicBool::new(false));
    let run = ran.clone();
    let queued = blocking(move || run.store(true, Ordering::SeqCst));
    let behind = blocking(|| "ran");
    drop(queued);
    drop(hold);
    occupied.into_iter().for_each(block_on);
    assert_eq!(block_on(behind), "ran");
    assert!(!ran.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&ran), 1, "the closure is dropped");
}

#[test]
fn work_that_runs_already_ends_although_its_future_is_dropped() {
    let _alone = the_pool();
    let (started, starts) = channel();
    let (hold, released) = channel::<()>();
    let (ended, ends) = channel();
    let work = blocking(move || {
        started.send(()).unwrap();
        let _ = released.recv();
        ended.send("to its end").unwrap();
    });
    starts.recv_timeout(DEADLINE).unwrap();
    drop(work);
    drop(hold);
    assert_eq!(ends.recv_timeout(DEADLINE), Ok("to its end"));
}

#[test]
fn panic_of_the_work_resumes_in_its_awaiter() {
    let _alone = the_pool();
    let work = blocking(|| panic!("disk on fire"));
    let payload = catch_unwind(AssertUnwindSafe(|| block_on::<Blocking<()>>(work))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"disk on fire"));
}

#[test]
fn panic_of_detached_work_leaves_the_pool_usable() {
    let _alone = the_pool();
    blocking(|| panic!("nobody listens")).detach();
    assert_eq!(block_on(blocking(|| 1)), 1);
}
