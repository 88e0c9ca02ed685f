//! Models of the driver: wakes from another thread against its run, its places and its end.
//!
//! `.ci/models loom_driver`
//!
//! A driver's tasks and their states (`drive/driver/tasks.rs`) belong to its thread. What other threads do is to post a key
//! to its inbox, so these are the transitions that meet:
//!
//! | transition | models |
//! |---|---|
//! | a key is posted while the driver takes what was posted before | `wake_from_another_thread_against_run_is_not_lost`, `wakes_from_two_threads_against_run_are_both_seen` |
//! | a key is posted while the driver goes to sleep, or sleeps | `wake_against_the_sleep_of_block_on_is_not_lost`, `wake_of_a_task_against_the_sleep_of_block_on_is_not_lost` |
//! | a key is posted whose task is over | `late_wake_against_completion_and_reuse_of_the_place_does_not_poll_the_successor`, `late_wakes_from_two_threads_against_reuse_of_the_place_do_not_poll_the_successor` |
//! | a key is posted whose task is cancelled | `wake_against_cancel_drops_the_task_once_and_leaves_its_place_alone` |
//! | a key is posted while the driver ends | `wake_against_the_end_of_the_driver_is_a_wake_or_nothing`, `wakes_from_two_threads_against_the_end_of_the_driver_drop_the_task_once` |
//! | a number is woken whose driver has gone | `waker_used_after_the_end_does_not_reach_the_next_driver_of_the_thread` |
#![cfg(loom)]

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use uncallback::Driver;

/// Drives a task that ends once a flag is set, and gives its waker.
fn wait_for(driver: &Driver, flag: &Arc<AtomicBool>, done: impl FnOnce() + 'static) -> Waker {
    let own = Rc::new(RefCell::new(None));
    let (leave, flag) = (own.clone(), flag.clone());
    let future = poll_fn(move |cx| {
        // Relaxed: that the flag is seen is up to the wake.
        if flag.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        leave.replace(Some(cx.waker().clone()));
        Poll::Pending
    });
    driver.drive(future, |()| done()).detach();
    driver.run();
    own.take().expect("the task waits")
}

#[test]
fn wake_from_another_thread_against_run_is_not_lost() {
    for make in [Driver::new, Driver::queued] {
        loom::model(move || {
            let driver = make();
            let flag = Arc::new(AtomicBool::new(false));
            let over = Rc::new(Cell::new(false));
            let end = over.clone();
            let waker = wait_for(&driver, &flag, move || end.set(true));
            let thread = thread::spawn(move || {
                // Two wakes, of which the run may fall between.
                waker.wake_by_ref();
                flag.store(true, Ordering::Relaxed);
                waker.wake();
            });
            driver.run();
            thread.join().unwrap();
            driver.run();
            assert!(over.get());
        });
    }
}

#[test]
fn wakes_from_two_threads_against_run_are_both_seen() {
    loom::model(|| {
        let driver = Driver::queued();
        let flags = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let over = Rc::new(Cell::new(0));
        let threads = flags.map(|flag| {
            let end = over.clone();
            let waker = wait_for(&driver, &flag, move || end.set(end.get() + 1));
            thread::spawn(move || {
                flag.store(true, Ordering::Relaxed);
                waker.wake();
            })
        });
        driver.run();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        driver.run();
        assert_eq!(over.get(), 2);
    });
}

#[test]
fn wake_against_the_sleep_of_block_on_is_not_lost() {
    loom::model(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let thread = Rc::new(Cell::new(None));
        let spawned = thread.clone();
        Driver::new().block_on(poll_fn(move |cx| {
            // Relaxed: that the flag is seen is up to the wake.
            if flag.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            if let Some(running) = spawned.take() {
                spawned.set(Some(running));
                return Poll::Pending;
            }
            let (flag, waker) = (flag.clone(), cx.waker().clone());
            spawned.set(Some(thread::spawn(move || {
                flag.store(true, Ordering::Relaxed);
                waker.wake();
            })));
            Poll::Pending
        }));
        thread.take().expect("it was polled").join().unwrap();
    });
}

/// What sleeps waits for a task, and that for another thread.
#[test]
fn wake_of_a_task_against_the_sleep_of_block_on_is_not_lost() {
    for make in [Driver::new, Driver::queued] {
        loom::model(move || {
            let driver = make();
            let flag = Arc::new(AtomicBool::new(false));
            let (done, answer) = uncallback::local::start_with(|done: uncallback::local::Completer<()>| done);
            let waker = wait_for(&driver, &flag, move || done.complete(()));
            let thread = thread::spawn(move || {
                flag.store(true, Ordering::Relaxed);
                waker.wake();
            });
            driver.block_on(answer);
            thread.join().unwrap();
        });
    }
}

#[test]
fn late_wake_against_completion_and_reuse_of_the_place_does_not_poll_the_successor() {
    loom::model(|| {
        let driver = Driver::new();
        let flag = Arc::new(AtomicBool::new(false));
        let waker = wait_for(&driver, &flag, || ());
        let late = waker.clone();
        let thread = thread::spawn(move || late.wake());
        flag.store(true, Ordering::Relaxed);
        waker.wake();
        assert!(driver.is_empty());
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        let successor = async move {
            count.set(count.get() + 1);
            pending::<()>().await;
        };
        driver.drive(successor, |()| ()).detach();
        driver.run();
        thread.join().unwrap();
        driver.run();
        assert_eq!(polls.get(), 1, "only its own first poll");
    });
}

#[test]
fn wake_against_the_end_of_the_driver_is_a_wake_or_nothing() {
    loom::model(|| {
        let driver = Driver::new();
        let flag = Arc::new(AtomicBool::new(false));
        let waker = wait_for(&driver, &flag, || unreachable!("nobody runs the task any more"));
        let thread = thread::spawn(move || {
            flag.store(true, Ordering::Relaxed);
            waker.wake();
        });
        drop(driver);
        thread.join().unwrap();
    });
}

#[test]
fn late_wakes_from_two_threads_against_reuse_of_the_place_do_not_poll_the_successor() {
    loom::model(|| {
        let driver = Driver::new();
        let flag = Arc::new(AtomicBool::new(false));
        let over = Rc::new(Cell::new(0));
        let end = over.clone();
        let waker = wait_for(&driver, &flag, move || end.set(end.get() + 1));
        let threads = [waker.clone(), waker.clone()].map(|late| thread::spawn(move || late.wake()));
        flag.store(true, Ordering::Relaxed);
        waker.wake();
        assert_eq!(over.get(), 1);
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        let successor = poll_fn(move |_| {
            count.set(count.get() + 1);
            Poll::<()>::Pending
        });
        // Looks at what was posted meanwhile, and so does the run at the end.
        driver.drive(successor, |()| ()).detach();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        driver.run();
        assert_eq!((polls.get(), over.get()), (1, 1));
    });
}

#[test]
fn wake_against_cancel_drops_the_task_once_and_leaves_its_place_alone() {
    for make in [Driver::new, Driver::queued] {
        loom::model(move || {
            let driver = make();
            let own = Rc::new(RefCell::new(None));
            let (leave, held) = (own.clone(), Rc::new(()));
            let in_future = held.clone();
            let future = poll_fn(move |cx| {
                let _ = &in_future;
                leave.replace(Some(cx.waker().clone()));
                Poll::<()>::Pending
            });
            let driving = driver.drive(future, |()| ());
            driver.run();
            let waker = own.take().expect("the task waits");
            let thread = thread::spawn(move || waker.wake());
            drop(driving);
            assert_eq!(Rc::strong_count(&held), 1, "the future is dropped");
            let polls = Rc::new(Cell::new(0));
            let count = polls.clone();
            let successor = poll_fn(move |_| {
                count.set(count.get() + 1);
                Poll::<()>::Pending
            });
            driver.drive(successor, |()| ()).detach();
            driver.run();
            thread.join().unwrap();
            driver.run();
            assert_eq!(polls.get(), 1, "only its own first poll");
        });
    }
}

#[test]
fn wakes_from_two_threads_against_the_end_of_the_driver_drop_the_task_once() {
    loom::model(|| {
        let driver = Driver::new();
        let held = Rc::new(());
        let in_callback = held.clone();
        let waker = wait_for(&driver, &Arc::default(), move || drop(in_callback));
        let threads = [waker.clone(), waker].map(|waker| thread::spawn(move || waker.wake()));
        drop(driver);
        assert_eq!(Rc::strong_count(&held), 1, "called or dropped");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn waker_used_after_the_end_does_not_reach_the_next_driver_of_the_thread() {
    loom::model(|| {
        let first = Driver::new();
        let flag = Arc::new(AtomicBool::new(false));
        let waker = wait_for(&first, &flag, || unreachable!("its driver has gone"));
        let late = waker.clone();
        drop(first);
        let second = Driver::new();
        let polls = Rc::new(Cell::new(0));
        let count = polls.clone();
        let task = poll_fn(move |_| {
            count.set(count.get() + 1);
            Poll::<()>::Pending
        });
        second.drive(task, |()| ()).detach();
        let thread = thread::spawn(move || late.wake());
        waker.wake();
        second.run();
        thread.join().unwrap();
        second.run();
        assert_eq!(polls.get(), 1);
    });
}
