//! Driving futures by their wakes: order, depth, cancelling, panics, threads.

mod drive_help;

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use drive_help::{assert_order_of_the_callback_nest, panic_message, pending};
use uncallback::{Completer, Driving, drive, drive_checked};

#[test]
fn first_part_runs_before_drive_returns_and_the_rest_inside_the_completing_call() {
    let log = Arc::new(Mutex::new(vec![]));
    let (completer, answer) = pending::<u8>();
    let (inner, outer) = (log.clone(), log.clone());
    drive(
        async move {
            inner.lock().unwrap().push("first part");
            answer.await;
            inner.lock().unwrap().push("second part");
        },
        move |()| outer.lock().unwrap().push("done"),
    )
    .detach();
    log.lock().unwrap().push("drive has returned");
    completer.complete(1);
    log.lock().unwrap().push("complete has returned");
    let expected = ["first part", "drive has returned", "second part", "done", "complete has returned"];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn done_is_called_once_however_often_it_is_woken() {
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    let kept = Arc::new(Mutex::new(None::<Waker>));
    let keep = kept.clone();
    drive(
        async move {
            poll_fn(|cx| {
                *keep.lock().unwrap() = Some(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            answer.await
        },
        move |value| send.send(value).unwrap(),
    )
    .detach();
    let late = kept.lock().unwrap().take().unwrap();
    late.wake_by_ref();
    completer.complete(7);
    late.wake_by_ref();
    late.wake();
    assert_eq!(receive.into_iter().collect::<Vec<_>>(), [7]);
}

#[test]
fn dropped_handle_drops_future_and_callback_and_calls_nothing() {
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    let in_future = Arc::new(());
    let held = in_future.clone();
    let driving = drive(
        async move {
            let value = answer.await;
            drop(held);
            value
        },
        move |value| send.send(value).unwrap(),
    );
    drop(driving);
    assert_eq!(Arc::strong_count(&in_future), 1);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
    completer.complete(1);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn handle_dropped_inside_its_own_poll_cancels_when_the_poll_returns() {
    let (completer, answer) = pending::<()>();
    let slot = Arc::new(Mutex::new(None::<Driving>));
    let own = slot.clone();
    let (send, receive) = channel();
    let driving = drive(
        async move {
            answer.await;
            drop(own.lock().unwrap().take());
        },
        move |()| send.send(()).unwrap(),
    );
    *slot.lock().unwrap() = Some(driving);
    completer.complete(());
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected), "the callback was dropped, not called");
}

#[test]
fn detached_future_that_nothing_can_wake_drops_its_callback() {
    let (send, receive) = channel::<()>();
    drive(std::future::pending(), move |value| send.send(value).unwrap()).detach();
    assert_eq!(receive.recv().ok(), None);
}

#[test]
fn long_chain_of_wakes_does_not_deepen_the_stack() {
    const LENGTH: usize = if cfg!(any(miri, uncallback_delay)) { 100 } else { 100_000 };
    for in_callback in [false, true] {
        let (send, receive) = channel();
        let (first, mut answer) = pending::<usize>();
        for _ in 0..LENGTH {
            let (next, next_answer) = pending::<usize>();
            let previous = std::mem::replace(&mut answer, next_answer);
            if in_callback {
                drive(previous, move |n| next.complete(n + 1)).detach();
            } else {
                drive(async move { next.complete(previous.await + 1) }, |()| ()).detach();
            }
        }
        drive(answer, move |n| send.send(n).unwrap()).detach();
        // A small stack, so that the test does not depend on how small a frame is.
        thread::Builder::new()
            .stack_size(128 << 10)
            .spawn(move || first.complete(0))
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(receive.try_recv(), Ok(LENGTH), "in_callback: {in_callback}");
    }
}

#[test]
fn tasks_run_in_the_order_of_the_callback_nest() {
    assert_order_of_the_callback_nest(&|future, done| drive(future, |()| done()).detach(), || ());
}

#[test]
fn task_that_wakes_itself_is_polled_again_after_those_that_wait() {
    let log = Arc::new(Mutex::new(vec![]));
    let (first, second) = (log.clone(), log.clone());
    let (completer, answer) = pending::<()>();
    drive(answer, move |()| second.lock().unwrap().push("woken")).detach();
    let mut completer = Some(completer);
    drive(
        poll_fn(move |cx| match completer.take() {
            Some(completer) => {
                first.lock().unwrap().push("yields");
                cx.waker().wake_by_ref();
                completer.complete(());
                Poll::Pending
            }
            None => {
                first.lock().unwrap().push("again");
                Poll::Ready(())
            }
        }),
        |()| (),
    )
    .detach();
    assert_eq!(*log.lock().unwrap(), ["yields", "woken", "again"]);
}

#[test]
fn panic_of_a_task_leaves_the_wake_and_loses_no_other_task() {
    let (first, answer) = pending::<()>();
    let (second, other_answer) = pending::<()>();
    let (third, last_answer) = pending::<()>();
    let (send, receive) = channel();
    drive(
        async move {
            answer.await;
            second.complete(());
            third.complete(());
        },
        |()| (),
    )
    .detach();
    let broken = drive(
        async move {
            other_answer.await;
            panic!("task broke");
        },
        |()| (),
    );
    drive(last_answer, move |()| send.send("still runs").unwrap()).detach();
    let result = catch_unwind(AssertUnwindSafe(|| first.complete(())));
    assert_eq!(panic_message(result), "task broke");
    assert_eq!(receive.try_recv(), Ok("still runs"));
    assert!(broken.is_finished());
    // The list works as before.
    drive(async {}, |()| ()).detach();
}

#[test]
fn panic_of_the_first_part_leaves_drive_itself_and_drops_the_callback() {
    let (send, receive) = channel::<()>();
    let result =
        catch_unwind(|| drive(async { panic!("first part") }, move |value| send.send(value).unwrap()));
    assert_eq!(panic_message(result), "first part");
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn panic_of_the_callback_is_not_taken_for_one_of_the_future() {
    let (completer, answer) = pending::<()>();
    drive_checked(answer, |result| {
        result.unwrap();
        panic!("callback broke");
    })
    .detach();
    assert_eq!(panic_message(catch_unwind(AssertUnwindSafe(|| completer.complete(())))), "callback broke");
}

#[test]
fn checked_form_hands_a_late_panic_to_the_callback() {
    let (completer, answer) = pending::<()>();
    let (send, receive) = channel();
    let future = async move {
        answer.await;
        panic!("late");
    };
    drive_checked(future, move |result: thread::Result<()>| send.send(panic_message(result)).unwrap())
        .detach();
    completer.complete(());
    assert_eq!(receive.try_recv(), Ok("late".to_string()));
}

#[test]
fn lost_callback_ends_the_future_and_drops_its_own_callback_without_a_panic() {
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    let held = Arc::new(());
    let in_future = held.clone();
    let future = async move {
        let value = answer.await;
        drop(in_future);
        value
    };
    let driving = drive(future, move |value| send.send(value).unwrap());
    drop(completer);
    assert!(driving.is_finished());
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(receive.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn loss_passes_from_one_driven_future_to_the_next() {
    let (completer, answer) = pending::<u8>();
    let (next, next_answer) = pending::<u8>();
    drive(answer, move |value| next.complete(value)).detach();
    let mut last = Box::pin(next_answer.checked());
    drop(completer);
    let polled = last.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(_))), "its awaiter learns of it");
}

#[test]
fn callback_lost_in_an_unwinding_api_does_not_abort_the_program() {
    let (completer, answer) = pending::<u8>();
    drive(answer, |_| ()).detach();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _dropped_by_the_panic = completer;
        panic!("the API broke");
    }));
    assert_eq!(panic_message(result), "the API broke");
}

#[test]
fn checked_form_hands_a_lost_callback_to_the_callback() {
    let (completer, answer) = pending::<()>();
    let (send, receive) = channel();
    drive_checked(answer, move |result| send.send(result.unwrap_err()).unwrap()).detach();
    drop(completer);
    assert!(receive.try_recv().unwrap().is::<uncallback::Lost>());
}

#[test]
fn lost_callback_still_panics_in_a_task_that_waits_for_it() {
    let (completer, answer) = pending::<u8>();
    drop(completer);
    drive(async {}, |()| ()).detach();
    let result = catch_unwind(AssertUnwindSafe(|| uncallback::__private::block_on(answer)));
    assert!(panic_message(result).contains("was dropped without being called"));
}

#[test]
fn wake_from_another_thread_runs_the_task_there() {
    let (completer, answer) = pending::<()>();
    let (send, receive) = channel();
    drive(answer, move |()| send.send(thread::current().id()).unwrap()).detach();
    let other = thread::spawn(move || {
        completer.complete(());
        thread::current().id()
    });
    let id = other.join().unwrap();
    assert_eq!(receive.try_recv(), Ok(id));
}

#[test]
fn completion_in_a_thread_local_destructor_still_runs_the_task() {
    struct OnExit(RefCell<Option<Completer<u8>>>);
    impl Drop for OnExit {
        fn drop(&mut self) {
            self.0.take().unwrap().complete(9);
        }
    }
    thread_local!(static EXIT: OnExit = const { OnExit(RefCell::new(None)) });
    let (completer, answer) = pending::<u8>();
    let (send, receive) = channel();
    drive(answer, move |value| send.send(value).unwrap()).detach();
    thread::spawn(move || {
        EXIT.with(|exit| exit.0.replace(Some(completer)));
        // The list of woken tasks is made after `EXIT`, and so is gone before it.
        drive(async {}, |()| ()).detach();
    })
    .join()
    .unwrap();
    assert_eq!(receive.try_recv(), Ok(9));
}
