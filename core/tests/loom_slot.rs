//! Models of the reusable slot. An early design freed a cell twice; the BUSY phases are there for that reason.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p uncallback --release --test loom_slot`
#![cfg(loom)]

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::thread::{self, JoinHandle};
use uncallback::{Slot, SlotCompleter};

type Token = Arc<()>;

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
    fn wake_by_ref(self: &Arc<Self>) {
        // A step of its own, in which the other side may do something.
        thread::yield_now();
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// A thread that completes with `value`.
fn completes(done: SlotCompleter<Token>, value: &Token) -> JoinHandle<()> {
    let value = value.clone();
    thread::spawn(move || done.complete(value))
}

/// The second call is made while the first one's completer may still be waking.
#[test]
fn slot_used_twice() {
    loom::model(|| {
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
            let mut second = slot.call(|done: SlotCompleter<Token>| kept.replace(Some(done)));
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

/// A slot that keeps this waker from a first call.
fn used_slot(waker: &Waker) -> Slot<Token> {
    let mut slot = Slot::new();
    let kept = RefCell::new(None);
    let mut call = slot.call(|done: SlotCompleter<Token>| kept.replace(Some(done)));
    assert!(poll(&mut call, waker).is_pending());
    kept.take().unwrap().complete(Token::default());
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
            assert_eq!(flag.0.load(SeqCst), 2);
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
        let mut call = slot.call(|done: SlotCompleter<Token>| next = Some(done));
        assert!(poll(&mut call, &waker).is_pending());
        drop(call);
        next.take().unwrap().complete(token.clone());
        drop(slot);
        thread.take().unwrap().join().unwrap();
        drop(waker);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}
