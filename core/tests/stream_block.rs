//! The policy `block`: a callback that finds no room waits, and nobody waits for ever.

mod stream_help;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, Sender, channel},
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use stream_help::{Counted, poll_once};
use uncallback::{
    Events, events,
    stream::{self, Receive, mpsc, spsc},
};

const LONG: Duration = Duration::from_secs(60);

/// Threads that say when they are over, so that a test can fail instead of waiting for them.
struct Threads {
    over: (Sender<()>, Receiver<()>),
    count: usize,
}

impl Threads {
    fn new() -> Self {
        Self { over: channel(), count: 0 }
    }

    fn spawn(&mut self, run: impl FnOnce() + Send + 'static) {
        let over = self.over.0.clone();
        thread::spawn(move || {
            run();
            over.send(()).unwrap();
        });
        self.count += 1;
    }

    fn assert_all_over(self) {
        for _ in 0..self.count {
            self.over.1.recv_timeout(LONG).expect("a callback is blocked for a minute");
        }
    }
}

/// The next event, however long it takes another thread to push it.
fn wait<R: Receive, H>(stream: &mut Events<R, H>) -> Option<R::Item> {
    let deadline = std::time::Instant::now() + LONG;
    loop {
        if let Poll::Ready(event) = poll_once(stream.next(), Waker::noop()) {
            return event;
        }
        assert!(std::time::Instant::now() < deadline, "no event for a minute");
        thread::yield_now();
    }
}

#[test]
fn callback_is_never_further_ahead_than_there_is_room() {
    for room in [1, 2, 7] {
        let pushed = Arc::new(AtomicUsize::new(0));
        let mut threads = Threads::new();
        let mut stream = stream::events(mpsc::block(room), |emit| {
            let pushed = pushed.clone();
            threads.spawn(move || {
                for n in 0..100 {
                    emit.emit(n);
                    pushed.fetch_add(1, SeqCst);
                }
            });
        });
        for taken in 0..100 {
            assert!(pushed.load(SeqCst) <= taken + room);
            assert_eq!(wait(&mut stream), Some(taken));
        }
        assert_eq!(wait(&mut stream), None);
        assert_eq!(stream.lagged(), 0);
        threads.assert_all_over();
    }
}

#[test]
fn callbacks_of_several_threads_lose_nothing_and_keep_their_own_order() {
    let mut threads = Threads::new();
    let mut stream = stream::events(mpsc::block(2), |emit: mpsc::Emitter<usize>| {
        for thread in 0..3 {
            let emit = emit.clone();
            threads.spawn(move || (0..50).for_each(|n| emit.emit(n * 3 + thread)));
        }
    });
    let mut seen = Vec::new();
    while let Some(event) = wait(&mut stream) {
        seen.push(event);
        // Takes turns between the ways to receive: each has to let blocked callbacks go on.
        if event % 5 == 0 {
            stream.drain(|event| seen.push(event));
        }
    }
    for thread in 0..3 {
        let own: Vec<_> = seen.iter().filter(|n| *n % 3 == thread).collect();
        assert_eq!(own.len(), 50);
        assert!(own.is_sorted());
    }
    threads.assert_all_over();
}

#[test]
fn dropped_stream_lets_every_blocked_callback_go_and_drops_its_event() {
    for round in 0..20 {
        let drops = Arc::new(AtomicUsize::new(0));
        let mut threads = Threads::new();
        let mut stream = stream::events(spsc::block(1), |emit: mpsc::Emitter<Counted>| {
            for n in 0..3 {
                let (emit, drops) = (emit.clone(), drops.clone());
                threads.spawn(move || (0..5).for_each(|_| emit.emit(Counted(n, drops.clone()))));
            }
        });
        for _ in 0..round % 5 {
            assert!(wait(&mut stream).is_some());
        }
        drop(stream);
        threads.assert_all_over();
        assert_eq!(drops.load(SeqCst), 15);
    }
}

#[test]
fn panic_of_one_mapping_lets_the_other_callbacks_go() {
    let mut threads = Threads::new();
    let mut failing = None;
    let mut stream = stream::events(mpsc::block(1), |emit: mpsc::Emitter<u8>| {
        failing = Some(emit.clone());
        emit.emit(1);
        // There is no room before the panic, and nobody to take it after that.
        threads.spawn(move || assert_eq!(emit.offer(2), Err(2)));
    });
    failing.unwrap().emit_with(|| std::panic::resume_unwind(Box::new("failed")));
    threads.assert_all_over();
    assert_eq!(wait(&mut stream), Some(1));
    assert!(catch_unwind(AssertUnwindSafe(|| wait(&mut stream))).unwrap_err().is::<&str>());
    assert_eq!(wait(&mut stream), None);
}

#[test]
fn macro_takes_the_policy_for_both_kinds_of_callback() {
    fn shared(f: impl Fn(u8) + Send + Sync + 'static) {
        thread::spawn(move || (1..=9).for_each(f));
    }
    fn exclusive(f: impl FnMut(u8) + Send + 'static) {
        thread::spawn(move || (1..=9).for_each(f));
    }
    let mut stream = events!(shared(_), block(2));
    assert_eq!(std::iter::from_fn(|| wait(&mut stream)).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let mut stream = events!(exclusive(|n| => n * 2), spsc::block(1));
    assert_eq!(std::iter::from_fn(|| wait(&mut stream)).sum::<u8>(), 90);
}

#[test]
#[should_panic(expected = "room for at least one")]
fn blocking_without_any_room_is_refused() {
    let _ = mpsc::block(0);
}
