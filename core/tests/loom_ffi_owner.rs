//! Models of what C's objects keep: operations that an owner fails, destroy functions, waiters by id.
//!
//! `.ci/models loom_ffi_owner`
//!
//! | transition | models |
//! |---|---|
//! | the owner closes: against a call, a cancelling drop, a start | `callback_vs_owner_that_closes`, `cancelling_drop_vs_owner_that_closes`, `start_vs_owner_that_closes` |
//! | destroy functions: against the owner, a call against the owner, two calls | `destroy_function_vs_owner_that_closes`, `callback_vs_owner_that_closes_before_the_destroy_function`, `second_call_vs_first_before_the_destroy_function` |
//! | keyed: event against bind, against the waiter's drop, against a disconnect; disconnect against bind | `early_event_vs_bind`, `event_vs_drop_of_its_waiter`, `event_vs_disconnect`, `disconnect_vs_bind` |
//! | keyed: the end of the table against a poll, and with an event against the waiter's drop | `end_of_a_table_vs_poll_of_its_waiter`, `end_of_a_table_vs_drop_of_its_waiter_and_its_event` |
#![cfg(all(loom, feature = "ffi"))]

#[macro_use]
mod loom_help;

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Poll, Waker};

use loom::sync::Mutex;
use loom::thread;
use loom_help::{Callback, Flag, Library, Token, poll, settled};
use uncallback::ffi::{self, CallbackError, Cancel, DestroyFn, First, Keyed, Owner, Pending};

#[test]
fn callback_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, flag) = (Library::default(), Token::default(), Arc::new(Flag::default()));
        let owner = Owner::new();
        let mut asked = started!(library, token, |described| described.owned_by(&owner));
        let pending = poll(&mut asked, &flag.clone().into()).is_pending();
        let caller = thread::spawn(move || library.call());
        // SAFETY: the operation goes by key, so a call that comes all the same finds nothing.
        unsafe { owner.close() };
        caller.join().unwrap();
        let outcome = settled(asked, &flag, pending, &token);
        assert!(matches!(outcome, Ok(7) | Err(CallbackError::NeverCalled(_))));
        assert_eq!(owner.outstanding(), 0);
    });
}

#[test]
fn cancelling_drop_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Arc::new(Owner::new()));
        let remover = library.clone();
        // SAFETY: what was removed is not called.
        let asked = started!(library, token, |described| unsafe {
            described.owned_by(&owner).cancel_with(move |()| Cancel::silenced_if(remover.take().is_some()))
        });
        let closer = {
            let owner = owner.clone();
            // SAFETY: the library calls nothing.
            thread::spawn(move || unsafe { owner.close() })
        };
        drop(asked);
        closer.join().unwrap();
        assert_eq!((Arc::strong_count(&token), owner.outstanding()), (1, 0));
    });
}

#[test]
fn start_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Arc::new(Owner::new()));
        let closer = {
            let owner = owner.clone();
            // SAFETY: the library calls nothing.
            thread::spawn(move || unsafe { owner.close() })
        };
        let mut asked = started!(library, token, |described| described.owned_by(&owner));
        closer.join().unwrap();
        // SAFETY: as above. What was entered after the first close is found by this one.
        unsafe { owner.close() };
        assert!(poll(&mut asked, Waker::noop()).is_ready(), "an operation that nobody would fail");
        assert_eq!((Arc::strong_count(&token), owner.outstanding()), (1, 0));
    });
}

#[test]
fn destroy_function_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Arc::new(Destroys::default()), Token::default(), Owner::new());
        let (starts, held) = (library.clone(), token.clone());
        // SAFETY: the library destroys at most once, and calls nothing.
        let mut asked = unsafe {
            ffi::oneshot_destroying(
                First,
                move |_cb: Callback, data, destroy| *starts.0.lock().unwrap() = Some((destroy, data)),
                move |(_n,)| drop(held),
            )
        }
        .owned_by(&owner)
        .start();
        let destroyer = thread::spawn(move || {
            let held = library.0.lock().unwrap().take();
            // SAFETY: what `start` was given, once.
            unsafe { held.map(|(destroy, data)| destroy(data)) };
        });
        // SAFETY: the operation goes by key.
        unsafe { owner.close() };
        destroyer.join().unwrap();
        assert!(poll(&mut asked, Waker::noop()).is_ready());
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// A library whose operations end with a destroy function, and what it holds.
fn destroying(library: &Library, destroys: &Arc<Destroys>, token: &Token, owner: &Owner) -> Pending<c_int> {
    let (starts, ends, held) = (library.clone(), destroys.clone(), token.clone());
    // SAFETY: the library calls with a number, and destroys at most once.
    unsafe {
        ffi::oneshot_destroying(
            First,
            move |cb: Callback, data, destroy| {
                starts.start(cb, data);
                *ends.0.lock().unwrap() = Some((destroy, data));
            },
            move |(n,)| {
                drop(held);
                n
            },
        )
    }
    .owned_by(owner)
    .start()
}

impl Destroys {
    fn destroy(&self) {
        let held = self.0.lock().unwrap().take();
        // SAFETY: what `start` was given, once.
        unsafe { held.map(|(destroy, data)| destroy(data)) };
    }
}

#[test]
fn callback_vs_owner_that_closes_before_the_destroy_function() {
    loom::model(|| {
        let (library, destroys) = (Library::default(), Arc::<Destroys>::default());
        let (token, owner) = (Token::default(), Owner::new());
        let mut asked = destroying(&library, &destroys, &token, &owner);
        let caller = thread::spawn(move || library.call());
        // SAFETY: the operation goes by key.
        unsafe { owner.close() };
        caller.join().unwrap();
        destroys.destroy();
        let outcome = poll(&mut asked, Waker::noop());
        assert!(matches!(outcome, Poll::Ready(Ok(7) | Err(CallbackError::NeverCalled(_)))), "{outcome:?}");
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// What C should not do: one of the calls finds an envelope that is empty.
#[test]
fn second_call_vs_first_before_the_destroy_function() {
    loom::model(|| {
        let (library, destroys) = (Library::default(), Arc::<Destroys>::default());
        let (token, owner) = (Token::default(), Owner::new());
        let mut asked = destroying(&library, &destroys, &token, &owner);
        let (cb, data) = library.take().unwrap();
        library.start(cb, data);
        let caller = thread::spawn(move || library.call());
        // SAFETY: a call too many, for which there are keys.
        unsafe { cb(data, 7) };
        caller.join().unwrap();
        destroys.destroy();
        assert_eq!(poll(&mut asked, Waker::noop()), Poll::Ready(Ok(7)));
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// Holds user data and its destroy function.
#[derive(Default)]
struct Destroys(Mutex<Option<(DestroyFn<*mut c_void>, *mut c_void)>>);
// SAFETY: user data may go to any thread.
unsafe impl Send for Destroys {}
// SAFETY: as above.
unsafe impl Sync for Destroys {}

#[test]
fn early_event_vs_bind() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let (token, reserved) = (Token::default(), table.reserve());
        let caller = {
            let (table, token) = (table.clone(), token.clone());
            thread::spawn(move || assert!(table.finish(1, token)))
        };
        let mut bound = reserved.bind(1);
        let flag = Arc::new(Flag::default());
        let first = poll(&mut bound, &flag.clone().into());
        caller.join().unwrap();
        if first.is_pending() {
            assert_eq!(flag.0.load(SeqCst), 1, "a wake-up was lost");
            assert!(matches!(poll(&mut bound, Waker::noop()), Poll::Ready(Ok(_))));
        }
        drop((first, bound));
        assert_eq!((Arc::strong_count(&token), table.outstanding(), table.unclaimed()), (1, 0, 0));
    });
}

#[test]
fn event_vs_drop_of_its_waiter() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let (token, bound) = (Token::default(), table.reserve().bind(1));
        let caller = {
            let (table, token) = (table.clone(), token.clone());
            thread::spawn(move || table.finish(1, token))
        };
        drop(bound);
        let claimed = caller.join().unwrap();
        assert_eq!((Arc::strong_count(&token), table.outstanding()), (1, 0));
        assert_eq!(table.unclaimed(), u64::from(!claimed));
    });
}

#[test]
fn event_vs_disconnect() {
    loom::model(|| {
        let table: Keyed<u8, &str> = Keyed::new();
        let mut bound = table.reserve().bind(1);
        let caller = {
            let table = table.clone();
            thread::spawn(move || table.finish(1, "event"))
        };
        table.fail_all(|_id| "disconnected");
        let claimed = caller.join().unwrap();
        let outcome = poll(&mut bound, Waker::noop());
        let expected = if claimed { "event" } else { "disconnected" };
        assert_eq!(outcome, Poll::Ready(Ok(expected)));
        assert_eq!((table.outstanding(), table.unclaimed()), (0, u64::from(!claimed)));
    });
}

#[test]
fn disconnect_vs_bind() {
    loom::model(|| {
        let table: Keyed<u8, &str> = Keyed::new();
        let reserved = table.reserve();
        let caller = {
            let table = table.clone();
            thread::spawn(move || table.fail_all(|_id| "disconnected"))
        };
        let mut bound = reserved.bind(1);
        caller.join().unwrap();
        let outcome = poll(&mut bound, Waker::noop());
        assert!(
            matches!(outcome, Poll::Ready(Ok("disconnected") | Err(CallbackError::Closed))),
            "{outcome:?}: an operation that nobody would fail"
        );
        drop(bound);
        assert_eq!(table.outstanding(), 0);
    });
}

#[test]
fn end_of_a_table_vs_poll_of_its_waiter() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let mut bound = table.reserve().bind(1);
        let ends = thread::spawn(move || drop(table));
        let flag = Arc::new(Flag::default());
        let first = poll(&mut bound, &flag.clone().into());
        ends.join().unwrap();
        let outcome = if first.is_pending() {
            assert_eq!(flag.0.load(SeqCst), 1, "a wake-up was lost");
            poll(&mut bound, Waker::noop())
        } else {
            first
        };
        assert!(matches!(outcome, Poll::Ready(Err(CallbackError::NeverCalled(_)))), "{outcome:?}");
    });
}

#[test]
fn end_of_a_table_vs_drop_of_its_waiter_and_its_event() {
    loom::model(|| {
        let table: Keyed<u8, Token> = Keyed::new();
        let (token, bound) = (Token::default(), table.reserve().bind(1));
        let event = token.clone();
        let caller = thread::spawn(move || {
            table.finish(1, event);
            drop(table);
        });
        drop(bound);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}
