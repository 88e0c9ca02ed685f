//! Calls whose state lies in the pinned future. What they share with the other forms is in `contract.rs`.

mod helpers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::task::{Poll, Waker};
use std::thread::{self, JoinHandle};

use helpers::{SameThread, Token, alive, block_on, message_of, poll};
use uncallback::{Lost, PinnedCompleter, pinned};

/// The API of these tests: the callback fires on a thread, when it is told to or when the sender goes.
fn on_a_thread<T: Send + 'static>(value: T) -> impl FnOnce(PinnedCompleter<T>) -> JoinHandle<()> {
    move |done| thread::spawn(move || done.complete(value))
}

#[test]
fn a_value_from_another_thread_arrives() {
    // SAFETY: after the join, the callback has run.
    let future = unsafe { pinned(on_a_thread(String::from("here")), |thread| thread.join().unwrap()) };
    assert_eq!(block_on(future), "here");
}

#[test]
fn a_future_dropped_early_waits_for_its_callback_and_drops_the_value() {
    let token = Token::default();
    for _ in 0..100 {
        let value = token.clone();
        // SAFETY: as above.
        let future = unsafe { pinned(on_a_thread(value), |thread| thread.join().unwrap()) };
        let mut future = Box::pin(future);
        let _ = poll(&mut future, Waker::noop());
        drop(future);
        assert_eq!(alive(&token), 0);
    }
}

#[test]
fn a_callback_that_is_dropped_by_cancel_never_writes() {
    let kept = Rc::new(RefCell::new(None));
    let (to, from) = (kept.clone(), kept.clone());
    let api = move |done: PinnedCompleter<u8>| *to.borrow_mut() = Some(done);
    // SAFETY: cancelling drops the callback.
    let mut future = Box::pin(unsafe { pinned(api, move |()| drop(from.borrow_mut().take())) });
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    assert!(kept.borrow().is_none());
}

#[test]
fn cancel_runs_only_between_start_and_completion() {
    let cancelled = Cell::new(0);
    let cancel = |()| cancelled.set(cancelled.get() + 1);
    // SAFETY: the callback runs inside the call, in all of these.
    drop(Box::pin(unsafe { pinned(|done: PinnedCompleter<u8>| done.complete(1), cancel) }));
    assert_eq!(cancelled.get(), 0, "never started");

    // SAFETY: as above.
    let mut seen = Box::pin(unsafe { pinned(|done: PinnedCompleter<u8>| done.complete(1), cancel) });
    assert_eq!(poll(&mut seen, Waker::noop()), Poll::Ready(1));
    drop(seen);
    assert_eq!(cancelled.get(), 0, "complete and seen");

    let kept = RefCell::new(None);
    // SAFETY: completed below, before the future is dropped.
    let mut unseen =
        Box::pin(unsafe { pinned(|done: PinnedCompleter<u8>| drop(kept.replace(Some(done))), cancel) });
    assert!(poll(&mut unseen, Waker::noop()).is_pending());
    kept.take().unwrap().complete(1);
    drop(unseen);
    assert_eq!(cancelled.get(), 0, "complete and not seen");
}

#[test]
fn a_forgotten_future_keeps_its_memory_for_the_callback() {
    let (go, wait) = channel();
    let api = move |done: PinnedCompleter<u8>| {
        thread::spawn(move || {
            wait.recv().unwrap();
            done.complete(1);
        })
    };
    let thread = Rc::new(RefCell::new(None));
    let to = thread.clone();
    // SAFETY: as above.
    let future =
        unsafe { pinned(move |done| drop(to.replace(Some(api(done)))), |()| unreachable!("forgotten")) };
    let mut future = Box::pin(future);
    assert!(poll(&mut future, Waker::noop()).is_pending());
    helpers::leak(SameThread::new(future));
    go.send(()).unwrap();
    thread.take().unwrap().join().unwrap();
}

#[test]
fn a_loss_is_an_error_if_asked_for() {
    // SAFETY: the callback is dropped inside the call, in all of these.
    let checked = unsafe { pinned(|done: PinnedCompleter<u8>| drop(done), |()| ()) }.checked();
    assert_eq!(block_on(checked).unwrap_err().place().file(), file!());
    // SAFETY: as above.
    let flat = unsafe { pinned(|done: PinnedCompleter<Result<u8, Lost>>| drop(done), |()| ()) }.flat();
    assert!(block_on(flat).is_err());
    // SAFETY: as above.
    let message = message_of(|| block_on(unsafe { pinned(|done: PinnedCompleter<u8>| drop(done), |()| ()) }));
    assert!(message.contains(file!()), "{message}");
}

#[test]
fn a_panic_of_the_api_call_is_passed_on_and_not_retried() {
    // SAFETY: the callback is dropped by the panic.
    let future = unsafe { pinned(|_done: PinnedCompleter<u8>| panic!("of the api"), |()| ()) };
    let mut future = Box::pin(future);
    assert_eq!(message_of(|| poll(&mut future, Waker::noop())), "of the api");
    assert!(message_of(|| poll(&mut future, Waker::noop())).contains("polled after completion"));
}
