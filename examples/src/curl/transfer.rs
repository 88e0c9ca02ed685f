//! The easy handle: one transfer, and the body that it gathers.

use std::ffi::{CStr, c_long};
use std::sync::{Mutex, PoisonError};

use curl_sys::*;
use uncallback::ffi::{Last, Shared};

use super::{Reply, Response, text};

pub(super) struct Easy {
    raw: *mut CURL,
    body: Shared<Mutex<Vec<u8>>>,
}

impl Easy {
    pub(super) fn new(url: &CStr) -> Result<Self, String> {
        // SAFETY: no arguments, after `curl_global_init`.
        let raw = unsafe { curl_easy_init() };
        if raw.is_null() {
            return Err("libcurl has no memory".to_owned());
        }
        let easy = Self { raw, body: Shared::new(Mutex::default()) };
        // SAFETY: each option gets what its documentation asks for; libcurl copies the URL. The user data of the write
        // callback lives as long as the handle, and libcurl lends `size * n` bytes for the call.
        unsafe {
            curl_easy_setopt(raw, CURLOPT_URL, url.as_ptr());
            curl_easy_setopt(raw, CURLOPT_NOSIGNAL, 1 as c_long);
            curl_easy_setopt(raw, CURLOPT_FOLLOWLOCATION, 1 as c_long);
            curl_easy_setopt(raw, CURLOPT_WRITEDATA, easy.body.data::<*mut u8>());
            easy.body.register(
                Last,
                |cb: curl_write_callback| curl_easy_setopt(raw, CURLOPT_WRITEFUNCTION, cb),
                |body, (bytes, size, n)| {
                    let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size * n);
                    body.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
                    bytes.len()
                },
                // Fewer bytes than it lent: libcurl gives the transfer up.
                || 0,
            );
        }
        Ok(easy)
    }

    pub(super) fn raw(&self) -> *mut CURL {
        self.raw
    }

    pub(super) fn id(&self) -> usize {
        self.raw.addr()
    }

    /// What the transfer has brought, now that libcurl says that it is over.
    pub(super) fn reply(&self, code: CURLcode) -> Reply {
        if code != CURLE_OK {
            // SAFETY: libcurl's messages are constants.
            return Err(unsafe { text(curl_easy_strerror(code)) });
        }
        let mut status: c_long = 0;
        // SAFETY: the handle is alive, and this information is a `long`.
        unsafe { curl_easy_getinfo(self.raw, CURLINFO_RESPONSE_CODE, &raw mut status) };
        let body = std::mem::take(&mut *self.body.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Response { status: u16::try_from(status).unwrap_or_default(), body })
    }
}

impl Drop for Easy {
    fn drop(&mut self) {
        // SAFETY: the handle is alive, and in no multi handle any more.
        unsafe { curl_easy_cleanup(self.raw) };
    }
}
