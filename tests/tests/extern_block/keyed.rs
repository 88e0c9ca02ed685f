//! Operations with ids: through an event of the object, and asked for.
use crate::{now, panic_of};
use core::ffi::{c_int, c_void};
use std::pin::pin;
use std::task::{Context, Waker};
use uncallback::ffi::{CallbackError, Keyed, Shared};
use uncallback::uncallback;
use uncallback_tests::fixture::{
    INSIDE, LATER, Lib, NEVER, OK, REFUSE, THREAD, WHILE, fx, fx_done, fx_event_cb, fx_job, fx_next_done,
    fx_remove_job,
};

#[uncallback]
unsafe extern "C" {
    #[keyed(
        id = id,
        event = fx_set_event,
        data = lib @ object(nth(1)),
        cb = cb,
        key = nth(2),
        result = |_lib, _id, status| -> c_int {
            assert!(status != 16, "destroyed");
            status
        },
        refused = nonzero,
        cancelled = none,
        handle(lib),
    )]
    fn fx_post(lib: *mut fx, when: c_int, id: *mut c_int) -> c_int;

    fn fx_set_event(lib: *mut fx, cb: Option<fx_event_cb>);

    #[keyed(
        key = job,
        drain = fx_next_done(lib),
        result = |done: *const fx_done| -> (usize, c_int) { ((*done).job.addr(), (*done).status) },
        refused = nonzero,
        cancelled = silent,
        cancel = fx_remove_job(lib, job),
        handle(lib, job),
    )]
    fn fx_add_job(lib: *mut fx, when: c_int, job: *mut fx_job) -> c_int;
}

/// The library object with its acknowledgements, which it is dropped before.
struct Client {
    lib: Lib,
    acks: Shared<Keyed<c_int, c_int>>,
}

impl Client {
    fn new() -> Self {
        let acks = Shared::new(Keyed::new());
        // SAFETY: the event callback set below works with this state.
        let lib = unsafe { Lib::with_object(acks.data::<*mut c_void>()) };
        // SAFETY: the object is alive, and its user data is `acks`, which the client keeps.
        unsafe { fx_post_events(lib.raw(), &acks) };
        Self { lib, acks }
    }

    fn post(&self, when: c_int) -> impl Future<Output = Result<c_int, CallbackError>> + Unpin + use<> {
        // SAFETY: the object is alive.
        unsafe { fx_post_async(self.lib.raw(), when, &self.acks) }
    }
}

#[test]
fn event_completes_the_operation_with_its_id_even_before_the_id_is_known() {
    let client = Client::new();
    for when in [INSIDE, WHILE] {
        assert_eq!(now(client.post(when)), Ok(OK));
    }
    let (later, threaded) = (client.post(LATER), client.post(THREAD));
    client.lib.join();
    assert_eq!(now(threaded), Ok(OK));
    client.lib.turn();
    assert_eq!(now(later), Ok(OK));
    assert_eq!((client.acks.outstanding(), client.acks.unclaimed()), (0, 0));
}

#[test]
fn refused_operation_is_an_error_with_the_code_and_leaves_nothing_open() {
    let client = Client::new();
    assert_eq!(now(client.post(REFUSE)), Err(CallbackError::Refused(-7)));
    assert!(!client.acks.finish(99, OK));
}

#[test]
fn operation_that_is_dropped_leaves_its_event_unclaimed() {
    let client = Client::new();
    drop(client.post(LATER));
    client.lib.turn();
    assert_eq!((client.acks.outstanding(), client.acks.unclaimed()), (0, 1));
}

#[test]
fn panic_over_an_event_reaches_its_awaiter_and_no_other() {
    let Client { lib, acks } = Client::new();
    // SAFETY: the object is alive.
    let pending = unsafe { fx_post_async(lib.raw(), NEVER, &acks) };
    lib.free_firing();
    assert_eq!(panic_of(|| now(pending)).as_deref(), Some("destroyed"));
    acks.resume_panic();
}

#[test]
fn finished_jobs_are_asked_for_and_dropped_ones_are_removed() {
    let (lib, table) = (Lib::new(), Keyed::new());
    let mut jobs = [1, 2, 3].map(|work| fx_job { work });
    let at = jobs.as_mut_ptr();
    // SAFETY: object and jobs are alive to the end of the test.
    let (first, second, third) = unsafe {
        (
            fx_add_job_async(lib.raw(), LATER, at, &table),
            fx_add_job_async(lib.raw(), NEVER, at.add(1), &table),
            fx_add_job_async(lib.raw(), LATER, at.add(2), &table),
        )
    };
    let mut first = pin!(first);
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(second);
    assert_eq!(lib.pending(), 2, "C has forgotten it");
    lib.turn();
    // SAFETY: as above.
    assert_eq!(unsafe { fx_add_job_drain(lib.raw(), &table) }, 2);
    assert_eq!((now(first), now(third)), (Ok(OK), Ok(OK)));
    assert_eq!((table.outstanding(), table.unclaimed()), (0, 0));
    // SAFETY: as above.
    let refused = unsafe { fx_add_job_async(lib.raw(), REFUSE, at, &table) };
    assert_eq!(now(refused), Err(CallbackError::Refused(-7)));
}
