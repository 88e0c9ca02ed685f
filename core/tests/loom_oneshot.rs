//! Models of the one-shot: every interleaving of the completer's and the receiver's steps.
//!
//! `.ci/models loom_oneshot`
//!
//! The rows are those of the protocol's table in `oneshot/link.rs`, and those of the claim on a completer.
//!
//! | transition | models |
//! |---|---|
//! | EMPTY to WAITING, and the swap lost | `complete_vs_await`, `abandon_vs_await`, `panic_vs_await` |
//! | EMPTY to DONE by the completer | `complete_vs_cancel`, `abandon_vs_cancel`, `completer_moved_to_another_thread_during_the_call` |
//! | EMPTY to DONE inside the call | `completed_inside_and_awaited_on_another_thread` |
//! | WAITING to DONE + INSIDE | `waker_stored_before_the_call_that_completes_inside` |
//! | WAITING to DONE by the completer | `complete_vs_await`, `waker_stored_before_the_call_vs_complete`, `waker_stored_before_the_call_vs_abandon` |
//! | WAITING to EMPTY for another waker, and the swap lost | `complete_vs_waker_change`, `abandon_vs_waker_change` |
//! | the same waker again: only the epoch tells | `complete_vs_two_waker_changes` |
//! | EMPTY to GONE | `complete_vs_cancel`, `abandon_vs_cancel`, `panic_vs_cancel` |
//! | WAITING to GONE | `complete_vs_poll_then_cancel`, `waker_stored_before_the_call_vs_cancel`, `complete_vs_waker_change_then_cancel`, `abandon_vs_waker_change_then_cancel` |
//! | DONE: the receiver takes | all with `await` |
//! | DONE: the receiver drops; GONE: the completer frees | all with `cancel` |
//! | claim: one of two calls completes | `second_completion_vs_first`, `second_completion_vs_first_vs_poll_then_cancel` |
//! | claim shared by two callbacks | `success_vs_failure_of_a_pair`, `both_callbacks_of_a_pair_dropped_on_two_threads` |
#![cfg(loom)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::thread;
use uncallback::__private::{Hint, call_at};
use uncallback::{Completer, Started, start};

/// Counts wakes. What is alive of it is counted by its `Arc`.
#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn flag() -> (Arc<Flag>, Waker) {
    let flag = Arc::new(Flag::default());
    (flag.clone(), Waker::from(flag))
}

impl Flag {
    fn wakes(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// No waker was leaked or dropped twice: this one, and the one that the test holds.
fn none_stored(flag: &Arc<Flag>) {
    assert_eq!(Arc::strong_count(flag), 2);
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A value whose copies are counted.
type Token = Arc<()>;

fn pair<T>() -> (Completer<T>, Started<T, ()>) {
    uncallback::start_with(|done| done)
}

#[test]
fn complete_vs_await() {
    loom::model(|| {
        let (done, started) = pair();
        let t = thread::spawn(move || done.complete(Box::new(5)));
        assert_eq!(*loom::future::block_on(started), 5);
        t.join().unwrap();
    });
}

#[test]
fn abandon_vs_await() {
    loom::model(|| {
        let (done, started) = pair::<u8>();
        let t = thread::spawn(move || drop(done));
        assert!(loom::future::block_on(started.checked()).is_err());
        t.join().unwrap();
    });
}

/// The payload of a panic takes the way of a value. Resumed instead of thrown: the models need no message on the terminal.
fn panics(done: Completer<Token>, payload: Token) {
    done.complete_with(|| std::panic::resume_unwind(Box::new(payload)));
}

#[test]
fn panic_vs_await() {
    loom::model(|| {
        let token = Token::default();
        let payload = token.clone();
        let (done, started) = pair();
        let t = thread::spawn(move || panics(done, payload));
        let awaited = AssertUnwindSafe(|| loom::future::block_on(started));
        let thrown = catch_unwind(awaited).unwrap_err();
        assert!(thrown.is::<Token>());
        drop(thrown);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn panic_vs_cancel() {
    loom::model(|| {
        let token = Token::default();
        let payload = token.clone();
        let (done, started) = pair();
        let t = thread::spawn(move || panics(done, payload));
        drop(started);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn complete_vs_cancel() {
    loom::model(|| {
        let token = Token::default();
        let value = token.clone();
        let (done, started) = pair();
        let t = thread::spawn(move || done.complete(value));
        drop(started);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn abandon_vs_cancel() {
    loom::model(|| {
        let (done, started) = pair::<u8>();
        let t = thread::spawn(move || drop(done));
        drop(started);
        t.join().unwrap();
    });
}

fn poll_then_cancel(finish: fn(Completer<Token>, Token)) {
    loom::model(move || {
        let token = Token::default();
        let value = token.clone();
        let (flag, waker) = flag();
        let (done, started) = pair();
        let mut started = started.checked();
        let t = thread::spawn(move || finish(done, value));
        drop(poll(&mut started, &waker));
        drop(started);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
        none_stored(&flag);
    });
}

#[test]
fn complete_vs_poll_then_cancel() {
    poll_then_cancel(|done, value| done.complete(value));
}

#[test]
fn abandon_vs_poll_then_cancel() {
    poll_then_cancel(|done, value| drop((done, value)));
}

/// One poll, then another with a different waker: the last registered one is woken, unless the poll was ready.
#[test]
fn complete_vs_waker_change() {
    loom::model(|| {
        let (old, old_waker) = flag();
        let (new, new_waker) = flag();
        let (done, mut started) = pair();
        let t = thread::spawn(move || done.complete(Box::new(5)));
        let mut ready = poll(&mut started, &old_waker).is_ready();
        if !ready {
            ready = poll(&mut started, &new_waker).is_ready();
            if !ready {
                t.join().unwrap();
                assert_eq!(new.wakes(), 1);
                assert!(poll(&mut started, &new_waker).is_ready());
            } else {
                t.join().unwrap();
                assert_eq!(new.wakes(), 0);
            }
        } else {
            t.join().unwrap();
            assert_eq!(old.wakes(), 0);
        }
        none_stored(&old);
        none_stored(&new);
    });
}

/// As above, with a callback that is dropped uncalled.
#[test]
fn abandon_vs_waker_change() {
    loom::model(|| {
        let (old, old_waker) = flag();
        let (new, new_waker) = flag();
        let (done, started) = pair::<u8>();
        let mut started = started.checked();
        let t = thread::spawn(move || drop(done));
        let seen = [&old_waker, &new_waker].into_iter().any(|waker| poll(&mut started, waker).is_ready());
        t.join().unwrap();
        if !seen {
            assert_eq!(new.wakes(), 1);
            assert!(matches!(poll(&mut started, &new_waker), Poll::Ready(Err(_))));
        }
        none_stored(&old);
        none_stored(&new);
    });
}

/// The first waker comes back: only the epoch tells its two registrations apart.
#[test]
fn complete_vs_two_waker_changes() {
    loom::model(|| {
        let wakers = [flag(), flag()];
        let (done, mut started) = pair();
        // Before there is another side, which spares a model of a minute.
        assert!(poll(&mut started, &wakers[0].1).is_pending());
        let t = thread::spawn(move || done.complete(Box::new(5)));
        let ready = [1, 0].into_iter().any(|i| poll(&mut started, &wakers[i].1).is_ready());
        t.join().unwrap();
        if !ready {
            assert_eq!(wakers[0].0.wakes() + wakers[1].0.wakes(), 1);
            assert!(poll(&mut started, &wakers[0].1).is_ready());
        }
        wakers.iter().for_each(|(flag, _)| none_stored(flag));
    });
}

fn waker_change_then_cancel(finish: fn(Completer<Token>, Token)) {
    loom::model(move || {
        let token = Token::default();
        let value = token.clone();
        let wakers = [flag(), flag()];
        let (done, started) = pair();
        let mut started = started.checked();
        let t = thread::spawn(move || finish(done, value));
        let _ = wakers.iter().any(|(_, waker)| poll(&mut started, waker).is_ready());
        drop(started);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
        wakers.iter().for_each(|(flag, _)| none_stored(flag));
    });
}

#[test]
fn complete_vs_waker_change_then_cancel() {
    waker_change_then_cancel(|done, value| done.complete(value));
}

#[test]
fn abandon_vs_waker_change_then_cancel() {
    waker_change_then_cancel(|done, value| drop((done, value)));
}

/// Runs a model with a place that has learnt to store the waker before the call.
fn with_trained_place(model: impl Fn(&'static Hint) + Sync + Send + 'static) {
    loom::model(move || {
        let hint = Box::into_raw(Box::new(Hint::new()));
        // SAFETY: freed at the end of the model, after every call that uses it.
        let place: &'static Hint = unsafe { &*hint };
        for _ in 0..4 {
            let mut kept = None;
            let mut call = call_at(place, |done: Completer<()>| kept = Some(done));
            assert!(poll(&mut call, Waker::noop()).is_pending());
        }
        model(place);
        // SAFETY: from `into_raw` above.
        drop(unsafe { Box::from_raw(hint) });
    });
}

#[test]
fn waker_stored_before_the_call_vs_complete() {
    with_trained_place(|place| {
        let (flag, waker) = flag();
        let mut thread = None;
        let mut call =
            call_at(place, |done| thread = Some(thread::spawn(move || done.complete(Box::new(5)))));
        let ready = poll(&mut call, &waker).is_ready();
        if !ready {
            loom::future::block_on(&mut call);
        }
        drop(call);
        thread.unwrap().join().unwrap();
        assert!(flag.wakes() <= 1);
        none_stored(&flag);
    });
}

#[test]
fn waker_stored_before_the_call_vs_abandon() {
    with_trained_place(|place| {
        let (flag, waker) = flag();
        let mut thread = None;
        let mut call =
            call_at(place, |done: Completer<u8>| thread = Some(thread::spawn(move || drop(done)))).checked();
        match poll(&mut call, &waker) {
            Poll::Ready(outcome) => assert!(outcome.is_err()),
            Poll::Pending => assert!(loom::future::block_on(&mut call).is_err()),
        }
        drop(call);
        thread.unwrap().join().unwrap();
        none_stored(&flag);
    });
}

#[test]
fn waker_stored_before_the_call_vs_cancel() {
    with_trained_place(|place| {
        let token = Token::default();
        let value = token.clone();
        let (flag, waker) = flag();
        let mut thread = None;
        let mut call = call_at(place, |done| thread = Some(thread::spawn(move || done.complete(value))));
        let _ = poll(&mut call, &waker);
        drop(call);
        thread.unwrap().join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
        none_stored(&flag);
    });
}

/// Nobody is woken, and the waker that was stored in vain is dropped; the value goes on to another thread.
#[test]
fn waker_stored_before_the_call_that_completes_inside() {
    with_trained_place(|place| {
        let (flag, waker) = flag();
        let mut call = call_at(place, |done| done.complete(Box::new(5)));
        let Poll::Ready(value) = poll(&mut call, &waker) else { panic!("it has completed") };
        thread::spawn(move || assert_eq!(*value, 5)).join().unwrap();
        drop(call);
        assert_eq!(flag.wakes(), 0);
        none_stored(&flag);
    });
}

#[test]
fn completed_inside_and_awaited_on_another_thread() {
    loom::model(|| {
        let started = start(|done| done.complete(Box::new(5)));
        thread::spawn(move || assert_eq!(*loom::future::block_on(started), 5)).join().unwrap();
    });
}

#[test]
fn completer_moved_to_another_thread_during_the_call() {
    loom::model(|| {
        let mut thread = None;
        let started = start(|done| {
            thread = Some(thread::spawn(move || done.complete(Box::new(5))));
            // The call goes on while the other thread completes it.
            thread::yield_now();
        });
        assert_eq!(*loom::future::block_on(started), 5);
        thread.unwrap().join().unwrap();
    });
}

/// Of two threads that call the same callback, one completes; the other's value is dropped.
#[test]
fn second_completion_vs_first() {
    loom::model(|| {
        let token = Token::default();
        let mut threads = Vec::new();
        let started = uncallback::start!(twice(&mut threads, &token, sync _));
        let value = loom::future::block_on(started);
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(Arc::strong_count(&token), 2);
        drop(value);
    });
}

/// As above, while the awaiter polls and gives up: both values are dropped, by whichever thread, and the waker too.
#[test]
fn second_completion_vs_first_vs_poll_then_cancel() {
    loom::model(|| {
        let token = Token::default();
        let (flag, waker) = flag();
        let mut threads = Vec::new();
        let mut started = uncallback::start!(twice(&mut threads, &token, sync _));
        let polled = poll(&mut started, &waker);
        drop(started);
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(Arc::strong_count(&token), if polled.is_ready() { 2 } else { 1 });
        drop(polled);
        none_stored(&flag);
        assert!(flag.wakes() <= 1);
    });
}

/// What the callbacks of a pair are called with.
type Both = (Box<dyn FnOnce(Token) + Send>, Box<dyn FnOnce(Token) + Send>);

#[test]
fn success_vs_failure_of_a_pair() {
    loom::model(|| {
        let token = Token::default();
        let mut both = None;
        let started = uncallback::start!(keeps(&mut both, ok: _, err: _));
        let (ok, err) = both.expect("the call was made");
        let (value, error) = (token.clone(), token.clone());
        let t = thread::spawn(move || ok(value));
        err(error);
        let outcome: Result<Token, Token> = loom::future::block_on(started);
        t.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 2, "one arrives, the other is dropped");
        drop(outcome);
    });
}

/// The last of the two tells the awaiter.
#[test]
fn both_callbacks_of_a_pair_dropped_on_two_threads() {
    loom::model(|| {
        let mut both = None;
        let started = uncallback::start!(keeps(&mut both, ok: _, err: _)).checked();
        let (ok, err) = both.expect("the call was made");
        let t = thread::spawn(move || drop(ok));
        drop(err);
        let outcome: Result<Result<Token, Token>, _> = loom::future::block_on(started);
        assert!(outcome.is_err());
        t.join().unwrap();
    });
}

fn keeps(
    both: &mut Option<Both>,
    ok: impl FnOnce(Token) + Send + 'static,
    err: impl FnOnce(Token) + Send + 'static,
) {
    *both = Some((Box::new(ok), Box::new(err)));
}

fn twice(
    threads: &mut Vec<thread::JoinHandle<()>>,
    token: &Token,
    then: impl Fn(Token) + Send + Sync + 'static,
) {
    let then = Arc::new(then);
    for _ in 0..2 {
        let (then, value) = (then.clone(), token.clone());
        threads.push(thread::spawn(move || then(value)));
    }
}
