//! Objects with the state that their callbacks share: who asks, who only says something, and in which order they end.
use crate::probe::{Census, block_on, panic_of};
use core::ffi::{CStr, c_int};
use std::mem::ManuallyDrop;
use std::sync::Mutex;
use uncallback::ffi::{Exclusive, Keyed, Last, Nth, Outlet, Shared, Stateful};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

/// An object that calls back when it is dropped.
struct Firing(ManuallyDrop<Lib>);

impl Drop for Firing {
    fn drop(&mut self) {
        // SAFETY: dropped once, and not used after that.
        unsafe { ManuallyDrop::take(&mut self.0) }.free_firing();
    }
}

type Acks = Keyed<c_int, c_int>;

fn object() -> Stateful<Firing, Acks> {
    Stateful::new(Acks::new(), |acks| {
        // SAFETY: the callbacks of the object work with `acks`.
        let lib = unsafe { Lib::with_object(acks.data()) };
        // SAFETY: as above.
        unsafe {
            acks.callbacks(lib.raw(), Nth::<1>, || ())
                .on(fx_set_event, |acks, (_lib, id, status)| acks.finish(id, status));
        }
        Firing(ManuallyDrop::new(lib))
    })
}

#[test]
fn callbacks_inside_of_the_end_of_an_object_still_find_its_state() {
    let object = object();
    let pending = object.start(|| {
        let mut id = 0;
        // SAFETY: the object is alive.
        match unsafe { fx_post(object.raw().0.raw(), NEVER, &raw mut id) } {
            0 => Ok(id),
            code => Err(code),
        }
    });
    drop(object);
    assert_eq!(
        block_on(pending.unwrap()),
        Ok(DESTROYED),
        "the end of the table would have been `NeverCalled`"
    );
}

#[test]
fn stream_of_an_object_ends_with_it_and_keeps_nothing_of_it() {
    let census = Census::default();
    let outlet = Outlet::new();
    let mut stream = outlet.connect(mpsc::unbounded());
    outlet.emit_with(|| census.token());
    drop(outlet);
    assert!(block_on(stream.next()).is_some());
    assert!(block_on(stream.next()).is_none());
    assert_eq!(census.alive(), 0);
    drop(stream);
}

type Verdict = Box<dyn FnMut(c_int) -> c_int + Send>;

#[derive(Default)]
struct Court {
    verdict: Exclusive<Option<Verdict>>,
    messages: Mutex<Vec<String>>,
}

/// Judges with what is in the state.
fn court() -> (Lib, Shared<Court>) {
    let shared = Shared::<Court>::default();
    // SAFETY: the callbacks of the object work with `shared`, which is dropped after it.
    let lib = unsafe { Lib::with_object(shared.data()) };
    let ask = shared.callbacks(lib.raw(), Last, || -1);
    // SAFETY: as above; a message is a C string during the call.
    unsafe {
        ask.ask(fx_set_verdict, |court, (_lib, value)| {
            court.verdict.with(|verdict| verdict.as_mut().map_or(0, |judge| judge(value)))
        });
        shared.callbacks(lib.raw(), Nth::<1>, || ()).on(fx_set_message, |court, (_lib, text)| {
            let text = CStr::from_ptr(text).to_str().unwrap().to_owned();
            court.messages.lock().unwrap().push(text);
        });
    }
    (lib, shared)
}

fn judge(lib: &Lib, value: c_int) -> c_int {
    // SAFETY: the object is alive.
    unsafe { fx_judge(lib.raw(), value) }
}

#[test]
fn callbacks_of_one_object_may_have_their_user_data_in_different_places() {
    let (lib, shared) = court();
    // SAFETY: the object is alive.
    unsafe { fx_send(lib.raw(), c"order".as_ptr()) };
    assert_eq!(*shared.messages.lock().unwrap(), ["order"]);
    shared.verdict.with(|verdict| *verdict = Some(Box::new(|value| value + 1)));
    assert_eq!(judge(&lib, 41), 42);
}

#[test]
fn what_a_callback_that_says_something_returns_never_reaches_c() {
    let (lib, shared) = court();
    // SAFETY: as in `court`.
    unsafe { shared.callbacks(lib.raw(), Last, || -1).on(fx_set_verdict, |_court, (_lib, value)| value) };
    assert_eq!(judge(&lib, 42), 0);
    // SAFETY: as above.
    unsafe {
        shared.callbacks(lib.raw(), Last, || -1).on(fx_set_verdict, |_court, (_lib, value)| {
            assert!(value != 13, "an unlucky number");
        });
    }
    let said = panic_of(|| shared.during(|| assert_eq!(judge(&lib, 13), -1, "a panic is not silence")));
    assert_eq!(said.as_deref(), Some("an unlucky number"));
}

#[test]
fn answer_for_panics_may_be_another_one_for_another_callback() {
    type Size = unsafe extern "C" fn(*mut core::ffi::c_void, c_int) -> usize;
    let shared = Shared::new(());
    let callbacks = shared.callbacks((), Nth::<0>, || -1);
    // SAFETY: it is called with `shared`.
    let size: Size =
        unsafe { callbacks.on_panic(|| usize::MAX).callback(|(), (n,)| usize::try_from(n).expect("a size")) };
    // SAFETY: as promised.
    let of = |n| unsafe { size(shared.data(), n) };
    assert_eq!((of(7), of(-7)), (7, usize::MAX));
    assert!(panic_of(|| shared.resume_panic()).unwrap().starts_with("a size"));
}

#[test]
fn question_inside_of_a_question_is_refused_and_not_a_deadlock() {
    struct Addr(*mut fx);
    // SAFETY: as for `Lib`.
    unsafe impl Send for Addr {}
    let (lib, shared) = court();
    let inner = Addr(lib.raw());
    shared.verdict.with(|verdict| {
        *verdict = Some(Box::new(move |value| {
            let inner = &inner;
            // SAFETY: the object is alive.
            unsafe { fx_judge(inner.0, value + 1) }
        }));
    });
    let said = panic_of(|| shared.during(|| assert_eq!(judge(&lib, 1), -1, "the inner one hears of it")));
    assert!(said.unwrap().contains("still at work"));
}

#[test]
fn panic_of_a_callback_does_not_keep_the_next_one_out() {
    let count: Exclusive<c_int> = Exclusive::default();
    let said = panic_of(|| {
        count.with(|count| {
            *count += 1;
            panic!("after one");
        })
    });
    assert_eq!(said.as_deref(), Some("after one"));
    assert_eq!(count.with(|count| *count), 1);
    let mut double = 0;
    let closure = Exclusive::new(|n: c_int| {
        double += n;
        double
    });
    assert_eq!((closure.call(1), closure.call(2)), (1, 3));
}
