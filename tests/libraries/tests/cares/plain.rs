//! The library without its callbacks: the channel, and copies of what callbacks bring.

use core::ffi::{CStr, c_char, c_int, c_uchar, c_ushort, c_void};
use std::net::Ipv4Addr;
use std::ptr::null_mut;
use std::sync::Once;
use std::time::Duration;

/// What a name comes to, or the status of the library.
pub(crate) type Answer<T> = Result<T, c_int>;

pub(crate) const ENOTFOUND: c_int = 4;
pub(crate) const EBADNAME: c_int = 8;
pub(crate) const ETIMEOUT: c_int = 12;
pub(crate) const EDESTRUCTION: c_int = 16;
pub(crate) const ECANCELLED: c_int = 24;
/// Not of the library: it has forgotten a callback.
pub(crate) const LOST: c_int = -1;

/// Class and type of the questions of these tests.
pub(crate) const IN: c_int = 1;
pub(crate) const A: c_int = 1;
/// A name is required, and none is made up out of the address.
pub(crate) const NAME_REQUIRED: c_int = 1 << 3 | 1 << 8;

/// An opaque object of the library.
#[repr(C)]
pub(crate) struct Channel {
    _opaque: [u8; 0],
}

pub(crate) type SockStateCb = unsafe extern "C" fn(*mut c_void, c_int, c_int, c_int);
pub(crate) type AnswerCb = unsafe extern "C" fn(*mut c_void, c_int, c_int, *mut c_uchar, c_int);
pub(crate) type HostCb = unsafe extern "C" fn(*mut c_void, c_int, c_int, *mut libc::hostent);
pub(crate) type NameCb = unsafe extern "C" fn(*mut c_void, c_int, c_int, *mut c_char, *mut c_char);

/// The options of the library, as far as all its versions have them.
#[repr(C)]
struct Options {
    flags: c_int,
    timeout: c_int,
    tries: c_int,
    ndots: c_int,
    udp_port: c_ushort,
    tcp_port: c_ushort,
    send_buffer: c_int,
    receive_buffer: c_int,
    servers: *mut libc::in_addr,
    nservers: c_int,
    domains: *mut *mut c_char,
    ndomains: c_int,
    lookups: *mut c_char,
    sock_state_cb: Option<SockStateCb>,
    sock_state_cb_data: *mut c_void,
    /// Room for those that came later.
    others: [usize; 32],
}

const OPT_TRIES: c_int = 1 << 2;
const OPT_UDP_PORT: c_int = 1 << 4;
const OPT_SERVERS: c_int = 1 << 6;
const OPT_LOOKUPS: c_int = 1 << 8;
const OPT_SOCK_STATE_CB: c_int = 1 << 9;
const OPT_TIMEOUT_MS: c_int = 1 << 13;

#[link(name = "cares")]
unsafe extern "C" {
    fn ares_library_init(flags: c_int) -> c_int;
    fn ares_init_options(channel: *mut *mut Channel, options: *mut Options, mask: c_int) -> c_int;
    fn ares_destroy(channel: *mut Channel);
    fn ares_cancel(channel: *mut Channel);
    fn ares_process_fd(channel: *mut Channel, read: c_int, write: c_int);
    fn ares_timeout(
        channel: *mut Channel,
        most: *mut libc::timeval,
        room: *mut libc::timeval,
    ) -> *mut libc::timeval;
}

/// The port of a server on 127.0.0.1, and how long to wait for its answer.
pub(crate) type Server = (u16, Duration);

/// A channel.
pub(crate) struct Raw(pub(crate) *mut Channel);

impl Raw {
    /// A channel that asks this server, once.
    ///
    /// # Safety
    ///
    /// The user data is what the callback expects, and outlives the channel.
    pub(crate) unsafe fn new((port, wait): Server, cb: SockStateCb, data: *mut c_void) -> Self {
        static INIT: Once = Once::new();
        // SAFETY: before any other use of the library, once.
        INIT.call_once(|| assert_eq!(unsafe { ares_library_init(1) }, 0));
        let mut server = libc::in_addr { s_addr: u32::from(Ipv4Addr::LOCALHOST).to_be() };
        // SAFETY: integers and pointers, for which zero means nothing.
        let mut options: Options = unsafe { std::mem::zeroed() };
        options.timeout = wait.as_millis() as c_int;
        options.tries = 1;
        options.udp_port = port;
        options.servers = &raw mut server;
        options.nservers = 1;
        options.lookups = c"b".as_ptr().cast_mut();
        options.sock_state_cb = Some(cb);
        options.sock_state_cb_data = data;
        let mask = OPT_TRIES | OPT_UDP_PORT | OPT_SERVERS | OPT_LOOKUPS | OPT_SOCK_STATE_CB | OPT_TIMEOUT_MS;
        let mut raw = null_mut();
        // SAFETY: the library copies what the options point to.
        assert_eq!(unsafe { ares_init_options(&raw mut raw, &raw mut options, mask) }, 0);
        Self(raw)
    }

    /// Tells the library what is ready; nothing, if its timer is due. Callbacks run in here.
    pub(crate) fn process(&self, read: Option<c_int>, write: Option<c_int>) {
        // SAFETY: the channel is alive.
        unsafe { ares_process_fd(self.0, read.unwrap_or(-1), write.unwrap_or(-1)) };
    }

    /// When the library wants to be called, if nothing is ready before.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        let mut room = libc::timeval { tv_sec: 0, tv_usec: 0 };
        // SAFETY: the channel is alive; the answer is null or points to `room`.
        let after = unsafe { ares_timeout(self.0, null_mut(), &raw mut room).as_ref() }?;
        Some(Duration::from_secs(after.tv_sec as u64) + Duration::from_micros(after.tv_usec as u64))
    }

    /// Calls back for everything that is outstanding.
    pub(crate) fn cancel(&self) {
        // SAFETY: the channel is alive.
        unsafe { ares_cancel(self.0) };
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the channel is alive. Callbacks run in here.
        unsafe { ares_destroy(self.0) };
    }
}

/// The packet of an answer.
///
/// # Safety
///
/// What the library lends to a callback, with this status.
pub(crate) unsafe fn packet(status: c_int, bytes: *mut c_uchar, length: c_int) -> Answer<Vec<u8>> {
    if status != 0 {
        return Err(status);
    }
    // SAFETY: by contract there is a packet if the status is 0.
    Ok(unsafe { std::slice::from_raw_parts(bytes, length as usize) }.to_vec())
}

/// The addresses of a host.
///
/// # Safety
///
/// As for [`packet`].
pub(crate) unsafe fn addresses(status: c_int, host: *mut libc::hostent) -> Answer<Vec<Ipv4Addr>> {
    if status != 0 {
        return Err(status);
    }
    let mut addresses = Vec::new();
    // SAFETY: by contract there is a host if the status is 0; its list of addresses ends with null.
    unsafe {
        let mut at = (*host).h_addr_list;
        while let Some(address) = (*at).cast::<[u8; 4]>().as_ref() {
            addresses.push(Ipv4Addr::from(*address));
            at = at.add(1);
        }
    }
    Ok(addresses)
}

/// The name of an address.
///
/// # Safety
///
/// As for [`packet`].
pub(crate) unsafe fn host_name(status: c_int, node: *mut c_char) -> Answer<String> {
    if status != 0 {
        return Err(status);
    }
    // SAFETY: by contract there is a name if the status is 0.
    Ok(unsafe { CStr::from_ptr(node) }.to_string_lossy().into_owned())
}

/// An address as the system writes it down, and the length of that.
pub(crate) fn socket_address(address: Ipv4Addr) -> (libc::sockaddr_in, libc::socklen_t) {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: u32::from(address).to_be() },
        sin_zero: [0; 8],
    };
    (address, size_of_val(&address) as libc::socklen_t)
}
