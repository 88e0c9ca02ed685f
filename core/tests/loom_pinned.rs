//! Models of calls whose state lies inside the future: it may go only when the callback has run.
//!
//! `.ci/models loom_pinned`
//!
//! The protocol is the one of `oneshot/link.rs`, with models of its own in `loom_oneshot.rs`; here is what `pinned` adds.
//!
//! | transition | models |
//! |---|---|
//! | completed or abandoned, and the memory goes as soon as that is seen | `complete_vs_await`, `abandon_vs_await`, `panic_vs_await` |
//! | dropped, and the cancellation waits for the callback | `complete_vs_drop_that_waits`, `abandon_vs_drop_that_waits`, `panic_vs_drop_that_waits` |
//! | dropped when the callback has run: no cancellation | the same |
//! | another waker | `complete_vs_waker_change` |
#![cfg(loom)]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use loom::thread::{self, JoinHandle};
use uncallback::{Lost, PinnedCompleter, pinned};

type Token = Arc<()>;
type Call = Pin<Box<dyn Future<Output = Result<Token, Lost>>>>;
type Finish = fn(PinnedCompleter<Token>, Token);

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll(call: &mut Call, waker: &Waker) -> Poll<Result<Token, Lost>> {
    call.as_mut().poll(&mut Context::from_waker(waker))
}

/// The thread on which a callback runs.
#[derive(Clone, Default)]
struct Thread(Rc<Cell<Option<JoinHandle<()>>>>);

impl Thread {
    fn join(&self) {
        if let Some(thread) = self.0.take() {
            thread.join().unwrap();
        }
    }
}

/// A call that is finished on another thread. Dropped before that, it waits for that thread.
fn call(finish: Finish, value: Token) -> (Call, Thread) {
    let thread = Thread::default();
    let (started, cancelled) = (thread.clone(), thread.clone());
    let start = move |done| started.0.set(Some(thread::spawn(move || finish(done, value))));
    // SAFETY: after the join, the callback has run.
    let call = unsafe { pinned(start, move |()| cancelled.join()) };
    (Box::pin(call.checked()), thread)
}

fn completes(done: PinnedCompleter<Token>, value: Token) {
    done.complete(value);
}

fn abandons(done: PinnedCompleter<Token>, value: Token) {
    drop((done, value));
}

/// Resumed instead of thrown: the models need no message on the terminal.
fn panics(done: PinnedCompleter<Token>, payload: Token) {
    done.complete_with(|| resume_unwind(Box::new(payload)));
}

fn vs_await(finish: Finish, expected: &'static str) {
    loom::model(move || {
        let token = Token::default();
        let (call, thread) = call(finish, token.clone());
        let seen = match catch_unwind(AssertUnwindSafe(|| loom::future::block_on(call))) {
            Ok(Ok(_value)) => "value",
            Ok(Err(_lost)) => "lost",
            Err(payload) if payload.is::<Token>() => "panic",
            Err(payload) => resume_unwind(payload),
        };
        assert_eq!(seen, expected);
        thread.join();
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

#[test]
fn complete_vs_await() {
    vs_await(completes, "value");
}

#[test]
fn abandon_vs_await() {
    vs_await(abandons, "lost");
}

#[test]
fn panic_vs_await() {
    vs_await(panics, "panic");
}

fn vs_drop_that_waits(finish: Finish) {
    loom::model(move || {
        let (token, flag) = (Token::default(), Arc::new(Flag::default()));
        let (mut call, thread) = call(finish, token.clone());
        match catch_unwind(AssertUnwindSafe(|| poll(&mut call, &flag.clone().into()))) {
            // The panic of the callback; any other is one of the model.
            Err(payload) if !payload.is::<Token>() => resume_unwind(payload),
            polled => drop(polled),
        }
        drop(call);
        thread.join();
        assert!(flag.0.load(SeqCst) <= 1);
        assert_eq!((Arc::strong_count(&token), Arc::strong_count(&flag)), (1, 1));
    });
}

#[test]
fn complete_vs_drop_that_waits() {
    vs_drop_that_waits(completes);
}

#[test]
fn abandon_vs_drop_that_waits() {
    vs_drop_that_waits(abandons);
}

#[test]
fn panic_vs_drop_that_waits() {
    vs_drop_that_waits(panics);
}

#[test]
fn complete_vs_waker_change() {
    loom::model(|| {
        let token = Token::default();
        let flags = [Arc::new(Flag::default()), Arc::new(Flag::default())];
        let (mut call, thread) = call(completes, token.clone());
        let ready = flags.iter().any(|flag| poll(&mut call, &flag.clone().into()).is_ready());
        thread.join();
        if !ready {
            assert_eq!(flags[1].0.load(SeqCst), 1);
            assert!(poll(&mut call, Waker::noop()).is_ready());
        }
        drop(call);
        assert_eq!(Arc::strong_count(&token), 1);
        flags.iter().for_each(|flag| assert_eq!(Arc::strong_count(flag), 1));
    });
}
