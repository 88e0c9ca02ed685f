//! The library without its callbacks: handles, and what they tell when they are asked.

use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::sync::Once;
use std::time::Duration;

use curl_sys::*;

/// What became of a transfer: the HTTP status and the body, or curl's error code.
pub(crate) type Reply = Result<(c_long, Vec<u8>), CURLcode>;

/// A multi handle. Every easy handle must have left it before it is dropped.
pub(crate) struct RawMulti(pub(crate) *mut CURLM);

impl RawMulti {
    pub(crate) fn new() -> Self {
        static INIT: Once = Once::new();
        // SAFETY: before any other use of curl, once.
        INIT.call_once(|| assert_eq!(unsafe { curl_global_init(CURL_GLOBAL_ALL) }, CURLE_OK));
        // SAFETY: no arguments.
        let raw = unsafe { curl_multi_init() };
        assert!(!raw.is_null());
        Self(raw)
    }

    /// Sets the callback that says what curl waits for on a socket, and its user data.
    ///
    /// # Safety
    ///
    /// The user data is what the callback expects, and outlives the handle.
    pub(crate) unsafe fn on_socket(&self, cb: curl_socket_callback, data: *mut c_void) {
        // SAFETY: the types of these options; the rest is the caller's promise.
        unsafe {
            curl_multi_setopt(self.0, CURLMOPT_SOCKETDATA, data);
            curl_multi_setopt(self.0, CURLMOPT_SOCKETFUNCTION, cb);
        }
    }

    /// Sets the callback that sets the timer, and its user data.
    ///
    /// # Safety
    ///
    /// As for [`on_socket`](RawMulti::on_socket).
    pub(crate) unsafe fn on_timer(&self, cb: curl_multi_timer_callback, data: *mut c_void) {
        // SAFETY: as above.
        unsafe {
            curl_multi_setopt(self.0, CURLMOPT_TIMERDATA, data);
            curl_multi_setopt(self.0, CURLMOPT_TIMERFUNCTION, cb);
        }
    }

    /// Begins a transfer, which ends when what is returned is dropped. Timer and socket callbacks run in here.
    pub(crate) fn add<'a>(&'a self, easy: &'a RawEasy) -> Result<Added<'a>, CURLMcode> {
        // SAFETY: both handles are alive.
        let code = unsafe { curl_multi_add_handle(self.0, easy.0) };
        if code == CURLM_OK { Ok(Added { multi: self, easy }) } else { Err(code) }
    }

    /// Tells curl what is ready on a descriptor.
    pub(crate) fn ready(&self, fd: c_int, read: bool, write: bool) {
        self.act(fd, c_int::from(read) | c_int::from(write) << 1);
    }

    /// Tells curl that its timer is due.
    pub(crate) fn due(&self) {
        self.act(CURL_SOCKET_TIMEOUT, 0);
    }

    fn act(&self, fd: c_int, what: c_int) {
        let mut running = 0;
        // SAFETY: the handle is alive.
        unsafe { curl_multi_socket_action(self.0, fd, what, &raw mut running) };
    }

    /// A transfer that is over, by its id, and how it went.
    pub(crate) fn finished(&self) -> Option<(usize, CURLcode)> {
        let mut queued = 0;
        // SAFETY: the handle is alive; the message is valid until the next call on it.
        let message = unsafe { curl_multi_info_read(self.0, &raw mut queued).as_ref() }?;
        // The code is in a union that the bindings show as a pointer.
        Some((message.easy_handle.addr(), message.data.addr() as CURLcode))
    }
}

impl Drop for RawMulti {
    fn drop(&mut self) {
        // SAFETY: the handle is alive, and empty.
        unsafe { curl_multi_cleanup(self.0) };
    }
}

/// An easy handle in a multi handle.
pub(crate) struct Added<'a> {
    multi: &'a RawMulti,
    easy: &'a RawEasy,
}

impl Drop for Added<'_> {
    /// curl is silent about the transfer from then on. The socket callback runs in here.
    fn drop(&mut self) {
        // SAFETY: both handles are alive.
        unsafe { curl_multi_remove_handle(self.multi.0, self.easy.0) };
    }
}

/// An easy handle.
pub(crate) struct RawEasy(pub(crate) *mut CURL);

impl RawEasy {
    /// A transfer that may take so long.
    pub(crate) fn new(url: &CStr, limit: Duration) -> Self {
        // SAFETY: curl copies the URL.
        unsafe {
            let easy = curl_easy_init();
            curl_easy_setopt(easy, CURLOPT_URL, url.as_ptr());
            curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1 as c_long);
            curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit.as_millis() as c_long);
            Self(easy)
        }
    }

    /// Sets the callback that takes the body, and its user data.
    ///
    /// # Safety
    ///
    /// The user data is what the callback expects, and outlives the handle.
    pub(crate) unsafe fn on_write(&self, cb: curl_write_callback, data: *mut c_void) {
        // SAFETY: the types of these options; the rest is the caller's promise.
        unsafe {
            curl_easy_setopt(self.0, CURLOPT_WRITEDATA, data);
            curl_easy_setopt(self.0, CURLOPT_WRITEFUNCTION, cb);
        }
    }

    pub(crate) fn id(&self) -> usize {
        self.0.addr()
    }

    pub(crate) fn status(&self) -> c_long {
        let mut status: c_long = 0;
        // SAFETY: the handle is alive, and this information is a `long`.
        unsafe { curl_easy_getinfo(self.0, CURLINFO_RESPONSE_CODE, &raw mut status) };
        status
    }
}

impl Drop for RawEasy {
    fn drop(&mut self) {
        // SAFETY: the handle is alive, and in no multi handle.
        unsafe { curl_easy_cleanup(self.0) };
    }
}

/// What curl waits for on a socket: to read, and to write.
pub(crate) fn wanted(what: c_int) -> (bool, bool) {
    match what {
        CURL_POLL_REMOVE => (false, false),
        what => (what & CURL_POLL_IN != 0, what & CURL_POLL_OUT != 0),
    }
}

/// When curl's timer is due; a negative time takes it back.
pub(crate) fn after(ms: c_long) -> Option<Duration> {
    u64::try_from(ms).ok().map(Duration::from_millis)
}

/// What the write callback gets.
///
/// # Safety
///
/// curl lends this many bytes.
pub(crate) unsafe fn lent<'a>(bytes: *const c_char, length: usize) -> &'a [u8] {
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts(bytes.cast(), length) }
}
