//! Models of the reusable slot: the protocol of a single call, with a receiver that keeps the cell.
//!
//! `.ci/models loom_slot`
//!
//! The rows are those of the tables in `oneshot/link.rs` and `oneshot/reuse.rs`.
//!
//! | transition | models |
//! |---|---|
//! | IDLE to WAITING: a new waker | all |
//! | IDLE to WAITING: the waker of the last call | `slot_with_the_waker_in_place_vs_complete`, `slot_with_the_waker_in_place_vs_cancel`, `slot_with_the_waker_in_place_vs_abandon` |
//! | WAITING to EMPTY for another waker, and the swap lost | `slot_polled_with_another_waker` |
//! | WAITING to DONE | `slot_used_twice`, `slot_used_twice_with_another_waker`, `slot_abandoned_by_its_callback` |
//! | WAITING to DONE inside the call | `slot_completed_inside_with_and_without_the_waker_in_place` |
//! | DONE to IDLE, while the completer still wakes | `slot_used_twice`, `slot_used_twice_with_another_waker`, `slot_dropped_while_the_completer_wakes` |
//! | WAITING to GONE, and the swap lost | `slot_cancelled`, `slot_reused_while_an_orphan_completes`, `slot_dropped_while_the_completer_wakes` |
//! | GONE, freed by the completer | `slot_cancelled`, `slot_reused_while_an_orphan_completes`, `slot_abandoned_after_its_future_has_gone` |
#![cfg(loom)]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::thread::{self, JoinHandle};
use uncallback::{Completer, Slot};

type Token = Arc<()>;

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        // A step of its own, in which the other side may do something.
        thread::yield_now();
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A thread that completes with `value`.
fn completes(done: Completer<Token>, value: &Token) -> JoinHandle<()> {
    let value = value.clone();
    thread::spawn(move || done.complete(value))
}

/// The second call is made while the first one's completer may still be waking.
fn used_twice(second_waker: impl Fn(&Waker) -> Waker + Send + Sync + 'static) {
    loom::model(move || {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = Slot::new();
        let thread = RefCell::new(None);
        let mut first = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let over = (0..2).any(|_| poll(&mut first, &waker).is_ready());
        drop(first);
        if over {
            let kept = RefCell::new(None);
            let mut second = slot.call(|done: Completer<Token>| kept.replace(Some(done)));
            let waker = second_waker(&waker);
            assert!(poll(&mut second, &waker).is_pending());
            kept.take().unwrap().complete(token.clone());
            assert!(poll(&mut second, &waker).is_ready());
        }
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

#[test]
fn slot_used_twice() {
    used_twice(Waker::clone);
}

/// The first one's waker makes way for another, although it was still in use a moment ago.
#[test]
fn slot_used_twice_with_another_waker() {
    used_twice(|_first| Waker::from(Arc::new(Flag::default())));
}

/// A slot that keeps this waker from a first call, whose callback came inside of it.
fn used_slot(waker: &Waker) -> Slot<Token> {
    let mut slot = Slot::new();
    let mut call = slot.call(|done: Completer<Token>| done.complete(Token::default()));
    assert!(poll(&mut call, waker).is_ready());
    drop(call);
    slot
}

#[test]
fn slot_with_the_waker_in_place_vs_complete() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = used_slot(&waker);
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let ready = poll(&mut call, &waker).is_ready();
        if !ready {
            thread.take().unwrap().join().unwrap();
            assert_eq!(flag.0.load(SeqCst), 1);
            assert!(poll(&mut call, &waker).is_ready());
        }
        drop(call);
        drop(slot);
        thread.take().into_iter().for_each(|t| t.join().unwrap());
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

#[test]
fn slot_with_the_waker_in_place_vs_cancel() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = used_slot(&waker);
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let _ = poll(&mut call, &waker);
        drop(call);
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

/// Nobody is woken, and what the call has left in the slot may be used on another thread.
#[test]
fn slot_completed_inside_with_and_without_the_waker_in_place() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let inside = |slot: &mut Slot<Token>, waker: &Waker, value: Token| {
            let mut call = slot.call(|done: Completer<Token>| done.complete(value));
            assert!(poll(&mut call, waker).is_ready());
        };
        inside(&mut Slot::new(), &waker, token.clone());
        let (mut slot, value) = (used_slot(&waker), token.clone());
        thread::spawn(move || inside(&mut slot, &waker, value)).join().unwrap();
        assert_eq!(flag.0.load(SeqCst), 0);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

/// A callback that is dropped uncalled wakes as well.
#[test]
fn slot_with_the_waker_in_place_vs_abandon() {
    loom::model(|| {
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = used_slot(&waker);
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(thread::spawn(move || drop(done))))).checked();
        let mut outcome = poll(&mut call, &waker);
        thread.take().unwrap().join().unwrap();
        if outcome.is_pending() {
            assert_eq!(flag.0.load(SeqCst), 1);
            outcome = poll(&mut call, &waker);
        }
        assert!(matches!(outcome, Poll::Ready(Err(_))));
        drop(call);
        drop((slot, waker));
        assert_eq!(Arc::strong_count(&flag), 1);
    });
}

#[test]
fn slot_abandoned_after_its_future_has_gone() {
    loom::model(|| {
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = Slot::<Token>::new();
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(thread::spawn(move || drop(done))))).checked();
        drop(poll(&mut call, &waker));
        drop(call);
        drop((slot, waker));
        thread.take().unwrap().join().unwrap();
        assert_eq!(Arc::strong_count(&flag), 1);
    });
}

#[test]
fn slot_cancelled() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = Slot::new();
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let _ = poll(&mut call, &waker);
        drop(call);
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

#[test]
fn slot_abandoned_by_its_callback() {
    loom::model(|| {
        let mut slot = Slot::<Token>::new();
        let thread = RefCell::new(None);
        let call = slot.call(|done| thread.replace(Some(thread::spawn(move || drop(done)))));
        assert!(loom::future::block_on(call.checked()).is_err());
        drop(slot);
        thread.take().unwrap().join().unwrap();
    });
}

#[test]
fn slot_polled_with_another_waker() {
    loom::model(|| {
        let token = Token::default();
        let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
        let wakers = [Waker::from(flags[0].clone()), Waker::from(flags[1].clone())];
        let mut slot = Slot::new();
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let ready = wakers.iter().any(|waker| poll(&mut call, waker).is_ready());
        thread.take().unwrap().join().unwrap();
        if !ready {
            assert_eq!(flags[1].0.load(SeqCst), 1);
            assert!(poll(&mut call, &wakers[1]).is_ready());
        }
        drop((call, wakers));
        drop(slot);
        assert_eq!(Arc::strong_count(&token), 1);
        flags.iter().for_each(|flag| assert_eq!(Arc::strong_count(flag), 1));
    });
}

/// The value may be taken while the completer is still waking, and the slot dropped right then.
#[test]
fn slot_dropped_while_the_completer_wakes() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = Slot::new();
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let first = poll(&mut call, &waker);
        let second = if first.is_pending() { poll(&mut call, &waker) } else { Poll::Pending };
        drop((first, second));
        drop(call);
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

#[test]
fn slot_reused_while_an_orphan_completes() {
    loom::model(|| {
        let token = Token::default();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut slot = Slot::new();
        let thread = RefCell::new(None);
        let mut call = slot.call(|done| thread.replace(Some(completes(done, &token))));
        let _ = poll(&mut call, &waker);
        // What `mem::forget` leaves behind: the slot finds a call that is out, or over and not taken.
        std::mem::forget(call);
        let mut next = None;
        let mut call = slot.call(|done: Completer<Token>| next = Some(done));
        assert!(poll(&mut call, &waker).is_pending());
        drop(call);
        next.take().unwrap().complete(token.clone());
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}
