//! What has no future: questions, hooks, object-wide callbacks, lent functions, wake-up calls, destroyed user data, replies.
//! Whenever C calls, and whatever panics, each thing is dropped once, C hears an answer, and nothing is called late.
use crate::probe::{Census, Token, panic_of};
use core::ffi::{c_int, c_void};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::{pin::pin, thread};
use uncallback::ffi::{self, Destroyable, First, Last, Notify, Reply, Shared};
use uncallback_tests::fixture::*;

/// Panics when it is dropped, unless that would end the process.
struct Nasty {
    _token: Token,
}

impl Drop for Nasty {
    fn drop(&mut self) {
        if !thread::panicking() {
            resume_unwind(Box::new("in drop"));
        }
    }
}

/// What a closure of C's does: where it panics, if at all.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Answers,
    Panics,
    /// And the payload panics when it is dropped.
    PanicsNastily,
}
const ALL: [Does; 3] = [Does::Answers, Does::Panics, Does::PanicsNastily];

impl Does {
    fn run(self, census: &Census) -> c_int {
        match self {
            Does::Answers => 3,
            Does::Panics => resume_unwind(Box::new("in the closure")),
            Does::PanicsNastily => resume_unwind(Box::new(Nasty { _token: census.token() })),
        }
    }

    /// What the panic says that goes around C.
    fn says(self) -> Option<&'static str> {
        match self {
            Does::Answers => None,
            Does::Panics => Some("in the closure"),
            Does::PanicsNastily => Some("in drop"),
        }
    }
}

/// What the panic of `f` says, or the panic of its payload, which says so itself.
fn said(f: impl FnOnce()) -> Option<String> {
    let mut text = None;
    panic_of(|| text = panic_of(f)).or(text)
}

type Progress = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;

/// A callback with its user data, for calls at the wrong time and on other threads.
#[derive(Clone, Copy)]
struct Kept(Progress, *mut c_void);
// SAFETY: user data may go to any thread.
unsafe impl Send for Kept {}

impl Kept {
    fn call(self) -> c_int {
        // SAFETY: what C was given; calls that come too late find nothing.
        unsafe { (self.0)(self.1, 1) }
    }

    fn call_elsewhere(self) -> c_int {
        thread::spawn(move || self.call()).join().unwrap()
    }
}

#[test]
fn question_is_answered_and_its_panic_goes_around_c_and_a_late_call_finds_nothing() {
    for does in ALL {
        let census = Census::default();
        let mut kept = None;
        let mut answers = Vec::new();
        let text = said(|| {
            // SAFETY: asked while this call runs, and once after it, by key.
            unsafe {
                ffi::ask(
                    First,
                    |cb: Progress, data| {
                        let asked = Kept(cb, data);
                        kept = Some(asked);
                        // Twice: while a panic is stored, nothing of the user's runs.
                        answers.extend([asked.call(), asked.call_elsewhere()]);
                    },
                    |(_step,)| does.run(&census),
                    -1,
                )
            }
        });
        let answer = if does == Does::Answers { 3 } else { -1 };
        assert_eq!(answers, [answer, answer], "{does:?}");
        assert_eq!(text.as_deref(), does.says());
        assert_eq!(kept.unwrap().call(), 0, "the question is over");
        assert_eq!(census.alive(), 0, "{does:?}");
    }
}

#[test]
fn hook_is_freed_once_whoever_calls_and_panics_even_when_it_goes_inside_of_its_own_call() {
    for does in ALL {
        let census = Census::default();
        let (token, nasty, theirs) = (census.token(), census.clone(), census.clone());
        let mut kept = None;
        // SAFETY: calls that come too late find nothing.
        let hook = unsafe {
            ffi::hook(
                First,
                |cb: Progress, data| kept = Some(Kept(cb, data)),
                |()| (),
                move |(_step,)| {
                    let _dropped_with_it = &token;
                    does.run(&nasty)
                },
                -1,
            )
        }
        .unwrap();
        let kept = kept.unwrap();
        let answer = if does == Does::Answers { 3 } else { -1 };
        assert_eq!([kept.call_elsewhere(), kept.call()], [answer, answer]);
        assert_eq!(said(|| hook.resume_panic()).as_deref(), does.says());
        drop(hook);
        assert_eq!((kept.call(), theirs.alive()), (0, 0), "{does:?}");
    }
    // Dropped by its own closure, which goes on to its end.
    let (census, place) = (Census::default(), Arc::new(Mutex::new(None)));
    let (token, inside) = (census.token(), place.clone());
    let mut kept = None;
    let nothing: fn(()) = |()| ();
    // SAFETY: as above.
    let hook = unsafe {
        ffi::hook(
            First,
            |cb: Progress, data| kept = Some(Kept(cb, data)),
            nothing,
            move |(_step,)| {
                let hook: Option<ffi::Hook<(), fn(())>> = inside.lock().unwrap().take();
                drop(hook);
                let _still_there = &token;
                7
            },
            -1,
        )
    };
    *place.lock().unwrap() = hook.ok();
    assert_eq!((kept.unwrap().call(), kept.unwrap().call(), census.alive()), (7, 0, 0));
}

#[test]
fn hook_whose_unregistering_or_whose_closure_panics_in_its_drop_is_freed_once() {
    let census = Census::default();
    let nasty = Nasty { _token: census.token() };
    // SAFETY: never called.
    let hook = unsafe {
        ffi::hook(
            First,
            |_cb: Progress, _data| (),
            |()| resume_unwind(Box::new("while unregistering")),
            move |(_step,)| {
                let _dropped_with_it = &nasty;
                0
            },
            -1,
        )
    };
    assert_eq!(panic_of(|| drop(hook)).as_deref(), Some("while unregistering"));
    assert_eq!(census.alive(), 0);
}

#[test]
fn object_wide_callback_that_panics_answers_and_keeps_the_first_panic_for_rust() {
    static NASTY: Mutex<Option<Census>> = Mutex::new(None);
    let census = Census::default();
    *NASTY.lock().unwrap() = Some(census.clone());
    let throw = || -> c_int { Does::PanicsNastily.run(NASTY.lock().unwrap().as_ref().unwrap()) };
    let object = Shared::new(census.token());
    // SAFETY: the object's callback is set below, for this very state, which outlives it.
    let lib = unsafe { Lib::with_object(object.data::<*mut c_void>()) };
    let judge = |value| {
        // SAFETY: the object is alive.
        unsafe { fx_judge(lib.raw(), value) }
    };
    // SAFETY: the object's user data is `object`.
    unsafe {
        object.register(
            Last,
            |cb| fx_set_verdict(lib.raw(), cb),
            move |_token: &Token, (_lib, value)| {
                if value > 0 { value } else { resume_unwind(Box::new("no")) }
            },
            || -9,
        );
    }
    assert_eq!((judge(4), judge(0), judge(0)), (4, -9, -9));
    assert_eq!(panic_of(|| object.resume_panic()).as_deref(), Some("no"));
    object.resume_panic();
    // Both closures panic: C hears what means nothing, and the second panic is dropped.
    // SAFETY: as above.
    unsafe {
        object.register(Last, |cb| fx_set_verdict(lib.raw(), cb), move |_, (_lib, _value)| throw(), throw)
    };
    assert_eq!(judge(1), 0);
    drop(lib);
    drop(object);
    assert_eq!(census.alive(), 0);
}

ffi::slots! {
    AtOnce: [unsafe extern "C" fn(c_int) -> c_int; 1]
}

#[test]
fn lent_function_answers_until_it_is_given_back_and_never_after_that() {
    for does in ALL {
        let census = Census::default();
        let (token, nasty, theirs) = (census.token(), census.clone(), census.clone());
        let answers = move |_| {
            let _dropped_with_it = &token;
            does.run(&nasty)
        };
        // SAFETY: a call that comes too late finds nothing.
        let lent = unsafe { ffi::lend(AtOnce, answers, -1) }.unwrap();
        let callback = lent.callback();
        // SAFETY: as above.
        let call = move || unsafe { callback(1) };
        let answer = if does == Does::Answers { 3 } else { -1 };
        assert_eq!([call(), thread::spawn(call).join().unwrap()], [answer, answer]);
        drop(lent);
        assert_eq!((call(), theirs.alive()), (0, 0), "{does:?}");
    }
}

/// Drops what it holds when it is woken, or panics.
struct OnWake(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for OnWake {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

#[test]
fn wake_up_call_survives_wakers_that_panic_and_the_end_inside_of_itself() {
    type WakeUp = unsafe extern "C" fn(*mut c_void);
    let mut notify = Notify::new();
    let mut kept = None;
    // SAFETY: called with its own user data.
    unsafe { notify.register(First, |cb: WakeUp, data| kept = Some((cb, data))) };
    let (cb, data) = kept.unwrap();
    // SAFETY: what C would do, also too late.
    let call = || unsafe { cb(data) };
    let waker = |act: Box<dyn FnOnce() + Send>| Waker::from(Arc::new(OnWake(Mutex::new(Some(act)))));
    let listens = |notify: &mut Notify, waker: &Waker| {
        pin!(notify.notified()).poll(&mut Context::from_waker(waker)).is_ready()
    };
    assert!(!listens(&mut notify, &waker(Box::new(|| resume_unwind(Box::new("in the waker"))))));
    call();
    assert!(listens(&mut notify, Waker::noop()), "it was raised before the waker panicked");
    let place = Arc::new(Mutex::new(None));
    let inside = place.clone();
    let ends = waker(Box::new(move || {
        let notify: Option<Notify> = inside.lock().unwrap().take();
        drop(notify);
    }));
    assert!(!listens(&mut notify, &ends));
    *place.lock().unwrap() = Some(notify);
    call();
    assert!(place.lock().unwrap().is_none());
    call();
}

#[test]
fn destroyed_user_data_is_dropped_once_and_its_panic_does_not_reach_c() {
    let census = Census::default();
    let (data, destroy) = Destroyable::new(Mutex::new(Nasty { _token: census.token() })).into_raw();
    // SAFETY: not destroyed yet, and of this type.
    let borrowed = unsafe { Destroyable::<Mutex<Nasty>>::borrow(data) };
    thread::scope(|threads| {
        let other = threads.spawn(|| borrowed.lock().is_ok());
        assert!(borrowed.lock().is_ok() && other.join().unwrap());
    });
    // SAFETY: once, and nobody borrows it any more.
    unsafe { destroy(data) };
    assert_eq!(census.alive(), 0);
}

#[test]
fn reply_is_sent_once_even_if_sending_or_the_fallback_panics() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let reply = |fallback: fn() -> c_int| {
        let (census, sent) = (Census::default(), sent.clone());
        let token = census.token();
        let send = move |answer| {
            let _dropped_with_it = &token;
            sent.lock().unwrap().push(answer);
            if answer == 13 {
                resume_unwind(Box::new("while sending"));
            }
        };
        (Reply::new(send, fallback), census)
    };
    let (answered, census) = reply(|| unreachable!("it was answered"));
    thread::spawn(move || answered.send(1)).join().unwrap();
    assert_eq!(census.alive(), 0);
    let (unlucky, census) = reply(|| unreachable!("it was answered"));
    assert_eq!(panic_of(|| unlucky.send(13)).as_deref(), Some("while sending"));
    assert_eq!(census.alive(), 0);
    let (dropped, census) = reply(|| 2);
    drop(dropped);
    assert_eq!(census.alive(), 0);
    let (broken, census) = reply(|| resume_unwind(Box::new("in the fallback")));
    assert_eq!(panic_of(|| drop(broken)).as_deref(), Some("in the fallback"));
    assert_eq!(census.alive(), 0);
    assert_eq!(*sent.lock().unwrap(), [1, 13, 2]);
}
