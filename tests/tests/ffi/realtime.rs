//! S11: a thread with a deadline, which nothing on our side may hold up.
use crate::probe::{Census, DEADLINE, block_on, panic_of};
use core::ffi::{c_float, c_int};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use uncallback::ffi::{self, First, Realtime};
use uncallback_tests::fixture::*;

/// The object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
struct Addr(*mut fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}

type Stop = Box<dyn FnOnce(()) + Send>;

/// Plays that many periods; each brings its first sample. `on` sees that before.
fn first_samples(
    lib: &Lib,
    capacity: usize,
    periods: c_int,
    mut on: impl FnMut(c_float) + Send + 'static,
) -> Realtime<c_float, (), Stop> {
    let raw = Addr(lib.raw());
    // SAFETY: the fixture calls back on one thread, with as many samples as it says.
    unsafe {
        ffi::realtime(
            First,
            capacity,
            |cb, data| fx_play(lib.raw(), periods, cb, data),
            // As real-time APIs do: stopping waits for the thread.
            Box::new(move |()| {
                let raw = raw;
                fx_join(raw.0);
            }) as Stop,
            move |(samples, n), out| {
                assert_eq!(n, 8);
                on(*samples);
                out.emit(*samples);
                0
            },
            1,
        )
    }
    .unwrap()
}

#[test]
fn values_of_a_real_time_thread_arrive_in_order() {
    let lib = Lib::new();
    for _ in 0..20 {
        let mut samples = first_samples(&lib, 512, 500, |_| ());
        for period in 0..500_u16 {
            assert_eq!(block_on(samples.next()), Some(f32::from(period) * 8.0));
        }
        assert_eq!(samples.lagged(), 0);
    }
}

#[test]
fn consumer_that_is_too_slow_loses_values_and_hears_how_many() {
    let lib = Lib::new();
    let mut samples = first_samples(&lib, 4, 10, |_| ());
    lib.join();
    let mut seen = Vec::new();
    samples.drain(|value| seen.push(value));
    assert_eq!((seen, samples.lagged()), (vec![0.0, 8.0, 16.0, 24.0], 6));
}

/// Blocks the thread that wakes it until somebody lets it go.
struct Stuck {
    reached: Sender<()>,
    go: Mutex<Receiver<()>>,
}

impl Wake for Stuck {
    fn wake(self: Arc<Self>) {
        self.reached.send(()).unwrap();
        self.go.lock().unwrap().recv_timeout(DEADLINE).unwrap();
    }
}

#[test]
fn real_time_thread_goes_on_while_a_waker_blocks() {
    let lib = Lib::new();
    let ((reached, has_reached), (go, goes)) = (channel(), channel());
    let waker = Waker::from(Arc::new(Stuck { reached, go: Mutex::new(goes) }));
    let (start, starts) = channel::<()>();
    let mut first = Some(starts);
    let mut samples = first_samples(&lib, 512, 300, move |_| {
        // Only the first period waits, until the consumer does.
        if let Some(starts) = first.take() {
            starts.recv_timeout(DEADLINE).unwrap();
        }
    });
    assert!(Pin::new(&mut samples.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    start.send(()).unwrap();
    has_reached.recv_timeout(DEADLINE).unwrap();
    // The waker is stuck, and the thread plays to the end.
    lib.join();
    assert_eq!(samples.drain(|_| ()), 300);
    go.send(()).unwrap();
}

#[test]
fn panic_on_a_real_time_thread_stops_it_and_resumes_in_the_consumer() {
    let (lib, census) = (Lib::new(), Census::default());
    let token = census.token();
    let mut samples = first_samples(&lib, 16, 100, move |sample| {
        let _alive = &token;
        assert!(sample < 16.0, "period {}", sample / 8.0);
    });
    assert_eq!((block_on(samples.next()), block_on(samples.next())), (Some(0.0), Some(8.0)));
    assert_eq!(panic_of(|| block_on(samples.next())).as_deref(), Some("period 2"));
    drop(samples);
    assert_eq!(census.alive(), 0);
}

#[test]
fn stream_that_goes_while_the_thread_plays_frees_everything_once() {
    let (lib, census) = (Lib::new(), Census::default());
    for _ in 0..50 {
        let token = census.token();
        let mut samples = first_samples(&lib, 8, 200, move |_| {
            let _alive = &token;
        });
        block_on(samples.next());
        drop(samples);
        assert_eq!(census.alive(), 0);
    }
}
