//! Models of what C calls again and again: events, questions, wake-up calls, functions that are lent.
//!
//! `.ci/models loom_ffi_events`
//!
//! Events take the way of a stream, and questions find their closures by keys; both have models of their own. Here is what
//! meets on top of these. (An eventfd is nothing that loom knows: the bell of real-time callbacks has no model.)
//!
//! | transition | models |
//! |---|---|
//! | events: against the end of a stream, of a subscription, of a list | `event_of_an_object_vs_the_end_of_its_stream`, `event_vs_end_of_its_subscription`, `end_of_a_list_vs_drop_of_its_stream` |
//! | events: an owner that closes against an event, and against the end of its stream | `event_vs_owner_that_closes`, `end_of_a_subscription_vs_owner_that_closes` |
//! | events: the end of an object against the end of its stream | `end_of_an_object_vs_the_end_of_its_stream` |
//! | a value for one at a time: two callbacks | `two_callbacks_vs_the_value_for_one_at_a_time` |
//! | wake only: against a poll, against the end, and what C wrote before | `wake_up_call_vs_poll`, `wake_up_call_vs_end`, `what_c_did_before_its_wake_up_call_is_seen` |
//! | questions: against the end of the hook, two at once | `question_vs_end_of_its_hook`, `second_question_vs_first` |
//! | slots: a call against the end of the loan | `call_of_a_slot_vs_its_end` |
#![cfg(all(loom, feature = "ffi"))]

mod loom_help;

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Poll, Waker};

use loom::cell::UnsafeCell;
use loom::thread;
use loom_help::{Callback, Flag, Library, Token, poll};
use uncallback::ffi::{self, Exclusive, First, Notify, Outlet, Owner, Step};
use uncallback::stream::mpsc;

#[test]
fn event_of_an_object_vs_the_end_of_its_stream() {
    loom::model(|| {
        let outlet: Outlet<Token> = Outlet::new();
        let (token, stream) = (Token::default(), outlet.connect(mpsc::unbounded()));
        let caller = {
            let (outlet, token) = (outlet.clone(), token.clone());
            thread::spawn(move || outlet.emit_with(|| token))
        };
        drop(stream);
        let heard = caller.join().unwrap();
        assert_eq!((Arc::strong_count(&token), outlet.unheard()), (1, u64::from(!heard)));
    });
}

#[test]
fn end_of_an_object_vs_the_end_of_its_stream() {
    loom::model(|| {
        let outlet: Outlet<Token> = Outlet::new();
        let (token, stream) = (Token::default(), outlet.connect(mpsc::unbounded()));
        let event = token.clone();
        let caller = thread::spawn(move || {
            outlet.emit_with(|| event);
            drop(outlet);
        });
        drop(stream);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn two_callbacks_vs_the_value_for_one_at_a_time() {
    loom::model(|| {
        // The value is in a cell of the model, which sees whether both are at it.
        let count = Arc::new(Exclusive::new(0));
        let add = |count: &Exclusive<c_int>| c_int::from(count.try_with(|count| *count += 1).is_some());
        let other = {
            let count = count.clone();
            thread::spawn(move || add(&count))
        };
        let entered = add(&count) + other.join().unwrap();
        assert!(entered >= 1, "both were turned away");
        assert_eq!(count.with(|count| *count), entered);
    });
}

/// A library that calls back again and again, on whatever thread, until it is told to stop.
fn emits(library: &Library) -> (Library, Library) {
    (library.clone(), library.clone())
}

#[test]
fn event_vs_end_of_its_subscription() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let ((starts, stops), held) = (emits(&library), token.clone());
        // SAFETY: the library calls back with numbers.
        let stream = unsafe {
            ffi::subscribe(
                First,
                mpsc::unbounded(),
                move |cb: Callback, data| starts.start(cb, data),
                // A call that is running already is not waited for.
                move |()| _ = stops.take(),
                move |(_n,)| held.clone(),
            )
        }
        .unwrap();
        let caller = thread::spawn(move || library.call());
        drop(stream);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// A subscription that belongs to an owner, and whose closure holds `$token`.
macro_rules! owned {
    ($library:expr, $token:expr, $owner:expr) => {{
        let ((starts, stops), held) = (emits(&$library), $token.clone());
        // SAFETY: the library calls back with numbers.
        let stream = unsafe {
            ffi::subscribe(
                First,
                mpsc::unbounded(),
                move |cb: Callback, data| starts.start(cb, data),
                move |()| _ = stops.take(),
                move |(_n,)| held.clone(),
            )
        };
        stream.unwrap().owned_by(&$owner)
    }};
}

#[test]
fn event_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Owner::new());
        let mut stream = owned!(library, token, owner);
        let caller = thread::spawn(move || library.call());
        // SAFETY: the subscription goes by key, so a call that comes all the same finds nothing.
        unsafe { owner.close() };
        caller.join().unwrap();
        let mut next = || poll(&mut stream.next(), Waker::noop());
        assert!(matches!((next(), next()), (Poll::Ready(_), Poll::Ready(None))), "it has not ended");
        assert_eq!(Arc::strong_count(&token), 1, "the closure is still there");
    });
}

#[test]
fn end_of_a_subscription_vs_owner_that_closes() {
    loom::model(|| {
        let (library, token, owner) = (Library::default(), Token::default(), Arc::new(Owner::new()));
        let stream = owned!(library, token, owner);
        let closer = {
            let owner = owner.clone();
            // SAFETY: the library calls nothing.
            thread::spawn(move || unsafe { owner.close() })
        };
        drop(stream);
        closer.join().unwrap();
        assert_eq!((Arc::strong_count(&token), owner.outstanding()), (1, 0));
    });
}

/// The call that ends the list retires the operation from inside, while the stream does so from outside.
#[test]
fn end_of_a_list_vs_drop_of_its_stream() {
    loom::model(|| {
        let (library, token) = (Library::default(), Token::default());
        let ((starts, stops), held) = (emits(&library), token.clone());
        // SAFETY: the library calls back with numbers.
        let stream = unsafe {
            ffi::list(
                First,
                mpsc::unbounded(),
                move |cb: Callback, data| starts.start(cb, data),
                move |()| _ = stops.take(),
                move |(_n,)| {
                    let _dropped_with_it = &held;
                    Step::<(), ()>::End
                },
            )
        }
        .unwrap();
        let caller = thread::spawn(move || library.call());
        drop(stream);
        caller.join().unwrap();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

type Question = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;

/// A question that C asks, and what to ask it with.
struct Asks(Question, *mut c_void);
// SAFETY: user data may go to any thread.
unsafe impl Send for Asks {}

impl Asks {
    fn ask(&self) -> c_int {
        // SAFETY: what C would do, also too late and twice.
        unsafe { (self.0)(self.1, 1) }
    }
}

/// A registered question whose closure counts its answers, unsynchronised, and holds the token.
fn hooked(token: &Token) -> (ffi::Hook<(), impl FnOnce(())>, Asks) {
    let (held, answers) = (token.clone(), Counter(UnsafeCell::new(0)));
    let mut question = None;
    // SAFETY: the closure is `Send`; calls that come too late find nothing.
    let hook = unsafe {
        ffi::hook(
            First,
            |cb: Question, data| question = Some(Asks(cb, data)),
            |()| (),
            move |(n,)| {
                let _dropped_with_it = &held;
                answers.add(n)
            },
            -1,
        )
    };
    (hook.unwrap(), question.unwrap())
}

/// To be touched by one thread at a time, of which loom makes sure.
struct Counter(UnsafeCell<c_int>);

impl Counter {
    fn add(&self, n: c_int) -> c_int {
        // SAFETY: the model fails if anybody else is here.
        self.0.with_mut(|count| unsafe {
            *count += n;
            *count
        })
    }
}

#[test]
fn question_vs_end_of_its_hook() {
    loom::model(|| {
        let token = Token::default();
        let (hook, question) = hooked(&token);
        let asker = thread::spawn(move || question.ask());
        drop(hook);
        let answer = asker.join().unwrap();
        assert!(answer == 1 || answer == 0, "answered, or nobody was there");
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// What C should not do: the closure is never entered twice.
#[test]
fn second_question_vs_first() {
    loom::model(|| {
        let token = Token::default();
        let (hook, question) = hooked(&token);
        let again = Asks(question.0, question.1);
        let asker = thread::spawn(move || question.ask());
        let mut answers = [again.ask(), asker.join().unwrap()];
        answers.sort_unstable();
        // The one that is turned away stores a panic, after which there are no answers any more.
        assert!(matches!(answers, [1, 2] | [-1, 1] | [-1, -1]), "{answers:?}");
        drop(catch_unwind(AssertUnwindSafe(|| hook.resume_panic())));
        drop(hook);
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

ffi::slots!(POOL: [unsafe extern "C" fn(c_int) -> c_int; 1]);

#[test]
fn call_of_a_slot_vs_its_end() {
    loom::model(|| {
        let token = Token::default();
        let held = token.clone();
        let answers = move |(n,): (c_int,)| {
            let _dropped_with_it = &held;
            n + 1
        };
        // SAFETY: a call that comes too late finds nothing.
        let slot = unsafe { ffi::lend(POOL, answers, -1) }.unwrap();
        let callback = slot.callback();
        // SAFETY: as above.
        let caller = thread::spawn(move || unsafe { callback(1) });
        drop(slot);
        let answer = caller.join().unwrap();
        assert!(answer == 2 || answer == 0, "answered, or nobody was there");
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn what_c_did_before_its_wake_up_call_is_seen() {
    loom::model(|| {
        let mut notify = Notify::new();
        // SAFETY: called with its own user data.
        let wake_up = unsafe { notify.register(First, |cb, data| WakeUp(cb, data)) };
        let written = Arc::new(Written(UnsafeCell::new(0)));
        let writes = written.clone();
        let caller = thread::spawn(move || {
            // SAFETY: who reads it has been woken up before.
            writes.0.with_mut(|value| unsafe { *value = 1 });
            wake_up.call();
        });
        if poll(&mut notify.notified(), Waker::noop()).is_ready() {
            // SAFETY: written before the call, and never again.
            assert_eq!(written.0.with(|value| unsafe { *value }), 1);
        }
        caller.join().unwrap();
    });
}

struct Written(UnsafeCell<u8>);
// SAFETY: what the model shows: the one that reads comes after the one that writes.
unsafe impl Sync for Written {}

/// What a wake-up function is called with.
#[derive(Clone, Copy)]
struct WakeUp(unsafe extern "C" fn(*mut c_void), *mut c_void);
// SAFETY: user data may go to any thread.
unsafe impl Send for WakeUp {}

impl WakeUp {
    fn call(self) {
        // SAFETY: what C would do, also too late.
        unsafe { (self.0)(self.1) };
    }
}

#[test]
fn wake_up_call_vs_poll() {
    loom::model(|| {
        let mut notify = Notify::new();
        // SAFETY: called with its own user data.
        let wake_up = unsafe { notify.register(First, |cb, data| WakeUp(cb, data)) };
        let caller = thread::spawn(move || wake_up.call());
        let flag = Arc::new(Flag::default());
        let first = poll(&mut notify.notified(), &flag.clone().into());
        caller.join().unwrap();
        assert!(first.is_ready() || flag.0.load(SeqCst) == 1, "a wake-up was lost");
        assert_ne!(first, poll(&mut notify.notified(), Waker::noop()), "raised once, lowered once");
    });
}

#[test]
fn wake_up_call_vs_end() {
    loom::model(|| {
        let mut notify = Notify::new();
        // SAFETY: called with its own user data.
        let wake_up = unsafe { notify.register(First, |cb, data| WakeUp(cb, data)) };
        let caller = thread::spawn(move || wake_up.call());
        drop(notify);
        caller.join().unwrap();
    });
}
