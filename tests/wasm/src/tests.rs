//! The tests: what a page does with callbacks.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use uncallback::stream::{Receive, events, local, mpsc, spsc};
use uncallback::{Completer, Slot, call, join, race, start};

use crate::javascript::{after, tick};

type Test = Pin<Box<dyn Future<Output = ()>>>;

macro_rules! tests {
    ($($name:ident)+) => { [$((stringify!($name), Box::pin($name()) as Test)),+] };
}

/// Their names and what they do; nothing happens before they are awaited.
pub(crate) fn all() -> impl IntoIterator<Item = (&'static str, Test)> {
    tests! {
        callback_inside_the_call_is_awaited_without_a_wait
        callback_of_a_timer_resumes_the_function
        values_that_are_not_send_come_through
        bodies_of_a_join_run_in_the_order_of_their_timers
        earlier_timer_wins_a_race
        dropped_callback_is_an_error_not_a_hang
        late_callback_of_a_dropped_future_is_harmless
        slot_is_used_again_and_again
        every_variant_of_a_stream_delivers_all_events_in_order
        events_that_nobody_takes_are_counted
    }
}

fn later<T: 'static>(milliseconds: u32, value: T, then: impl FnOnce(T) + 'static) {
    after(milliseconds, move || then(value));
}

async fn callback_inside_the_call_is_awaited_without_a_wait() {
    fn double(n: u32, then: impl FnOnce(u32)) {
        then(n * 2);
    }
    assert_eq!(call!(double(4, _)).await, 8);
}

async fn callback_of_a_timer_resumes_the_function() {
    for n in 0..3 {
        assert_eq!(call!(later(1, n, _)).await, n);
    }
}

async fn values_that_are_not_send_come_through() {
    let value = Rc::new(5);
    assert_eq!(*uncallback::local::call!(later(1, value.clone(), _)).await, 5);
    assert_eq!(Rc::strong_count(&value), 1);
}

async fn bodies_of_a_join_run_in_the_order_of_their_timers() {
    let log = RefCell::new(Vec::new());
    let body = async |milliseconds| {
        call!(later(milliseconds, (), _)).await;
        log.borrow_mut().push(milliseconds);
    };
    join((body(30), body(1), body(15))).await;
    assert_eq!(log.into_inner(), [1, 15, 30]);
}

async fn earlier_timer_wins_a_race() {
    assert_eq!(race([start!(later(30, "late", _)), start!(later(1, "early", _))]).await, "early");
}

async fn dropped_callback_is_an_error_not_a_hang() {
    fn forget_about(then: impl FnOnce(u8) + 'static) {
        after(1, move || drop(then));
    }
    let lost = call!(forget_about(_)).checked().await.unwrap_err();
    assert!(lost.to_string().contains("tests.rs"));
}

async fn late_callback_of_a_dropped_future_is_harmless() {
    let value = Rc::new(());
    drop(uncallback::local::start!(later(1, value.clone(), _)));
    call!(later(10, (), _)).await;
    assert_eq!(Rc::strong_count(&value), 1);
}

async fn slot_is_used_again_and_again() {
    let mut slot = Slot::new();
    for n in 0..3 {
        let done = slot.call(|done: Completer<u32>| later(1, n, move |n| done.complete(n)));
        assert_eq!(done.await, n);
    }
}

async fn every_variant_of_a_stream_delivers_all_events_in_order() {
    async fn delivers<R: Receive<Item = u32>>(mut stream: uncallback::Events<R>) {
        for n in 1..=5 {
            assert_eq!(stream.next().await, Some(n));
        }
        assert_eq!(stream.next().await, None);
    }
    delivers(events(local::unbounded(), |emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(spsc::unbounded(), |mut emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(spsc::drop_newest(2), |mut emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(spsc::drop_oldest(2), |mut emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(mpsc::unbounded(), |emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(mpsc::latest(), |emit| tick(5, move |n| emit.emit(n)))).await;
    delivers(events(mpsc::drop_newest(2), |emit| tick(5, move |n| emit.emit(n)))).await;
}

async fn events_that_nobody_takes_are_counted() {
    async fn keeps(policy: mpsc::Policy, kept: &[u32]) {
        let mut stream = events(policy, |emit| tick(5, move |n| emit.emit(n)));
        call!(later(50, (), _)).await;
        let mut seen = Vec::new();
        stream.drain(|n| seen.push(n));
        assert_eq!(seen, kept);
        assert_eq!(stream.lagged(), 5 - kept.len() as u64);
    }
    keeps(mpsc::drop_newest(2), &[1, 2]).await;
    keeps(mpsc::drop_oldest(2), &[4, 5]).await;
    keeps(mpsc::latest(), &[5]).await;
}
