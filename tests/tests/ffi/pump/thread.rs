//! What only a driver with a thread of its own can do: run other code there.
use super::host::{Host, LONG, echo, sleep};
use crate::probe::{block_on, panic_of};
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
fn panic_of_an_errand_resumes_in_its_awaiter_and_the_thread_goes_on() {
    let pump = Pump::on_thread(|_| |_ready| {});
    let panicked = pump.run(|| -> () { panic!("in the errand") });
    assert_eq!(panic_of(|| block_on(panicked)).as_deref(), Some("in the errand"));
    assert_eq!(block_on(pump.run(|| 7)), 7);
    pump.join().unwrap();
}
