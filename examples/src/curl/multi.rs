//! The multi handle: what it waits for goes to a pump, what has finished goes to the callbacks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{c_int, c_long};
use std::time::Duration;

use curl_sys::*;
use uncallback::ffi::pump::{Driver, Feed, Hosted, Interest, Pump, Ready};
use uncallback::ffi::{Last, Nth};

use super::transfer::Easy;
use super::{Reply, text};

pub(super) type Done = Box<dyn FnOnce(Reply)>;

pub(super) struct Multi {
    raw: *mut CURLM,
    /// The transfers on the way, by the address of their easy handles.
    transfers: RefCell<HashMap<usize, (Easy, Done)>>,
    closed: Cell<bool>,
}

impl Multi {
    pub(super) fn with_driver(connections: c_long) -> (Hosted<Self>, Driver<impl FnMut(Ready)>) {
        Pump::host(|feed| Self::new(feed, connections), |multi, ready| multi.step(ready)).on_tokio()
    }

    fn new(feed: &Feed, connections: c_long) -> Self {
        // SAFETY: no arguments.
        let raw = unsafe { curl_multi_init() };
        assert!(!raw.is_null(), "libcurl has no memory");
        // SAFETY: the types are those of the options; the callbacks are the handle's, and end with it.
        unsafe {
            curl_multi_setopt(raw, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
            feed.on_fd(
                Nth::<3>,
                |cb: curl_socket_callback, data| {
                    curl_multi_setopt(raw, CURLMOPT_SOCKETDATA, data);
                    curl_multi_setopt(raw, CURLMOPT_SOCKETFUNCTION, cb)
                },
                |(_easy, fd, what, _assigned)| (fd, interest(what)),
                || -1,
            );
            feed.on_timer(
                Last,
                |cb: curl_multi_timer_callback, data| {
                    curl_multi_setopt(raw, CURLMOPT_TIMERDATA, data);
                    curl_multi_setopt(raw, CURLMOPT_TIMERFUNCTION, cb)
                },
                // A negative time takes the timer back.
                |(_multi, ms)| u64::try_from(ms).ok().map(Duration::from_millis),
                || -1,
            );
        }
        Self { raw, transfers: RefCell::default(), closed: Cell::new(false) }
    }

    /// Starts a transfer and returns its id; or the callback with the reason why not.
    pub(super) fn start(&self, easy: Easy, done: Done) -> Result<usize, (Done, String)> {
        if self.closed.get() {
            return Err((done, "the client is closed".to_owned()));
        }
        // SAFETY: both handles are alive. The timer callback runs in here.
        let code = unsafe { curl_multi_add_handle(self.raw, easy.raw()) };
        if code != CURLM_OK {
            // SAFETY: libcurl's messages are constants.
            return Err((done, unsafe { text(curl_multi_strerror(code)) }));
        }
        let id = easy.id();
        self.transfers.borrow_mut().insert(id, (easy, done));
        Ok(id)
    }

    /// Tells libcurl what is ready, then calls back for what has finished.
    fn step(&self, ready: Ready) {
        let (fd, what) = match ready {
            Ready::Fd { fd, read, write } => (fd, c_int::from(read) | c_int::from(write) << 1),
            Ready::Timer(_) => (CURL_SOCKET_TIMEOUT, 0),
        };
        let mut running = 0;
        // SAFETY: the handle is alive.
        unsafe { curl_multi_socket_action(self.raw, fd, what, &raw mut running) };
        while let Some((id, code)) = self.finished() {
            // The callback may start, cancel and close: nothing is borrowed while it runs.
            let Some((easy, done)) = self.take(id) else { continue };
            done(easy.reply(code));
        }
    }

    /// One transfer that has ended, and how.
    fn finished(&self) -> Option<(usize, CURLcode)> {
        let mut queued = 0;
        // SAFETY: the handle is alive; the message is valid until the next call on it.
        let message = unsafe { curl_multi_info_read(self.raw, &raw mut queued).as_ref() }?;
        // The code is in a union that the bindings show as a pointer.
        Some((message.easy_handle.addr(), message.data.addr() as CURLcode))
    }

    /// Takes a transfer out of libcurl, which is silent about it from then on.
    fn take(&self, id: usize) -> Option<(Easy, Done)> {
        let (easy, done) = self.transfers.borrow_mut().remove(&id)?;
        // SAFETY: both handles are alive. The socket callback runs in here.
        unsafe { curl_multi_remove_handle(self.raw, easy.raw()) };
        Some((easy, done))
    }

    pub(super) fn cancel(&self, id: usize) {
        drop(self.take(id));
    }

    pub(super) fn on_the_way(&self) -> usize {
        self.transfers.borrow().len()
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        loop {
            // A callback that is dropped may cancel others.
            let next = self.transfers.borrow().keys().next().copied();
            match next {
                Some(id) => self.cancel(id),
                None => return,
            }
        }
    }
}

impl Drop for Multi {
    fn drop(&mut self) {
        self.close();
        // SAFETY: the handle is alive, and no transfer is in it.
        unsafe { curl_multi_cleanup(self.raw) };
    }
}

impl std::fmt::Debug for Multi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Multi").field("on_the_way", &self.on_the_way()).finish_non_exhaustive()
    }
}

/// What libcurl waits for on a socket.
fn interest(what: c_int) -> Interest {
    match what {
        CURL_POLL_REMOVE => Interest::NONE,
        what => Interest { read: what & CURL_POLL_IN != 0, write: what & CURL_POLL_OUT != 0 },
    }
}
