//! A library object that is hosted by its pump: neither keeps the other alive.
use super::host::{Host, LONG, echo, sleep};
use super::on_tokio;
use crate::probe::{Census, Token, block_on};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use uncallback::ffi::pump::{Pump, WeakPump};
use uncallback_tests::fixture::OK;

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
    let (object, driver) = Pump::host_on_tokio(
        |pump| Object { host: Host::new(pump), pump: pump.downgrade(), said, _token: token },
        |object, ready| object.host.handle(ready),
    );
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
    let (object, driver) = Pump::host_on_tokio(Host::new, |host, ready| host.handle(ready));
    drop(object);
    on_tokio(driver).unwrap();
    let (object, driver) = Pump::host_on_async_io(Host::new, |host, ready| host.handle(ready));
    drop(object);
    block_on(driver).unwrap();
}

#[test]
fn last_handle_may_go_while_the_object_is_told_something() {
    // Shared with the handler, so that the handler can drop it.
    let last = Rc::new(RefCell::new(None));
    let (taken, census) = (last.clone(), Census::default());
    let token = census.token();
    let (object, driver) = Pump::host_on_tokio(
        move |pump| {
            pump.timer(Some(Duration::ZERO));
            token
        },
        move |_token, _ready| drop(taken.take()),
    );
    last.replace(Some(object));
    on_tokio(driver).unwrap();
    assert_eq!(census.alive(), 0);
}
