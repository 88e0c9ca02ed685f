//! S4: object-wide user data, and completions that are told apart by an id.
use crate::probe::{Census, Token, block_on, panic_of, poll_once};
use core::ffi::c_int;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use uncallback::ffi::{Bound, CallbackError, Keyed, Nth, Shared};
use uncallback_tests::fixture::*;

type Acks = Keyed<c_int, Result<c_int, &'static str>>;

/// The library object with its acknowledgements, as a wrapper would have it. Fields are dropped in this order: the
/// object first, what its callbacks share after it.
struct Client {
    lib: Lib,
    acks: Shared<Acks>,
}

impl Client {
    fn new() -> Self {
        let acks = Shared::new(Acks::new());
        // SAFETY: the event callback set below works with a `Shared<Acks>`.
        let lib = unsafe { Lib::with_object(acks.data()) };
        // SAFETY: the object's user data is `acks`, which the client keeps alive; the other arguments are numbers.
        unsafe {
            acks.register(
                Nth::<1>,
                |cb| fx_set_event(lib.raw(), cb),
                |acks, (_lib, id, status)| {
                    assert!(status != DESTROYED, "destroyed");
                    acks.finish(id, Ok(status));
                },
                || (),
            );
        }
        Self { lib, acks }
    }

    fn post(&self, when: When) -> Result<Bound<c_int, Result<c_int, &'static str>>, c_int> {
        self.acks.start(|| {
            let mut id = 0;
            // SAFETY: the object is alive, and `id` is written before the function returns.
            match unsafe { fx_post(self.lib.raw(), when, &raw mut id) } {
                0 => Ok(id),
                code => Err(code),
            }
        })
    }
}

#[test]
fn event_that_comes_before_its_id_is_known_is_not_lost() {
    let client = Client::new();
    for when in [INSIDE, WHILE, THREAD] {
        let acks: Vec<_> = (0..3).map(|_| client.post(when).unwrap()).collect();
        for ack in acks {
            assert_eq!(block_on(ack), Ok(Ok(OK)));
        }
        client.lib.join();
    }
    assert_eq!((client.acks.outstanding(), client.acks.unclaimed()), (0, 0));
}

#[test]
fn events_find_their_own_waiters() {
    let client = Client::new();
    let (first, second) = (client.post(NEVER).unwrap(), client.post(LATER).unwrap());
    client.lib.turn();
    assert_eq!(block_on(second), Ok(Ok(OK)));
    assert_eq!(client.acks.outstanding(), 1);
    drop(first);
    assert_eq!(client.acks.outstanding(), 0);
}

#[test]
fn refused_operation_leaves_no_reservation_open() {
    let client = Client::new();
    assert_eq!(client.post(REFUSE).unwrap_err(), -7);
    assert!(!client.acks.finish(99, Ok(0)), "nothing may be parked now");
    assert_eq!(client.acks.unclaimed(), 1);
}

#[test]
fn event_for_a_waiter_that_has_gone_is_counted() {
    let client = Client::new();
    drop(client.post(LATER).unwrap());
    client.lib.turn();
    assert_eq!(client.acks.unclaimed(), 1);
}

#[test]
fn disconnect_fails_everything_and_ids_may_come_again() {
    let acks = Acks::new();
    let (old, reserved) = (acks.reserve().bind(7), acks.reserve());
    acks.fail_all(|_id| Err("disconnected"));
    let mut new = acks.reserve().bind(7);
    assert_eq!(block_on(reserved.bind(8)), Err(CallbackError::Closed), "its C call had failed as well");
    assert_eq!(block_on(old), Ok(Err("disconnected")));
    assert!(poll_once(&mut new).is_pending(), "the old future does not take the new one's place with it");
    acks.finish(7, Ok(1));
    assert_eq!(poll_once(&mut new), Poll::Ready(Ok(Ok(1))));
}

#[test]
fn waker_that_panics_does_not_keep_a_disconnect_from_the_others() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in the waker");
        }
    }
    let acks = Acks::new();
    let (mut first, second) = (acks.reserve().bind(1), acks.reserve().bind(2));
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(panic_of(|| acks.fail_all(|_id| Err("disconnected"))).as_deref(), Some("in the waker"));
    assert_eq!((block_on(first), block_on(second)), (Ok(Err("disconnected")), Ok(Err("disconnected"))));
}

#[test]
fn table_that_goes_tells_everyone_who_waits_though_a_waker_panics() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in the waker");
        }
    }
    let acks = Acks::new();
    let (reserved, mut first, second) = (acks.reserve(), acks.reserve().bind(1), acks.reserve().bind(2));
    let waker = Waker::from(Arc::new(Panics));
    assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(acks);
    drop(reserved);
    assert!(matches!(block_on(first), Err(CallbackError::NeverCalled(_))));
    assert!(matches!(block_on(second), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn operation_that_finds_its_id_when_the_table_has_gone_does_not_hang() {
    let acks = Acks::new();
    let reserved = acks.reserve();
    drop(acks);
    assert!(matches!(block_on(reserved.bind(1)), Err(CallbackError::NeverCalled(_))));
}

#[test]
fn panic_of_a_starting_call_leaves_no_reservation_open() {
    let acks = Acks::new();
    assert_eq!(panic_of(|| drop(acks.start::<c_int>(|| panic!("no start")))).as_deref(), Some("no start"));
    assert!(!acks.finish(1, Ok(0)), "nothing may be parked now");
}

#[test]
fn id_that_is_given_away_twice_does_not_leave_the_first_waiter_hanging() {
    let acks = Acks::new();
    let (first, second) = (acks.reserve().bind(7), acks.reserve().bind(7));
    assert!(matches!(block_on(first), Err(CallbackError::NeverCalled(_))));
    acks.finish(7, Ok(2));
    assert_eq!(block_on(second), Ok(Ok(2)));
}

#[test]
fn panic_in_an_object_wide_callback_waits_until_c_has_returned() {
    let Client { lib, acks } = Client::new();
    let mut id = 0;
    // SAFETY: the object is alive.
    unsafe { fx_post(lib.raw(), NEVER, &raw mut id) };
    lib.free_firing();
    assert_eq!(panic_of(|| acks.resume_panic()).as_deref(), Some("destroyed"));
    acks.resume_panic();
}

#[test]
fn waiter_is_not_leaked_when_an_unclaimed_event_panics_as_it_is_dropped() {
    struct Nasty {
        _token: Token,
    }
    impl Drop for Nasty {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                std::panic::resume_unwind(Box::new("in drop"));
            }
        }
    }
    let (census, table) = (Census::default(), Keyed::new());
    let reserved = table.reserve();
    // The second one belongs to nobody as soon as the first has found its operation.
    for _ in 0..2 {
        table.finish(1, Nasty { _token: census.token() });
    }
    assert_eq!(panic_of(|| reserved.bind(1)).as_deref(), Some("in drop"));
    assert_eq!((census.alive(), table.outstanding()), (0, 0));
}
