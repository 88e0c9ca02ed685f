//! c-ares's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::*;
use crate::pump::{Pump, Ready};
use core::ffi::{CStr, c_char, c_int, c_uchar, c_void};
use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::{Rc, Weak};
use std::thread;
use tokio::sync::oneshot;

// glue: begin
unsafe extern "C" {
    fn ares_query(
        channel: *mut Channel,
        name: *const c_char,
        class: c_int,
        kind: c_int,
        cb: AnswerCb,
        arg: *mut c_void,
    );
    fn ares_gethostbyname(
        channel: *mut Channel,
        name: *const c_char,
        family: c_int,
        cb: HostCb,
        arg: *mut c_void,
    );
    fn ares_getnameinfo(
        channel: *mut Channel,
        address: *const libc::sockaddr_in,
        length: libc::socklen_t,
        flags: c_int,
        cb: NameCb,
        arg: *mut c_void,
    );
}

struct Resolver {
    channel: Rc<Chan>,
}

struct Chan {
    raw: Raw,
    pump: Rc<Pump>,
}

/// Who waits for an answer; a panic of the callback goes there too.
type Waits<T> = oneshot::Sender<thread::Result<Answer<T>>>;
type Hears<T> = oneshot::Receiver<thread::Result<Answer<T>>>;

/// The user data of an operation, for a callback that delivers a `T`, and where the answer comes.
fn waits<T>() -> (*mut c_void, Hears<T>) {
    let (waits, hears): (Waits<T>, _) = oneshot::channel();
    (Box::into_raw(Box::new(waits)).cast(), hears)
}

/// Hands the answer of a callback to whoever waits.
///
/// # Safety
///
/// The user data is a box of `Waits<T>`, and this is its only call.
unsafe fn deliver<T>(data: *mut c_void, make: impl FnOnce() -> Answer<T>) {
    // SAFETY: by contract.
    let waits = unsafe { Box::from_raw(data.cast::<Waits<T>>()) };
    let answer = catch_unwind(AssertUnwindSafe(make));
    // Nobody may be waiting any more. Waking runs other people's code.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(waits.send(answer))));
}

unsafe extern "C" fn on_packet(
    data: *mut c_void,
    status: c_int,
    _timeouts: c_int,
    bytes: *mut c_uchar,
    length: c_int,
) {
    // SAFETY: c-ares calls once, with the user data of the query, and lends the bytes.
    unsafe { deliver(data, || packet(status, bytes, length)) }
}

unsafe extern "C" fn on_host(data: *mut c_void, status: c_int, _timeouts: c_int, host: *mut libc::hostent) {
    // SAFETY: as above.
    unsafe { deliver(data, || addresses(status, host)) }
}

unsafe extern "C" fn on_name(
    data: *mut c_void,
    status: c_int,
    _timeouts: c_int,
    node: *mut c_char,
    _service: *mut c_char,
) {
    // SAFETY: as above.
    unsafe { deliver(data, || host_name(status, node)) }
}

unsafe extern "C" fn on_sock_state(data: *mut c_void, fd: c_int, read: c_int, write: c_int) {
    // SAFETY: the user data is the pump, which outlives its channel.
    let pump = unsafe { &*data.cast::<Pump>() };
    // Without the descriptor there is still the timeout.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(pump.set(fd, read != 0, write != 0))));
}

impl Resolver {
    fn new(server: Server) -> (Self, impl Future<Output = ()>) {
        let channel = Rc::new_cyclic(|channel: &Weak<Chan>| {
            let channel = channel.clone();
            let pump = Pump::new(move |ready| {
                if let Some(channel) = channel.upgrade() {
                    channel.process(ready);
                }
            });
            // SAFETY: the user data is the pump, which is dropped after the channel.
            let raw = unsafe { Raw::new(server, on_sock_state, Rc::as_ptr(&pump).cast_mut().cast()) };
            Chan { raw, pump }
        });
        // The tasks of the pump run by themselves.
        (Self { channel }, std::future::pending())
    }

    fn query(&self, name: &CStr) -> impl Future<Output = Answer<Vec<u8>>> + use<> {
        let (data, hears) = waits();
        // SAFETY: the channel is alive, and the name is copied.
        unsafe { ares_query(self.channel.raw.0, name.as_ptr(), IN, A, on_packet, data) };
        self.begun(hears)
    }

    fn addresses(&self, name: &CStr) -> impl Future<Output = Answer<Vec<Ipv4Addr>>> + use<> {
        let (data, hears) = waits();
        // SAFETY: as above.
        unsafe { ares_gethostbyname(self.channel.raw.0, name.as_ptr(), libc::AF_INET, on_host, data) };
        self.begun(hears)
    }

    fn name(&self, address: Ipv4Addr) -> impl Future<Output = Answer<String>> + use<> {
        let (data, hears) = waits();
        let (address, length) = socket_address(address);
        let raw = self.channel.raw.0;
        // SAFETY: as above; so is the address.
        unsafe { ares_getnameinfo(raw, &raw const address, length, NAME_REQUIRED, on_name, data) };
        self.begun(hears)
    }

    fn begun<T>(&self, hears: Hears<T>) -> impl Future<Output = Answer<T>> + use<T> {
        self.channel.arm();
        async {
            match hears.await {
                Ok(answer) => answer.unwrap_or_else(|payload| resume_unwind(payload)),
                Err(_) => Err(LOST),
            }
        }
    }

    fn cancel(&self) {
        self.channel.raw.cancel();
    }
}

impl Chan {
    fn process(&self, ready: Ready) {
        match ready {
            Ready::Fd { fd, read, write } => self.raw.process(read.then_some(fd), write.then_some(fd)),
            Ready::Timer => self.raw.process(None, None),
        }
        self.arm();
    }

    fn arm(&self) {
        self.pump.timer(self.raw.timeout());
    }
}
// glue: end
