//! The library without its callbacks: the handle, and copies of what callbacks bring.

use core::ffi::{CStr, c_int, c_void};
use std::ffi::CString;
use std::sync::Once;

use libmosquitto_sys::*;

/// A publication that has come.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// Why an operation has failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Failed {
    /// The library or the broker did not want it, and said this.
    Refused(c_int),
    /// The connection has gone before the answer came.
    Disconnected,
}

/// What an operation comes to.
pub(crate) type Answer = Result<(), Failed>;

/// The id of an operation that was begun, or why there is none.
pub(crate) type Begun = Result<c_int, c_int>;

/// The id under which a connection is waited for; those of the library begin with 1.
pub(crate) const CONNECT: c_int = 0;
/// What brokers say of a subscription that they refuse.
const REFUSED_SUBSCRIPTION: c_int = 128;

/// An object of the library.
pub(crate) struct Raw(pub(crate) *mut mosquitto);

// SAFETY: the library locks its objects.
unsafe impl Send for Raw {}
// SAFETY: as above.
unsafe impl Sync for Raw {}

impl Raw {
    /// # Safety
    ///
    /// The user data is what the callbacks expect, and outlives the object.
    pub(crate) unsafe fn new(id: &CStr, data: *mut c_void) -> Self {
        static INIT: Once = Once::new();
        // SAFETY: before any other use of the library, once.
        INIT.call_once(|| assert_eq!(unsafe { mosquitto_lib_init() }, 0));
        // SAFETY: a C string, which is copied; the user data is the caller's promise.
        let raw = unsafe { mosquitto_new(id.as_ptr(), true, data) };
        assert!(!raw.is_null());
        Self(raw)
    }

    /// Lets a thread of the library do the reading and writing, and call back.
    pub(crate) fn start_thread(&self) {
        // SAFETY: the object is alive.
        assert_eq!(unsafe { mosquitto_loop_start(self.0) }, 0);
    }

    /// Reads and writes on this thread, for a moment.
    pub(crate) fn turn(&self) {
        // SAFETY: the object is alive.
        let code = unsafe { mosquitto_loop(self.0, 10, 1) };
        assert_eq!(code, 0);
    }

    pub(crate) fn connect(&self, port: u16) -> Begun {
        // SAFETY: the object is alive, and the host a C string.
        let code = unsafe { mosquitto_connect(self.0, c"127.0.0.1".as_ptr(), port.into(), 60) };
        if code == 0 { Ok(CONNECT) } else { Err(code) }
    }

    pub(crate) fn publish(&self, topic: &str, payload: &[u8], qos: c_int) -> Begun {
        let (topic, mut id) = (CString::new(topic).unwrap(), 0);
        let (bytes, length) = (payload.as_ptr().cast(), payload.len() as c_int);
        // SAFETY: the object is alive; topic and payload are copied.
        let code =
            unsafe { mosquitto_publish(self.0, &raw mut id, topic.as_ptr(), length, bytes, qos, false) };
        if code == 0 { Ok(id) } else { Err(code) }
    }

    pub(crate) fn subscribe(&self, filter: &str) -> Begun {
        let (filter, mut id) = (CString::new(filter).unwrap(), 0);
        // SAFETY: the object is alive; the filter is copied.
        let code = unsafe { mosquitto_subscribe(self.0, &raw mut id, filter.as_ptr(), 0) };
        if code == 0 { Ok(id) } else { Err(code) }
    }

    pub(crate) fn disconnect(&self) {
        // SAFETY: the object is alive. That there is no connection is an answer like another.
        unsafe { mosquitto_disconnect(self.0) };
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.disconnect();
        // SAFETY: the object is alive. Without a thread, stopping does nothing; with one, it waits for it.
        unsafe {
            mosquitto_loop_stop(self.0, false);
            mosquitto_destroy(self.0);
        }
    }
}

/// What a broker says of a connection.
pub(crate) fn accepted(code: c_int) -> Answer {
    if code == 0 { Ok(()) } else { Err(Failed::Refused(code)) }
}

/// What a broker says of a subscription.
///
/// # Safety
///
/// So many levels, at least one.
pub(crate) unsafe fn granted(levels: *const c_int) -> Answer {
    // SAFETY: by contract.
    match unsafe { *levels } {
        REFUSED_SUBSCRIPTION => Err(Failed::Refused(REFUSED_SUBSCRIPTION)),
        _ => Ok(()),
    }
}

/// # Safety
///
/// A message of the library.
pub(crate) unsafe fn copied(message: *const mosquitto_message) -> Message {
    // SAFETY: by contract; a message without bytes has no pointer to them.
    unsafe {
        let message = &*message;
        let topic = CStr::from_ptr(message.topic).to_string_lossy().into_owned();
        let payload = match message.payloadlen {
            0 => Vec::new(),
            length => std::slice::from_raw_parts(message.payload.cast(), length as usize).to_vec(),
        };
        Message { topic, payload }
    }
}
