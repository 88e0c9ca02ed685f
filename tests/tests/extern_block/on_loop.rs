//! `thread = loop`: operations begin on the thread of the library's own loop, and are awaited on any.
use core::ffi::{CStr, c_char, c_int, c_void};
use std::ffi::CString;
use std::sync::{Condvar, Mutex};
use std::time::Duration;
use uncallback::ffi::LoopThread;
use uncallback::uncallback;
use uncallback_tests::fixture::{
    LATER, Lib, NEVER, OK, REFUSE, fx, fx_cancel_silently, fx_first_cb, fx_turn,
};

/// What the callback brings: its text, and the name of its thread.
type Brought = Result<(String, Option<String>), String>;

#[uncallback]
unsafe extern "C" {
    #[once(
        cb = cb,
        data = data @ first,
        result = |status, text| -> Brought {
            assert_eq!(status, OK);
            let name = std::thread::current().name().map(str::to_owned);
            Ok((CStr::from_ptr(text).to_str().unwrap().to_owned(), name))
        },
        failed = |error| Err(error.to_string()),
        refused = negative,
        cancelled = silent,
        cancel = fx_cancel_silently(lib, handle),
        thread = loop,
        handle(lib),
        keep(text),
    )]
    fn fx_once_first(
        lib: *mut fx,
        when: c_int,
        text: *const c_char,
        cb: fx_first_cb,
        data: *mut c_void,
    ) -> c_int;

    #[pair(
        cb = (ok, err),
        data = data @ first,
        ok = |value| -> c_int { value },
        err = |reason| -> String { CStr::from_ptr(reason).to_str().unwrap().to_owned() },
        refused = negative,
        cancelled = fires,
        thread = loop,
        handle(lib),
    )]
    fn fx_pair(
        lib: *mut fx,
        when: c_int,
        fails: c_int,
        ok: unsafe extern "C" fn(*mut c_void, c_int),
        err: unsafe extern "C" fn(*mut c_void, *const c_char),
        data: *mut c_void,
    ) -> c_int;
}

/// The library's loop: each wake is a turn.
#[derive(Default)]
struct Loop {
    woken: Mutex<bool>,
    bell: Condvar,
}

impl Loop {
    fn wake(&self) {
        *self.woken.lock().unwrap() = true;
        self.bell.notify_one();
    }

    fn sleep(&self) {
        *self.bell.wait_while(self.woken.lock().unwrap(), |woken| !*woken).unwrap() = false;
    }
}

fn start(lib: &Lib) -> LoopThread<Loop> {
    /// The object's address; the fixture takes it on any thread.
    struct Addr(*mut fx);
    // SAFETY: as for `Lib`.
    unsafe impl Send for Addr {}
    impl Addr {
        fn turn(&self) {
            // SAFETY: the object outlives its loop.
            unsafe { fx_turn(self.0) };
        }
    }
    let lib = Addr(lib.raw());
    let run = move |library: &Loop, is_over: &dyn Fn() -> bool| {
        while !is_over() {
            // What was begun just now is due.
            lib.turn();
            if !is_over() {
                library.sleep();
            }
        }
    };
    // SAFETY: the library calls back inside of its turns only.
    unsafe { LoopThread::start("the loop", Loop::default(), run, Loop::wake) }
}

/// Waits on this thread, with a deadline.
fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let in_time = async { tokio::time::timeout(Duration::from_secs(20), future).await };
    runtime.block_on(in_time).expect("nobody woke this future")
}

#[test]
fn operation_begins_on_its_loop_and_its_future_may_go_to_any_thread() {
    let lib = Lib::new();
    let thread = start(&lib);
    // SAFETY: the object outlives its loop.
    let (text, pair, refused) = unsafe {
        (
            fx_once_first_async(lib.raw(), LATER, CString::from(c"text"), &thread),
            fx_pair_async(lib.raw(), LATER, 1, &thread),
            fx_once_first_async(lib.raw(), REFUSE, CString::default(), &thread),
        )
    };
    let elsewhere = std::thread::spawn(move || block_on(text));
    let here = Ok(("text".to_owned(), Some("the loop".to_owned())));
    assert_eq!(elsewhere.join().unwrap(), here);
    assert_eq!(block_on(pair), Ok(Err("failed".to_owned())));
    assert_eq!(block_on(refused), Err("the C function refused to start: code -7".to_owned()));
}

#[test]
fn future_of_an_operation_on_a_loop_cancels_on_the_thread_that_drops_it() {
    let lib = Lib::new();
    let thread = start(&lib);
    // SAFETY: the object outlives its loop.
    let never = unsafe { fx_once_first_async(lib.raw(), NEVER, CString::default(), &thread) };
    // Errands are done in turn: it has begun.
    block_on(thread.run(|_loop| ()));
    assert_eq!(lib.pending(), 1);
    std::thread::spawn(move || drop(never)).join().unwrap();
    assert_eq!(lib.pending(), 0);
    // Else its thread would wait for it.
    drop(thread);
}
