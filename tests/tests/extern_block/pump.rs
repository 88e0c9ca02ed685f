//! Callbacks that say what a library waits for feed a pump.
use crate::now;
use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::os::fd::RawFd;
use std::time::Duration;
use uncallback::ffi::pump::{Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{First, Pending, Shared, Started, oneshot};
use uncallback::uncallback;
use uncallback_tests::fixture::{Lib, OK, fx, fx_echo, fx_ready, fx_sleep, fx_timeout};

type InterestCb = unsafe extern "C" fn(*mut c_void, c_int, c_int);
type TimerCb = unsafe extern "C" fn(*mut c_void, c_long);

#[uncallback]
unsafe extern "C" {
    #[fd_interest(
        cb = interest,
        data = data @ first,
        result = |fd, what| -> (RawFd, Interest) { (fd, Interest { read: what & 1 != 0, write: what & 2 != 0 }) },
        ready = |fd, read, write| fx_ready(lib, fd, c_int::from(read) | c_int::from(write) << 1),
        handle(lib),
    )]
    #[timer(
        cb = timer,
        data = data @ first,
        result = |ms| -> Option<Duration> { u64::try_from(ms).ok().map(Duration::from_millis) },
        due = fx_timeout(lib),
    )]
    fn fx_set_host(lib: *mut fx, interest: Option<InterestCb>, timer: Option<TimerCb>, data: *mut c_void);
}

/// The library object with what its callbacks share, which it is dropped before.
struct Host {
    lib: Lib,
    shared: Shared<WeakPump>,
}

impl Host {
    fn new(pump: &Pump) -> Self {
        let (lib, shared) = (Lib::new(), Shared::new(pump.downgrade()));
        // SAFETY: the object is alive, and the host keeps `shared` for longer.
        unsafe { fx_set_host_pump(lib.raw(), &shared) };
        Self { lib, shared }
    }

    /// A method, so that closures capture all of the host.
    fn hear(&self, ready: Ready) {
        // SAFETY: the object is alive.
        unsafe { fx_set_host_ready(self.lib.raw(), ready) }
    }
}

fn echo(lib: *mut fx, text: &CStr) -> Pending<String, c_int> {
    // SAFETY: calls back at most once, with a C string.
    unsafe {
        oneshot(
            First,
            |cb, data| Started::nonneg_ok(fx_echo(lib, text.as_ptr(), cb, data)),
            |(_status, text): (c_int, *const c_char)| CStr::from_ptr(text).to_str().unwrap().to_owned(),
        )
    }
    .start()
}

#[test]
fn library_tells_the_pump_what_it_waits_for_and_hears_what_is_ready() {
    let mut raw = std::ptr::null_mut();
    let (pump, driver) = Pump::on_tokio(|pump| {
        let host = Host::new(pump);
        raw = host.lib.raw();
        move |ready| host.hear(ready)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let work = async {
            let text = echo(raw, c"four bytes at a time");
            // SAFETY: the object is alive; calls back at most once.
            let slept = unsafe {
                oneshot(
                    First,
                    |cb, data| Started::nonneg_ok(fx_sleep(raw, 1, cb, data)),
                    |(status, _text): (c_int, *const c_char)| status,
                )
            }
            .start();
            assert_eq!((slept.await, text.await.as_deref()), (Ok(OK), Ok("four bytes at a time")));
        };
        tokio::select! {
            done = tokio::time::timeout(Duration::from_secs(20), work) => done.expect("the work was not done in time"),
            ended = driver => panic!("the driver has ended: {ended:?}"),
        }
    });
    drop(pump);
}

#[test]
fn library_that_goes_on_talking_to_a_closed_pump_is_not_heard() {
    let (pump, driver) = Pump::on_tokio(|_pump| |_ready| {});
    let host = Host::new(&pump);
    drop((pump, driver));
    let echoed = echo(host.lib.raw(), c"!");
    let Host { lib, shared } = host;
    // The library takes its interest in the descriptor back, and calls back with what it has read.
    lib.free_firing();
    assert_eq!(now(echoed).as_deref(), Ok(""));
    shared.resume_panic();
}
