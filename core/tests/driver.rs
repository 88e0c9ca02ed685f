//! The driver with uncounted wakers: order, stale wakers, other threads, and what is left when something ends.

mod drive_help;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending as never, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use drive_help::{assert_order_of_the_callback_nest, panic_message, pending};
use uncallback::{Driver, local};

/// The waker of the task that awaits this.
async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Counts its polls, and never ends.
fn counting(polls: &Rc<Cell<usize>>) -> impl Future<Output = ()> + 'static {
    let polls = polls.clone();
    poll_fn(move |_| {
        polls.set(polls.get() + 1);
        Poll::Pending
    })
}

/// Drives a task that never ends, and gives its waker.
fn sleeping_task(driver: &Driver) -> Waker {
    let waker = Rc::new(RefCell::new(None));
    let leave = waker.clone();
    let future = async move {
        *leave.borrow_mut() = Some(own_waker().await);
        never::<()>().await
    };
    driver.drive(future, |()| ()).detach();
    driver.run();
    waker.take().expect("the task has had its first poll")
}

#[test]
fn tasks_run_in_the_order_of_the_callback_nest_where_they_are_woken() {
    let driver = Driver::new();
    assert_order_of_the_callback_nest(&|future, done| driver.drive(future, |()| done()).detach(), || ());
    assert!(driver.is_empty());
}

#[test]
fn tasks_run_in_the_order_of_the_callback_nest_on_a_queue() {
    let driver = Driver::queued();
    let drive: drive_help::Drive<'_> = &|future, done| {
        driver.drive(future, |()| done()).detach();
        driver.run();
    };
    assert_order_of_the_callback_nest(drive, || driver.run());
}

#[test]
fn long_chain_of_wakes_does_not_deepen_the_stack() {
    const LENGTH: usize = if cfg!(any(miri, uncallback_delay)) { 100 } else { 100_000 };
    // A small stack, so that the test does not depend on how small a frame is.
    let small = thread::Builder::new().stack_size(256 << 10).spawn(|| {
        let driver = Driver::new();
        let (first, mut answer) = pending::<usize>();
        for _ in 0..LENGTH {
            let (next, next_answer) = pending::<usize>();
            let previous = std::mem::replace(&mut answer, next_answer);
            driver.drive(previous, move |n| next.complete(n + 1)).detach();
        }
        let end = Rc::new(Cell::new(0));
        let seen = end.clone();
        driver.drive(answer, move |n| seen.set(n)).detach();
        first.complete(0);
        end.get()
    });
    assert_eq!(small.unwrap().join().unwrap(), LENGTH);
}

#[test]
fn waker_of_a_finished_task_does_not_poll_its_successor() {
    let driver = Driver::new();
    let stale = Rc::new(RefCell::new(None));
    let leave = stale.clone();
    driver.drive(async move { leave.replace(Some(own_waker().await)) }, drop).detach();
    assert!(driver.is_empty());
    let polls = Rc::new(Cell::new(0));
    driver.drive(counting(&polls), |()| ()).detach();
    stale.take().unwrap().wake();
    assert_eq!(polls.get(), 1, "only its own first poll");
}

#[test]
fn waker_after_the_end_of_its_driver_does_nothing_on_any_thread() {
    let driver = Driver::new();
    let waker = sleeping_task(&driver);
    drop(driver);
    waker.wake_by_ref();
    thread::spawn(move || waker.wake()).join().unwrap();
}

#[test]
fn waker_of_an_ended_driver_does_not_reach_the_next_driver() {
    let first = Driver::new();
    let waker = sleeping_task(&first);
    drop(first);
    let second = Driver::new();
    let polls = Rc::new(Cell::new(0));
    second.drive(counting(&polls), |()| ()).detach();
    waker.wake();
    assert_eq!(polls.get(), 1);
}

#[test]
fn drivers_of_one_thread_are_all_reached_in_whatever_order_they_are_woken_and_dropped() {
    const DRIVERS: usize = 4;
    let polls: [Rc<Cell<usize>>; DRIVERS] = Default::default();
    let mut drivers: Vec<_> = polls
        .each_ref()
        .map(|polls| {
            let (driver, waker) = (Driver::new(), Rc::new(RefCell::new(None)));
            let (leave, again) = (waker.clone(), counting(polls));
            let future = async move {
                *leave.borrow_mut() = Some(own_waker().await);
                again.await
            };
            driver.drive(future, |()| ()).detach();
            (Some(driver), waker.take().expect("the task has had its first poll"))
        })
        .into();
    let mut expected = [1; DRIVERS];
    for woken in [3, 0, 0, 2, 1, 3, 2, 0, 1, 1] {
        drivers[woken].1.wake_by_ref();
        expected[woken] += 1;
        assert_eq!(polls.each_ref().map(|polls| polls.get()), expected);
    }
    for dropped in [2, 0, 3, 1] {
        drivers[dropped].0 = None;
        for (waked, (driver, waker)) in drivers.iter().enumerate() {
            waker.wake_by_ref();
            expected[waked] += usize::from(driver.is_some());
        }
        assert_eq!(polls.each_ref().map(|polls| polls.get()), expected);
    }
}

#[test]
fn kept_waker_does_not_keep_the_task() {
    let held = Rc::new(());
    let in_future = held.clone();
    let driver = Driver::new();
    let waker = Rc::new(RefCell::new(None));
    let leave = waker.clone();
    let driving = driver.drive(
        async move {
            leave.replace(Some(own_waker().await));
            never::<()>().await;
            drop(in_future);
        },
        |()| (),
    );
    drop(driving);
    assert_eq!(Rc::strong_count(&held), 1);
    waker.take().unwrap().wake();
}

#[test]
fn all_wakers_of_a_task_are_the_same_number() {
    let driver = Driver::new();
    let (a, b) = (sleeping_task(&driver), sleeping_task(&driver));
    assert!(a.will_wake(&a.clone()));
    assert!(!a.will_wake(&b));
}

#[test]
fn dropped_driver_drops_tasks_and_callbacks_and_calls_nothing() {
    let held = Rc::new(());
    let (in_future, in_callback) = (held.clone(), held.clone());
    let driver = Driver::new();
    let driving = driver.drive(
        async move {
            never::<()>().await;
            drop(in_future);
        },
        move |()| {
            drop(in_callback);
            unreachable!("the future never ends")
        },
    );
    drop(driver);
    assert_eq!(Rc::strong_count(&held), 1);
    assert!(driving.is_finished());
}

#[test]
fn driver_dropped_by_its_own_task_ends_when_the_poll_returns() {
    let slot = Rc::new(RefCell::new(None::<Driver>));
    let own = slot.clone();
    let held = Rc::new(());
    let in_future = held.clone();
    let driver = Driver::new();
    let (completer, answer) = pending::<()>();
    driver
        .drive(
            async move {
                answer.await;
                drop(own.take());
                assert_eq!(Rc::strong_count(&in_future), 2, "its own parts live as long as the poll");
                never::<()>().await;
            },
            |()| (),
        )
        .detach();
    slot.replace(Some(driver));
    completer.complete(());
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn task_cancelled_inside_its_own_poll_is_dropped_when_the_poll_returns() {
    let slot = Rc::new(RefCell::new(None));
    let own = slot.clone();
    let driver = Driver::new();
    let (completer, answer) = pending::<()>();
    let driving = driver.drive(
        async move {
            answer.await;
            drop(own.take());
        },
        |()| unreachable!("it was cancelled before it was ready"),
    );
    slot.replace(Some(driving));
    completer.complete(());
    assert!(driver.is_empty());
}

#[test]
fn panic_of_a_task_leaves_the_wake_and_loses_no_other_task() {
    let driver = Driver::new();
    let (first, answer) = pending::<()>();
    let (second, other_answer) = pending::<()>();
    let (third, last_answer) = pending::<()>();
    let reached = Rc::new(Cell::new(false));
    let reach = reached.clone();
    let both = async move {
        answer.await;
        second.complete(());
        third.complete(());
    };
    driver.drive(both, |()| ()).detach();
    let broken = async move {
        other_answer.await;
        panic!("task broke");
    };
    driver.drive(broken, |()| ()).detach();
    driver.drive(last_answer, move |()| reach.set(true)).detach();
    assert_eq!(panic_message(catch_unwind(AssertUnwindSafe(|| first.complete(())))), "task broke");
    assert!(reached.get());
    assert!(driver.is_empty());
}

#[test]
fn lost_callback_ends_the_task_without_a_panic_and_frees_its_place() {
    let driver = Driver::new();
    let (completer, answer) = pending::<u8>();
    let held = Rc::new(());
    let (in_future, in_callback) = (held.clone(), held.clone());
    let future = async move {
        answer.await;
        drop(in_future);
    };
    driver.drive(future, move |()| drop(in_callback)).detach();
    drop(completer);
    assert!(driver.is_empty());
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn wake_from_another_thread_is_run_by_the_drivers_own() {
    let driver = Driver::new();
    let (completer, answer) = pending::<()>();
    let ran_on = Rc::new(Cell::new(None));
    let note = ran_on.clone();
    driver.drive(answer, move |()| note.set(Some(thread::current().id()))).detach();
    thread::spawn(move || completer.complete(())).join().unwrap();
    assert_eq!(ran_on.get(), None);
    driver.run();
    assert_eq!(ran_on.get(), Some(thread::current().id()));
}

#[test]
fn wakes_from_another_thread_keep_their_order() {
    let driver = Driver::queued();
    let log = Rc::new(RefCell::new(vec![]));
    let completers: Vec<_> = (0..10)
        .map(|n| {
            let (completer, answer) = pending::<()>();
            let log = log.clone();
            driver.drive(answer, move |()| log.borrow_mut().push(n)).detach();
            completer
        })
        .collect();
    driver.run();
    thread::spawn(|| completers.into_iter().rev().for_each(|completer| completer.complete(())))
        .join()
        .unwrap();
    driver.run();
    assert_eq!(*log.borrow(), (0..10).rev().collect::<Vec<_>>());
}

#[test]
fn nap_of_block_on_ends_with_a_wake_from_another_thread() {
    let driver = Driver::new();
    for _ in 0..if cfg!(miri) { 5 } else { 200 } {
        let (completer, answer) = pending::<u8>();
        let other = thread::spawn(move || completer.complete(4));
        assert_eq!(driver.block_on(answer), 4);
        other.join().unwrap();
    }
}

#[test]
fn block_on_inside_a_task_runs_the_other_tasks() {
    let driver = Rc::new(Driver::new());
    let (go, start) = pending::<()>();
    let (completer, answer) = pending::<u8>();
    let inner = driver.clone();
    let out = Rc::new(Cell::new(0));
    let seen = out.clone();
    let helper = driver.drive(start, |()| completer.complete(6));
    let future = async move {
        inner.block_on(async {
            go.complete(());
            answer.await
        })
    };
    driver.drive(future, move |value| seen.set(value)).detach();
    assert_eq!(out.get(), 6);
    assert!(helper.is_finished());
}

#[test]
fn queued_driver_polls_nothing_inside_a_wake() {
    let driver = Driver::queued();
    let library = Arc::new(Mutex::new(0));
    let shared = library.clone();
    let (completer, answer) = pending::<()>();
    let seen = Rc::new(Cell::new(0));
    let note = seen.clone();
    let future = async move {
        answer.await;
        *shared.try_lock().expect("the lock is free when the driver runs")
    };
    driver.drive(future, move |value| note.set(value)).detach();
    driver.run();
    {
        let mut state = library.lock().unwrap();
        *state = 5;
        completer.complete(());
    }
    driver.run();
    assert_eq!(seen.get(), 5);
}

#[test]
fn tasks_of_local_drive_are_dropped_with_their_thread() {
    let (completer, answer) = pending::<()>();
    let (send, receive) = channel::<()>();
    thread::spawn(move || local::drive(answer, move |()| send.send(()).unwrap()).detach()).join().unwrap();
    assert!(receive.recv().is_err(), "the callback was dropped, not called");
    completer.complete(());
}

#[test]
fn chain_across_both_kinds_of_tasks_does_not_deepen_the_stack() {
    const LENGTH: usize = if cfg!(any(miri, uncallback_delay)) { 50 } else { 20_000 };
    let small = thread::Builder::new().stack_size(256 << 10).spawn(|| {
        let (first, mut answer) = pending::<usize>();
        for n in 0..LENGTH {
            let (next, next_answer) = pending::<usize>();
            let previous = std::mem::replace(&mut answer, next_answer);
            if n % 2 == 0 {
                local::drive(previous, move |n| next.complete(n + 1)).detach();
            } else {
                uncallback::drive(previous, move |n| next.complete(n + 1)).detach();
            }
        }
        let end = Rc::new(Cell::new(0));
        let seen = end.clone();
        local::drive(answer, move |n| seen.set(n)).detach();
        first.complete(0);
        end.get()
    });
    assert_eq!(small.unwrap().join().unwrap(), LENGTH);
}
