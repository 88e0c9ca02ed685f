//! S9: driving a library that asks for descriptors and timers, by a thread and by Tokio.
use crate::probe::{Census, DEADLINE, block_on, panic_of};
use core::ffi::{CStr, c_int, c_long, c_void};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::time::Duration;
use uncallback::ffi::pump::{Driver, Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{self, First, Pending, Started};
use uncallback_tests::fixture::*;

/// The library object, wired to a pump. It is dropped before the pump that its callbacks use.
struct Host {
    lib: Lib,
    /// What C has as user data: weak, because the object's callbacks must not keep its own driver running.
    _shared: Box<WeakPump>,
}

unsafe extern "C" fn interest(pump: *mut c_void, fd: c_int, what: c_int) {
    // SAFETY: the user data is the host's box.
    let Some(pump) = (unsafe { &*pump.cast::<WeakPump>() }).upgrade() else { return };
    pump.set(fd, Interest { read: what & 1 != 0, write: what & 2 != 0 }).unwrap();
}

unsafe extern "C" fn timer(pump: *mut c_void, ms: c_long) {
    // SAFETY: as above.
    let Some(pump) = (unsafe { &*pump.cast::<WeakPump>() }).upgrade() else { return };
    pump.timer(u64::try_from(ms).ok().map(Duration::from_millis));
}

impl Host {
    fn new(pump: &Pump) -> Self {
        let (lib, shared) = (Lib::new(), Box::new(pump.downgrade()));
        // SAFETY: the box lives as long as the object.
        unsafe {
            fx_set_host(lib.raw(), Some(interest), Some(timer), (&raw const *shared).cast_mut().cast())
        };
        Self { lib, _shared: shared }
    }

    fn handle(&self, ready: Ready) {
        // SAFETY: the object is alive.
        unsafe {
            match ready {
                Ready::Fd { fd, read, write } => {
                    fx_ready(self.lib.raw(), fd, c_int::from(read) | c_int::from(write) << 1);
                }
                Ready::Timer(_) => fx_timeout(self.lib.raw()),
            }
        }
    }
}

/// The library sends the text to itself and reads four bytes for each readiness.
fn echo(lib: *mut fx, text: &CStr) -> Pending<String, c_int> {
    // SAFETY: calls back at most once, with a C string.
    unsafe {
        ffi::oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_echo(lib, text.as_ptr(), cb, data)),
            |(_status, text)| CStr::from_ptr(text).to_str().unwrap().to_owned(),
        )
    }
    .start()
}

fn sleep(lib: *mut fx, ms: c_long) -> Pending<c_int, c_int> {
    // SAFETY: calls back at most once.
    unsafe {
        ffi::oneshot(First, |cb, data| Started::nonneg_ok(fx_sleep(lib, ms, cb, data)), |(status, _)| status)
    }
    .start()
}

const LONG: &CStr = c"four bytes at a time, until all of it has come";

/// Runs a driver beside `work`, on one thread.
fn on_tokio<H: FnMut(Ready), T>(driver: Driver<H>, work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut work = std::pin::pin!(tokio::time::timeout(DEADLINE, work));
        tokio::select! {
            done = &mut work => done.expect("the work was not done in time"),
            ended = driver => {
                ended.unwrap();
                work.await.expect("the work was not done in time")
            }
        }
    })
}

/// Runs a driver until it ends by itself.
fn to_the_end<H: FnMut(Ready)>(driver: Driver<H>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(DEADLINE, driver).await.expect("it did not end").unwrap() });
}

#[test]
fn tokio_drives_what_is_left_unread_and_what_waits_for_the_timer() {
    let mut raw = std::ptr::null_mut();
    let (pump, driver) = Pump::on_tokio(|pump| {
        let host = Host::new(pump);
        raw = host.lib.raw();
        move |ready| host.handle(ready)
    });
    on_tokio(driver, async {
        let (long, short, slept) = (echo(raw, LONG), echo(raw, c"!"), sleep(raw, 5));
        assert_eq!(slept.await, Ok(OK));
        assert_eq!(short.await.unwrap(), "!");
        assert_eq!(long.await.unwrap().as_bytes(), LONG.to_bytes());
        // Started later, from a task, with the driver idle.
        assert_eq!(echo(raw, LONG).await.unwrap().len(), LONG.count_bytes());
        assert_eq!(sleep(raw, 0).await, Ok(OK));
    });
    drop(pump);
}

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
fn descriptor_number_that_is_closed_and_used_again_is_a_new_one() {
    let (seen, sees) = channel();
    let pump = Pump::on_thread(move |_| move |ready| seen.send(ready).unwrap());
    for round in 0..20 {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let fd = theirs.as_raw_fd();
        pump.set(fd, Interest::READ).unwrap();
        ours.write_all(&[round]).unwrap();
        assert_eq!(sees.recv_timeout(DEADLINE).unwrap(), Ready::Fd { fd, read: true, write: false });
        pump.set(fd, Interest::NONE).unwrap();
        let mut byte = [0];
        theirs.read_exact(&mut byte).unwrap();
        assert_eq!(byte, [round]);
        // What was on its way before the descriptor was forgotten may still have been sent.
        while sees.try_recv().is_ok() {}
    }
    pump.join().unwrap();
}

#[test]
fn hang_up_is_told_as_readable_and_writable() {
    let (seen, sees) = channel();
    let pump = Pump::on_thread(move |pump| {
        let pump = pump.downgrade();
        move |ready| {
            seen.send(ready).unwrap();
            if let (Ready::Fd { fd, .. }, Some(pump)) = (ready, pump.upgrade()) {
                pump.set(fd, Interest::NONE).unwrap();
            }
        }
    });
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    pump.set(theirs.as_raw_fd(), Interest::BOTH).unwrap();
    let fd = theirs.as_raw_fd();
    assert_eq!(sees.recv_timeout(DEADLINE).unwrap(), Ready::Fd { fd, read: true, write: true });
    pump.join().unwrap();
}

#[test]
fn timer_that_is_set_again_or_taken_back_inside_the_handler_keeps_its_word() {
    let (seen, sees) = channel();
    let pump = Pump::on_thread(move |pump| {
        let pump = pump.downgrade();
        let mut left = 3;
        move |ready| {
            seen.send(ready).unwrap();
            left -= 1;
            let Some(pump) = pump.upgrade() else { return };
            pump.timer((left > 0).then_some(Duration::ZERO));
            pump.timer_with_key(9, None);
        }
    });
    pump.timer_with_key(9, Some(Duration::from_secs(3600)));
    pump.timer(Some(Duration::ZERO));
    let told: Vec<_> = (0..3).map(|_| sees.recv_timeout(DEADLINE).unwrap()).collect();
    assert_eq!(told, [Ready::Timer(0); 3]);
    pump.join().unwrap();
    assert!(sees.recv().is_err(), "nothing more came, and the handler is gone");
}

// napi-rs#1441, #1732: the host's loop is kept alive by what it drives, or ends while it is still needed.
#[test]
fn r13_driver_kept_alive_by_its_own_handler_or_ended_too_early() {
    // The last handle goes: the driver ends, and the handler with it.
    let census = Census::default();
    let token = census.token();
    let (pump, driver) = Pump::on_tokio(|pump| {
        let weak = pump.downgrade();
        move |_ready| {
            let _kept = (&token, &weak);
        }
    });
    drop(pump);
    to_the_end(driver);
    assert_eq!(census.alive(), 0);

    // A handler that keeps a handle keeps the driver, until somebody closes it.
    let token = census.token();
    let (seen, sees) = channel();
    let (pump, driver) = Pump::on_tokio(|pump| {
        let pump = pump.clone();
        move |ready| {
            let _alive = &token;
            seen.send(ready).unwrap();
            pump.close();
        }
    });
    pump.timer(Some(Duration::from_millis(1)));
    drop(pump);
    to_the_end(driver);
    assert_eq!((sees.recv(), census.alive()), (Ok(Ready::Timer(0)), 0));
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
fn panic_of_the_handler_is_resumed_by_who_joins() {
    let (seen, sees) = channel();
    let pump = Pump::on_thread(move |_| {
        move |ready| {
            seen.send(ready).unwrap();
            panic!("in the handler")
        }
    });
    pump.timer(Some(Duration::ZERO));
    sees.recv_timeout(DEADLINE).unwrap();
    assert_eq!(panic_of(|| pump.join()).as_deref(), Some("in the handler"));
}

#[test]
fn panic_of_an_errand_resumes_in_its_awaiter_and_the_thread_goes_on() {
    let pump = Pump::on_thread(|_| |_ready| {});
    let panicked = pump.run(|| -> () { panic!("in the errand") });
    assert_eq!(panic_of(|| block_on(panicked)).as_deref(), Some("in the errand"));
    assert_eq!(block_on(pump.run(|| 7)), 7);
    pump.join().unwrap();
}
