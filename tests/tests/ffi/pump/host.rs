//! The library object, wired to a pump by hand.
use core::ffi::{CStr, c_int, c_long, c_void};
use std::time::Duration;
use uncallback::ffi::pump::{Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{self, First, Pending, Started};
use uncallback_tests::fixture::*;

/// Dropped before the pump that its callbacks use.
pub(super) struct Host {
    pub(super) lib: Lib,
    /// What C has as user data: weak, because the object's callbacks must not keep its own driver running.
    _shared: Box<WeakPump>,
}

unsafe extern "C" fn interest(pump: *mut c_void, fd: c_int, what: c_int) {
    // SAFETY: the user data is the host's box.
    let pump = unsafe { &*pump.cast::<WeakPump>() };
    pump.with(|pump| pump.set(fd, Interest { read: what & 1 != 0, write: what & 2 != 0 }).unwrap());
}

unsafe extern "C" fn timer(pump: *mut c_void, ms: c_long) {
    // SAFETY: as above.
    let pump = unsafe { &*pump.cast::<WeakPump>() };
    pump.with(|pump| pump.timer(u64::try_from(ms).ok().map(Duration::from_millis)));
}

impl Host {
    pub(super) fn new(pump: &Pump) -> Self {
        let (lib, shared) = (Lib::new(), Box::new(pump.downgrade()));
        // SAFETY: the box lives as long as the object.
        unsafe {
            fx_set_host(lib.raw(), Some(interest), Some(timer), (&raw const *shared).cast_mut().cast())
        };
        Self { lib, _shared: shared }
    }

    pub(super) fn handle(&self, ready: Ready) {
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
pub(super) fn echo(lib: *mut fx, text: &CStr) -> Pending<String, c_int> {
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

pub(super) fn sleep(lib: *mut fx, ms: c_long) -> Pending<c_int, c_int> {
    // SAFETY: calls back at most once.
    unsafe {
        ffi::oneshot(First, |cb, data| Started::nonneg_ok(fx_sleep(lib, ms, cb, data)), |(status, _)| status)
    }
    .start()
}

pub(super) const LONG: &CStr = c"four bytes at a time, until all of it has come";
