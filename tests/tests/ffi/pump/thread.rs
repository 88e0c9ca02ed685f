//! What only a driver with a thread of its own can do: run other code there.
use super::host::{Host, LONG, echo, sleep};
use crate::probe::{Census, DEADLINE, block_on, panic_of};
use std::sync::mpsc::channel;
use std::time::Duration;
use uncallback::ffi::pump::{Interest, Pump};
use uncallback_tests::fixture::OK;

#[test]
fn thread_drives_a_library_that_must_stay_on_it() {
    // The library object is made on the pump's thread, and only used there.
    std::thread_local!(static HOST: std::cell::OnceCell<Host> = const { std::cell::OnceCell::new() });
    let pump = Pump::on_thread(|pump| {
        HOST.with(|host| host.set(Host::new(pump)).ok().unwrap());
        |ready| HOST.with(|host| host.get().unwrap().handle(ready))
    });
    let raw = || HOST.with(|host| host.get().unwrap().lib.raw());
    let (long, slept) = block_on(pump.run(move || (echo(raw(), LONG), sleep(raw(), 5))));
    assert_eq!(block_on(slept), Ok(OK));
    assert_eq!(block_on(long).unwrap().as_bytes(), LONG.to_bytes());
    pump.join().unwrap();
}

#[test]
fn closed_pump_drops_what_waits_and_tells_the_awaiter() {
    let pump = Pump::on_thread(|_| |_ready| {});
    pump.close();
    pump.set(0, Interest::READ).unwrap();
    pump.timer(Some(Duration::ZERO));
    let late = pump.run(|| ()).checked();
    pump.join().unwrap();
    // It ran in the thread's last round, or was dropped with the queue; the awaiter hears either.
    let _ = block_on(late);
}

#[test]
fn closure_for_a_thread_that_has_ended_is_lost_and_not_kept_for_ever() {
    let pump = Pump::on_thread(|_| |_ready| {});
    block_on(pump.run(|| ()));
    // The errand's own turn is the last one: what is given after it is never run.
    let closing = pump.pump();
    block_on(pump.run(move || closing.close()));
    let late = pump.run(|| ()).checked();
    assert!(block_on(late).is_err());
    // The handle is still there: nothing is told by its drop.
    drop(pump);

    let pump = Pump::on_thread(|_| |_ready| panic!("in the handler"));
    pump.timer(Some(Duration::ZERO));
    while block_on(pump.run(|| ()).checked()).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(panic_of(|| pump.join()).as_deref(), Some("in the handler"));
}

#[test]
fn closing_waits_in_a_task_until_the_handler_has_gone() {
    let census = Census::default();
    let token = census.token();
    let pump = Pump::on_thread(move |_| {
        move |_ready| {
            let _alive = &token;
        }
    });
    block_on(pump.closed()).unwrap();
    assert_eq!(census.alive(), 0);

    let (seen, sees) = channel();
    let pump = Pump::on_thread(move |_| {
        move |ready| {
            seen.send(ready).unwrap();
            panic!("in the handler")
        }
    });
    pump.timer(Some(Duration::ZERO));
    sees.recv_timeout(DEADLINE).unwrap();
    assert_eq!(panic_of(|| block_on(pump.closed())).as_deref(), Some("in the handler"));
}

#[test]
fn panic_of_an_errand_resumes_in_its_awaiter_and_the_thread_goes_on() {
    let pump = Pump::on_thread(|_| |_ready| {});
    let panicked = pump.run(|| -> () { panic!("in the errand") });
    assert_eq!(panic_of(|| block_on(panicked)).as_deref(), Some("in the errand"));
    assert_eq!(block_on(pump.run(|| 7)), 7);
    pump.join().unwrap();
}
