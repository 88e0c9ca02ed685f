//! Models of a driven task: wakes against its run, its end and its cancelling.
//!
//! `.ci/models loom_drive`
//!
//! The rows are those of the table in `drive/task.rs`.
//!
//! | transition | models |
//! |---|---|
//! | IDLE to QUEUED by a wake, to RUNNING, back to IDLE | all |
//! | QUEUED woken again: what was written before it is seen by the run | `wake_of_a_task_that_is_queued_already_is_not_lost` |
//! | RUNNING to WOKEN, WOKEN to QUEUED | `wake_while_the_task_runs_elsewhere_is_not_lost`, `wake_against_a_run_on_a_queue_is_not_lost` |
//! | RUNNING or WOKEN to OVER, to deliver | `two_wakes_call_back_once`, `cancel_against_completion_calls_back_at_most_once_and_drops_the_future` |
//! | IDLE to OVER by a cancel | `cancel_against_a_poll_that_stays_pending_drops_the_future` |
//! | QUEUED to OVER by a cancel | `runnable_run_against_cancel_frees_everything_once`, `runnable_dropped_against_a_wake_cancels_once` |
//! | RUNNING or WOKEN to CANCELLED, CANCELLED to OVER | `cancel_against_completion_calls_back_at_most_once_and_drops_the_future`, `cancel_against_a_poll_that_stays_pending_drops_the_future` |
//! | a run that panics: to OVER | `panic_of_the_future_against_cancel_drops_it_once` |
//! | OVER, seen from outside | `end_that_is_seen_shows_what_the_future_did` |
#![cfg(loom)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
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

/// Polled for the second time, it does what it was made for.
struct SecondPoll<F>(Option<F>, std::sync::mpsc::Sender<Waker>, bool);

impl<F: FnOnce() + Unpin> Future for SecondPoll<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.2, true) {
            self.1.send(cx.waker().clone()).unwrap();
            return Poll::Pending;
        }
        if let Some(act) = self.0.take() {
            act();
        }
        Poll::Ready(())
    }
}

fn at_its_second_poll(act: impl FnOnce() + Unpin + Send + 'static) -> (uncallback::Driving, Waker) {
    let (send, receive) = std::sync::mpsc::channel();
    let driving = uncallback::drive(SecondPoll(Some(act), send, false), |()| ());
    (driving, receive.recv().unwrap())
}

#[test]
fn panic_of_the_future_against_cancel_drops_it_once() {
    loom::model(|| {
        let alive = Arc::new(());
        let held = alive.clone();
        let (driving, waker) = at_its_second_poll(move || resume_unwind(Box::new(held)));
        let thread = thread::spawn(move || {
            // Any other panic is one of the model.
            match catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                Err(thrown) if !thrown.is::<Arc<()>>() => resume_unwind(thrown),
                woken => drop(woken),
            }
        });
        drop(driving);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

/// Whether it ended with its output or with a panic.
#[test]
fn end_that_is_seen_shows_what_the_future_did() {
    for panics in [false, true] {
        loom::model(move || {
            let written = Arc::new(Written(UnsafeCell::new(0)));
            let writes = written.clone();
            let (driving, waker) = at_its_second_poll(move || {
                // SAFETY: who reads it has seen the end before.
                writes.0.with_mut(|value| unsafe { *value = 1 });
                if panics {
                    resume_unwind(Box::new("after its work"));
                }
            });
            let thread = thread::spawn(move || {
                let woken = catch_unwind(AssertUnwindSafe(|| waker.wake()));
                assert_eq!(
                    woken.map_err(|thrown| thrown.is::<&str>()),
                    if panics { Err(true) } else { Ok(()) }
                );
            });
            // Seen, not joined: nothing but the end itself orders this thread behind the other.
            while !driving.is_finished() {
                thread::yield_now();
            }
            // SAFETY: the future is over, and nothing else writes.
            assert_eq!(written.0.with(|value| unsafe { *value }), 1);
            thread.join().unwrap();
        });
    }
}

struct Written(UnsafeCell<u8>);
// SAFETY: what the model shows: the one that reads comes after the one that writes.
unsafe impl Sync for Written {}

/// A future on a queue, its queue, and what it is called back with.
fn on_a_queue() -> (Driven, std::sync::mpsc::Receiver<uncallback::Runnable>) {
    let (flag, alive) = (Arc::new(AtomicBool::new(false)), Arc::new(()));
    let calls = Arc::new(AtomicUsize::new(0));
    let (send, receive) = std::sync::mpsc::channel();
    let (queue, work) = std::sync::mpsc::channel::<uncallback::Runnable>();
    let future = Flagged { flag: flag.clone(), waker: send, _alive: alive.clone() };
    let count = calls.clone();
    let driving = uncallback::drive_on(
        move |runnable| queue.send(runnable).unwrap(),
        future,
        move |()| {
            count.fetch_add(1, Ordering::Relaxed);
        },
    );
    work.recv().unwrap().run();
    let waker = receive.recv().unwrap();
    (Driven { flag, waker, alive, calls, driving }, work)
}

#[test]
fn wake_of_a_task_that_is_queued_already_is_not_lost() {
    loom::model(|| {
        let (task, work) = on_a_queue();
        // With nothing to see yet, so that the run may come too early.
        task.waker.wake_by_ref();
        let (flag, waker) = (task.flag, task.waker);
        let thread = thread::spawn(move || {
            flag.store(true, Ordering::Relaxed);
            waker.wake();
        });
        work.recv().unwrap().run();
        thread.join().unwrap();
        work.try_iter().for_each(uncallback::Runnable::run);
        assert_eq!(task.calls.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&task.alive), 1);
    });
}

#[test]
fn wake_against_a_run_on_a_queue_is_not_lost() {
    loom::model(|| {
        let (task, work) = on_a_queue();
        task.waker.wake_by_ref();
        let runnable = work.recv().unwrap();
        let thread = thread::spawn(move || runnable.run());
        task.flag.store(true, Ordering::Relaxed);
        task.waker.wake();
        thread.join().unwrap();
        work.try_iter().for_each(uncallback::Runnable::run);
        assert_eq!(task.calls.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&task.alive), 1);
    });
}

#[test]
fn runnable_dropped_against_a_wake_cancels_once() {
    loom::model(|| {
        let (task, work) = on_a_queue();
        task.waker.wake_by_ref();
        let runnable = work.recv().unwrap();
        let thread = thread::spawn(move || drop(runnable));
        task.flag.store(true, Ordering::Relaxed);
        task.waker.wake();
        thread.join().unwrap();
        assert!(work.try_recv().is_err(), "it was queued, and is over now");
        assert!(task.driving.is_finished());
        assert_eq!((task.calls.load(Ordering::Relaxed), Arc::strong_count(&task.alive)), (0, 1));
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
