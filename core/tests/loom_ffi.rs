//! Models of C operations: what may happen at the same time on C's side and on ours, in every interleaving.
//!
//! `.ci/models loom_ffi`
//!
//! The keys that stand for user data have their own table and models in `ffi/custody/entry.rs`, the pump's table in
//! `ffi/pump/table.rs`; an operation's value takes the way of a one-shot. Here is what meets on top of these.
//!
//! | transition | models |
//! |---|---|
//! | C calls while the start function runs, or while others start | `callback_during_the_start`, `operations_started_at_once_do_not_share_an_entry` |
//! | C calls while we poll | `callback_vs_poll` |
//! | C calls while the future goes: by key, by pointer, silenced | `callback_vs_drop`, `callback_by_pointer_vs_drop`, `callback_vs_silent_cancellation` |
//! | C calls twice at once, or late, or both callbacks of a pair | `second_call_vs_first`, `second_operation_in_the_same_entry_vs_second_call_of_the_first`, `success_vs_failure_of_a_pair` |
//! | C has let go, and we see it | `callback_vs_drained` |
#![cfg(all(loom, feature = "ffi"))]

#[macro_use]
mod loom_help;

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Poll, Waker};

use loom::sync::Mutex;
use loom::thread;
use loom_help::{Callback, Flag, Held, Library, Token, poll, settled};
use uncallback::ffi::{self, Cancel, First};

#[test]
fn callback_vs_poll() {
    loom::model(|| {
        let (library, token, flag) = (Library::default(), Token::default(), Arc::new(Flag::default()));
        let mut asked = started!(library, token, |described| described.checked());
        let caller = thread::spawn(move || library.call());
        let pending = poll(&mut asked, &flag.clone().into()).is_pending();
        caller.join().unwrap();
        if pending {
            assert_eq!(settled(asked, &flag, true, &token), Ok(7));
        }
    });
}

#[test]
fn callback_vs_drop() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let by_key = started!(library, token, |described| described.checked());
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(by_key);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_by_pointer_vs_drop() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        // SAFETY: the library calls once.
        let by_pointer = started!(library, token, |described| unsafe { described.by_pointer() });
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(by_pointer);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_vs_silent_cancellation() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let remover = library.clone();
        // SAFETY: what was removed is not called; what is being called is not found.
        let asked = started!(library, token, |described| unsafe {
            described.cancel_with(move |()| Cancel::silenced_if(remover.take().is_some()))
        });
        let caller = {
            let library = library.clone();
            thread::spawn(move || library.call())
        };
        drop(asked);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// The library has a thread of its own, which does not wait for the start function to return.
#[test]
fn callback_during_the_start() {
    loom::model(|| {
        let (token, flag) = (Token::default(), Arc::new(Flag::default()));
        let (mut caller, held) = (None, token.clone());
        // SAFETY: it is called once, with a number.
        let mut asked = unsafe {
            ffi::oneshot(
                First,
                |cb: Callback, data| {
                    let library = Library::default();
                    library.start(cb, data);
                    caller = Some(thread::spawn(move || library.call()));
                    thread::yield_now();
                },
                move |(n,)| {
                    drop(held);
                    n
                },
            )
        }
        .start();
        let pending = poll(&mut asked, &flag.clone().into()).is_pending();
        caller.unwrap().join().unwrap();
        if pending {
            assert_eq!(settled(asked, &flag, true, &token), Ok(7));
        }
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn operations_started_at_once_do_not_share_an_entry() {
    loom::model(|| {
        let token = Token::default();
        let libraries = [Library::default(), Library::default(), Library::default()];
        // The first of them makes the entries, with a lock of std that loom does not know.
        let first = started!(libraries[2], token, |described| described.checked());
        let (its_library, its_token) = (libraries[0].clone(), token.clone());
        let other = thread::spawn(move || started!(its_library, its_token, |described| described.checked()));
        let mine = started!(libraries[1], token, |described| described.checked());
        let other = other.join().unwrap();
        libraries.iter().for_each(Library::call);
        for mut asked in [first, mine, other] {
            assert_eq!(poll(&mut asked, Waker::noop()), Poll::Ready(Ok(7)));
        }
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// What C should not do: one of the calls finds nothing.
#[test]
fn second_call_vs_first() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let mut asked = started!(library, token, |described| described.checked());
        let (cb, data) = library.take().unwrap();
        library.start(cb, data);
        let caller = thread::spawn(move || library.call());
        // SAFETY: a call too many, which `checked` is for.
        unsafe { cb(data, 7) };
        caller.join().unwrap();
        assert_eq!(poll(&mut asked, Waker::noop()), Poll::Ready(Ok(7)));
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn success_vs_failure_of_a_pair() {
    loom::model(|| {
        let (library, other, token) = (Library::default(), Library::default(), Token::default());
        let (to, also_to) = (library.clone(), other.clone());
        let (with_ok, with_err) = (token.clone(), token.clone());
        // SAFETY: both are called with a number, once: one too many.
        let mut asked = unsafe {
            ffi::pair(
                First,
                move |ok: Callback, err: Callback, data| {
                    to.start(ok, data);
                    also_to.start(err, data);
                },
                move |(n,)| (n, with_ok),
                move |(n,)| (n, with_err),
            )
        }
        .start();
        let caller = thread::spawn(move || library.call());
        other.call();
        caller.join().unwrap();
        assert!(matches!(poll(&mut asked, Waker::noop()), Poll::Ready(Ok(Ok((7, _)) | Err((7, _))))));
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn callback_vs_drained() {
    loom::model(|| {
        let (library, token, flag) = (Library::default(), Token::default(), Arc::new(Flag::default()));
        let (starts, held) = (library.clone(), token.clone());
        // SAFETY: it is called once, with a number.
        let described = unsafe {
            ffi::oneshot(First, move |cb: Callback, data| starts.start(cb, data), move |(_n,)| drop(held))
        };
        let (described, mut drained) = described.drained();
        drop(described.start());
        let caller = thread::spawn(move || library.call());
        let early = poll(&mut drained, &flag.clone().into());
        if early.is_ready() {
            assert_eq!(Arc::strong_count(&token), 1, "C has let go, and nothing of the operation is left");
        }
        caller.join().unwrap();
        assert!(early.is_ready() || flag.0.load(SeqCst) == 1, "a wake-up was lost");
        assert!(poll(&mut drained, Waker::noop()).is_ready());
    });
}

#[test]
fn second_operation_in_the_same_entry_vs_second_call_of_the_first() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let first = started!(library, token, |described| described.checked());
        let (cb, data) = library.take().unwrap();
        // SAFETY: what `start` was given.
        unsafe { cb(data, 1) };
        let late = {
            let held = Held(Mutex::new(Some((cb, data))));
            thread::spawn(move || {
                let held = held;
                let taken = held.0.lock().unwrap().take();
                // SAFETY: a call too many, which `checked` is for.
                unsafe { taken.map(|(cb, data)| cb(data, 2)) };
            })
        };
        let mut second = started!(library, token, |described| described.checked());
        late.join().unwrap();
        assert!(poll(&mut second, Waker::noop()).is_pending(), "the late call belongs to the first");
        library.call();
        assert_eq!(poll(&mut second, Waker::noop()), Poll::Ready(Ok(7)));
        drop(first);
        assert_eq!(Arc::strong_count(&token), 1);
    });
}
