//! Models of a driven task: wakes against its run, its end and its cancelling.
//!
//! Run with `RUSTFLAGS="--cfg loom" cargo test -p uncallback --release --test loom_drive`.
#![cfg(loom)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

/// A future that is ready once its flag is set. It hands out its waker at the first poll.
struct Flagged {
    flag: Arc<AtomicBool>,
    waker: std::sync::mpsc::Sender<Waker>,
    /// Shows when the future is dropped.
    _alive: Arc<()>,
}

impl Future for Flagged {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Relaxed: that the flag is seen is up to the wake.
        if self.flag.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        // Sent in vain after the first poll: a task always has the same waker.
        let _ = self.waker.send(cx.waker().clone());
        Poll::Pending
    }
}

struct Driven {
    flag: Arc<AtomicBool>,
    waker: Waker,
    alive: Arc<()>,
    calls: Arc<AtomicUsize>,
    driving: uncallback::Driving,
}

/// A task that has been polled once and waits.
fn driven() -> Driven {
    let (flag, alive) = (Arc::new(AtomicBool::new(false)), Arc::new(()));
    let calls = Arc::new(AtomicUsize::new(0));
    let (send, receive) = std::sync::mpsc::channel();
    let future = Flagged { flag: flag.clone(), waker: send, _alive: alive.clone() };
    let count = calls.clone();
    let driving = uncallback::drive(future, move |()| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let waker = receive.recv().unwrap();
    Driven { flag, waker, alive, calls, driving }
}

#[test]
fn wake_while_the_task_runs_elsewhere_is_not_lost() {
    loom::model(|| {
        let task = driven();
        // A wake with nothing to see, which may be running the task when the real one comes.
        let early = task.waker.clone();
        let thread = thread::spawn(move || early.wake());
        task.flag.store(true, Ordering::Relaxed);
        task.waker.wake();
        thread.join().unwrap();
        assert_eq!(task.calls.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&task.alive), 1, "the future is dropped");
    });
}

#[test]
fn two_wakes_call_back_once() {
    loom::model(|| {
        let task = driven();
        task.flag.store(true, Ordering::Relaxed);
        let early = task.waker.clone();
        let thread = thread::spawn(move || early.wake());
        task.waker.wake();
        thread.join().unwrap();
        assert_eq!(task.calls.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn cancel_against_completion_calls_back_at_most_once_and_drops_the_future() {
    loom::model(|| {
        let task = driven();
        task.flag.store(true, Ordering::Relaxed);
        let thread = thread::spawn(move || task.waker.wake());
        drop(task.driving);
        thread.join().unwrap();
        assert!(task.calls.load(Ordering::Relaxed) <= 1);
        assert_eq!(Arc::strong_count(&task.alive), 1);
    });
}

#[test]
fn cancel_against_a_poll_that_stays_pending_drops_the_future() {
    loom::model(|| {
        let task = driven();
        let thread = thread::spawn(move || task.waker.wake());
        drop(task.driving);
        thread.join().unwrap();
        assert_eq!(task.calls.load(Ordering::Relaxed), 0);
        assert_eq!(Arc::strong_count(&task.alive), 1);
    });
}

#[test]
fn runnable_run_against_cancel_frees_everything_once() {
    loom::model(|| {
        let (send, work) = std::sync::mpsc::channel::<uncallback::Runnable>();
        let alive = Arc::new(());
        let held = alive.clone();
        let queue = move |runnable| send.send(runnable).unwrap();
        let driving = uncallback::drive_on(queue, async move { drop(held) }, |()| ());
        let runnable = work.recv().unwrap();
        let thread = thread::spawn(move || runnable.run());
        drop(driving);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}
