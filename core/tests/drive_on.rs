//! Driving futures on a run queue: who polls, and what becomes of a step that nobody runs.

mod drive_help;

use std::future::poll_fn;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use drive_help::pending;
use uncallback::{Driving, Runnable, drive_on};

/// A run queue that the test runs by hand.
fn queue() -> (impl Fn(Runnable) + Send + Sync + Clone + 'static, Receiver<Runnable>) {
    let (send, receive) = channel();
    (move |runnable| drop(send.send(runnable)), receive)
}

#[test]
fn queued_task_is_polled_neither_by_drive_on_nor_by_wake() {
    let (queue, work) = queue();
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    let driving = drive_on(queue, answer, move |value| send.send(value).unwrap());
    work.recv().unwrap().run();
    assert!(work.try_recv().is_err());
    completer.complete(3);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Empty));
    work.recv().unwrap().run();
    assert_eq!(receive.try_recv(), Ok(3));
    assert!(driving.is_finished());
}

#[test]
fn wake_under_a_lock_that_the_task_needs_does_not_deadlock_on_a_queue() {
    let (queue, work) = queue();
    let library = Arc::new(Mutex::new(0));
    let (completer, answer) = pending::<()>();
    let (send, receive) = channel();
    let shared = library.clone();
    let future = async move {
        answer.await;
        *shared.try_lock().expect("the lock is free when the queue runs")
    };
    drive_on(queue, future, move |value| send.send(value).unwrap()).detach();
    work.recv().unwrap().run();
    {
        let mut state = library.lock().unwrap();
        *state = 5;
        completer.complete(());
    }
    work.recv().unwrap().run();
    assert_eq!(receive.try_recv(), Ok(5));
}

#[test]
fn runnable_dropped_unrun_cancels_its_future() {
    let (queue, work) = queue();
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    drive_on(queue, answer, move |value| send.send(value).unwrap()).detach();
    work.recv().unwrap().run();
    completer.complete(1);
    drop(work);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn runnable_of_a_cancelled_task_does_nothing() {
    let (queue, work) = queue();
    let (send, receive) = channel();
    let driving = drive_on(queue, async {}, move |()| send.send(()).unwrap());
    drop(driving);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
    work.recv().unwrap().run();
}

#[test]
fn yielding_task_goes_to_the_end_of_the_queue() {
    let (queue, work) = queue();
    let log = Arc::new(Mutex::new(vec![]));
    for name in ["a", "b"] {
        let log = log.clone();
        let mut polls = 0;
        drive_on(
            queue.clone(),
            poll_fn(move |cx| {
                polls += 1;
                log.lock().unwrap().push(format!("{name}{polls}"));
                if polls == 2 {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }),
            |()| (),
        )
        .detach();
    }
    drop(queue);
    work.into_iter().for_each(Runnable::run);
    assert_eq!(*log.lock().unwrap(), ["a1", "b1", "a2", "b2"]);
}

#[test]
fn handles_and_runnables_go_between_threads() {
    fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<Driving>();
    assert_send_sync::<Runnable>();
}
