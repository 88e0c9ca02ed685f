//! Streams between real threads: what the models show for a few steps, over many of them, under sanitizers too.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use uncallback::{
    Events,
    stream::{Receive, events, mpsc, spsc},
};

/// Waits on this thread, and fails instead of hanging if nobody wakes it.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "nobody woke the consumer for a minute");
        thread::park_timeout(left);
    }
}

/// A number that is counted while it lives.
#[derive(Debug)]
struct Alive(usize, Arc<AtomicUsize>);

impl Alive {
    fn new(number: usize, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(number, alive.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.1.fetch_sub(1, SeqCst);
    }
}

const EVENTS: usize = if cfg!(any(miri, uncallback_delay)) { 300 } else { 20_000 };

/// Receives to the end and gives the numbers in the order in which they came. Takes turns between the ways to receive.
fn all<R: Receive<Item = Alive>, H>(mut stream: Events<R, H>) -> (Vec<usize>, u64) {
    let mut seen = Vec::new();
    let mut lost = 0;
    block_on(async {
        while let Some(event) = stream.next().await {
            seen.push(event.0);
            match seen.len() % 3 {
                0 => drop(stream.drain(|event| seen.push(event.0))),
                1 => {
                    let mut batch = Vec::new();
                    stream.next_batch(&mut batch).await;
                    seen.extend(batch.iter().map(|event| event.0));
                }
                _ => lost += stream.lagged(),
            }
        }
        lost += stream.lagged();
    });
    (seen, lost)
}

macro_rules! single_producer {
    ($($name:ident: $overflow:expr, [$($mutable:ident)?];)*) => { $(
        #[test]
        fn $name() {
            let alive = Arc::new(AtomicUsize::new(0));
            let stream = events($overflow, |$($mutable)? emit| {
                let alive = alive.clone();
                thread::spawn(move || {
                    for number in 0..EVENTS {
                        emit.emit(Alive::new(number, &alive));
                        if number % 97 == 0 {
                            thread::yield_now();
                        }
                    }
                })
            });
            let (seen, lost) = all(stream);
            assert!(seen.is_sorted_by(|a, b| a < b), "out of order, or twice");
            assert_eq!(seen.len() + lost as usize, EVENTS, "an event is neither here nor counted");
            assert_eq!(alive.load(SeqCst), 0);
        }
    )* };
}

single_producer! {
    every_event_of_an_unbounded_spsc_stream_comes_once_and_in_order: spsc::unbounded(), [mut];
    every_event_of_a_ring_comes_once_or_is_counted: spsc::drop_newest(7), [mut];
    every_event_that_was_not_written_over_comes_once_or_is_counted: spsc::drop_oldest(7), [mut];
    every_latest_event_of_one_producer_comes_once_or_is_counted: spsc::latest(), [mut];
    every_event_of_an_unbounded_mpsc_stream_comes_once_and_in_order: mpsc::unbounded(), [];
    every_event_of_a_bounded_mpsc_stream_comes_once_or_is_counted: mpsc::drop_newest(7), [];
    every_event_that_is_not_too_old_comes_once_or_is_counted: mpsc::drop_oldest(7), [];
    every_latest_event_comes_once_or_is_counted: mpsc::latest(), [];
}

#[test]
fn producers_on_several_threads_keep_their_own_order_and_lose_nothing() {
    let alive = Arc::new(AtomicUsize::new(0));
    let stream = events(mpsc::unbounded(), |emit: mpsc::Emitter<Alive>| {
        for producer in 0..4 {
            let (emit, alive) = (emit.clone(), alive.clone());
            thread::spawn(move || {
                for number in 0..EVENTS / 4 {
                    emit.emit(Alive::new(number * 4 + producer, &alive));
                }
            });
        }
    });
    let (seen, lost) = all(stream);
    assert_eq!((seen.len(), lost), (EVENTS / 4 * 4, 0));
    for producer in 0..4 {
        let own: Vec<_> = seen.iter().filter(|number| *number % 4 == producer).collect();
        assert_eq!(own.len(), EVENTS / 4);
        assert!(own.is_sorted());
    }
    assert_eq!(alive.load(SeqCst), 0);
}

macro_rules! dropped_midway {
    ($($name:ident: $overflow:expr, [$($mutable:ident)?];)*) => { $(
        #[test]
        fn $name() {
            for round in 0..if cfg!(miri) { 5 } else { 300 } {
                let alive = Arc::new(AtomicUsize::new(0));
                let mut producer = None;
                let mut stream = events($overflow, |$($mutable)? emit| {
                    let alive = alive.clone();
                    producer = Some(thread::spawn(move || {
                        let mut number = 0;
                        while !emit.is_closed() {
                            emit.emit(Alive::new(number, &alive));
                            number += 1;
                        }
                    }));
                });
                for _ in 0..round % 70 {
                    block_on(stream.next());
                }
                drop(stream);
                producer.unwrap().join().unwrap();
                assert_eq!(alive.load(SeqCst), 0, "round {round}");
            }
        }
    )* };
}

dropped_midway! {
    dropped_unbounded_spsc_stream_leaves_no_event_behind: spsc::unbounded(), [mut];
    dropped_ring_leaves_no_event_behind: spsc::drop_newest(7), [mut];
    dropped_stream_whose_events_are_written_over_leaves_none_behind: spsc::drop_oldest(7), [mut];
    dropped_stream_of_the_latest_event_leaves_none_behind: mpsc::latest(), [];
    dropped_unbounded_mpsc_stream_leaves_no_event_behind: mpsc::unbounded(), [];
    dropped_bounded_mpsc_stream_leaves_no_event_behind: mpsc::drop_oldest(7), [];
}
