//! A library object that is hosted by its pump: neither keeps the other alive.
use super::host::{Host, LONG, echo, sleep};
use super::on_tokio;
use crate::probe::{Census, Token, block_on, panic_of};
use core::ffi::{c_int, c_void};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use uncallback::ffi::pump::{Driver, Feed, Hosted, Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{self, First, Owner, Started};
use uncallback_tests::fixture::{Lib, OK, fx_ready, fx_set_host, fx_sleep, fx_timeout};

/// Says at its end whether its pump is still there.
struct Object {
    host: Host,
    pump: WeakPump,
    said: Sender<bool>,
    _token: Token,
}

impl Drop for Object {
    fn drop(&mut self) {
        self.said.send(self.pump.upgrade().is_some()).unwrap();
    }
}

#[test]
fn object_is_not_kept_by_its_driver_and_finds_its_pump_at_its_end() {
    let (census, (said, says)) = (Census::default(), channel());
    let token = census.token();
    let (object, driver) = Pump::host(
        |pump| Object { host: Host::new(pump), pump: pump.downgrade(), said, _token: token },
        |object, ready| object.host.handle(ready),
    )
    .on_tokio();
    let other = object.clone();
    on_tokio(async {
        let work = async {
            let raw = object.host.lib.raw();
            assert_eq!(echo(raw, LONG).await.unwrap().len(), LONG.count_bytes());
            drop(object);
            assert_eq!(sleep(raw, 1).await, Ok(OK), "the other handle keeps it");
            drop(other);
            assert_eq!(census.alive(), 0, "the driver keeps it");
        };
        // The driver ends with the object.
        tokio::join!(work, async { driver.await.unwrap() });
    });
    assert_eq!(says.recv(), Ok(true), "the object has found its pump gone");
}

#[test]
fn driver_of_an_object_that_has_gone_ends_on_every_executor() {
    let (object, driver) = Pump::host(|feed| Host::new(feed), |host, ready| host.handle(ready)).on_tokio();
    drop(object);
    on_tokio(driver).unwrap();
    let (object, driver) = Pump::host(|feed| Host::new(feed), |host, ready| host.handle(ready)).on_async_io();
    drop(object);
    block_on(driver).unwrap();
}

#[test]
fn last_handle_may_go_while_the_object_is_told_something() {
    // Shared with the handler, so that the handler can drop it.
    let last = Rc::new(RefCell::new(None));
    let (taken, census) = (last.clone(), Census::default());
    let token = census.token();
    let (object, driver) = Pump::host(
        move |pump| {
            pump.timer(Some(Duration::ZERO));
            token
        },
        move |_token, _ready| drop(taken.take()),
    )
    .on_tokio();
    last.replace(Some(object));
    on_tokio(driver).unwrap();
    assert_eq!(census.alive(), 0);
}

/// The library object with callbacks that feed the pump.
fn fed() -> (Hosted<Lib>, Driver<impl FnMut(Ready)>) {
    let interest = |(fd, what)| (fd, Interest { read: what & 1 != 0, write: what & 2 != 0 });
    let due = |(ms,)| u64::try_from(ms).ok().map(Duration::from_millis);
    let make = |feed: &Feed| {
        let lib = Lib::new();
        // SAFETY: both callbacks have their user data first; it is the same for both, and they end with the object.
        unsafe {
            feed.on_fd(
                First,
                |interest, data| {
                    let set = |timer, _same| fx_set_host(lib.raw(), Some(interest), Some(timer), data);
                    feed.on_timer(First, set, due, || ());
                },
                interest,
                || (),
            );
        }
        lib
    };
    Pump::host(make, |lib, ready| {
        // SAFETY: the object is alive.
        unsafe {
            match ready {
                Ready::Fd { fd, read, write } => {
                    fx_ready(lib.raw(), fd, c_int::from(read) | c_int::from(write) << 1);
                }
                Ready::Timer(_) => fx_timeout(lib.raw()),
            }
        }
    })
    .on_tokio()
}

#[test]
fn callbacks_that_feed_the_pump_drive_the_library_and_are_still_heard_at_its_end() {
    let ((lib, driver), owner) = (fed(), Owner::new());
    on_tokio(async {
        let work = async {
            let (echo, timer) = (echo(lib.raw(), LONG), sleep(lib.raw(), 1));
            assert_eq!(echo.await.unwrap().len(), LONG.count_bytes());
            assert_eq!(timer.await, Ok(OK));
            // SAFETY: calls back at most once.
            let forgotten = unsafe {
                ffi::oneshot(
                    First,
                    |cb, data| Started::nonneg_ok(fx_sleep(lib.raw(), 60_000, cb, data)),
                    |(_status, _text)| (),
                )
            }
            .owned_by(&owner)
            .start();
            // The library takes its timer back as it goes.
            drop((forgotten, lib));
        };
        tokio::join!(work, async { driver.await.unwrap() });
    });
    // SAFETY: the object is gone.
    unsafe { owner.close() };
}

type Wants = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;

/// An object of which only one callback is of interest; what C gets from that.
struct Asking(Wants, *mut c_void);

impl Asking {
    /// Descriptor 13 brings bad luck.
    fn new(feed: &Feed) -> Self {
        let wants = |(fd,)| {
            assert!(fd != 13, "no such luck");
            (fd, Interest::READ)
        };
        // SAFETY: called by `ask` only, which needs the object.
        unsafe { feed.on_fd(First, Self, wants, || -1) }
    }

    fn ask(&self, fd: c_int) -> c_int {
        // SAFETY: the callback with its user data.
        unsafe { (self.0)(self.1, fd) }
    }
}

#[test]
fn descriptor_that_cannot_be_watched_is_a_failure_for_the_library_too() {
    let (asking, _driver) = Pump::host(Asking::new, |_asking, _ready| ()).on_tokio();
    assert_eq!(asking.with(|asking| asking.ask(c_int::MAX)), -1);
    assert_eq!(asking.with(|asking| asking.ask(0)), 0);
    asking.pump().close();
    assert_eq!(asking.with(|asking| asking.ask(c_int::MAX)), 0, "a closed pump is not told");
}

#[test]
fn panic_inside_of_a_callback_goes_on_where_the_library_was_called() {
    let (answered, answer) = channel();
    let (asking, driver) = Pump::host(
        |feed| {
            feed.timer(Some(Duration::ZERO));
            Asking::new(feed)
        },
        |asking, _ready| answered.send(asking.ask(13)).unwrap(),
    )
    .on_tokio();
    assert_eq!(panic_of(|| asking.with(|asking| asking.ask(13))), Some("no such luck".to_owned()));
    assert_eq!(panic_of(|| on_tokio(driver)), Some("no such luck".to_owned()));
    assert_eq!(answer.recv(), Ok(-1), "the library has heard of it");
}

#[test]
fn library_that_is_asked_for_its_timeout_is_asked_after_every_call() {
    let (wanted, driver) = Pump::host(
        |_feed| Cell::new(Some(Duration::ZERO)),
        // The first time it is due, it takes its timer back.
        |wanted, _ready| wanted.set(None),
    )
    .with_timeout(Cell::get)
    .on_tokio();
    on_tokio(async {
        let work = async {
            for _ in 0..3 {
                while wanted.get().is_some() {
                    tokio::task::yield_now().await;
                }
                wanted.with(|wanted| wanted.set(Some(Duration::ZERO)));
            }
            wanted.pump().close();
        };
        tokio::join!(work, async { driver.await.unwrap() });
    });
}
