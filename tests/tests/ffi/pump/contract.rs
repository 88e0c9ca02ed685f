//! What every driver promises.
use super::host::{Host, LONG, echo, sleep};
use super::{AsyncIo, Backend, Thread, Tokio};
use crate::probe::{Census, panic_of};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::time::Duration;
use uncallback::ffi::pump::{Interest, Pump, Ready};
use uncallback::stream::{events, mpsc};
use uncallback_tests::fixture::OK;

/// Each case, for each driver.
macro_rules! contract {
    ($($case:ident)*) => {
        mod thread { $(#[test] fn $case() { super::$case::<super::Thread>(); })* }
        mod tokio { $(#[test] fn $case() { super::$case::<super::Tokio>(); })* }
        mod async_io { $(#[test] fn $case() { super::$case::<super::AsyncIo>(); })* }
    };
}

contract! {
    what_is_left_unread_and_what_waits_for_the_timer_comes
    descriptor_number_that_is_closed_and_used_again_is_a_new_one
    hang_up_is_told_as_readable_and_writable
    interest_that_is_changed_inside_the_handler_is_what_counts
    timer_that_is_set_again_or_taken_back_inside_the_handler_keeps_its_word
    r13_driver_kept_alive_by_its_own_handler_or_ended_too_early
    closed_pump_watches_nothing_and_says_so_to_nobody
    timer_that_the_handler_sets_after_it_has_closed_the_pump_does_not_fire
    panic_of_the_handler_is_not_swallowed
}

/// Where the library object of a test is; the fixture takes it on any thread.
struct Object(*mut uncallback_tests::fixture::fx);
// SAFETY: as for `Lib`.
unsafe impl Send for Object {}

fn what_is_left_unread_and_what_waits_for_the_timer_comes<B: Backend>() {
    let mut objects = events(mpsc::unbounded(), |emitter| emitter);
    let object = objects.handle().clone();
    let make = move |pump: &Pump| {
        let host = Host::new(pump);
        object.emit(Object(host.lib.raw()));
        move |ready| host.handle(ready)
    };
    B::drive(make, async |_pump| {
        let Object(raw) = objects.next().await.unwrap();
        let (long, short, slept) = (echo(raw, LONG), echo(raw, c"!"), sleep(raw, 5));
        assert_eq!(slept.await, Ok(OK));
        assert_eq!(short.await.unwrap(), "!");
        assert_eq!(long.await.unwrap().as_bytes(), LONG.to_bytes());
        // Started later, with the driver idle.
        assert_eq!(echo(raw, LONG).await.unwrap().len(), LONG.count_bytes());
        assert_eq!(sleep(raw, 0).await, Ok(OK));
    })
    .1
    .unwrap();
}

fn descriptor_number_that_is_closed_and_used_again_is_a_new_one<B: Backend>() {
    let mut told = events(mpsc::unbounded(), |emitter| emitter);
    let tell = told.handle().clone();
    let make = move |_: &Pump| move |ready| tell.emit(ready);
    B::drive(make, async |pump| {
        for round in 0..20 {
            let (mut ours, mut theirs) = UnixStream::pair().unwrap();
            let fd = theirs.as_raw_fd();
            pump.set(fd, Interest::READ).unwrap();
            ours.write_all(&[round]).unwrap();
            assert_eq!(told.next().await, Some(Ready::Fd { fd, read: true, write: false }));
            pump.set(fd, Interest::NONE).unwrap();
            let mut byte = [0];
            theirs.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [round]);
            // What was on its way before the descriptor was forgotten may still be told, until the driver's next round.
            pump.timer(Some(Duration::ZERO));
            while told.next().await != Some(Ready::Timer(0)) {}
        }
    })
    .1
    .unwrap();
}

fn hang_up_is_told_as_readable_and_writable<B: Backend>() {
    let mut told = events(mpsc::unbounded(), |emitter| emitter);
    let tell = told.handle().clone();
    let make = move |pump: &Pump| {
        let pump = pump.downgrade();
        move |ready| {
            tell.emit(ready);
            if let Ready::Fd { fd, .. } = ready {
                pump.with(|pump| pump.set(fd, Interest::NONE).unwrap());
            }
        }
    };
    B::drive(make, async |pump| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(ours);
        let fd = theirs.as_raw_fd();
        pump.set(fd, Interest::BOTH).unwrap();
        assert_eq!(told.next().await, Some(Ready::Fd { fd, read: true, write: true }));
    })
    .1
    .unwrap();
}

fn interest_that_is_changed_inside_the_handler_is_what_counts<B: Backend>() {
    let mut told = events(mpsc::unbounded(), |emitter| emitter);
    let tell = told.handle().clone();
    let make = move |pump: &Pump| {
        let pump = pump.downgrade();
        move |ready| {
            tell.emit(ready);
            // First what can be written, then what can be read, then nothing.
            if let Ready::Fd { fd, read, .. } = ready {
                let next = if read { Interest::NONE } else { Interest::READ };
                pump.with(|pump| pump.set(fd, next).unwrap());
            }
        }
    };
    B::drive(make, async |pump| {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let fd = theirs.as_raw_fd();
        pump.set(fd, Interest::WRITE).unwrap();
        assert_eq!(told.next().await, Some(Ready::Fd { fd, read: false, write: true }));
        ours.write_all(b"!").unwrap();
        assert_eq!(told.next().await, Some(Ready::Fd { fd, read: true, write: false }));
        // A round of the driver, in which it had the chance to tell more.
        pump.timer(Some(Duration::ZERO));
        assert_eq!(told.next().await, Some(Ready::Timer(0)));
    })
    .1
    .unwrap();
}

fn timer_that_is_set_again_or_taken_back_inside_the_handler_keeps_its_word<B: Backend>() {
    let mut told = events(mpsc::unbounded(), |emitter| emitter);
    let tell = told.handle().clone();
    let make = move |pump: &Pump| {
        let pump = pump.downgrade();
        let mut left = 3;
        move |ready| {
            tell.emit(ready);
            left -= 1;
            pump.with(|pump| {
                pump.timer((left > 0).then_some(Duration::ZERO));
                pump.timer_with_key(9, None);
            });
        }
    };
    B::drive(make, async |pump| {
        pump.timer_with_key(9, Some(Duration::from_secs(3600)));
        pump.timer(Some(Duration::ZERO));
        for _ in 0..3 {
            assert_eq!(told.next().await, Some(Ready::Timer(0)));
        }
    })
    .1
    .unwrap();
    assert_eq!(told.drain(|_| ()), 0, "nothing more came");
}

// napi-rs#1441, #1732: the host's loop is kept alive by what it drives, or ends while it is still needed.
fn r13_driver_kept_alive_by_its_own_handler_or_ended_too_early<B: Backend>() {
    // The last handle goes: the driver ends, and the handler with it.
    let census = Census::default();
    let token = census.token();
    let make = move |pump: &Pump| {
        let weak = pump.downgrade();
        move |_ready| {
            let _kept = (&token, &weak);
        }
    };
    B::to_the_end(make, drop);
    assert_eq!(census.alive(), 0);

    // A handler that keeps a handle keeps the driver, until somebody closes it.
    let token = census.token();
    let (tell, told) = channel();
    let make = move |pump: &Pump| {
        let pump = pump.clone();
        move |ready| {
            let _alive = &token;
            tell.send(ready).unwrap();
            pump.close();
        }
    };
    B::to_the_end(make, |pump| pump.timer(Some(Duration::from_millis(1))));
    assert_eq!((told.recv(), census.alive()), (Ok(Ready::Timer(0)), 0));
}

fn closed_pump_watches_nothing_and_says_so_to_nobody<B: Backend>() {
    let (tell, told) = channel();
    let make = move |_: &Pump| move |ready| tell.send(ready).unwrap();
    B::to_the_end(make, |pump| {
        pump.close();
        pump.set(0, Interest::READ).unwrap();
        pump.timer(Some(Duration::ZERO));
    });
    assert!(told.recv().is_err(), "the handler is gone, and was not called");
}

fn timer_that_the_handler_sets_after_it_has_closed_the_pump_does_not_fire<B: Backend>() {
    let (tell, told) = channel();
    let make = move |pump: &Pump| {
        let pump = pump.clone();
        move |ready| {
            tell.send(ready).unwrap();
            pump.close();
            pump.timer(Some(Duration::ZERO));
        }
    };
    B::to_the_end(make, |pump| pump.timer(Some(Duration::ZERO)));
    assert_eq!(told.iter().count(), 1);
}

fn panic_of_the_handler_is_not_swallowed<B: Backend>() {
    let mut told = events(mpsc::unbounded(), |emitter| emitter);
    let tell = told.handle().clone();
    let make = move |_: &Pump| {
        move |ready| {
            tell.emit(ready);
            panic!("in the handler")
        }
    };
    let said = panic_of(|| {
        B::drive(make, async |pump| {
            pump.timer(Some(Duration::ZERO));
            told.next().await
        })
    });
    assert_eq!(said.as_deref(), Some("in the handler"));
}
