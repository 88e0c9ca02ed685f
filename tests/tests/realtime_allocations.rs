//! What runs on a real-time thread allocates nothing. A program of its own, because it counts in the allocator.
#![cfg(any(target_os = "linux", target_os = "android"))]
use core::ffi::c_int;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use uncallback::ffi::{self, First};
use uncallback_tests::fixture::{Lib, fx_play};

std::thread_local! {
    /// Set by the first call of the callback, for its thread.
    static REAL_TIME: Cell<bool> = const { Cell::new(false) };
}
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Counts what real-time threads allocate and free.
struct Counting;

fn count() {
    if REAL_TIME.try_with(Cell::get).unwrap_or(false) {
        // ORDERING: read after the thread was joined.
        COUNT.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: the system's allocator, with a count beside it that allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count();
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Lets the real-time thread go on, once the consumer waits.
static CONSUMER_WAITS: AtomicBool = AtomicBool::new(false);

/// Unparks a thread, and says that it did.
struct Unpark(Thread, AtomicBool);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        // ORDERING: `unpark` publishes.
        self.1.store(true, Ordering::Relaxed);
        self.0.unpark();
    }
}

#[test]
fn real_time_callback_allocates_and_frees_nothing_even_when_it_wakes_and_when_it_is_full() {
    const PERIODS: c_int = 2000;
    let lib = Lib::new();
    let raw = lib.raw();
    // SAFETY: the fixture calls back on one thread, with as many samples as it says.
    let mut samples = unsafe {
        ffi::realtime(
            First,
            16,
            |cb, data| fx_play(raw, PERIODS, cb, data),
            |()| (),
            move |(samples, _n), out| {
                REAL_TIME.set(true);
                // ORDERING: publishes nothing.
                while !CONSUMER_WAITS.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                out.emit(*samples);
                0
            },
            1,
        )
    }
    .unwrap();
    let unpark = Arc::new(Unpark(std::thread::current(), AtomicBool::new(false)));
    let waker = Waker::from(unpark.clone());
    assert!(Pin::new(&mut samples.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    // ORDERING: as above.
    CONSUMER_WAITS.store(true, Ordering::Relaxed);
    let end = Instant::now() + Duration::from_secs(20);
    // ORDERING: `park` acquires.
    while !unpark.1.load(Ordering::Relaxed) {
        std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
        assert!(Instant::now() < end, "nobody woke the consumer");
    }
    lib.join();
    assert_eq!((samples.drain(|_| ()), samples.lagged()), (16, PERIODS as u64 - 16));
    // ORDERING: the thread was joined.
    assert_eq!(COUNT.load(Ordering::Relaxed), 0);
}
