//! c-ares's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::*;
use core::ffi::{CStr, c_char, c_int, c_void};
use std::net::Ipv4Addr;
use uncallback::ffi::First;
use uncallback::ffi::pump::{Driver, Hosted, Interest, Pump, Ready};
use uncallback::uncallback;

// glue: begin
#[uncallback]
unsafe extern "C" {
    #[once(cb = cb, data = arg @ first, cancelled = fires, failed = |_| Err(LOST), thread = same, handle(channel),
           borrowed(name), result = |status, _, bytes, length| -> Answer<Vec<u8>> { packet(status, bytes, length) })]
    fn ares_query(
        channel: *mut Channel,
        name: *const c_char,
        class: c_int,
        kind: c_int,
        cb: AnswerCb,
        arg: *mut c_void,
    );

    #[once(cb = cb, data = arg @ first, cancelled = fires, failed = |_| Err(LOST), thread = same, handle(channel),
           borrowed(name), result = |status, _, host| -> Answer<Vec<Ipv4Addr>> { addresses(status, host) })]
    fn ares_gethostbyname(
        channel: *mut Channel,
        name: *const c_char,
        family: c_int,
        cb: HostCb,
        arg: *mut c_void,
    );

    #[once(cb = cb, data = arg @ first, cancelled = fires, failed = |_| Err(LOST), thread = same, handle(channel),
           borrowed(address), result = |status, _, node, _| -> Answer<String> { host_name(status, node) })]
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
    channel: Hosted<Raw>,
}

impl Resolver {
    fn new(server: Server) -> (Self, Driver<impl FnMut(Ready)>) {
        let wants = |(fd, read, write)| (fd, Interest { read: read != 0, write: write != 0 });
        let (channel, driver) = Pump::host(
            // SAFETY: the callback is the channel's, and ends with it.
            |feed| unsafe { feed.on_fd(First, |cb, data| Raw::new(server, cb, data), wants, || ()) },
            |channel, ready| channel.process(ready.to_read(), ready.to_write()),
        )
        .with_timeout(Raw::timeout)
        .on_tokio();
        (Self { channel }, driver)
    }

    fn query(&self, name: &CStr) -> impl Future<Output = Answer<Vec<u8>>> + use<> {
        // SAFETY: the channel is alive, and the name is copied.
        self.channel.with(|channel| unsafe { ares_query_async(channel.0, name.as_ptr(), IN, A) })
    }

    fn addresses(&self, name: &CStr) -> impl Future<Output = Answer<Vec<Ipv4Addr>>> + use<> {
        // SAFETY: as above.
        self.channel
            .with(|channel| unsafe { ares_gethostbyname_async(channel.0, name.as_ptr(), libc::AF_INET) })
    }

    fn name(&self, address: Ipv4Addr) -> impl Future<Output = Answer<String>> + use<> {
        let (address, length) = socket_address(address);
        // SAFETY: as above; so is the address.
        self.channel.with(|channel| unsafe {
            ares_getnameinfo_async(channel.0, &raw const address, length, NAME_REQUIRED)
        })
    }

    fn cancel(&self) {
        self.channel.cancel();
    }
}
// glue: end
