//! libcurl's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{RawEasy, RawMulti, Reply, after, lent, wanted};
use crate::pump::{Pump, Ready};
use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use curl_sys::*;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;

// glue: begin
/// An HTTP client on one thread.
struct Client {
    multi: Rc<Multi>,
}

/// Fields are dropped in this order: the multi handle before what its callbacks use.
struct Multi {
    raw: RawMulti,
    _pump: Rc<Pump>,
    waiting: RefCell<HashMap<usize, oneshot::Sender<CURLcode>>>,
}

impl Client {
    fn new() -> (Self, impl Future<Output = ()>) {
        // The tasks of the pump run by themselves.
        (Self { multi: Multi::new() }, std::future::pending())
    }

    async fn get(&self, url: &CStr, limit: Duration) -> Result<Reply, CURLMcode> {
        let (body, easy) = (Box::<RefCell<Body>>::default(), RawEasy::new(url, limit));
        // SAFETY: the user data lives longer than the handle.
        unsafe { easy.on_write(on_write, (&raw const *body).cast_mut().cast()) };
        let (sender, receiver) = oneshot::channel();
        self.multi.waiting.borrow_mut().insert(easy.id(), sender);
        let _waits = Waits { multi: &self.multi, id: easy.id() };
        let _added = self.multi.raw.add(&easy)?;
        let code = receiver.await.expect("the client keeps its table");
        let Body { bytes, panic } = body.take();
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
        Ok(if code == CURLE_OK { Ok((easy.status(), bytes)) } else { Err(code) })
    }

    fn outstanding(&self) -> usize {
        self.multi.waiting.borrow().len()
    }
}

extern "C" fn on_socket(
    _easy: *mut CURL,
    fd: curl_socket_t,
    what: c_int,
    data: *mut c_void,
    _assigned: *mut c_void,
) -> c_int {
    // SAFETY: the user data is the pump, which outlives its multi handle.
    let pump = unsafe { &*data.cast::<Pump>() };
    let (read, write) = wanted(what);
    let set = catch_unwind(AssertUnwindSafe(|| pump.set(fd, read, write)));
    if matches!(set, Ok(Ok(()))) { 0 } else { -1 }
}

extern "C" fn on_timer(_multi: *mut CURLM, ms: c_long, data: *mut c_void) -> c_int {
    // SAFETY: as above.
    let pump = unsafe { &*data.cast::<Pump>() };
    let set = catch_unwind(AssertUnwindSafe(|| pump.timer(after(ms))));
    if set.is_ok() { 0 } else { -1 }
}

impl Multi {
    fn new() -> Rc<Self> {
        Rc::new_cyclic(|multi: &Weak<Self>| {
            let multi = multi.clone();
            let pump = Pump::new(move |ready| {
                if let Some(multi) = multi.upgrade() {
                    multi.step(ready);
                }
            });
            let raw = RawMulti::new();
            let data = Rc::as_ptr(&pump).cast_mut().cast();
            // SAFETY: the user data of both is the pump, which is dropped after the multi handle.
            unsafe {
                raw.on_socket(on_socket, data);
                raw.on_timer(on_timer, data);
            }
            Self { raw, _pump: pump, waiting: RefCell::default() }
        })
    }

    /// Tells curl what is ready, then hands out what has finished.
    fn step(&self, ready: Ready) {
        match ready {
            Ready::Fd { fd, read, write } => self.raw.ready(fd, read, write),
            Ready::Timer => self.raw.due(),
        }
        while let Some((id, code)) = self.raw.finished() {
            // Waking runs other people's code: nothing is borrowed.
            let waits = self.waiting.borrow_mut().remove(&id);
            if let Some(waits) = waits {
                let _ = waits.send(code);
            }
        }
    }
}

/// Leaves the table when it is dropped.
struct Waits<'a> {
    multi: &'a Multi,
    id: usize,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.multi.waiting.borrow_mut().remove(&self.id);
    }
}

/// What the write callback has brought.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    panic: Option<Box<dyn Any + Send>>,
}

extern "C" fn on_write(bytes: *mut c_char, size: usize, n: usize, data: *mut c_void) -> usize {
    // SAFETY: the user data is the body of the transfer; curl lends `size * n` bytes for the call.
    let (body, bytes) = unsafe { (&*data.cast::<RefCell<Body>>(), lent(bytes, size * n)) };
    let written = catch_unwind(AssertUnwindSafe(|| body.borrow_mut().bytes.extend_from_slice(bytes)));
    match written {
        Ok(()) => bytes.len(),
        Err(payload) => {
            body.borrow_mut().panic.get_or_insert(payload);
            0
        }
    }
}
// glue: end
