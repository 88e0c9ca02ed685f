//! The loop of a library on a thread of its own: operations begin there, and their futures are awaited anywhere.
use crate::probe::{Census, DEADLINE, Token, block_on, panic_of};
use core::ffi::c_int;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;
use uncallback::ffi::{self, Begun, CallbackError, Cancel, First, LoopThread, Pending, Started};
use uncallback_tests::fixture::*;

const NAME: &str = "the loop";

/// The library object, whose turns wait until somebody wakes it.
struct Library {
    lib: Lib,
    woken: Mutex<bool>,
    bell: Condvar,
    _token: Token,
}

impl Library {
    fn new(census: &Census) -> Self {
        Self { lib: Lib::new(), woken: Mutex::default(), bell: Condvar::new(), _token: census.token() }
    }

    fn wake(&self) {
        *self.woken.lock().unwrap() = true;
        self.bell.notify_one();
    }

    fn turn(&self) {
        let asleep = self.bell.wait_while(self.woken.lock().unwrap(), |woken| !*woken);
        *asleep.unwrap() = false;
        self.lib.turn();
    }

    fn run(&self, is_over: &dyn Fn() -> bool) {
        while !is_over() {
            self.turn();
        }
    }
}

fn start(census: &Census) -> LoopThread<Library> {
    // SAFETY: the library forgets what it holds when it is freed, and the loop is not over before it holds nothing.
    unsafe { LoopThread::start(NAME, Library::new(census), Library::run, Library::wake) }
}

/// The object's address; the fixture takes it on any thread.
#[derive(Clone, Copy)]
struct Addr(*mut fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Addr {}

/// What the callback brings: its status, and the name of its thread.
type Brought = (c_int, Option<String>);

/// Begins an operation that counts the drop of its closure and is cancelled silently.
fn begin(
    thread: &LoopThread<Library>,
    when: c_int,
    census: &Census,
) -> Begun<Pending<Brought, c_int, impl ffi::Canceller<c_int> + Send + use<>>> {
    let token = census.token();
    thread.begin(move |library| {
        let lib = Addr(library.lib.raw());
        // Libraries do so when they have got something to do.
        library.wake();
        // SAFETY: the fixture calls back at most once, and not after it was cancelled.
        unsafe {
            ffi::oneshot(
                First,
                move |cb, data| Started::nonneg_ok(fx_once_first(lib.0, when, std::ptr::null(), cb, data)),
                move |(status, _text)| {
                    let _alive = token;
                    (status, std::thread::current().name().map(str::to_owned))
                },
            )
            .cancel_with(move |id| {
                let lib = lib;
                Cancel::silenced_if(fx_cancel_silently(lib.0, *id) == 1)
            })
        }
    })
}

/// Runs something that could wait for ever.
fn in_time<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = channel();
    std::thread::spawn(move || tell.send(f()));
    told.recv_timeout(DEADLINE).expect("it has not ended in time, or has panicked")
}

#[test]
fn callbacks_come_on_the_thread_of_the_loop_and_are_awaited_on_any() {
    let census = Census::default();
    let thread = start(&census);
    for when in [INSIDE, LATER] {
        let begun = begin(&thread, when, &census);
        assert_eq!(in_time(|| block_on(begun)), Ok((OK, Some(NAME.to_owned()))));
    }
    let refused = begin(&thread, REFUSE, &census);
    assert_eq!(block_on(refused), Err(CallbackError::Refused(-7)));
    in_time(|| drop(thread));
    assert_eq!(census.alive(), 0);
}

#[test]
fn thread_does_not_end_before_c_has_let_go_of_what_was_asked_for() {
    let census = Census::default();
    let thread = start(&census);
    let begun: Vec<_> = (0..8).map(|_| begin(&thread, LATER, &census)).collect();
    in_time(|| drop(thread));
    for begun in begun {
        assert_eq!(block_on(begun).unwrap().0, OK);
    }
    assert_eq!(census.alive(), 0);
}

#[test]
fn thread_ends_when_the_last_operation_is_cancelled_elsewhere() {
    let census = Census::default();
    for _ in 0..50 {
        let thread = start(&census);
        let begun = begin(&thread, NEVER, &census);
        // Begun for certain, because errands are done in turn.
        block_on(thread.run(|_library| ()));
        let cancels = std::thread::spawn(|| drop(begun));
        in_time(|| drop(thread));
        cancels.join().unwrap();
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn future_dropped_before_its_operation_has_begun_cancels_it_all_the_same() {
    let census = Census::default();
    let thread = start(&census);
    let (lets_go, holds) = channel::<()>();
    let held = thread.run(move |_library| holds.recv().unwrap_err());
    drop(begin(&thread, NEVER, &census));
    drop(lets_go);
    block_on(held);
    assert_eq!(block_on(thread.run(|library| library.lib.pending())), 0);
    in_time(|| drop(thread));
    assert_eq!(census.alive(), 0);
}

#[test]
fn loop_that_breaks_off_fails_what_is_outstanding_and_what_comes_later() {
    let census = Census::default();
    for panics in [false, true] {
        let (ended, ends) = channel();
        let run = move |library: &Library, is_over: &dyn Fn() -> bool| {
            assert!(!is_over());
            library.turn();
            is_over();
            // The library lets go of what it holds, without a word.
            ended.send(()).unwrap();
            assert!(!panics, "the loop");
        };
        // SAFETY: the library does nothing outside of its turns, and there is none any more.
        let thread = unsafe { LoopThread::start(NAME, Library::new(&census), run, Library::wake) };
        let begun = begin(&thread, NEVER, &census);
        let (outcome, thread) = in_time(|| (block_on(begun), thread));
        assert!(
            matches!(outcome, Err(CallbackError::NeverCalled(_) | CallbackError::Closed)),
            "{outcome:?}, the loop panics: {panics}"
        );
        ends.recv_timeout(DEADLINE).unwrap();
        // What is asked for while the loop ends is dropped with the rest.
        assert_eq!(block_on(begin(&thread, LATER, &census)), Err(CallbackError::Closed));
        assert!(block_on(thread.run(|_library| ()).checked()).is_err());
        in_time(|| drop(thread));
        assert_eq!(census.alive(), 0);
    }
}

#[test]
fn panics_go_to_the_awaiter_and_the_loop_goes_on() {
    let census = Census::default();
    let thread = start(&census);
    let run = thread.run(|_library| -> () { panic!("in the errand") });
    assert_eq!(panic_of(|| block_on(run)).as_deref(), Some("in the errand"));
    let begun = thread.begin(|_library| {
        let described = || panic!("in the description");
        if true {
            described();
        }
        // SAFETY: never started.
        unsafe { ffi::oneshot(First, |_cb: fx_first_cb, _data| (), |(status, _text)| status) }
    });
    assert_eq!(panic_of(|| block_on(begun)).as_deref(), Some("in the description"));
    assert_eq!(block_on(begin(&thread, LATER, &census)).unwrap().0, OK);
    in_time(|| drop(thread));
    assert_eq!(census.alive(), 0);
}

#[test]
fn handle_that_is_dropped_on_its_own_thread_does_not_wait_for_itself() {
    let census = Census::default();
    let thread = Arc::new(start(&census));
    let begun = begin(&thread, LATER, &census);
    let (lets_go, holds) = channel::<()>();
    let last = thread.clone();
    let dropped = thread.run(move |_library| {
        holds.recv().unwrap_err();
        drop(last);
    });
    drop(thread);
    drop(lets_go);
    block_on(dropped);
    assert_eq!(block_on(begun).unwrap().0, OK, "the loop goes on until nothing is outstanding");
    let deadline = Instant::now() + DEADLINE;
    while census.alive() > 0 {
        assert!(Instant::now() < deadline, "the loop has not ended");
        std::thread::yield_now();
    }
}
