//! c-ares's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::*;
use core::ffi::{CStr, c_char, c_int, c_void};
use std::net::Ipv4Addr;
use uncallback::ffi::pump::{Driver, Hosted, Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{CallbackError, First, Shared};
use uncallback::uncallback;

// glue: begin
#[uncallback]
unsafe extern "C" {
    #[once(cb = cb, data = arg @ first, cancelled = fires, thread = same, handle(channel), borrowed(name),
           result = |status, _, bytes, length| -> Answer<Vec<u8>> { packet(status, bytes, length) })]
    fn ares_query(
        channel: *mut Channel,
        name: *const c_char,
        class: c_int,
        kind: c_int,
        cb: AnswerCb,
        arg: *mut c_void,
    );

    #[once(cb = cb, data = arg @ first, cancelled = fires, thread = same, handle(channel), borrowed(name),
           result = |status, _, host| -> Answer<Vec<Ipv4Addr>> { addresses(status, host) })]
    fn ares_gethostbyname(
        channel: *mut Channel,
        name: *const c_char,
        family: c_int,
        cb: HostCb,
        arg: *mut c_void,
    );

    #[once(cb = cb, data = arg @ first, cancelled = fires, thread = same, handle(channel), borrowed(address),
           result = |status, _, node, _| -> Answer<String> { host_name(status, node) })]
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
    channel: Hosted<Chan>,
}

/// Fields are dropped in this order: the channel before what its callbacks use.
struct Chan {
    raw: Raw,
    _state: Shared<WeakPump>,
}

impl Resolver {
    fn new(server: Server) -> (Self, Driver<impl FnMut(Ready)>) {
        let (channel, driver) = Pump::host_on_tokio(
            move |pump| {
                let state = Shared::new(pump.downgrade());
                // SAFETY: the user data is `state`, which outlives the channel.
                let raw =
                    unsafe { state.register(First, |cb| Raw::new(server, cb, state.data()), watch, || ()) };
                Chan { raw, _state: state }
            },
            process,
        );
        (Self { channel }, driver)
    }

    fn query(&self, name: &CStr) -> impl Future<Output = Answer<Vec<u8>>> + use<> {
        // SAFETY: the channel is alive, and the name is copied.
        let pending = unsafe { ares_query_async(self.channel.raw.0, name.as_ptr(), IN, A) };
        self.begun(pending)
    }

    fn addresses(&self, name: &CStr) -> impl Future<Output = Answer<Vec<Ipv4Addr>>> + use<> {
        // SAFETY: as above.
        let pending = unsafe { ares_gethostbyname_async(self.channel.raw.0, name.as_ptr(), libc::AF_INET) };
        self.begun(pending)
    }

    fn name(&self, address: Ipv4Addr) -> impl Future<Output = Answer<String>> + use<> {
        let (address, length) = socket_address(address);
        // SAFETY: as above; so is the address.
        let pending =
            unsafe { ares_getnameinfo_async(self.channel.raw.0, &raw const address, length, NAME_REQUIRED) };
        self.begun(pending)
    }

    fn begun<T, F: Future<Output = Result<Answer<T>, CallbackError>>>(
        &self,
        pending: F,
    ) -> impl Future<Output = Answer<T>> + use<T, F> {
        arm(&self.channel);
        async { pending.await.unwrap_or(Err(LOST)) }
    }

    fn cancel(&self) {
        self.channel.raw.cancel();
    }
}

fn watch(pump: &WeakPump, (fd, read, write): (c_int, c_int, c_int)) {
    // Without the descriptor there is still the timeout.
    pump.with(|pump| _ = pump.set(fd, Interest { read: read != 0, write: write != 0 }));
}

fn process(channel: &Hosted<Chan>, ready: Ready) {
    match ready {
        Ready::Fd { fd, read, write } => channel.raw.process(read.then_some(fd), write.then_some(fd)),
        Ready::Timer(_) => channel.raw.process(None, None),
    }
    arm(channel);
}

fn arm(channel: &Hosted<Chan>) {
    channel.pump().timer(channel.raw.timeout());
}
// glue: end
