//! The library without its callbacks: handles, headers, and what the callbacks' arguments mean.

use core::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};

use libnghttp2_sys::*;

/// What a session asks, and lends for the answer.
pub(crate) enum Question<'a> {
    /// A header has come. 0 accepts it, [`REFUSE`] resets the stream.
    Header { stream: i32, name: &'a [u8], value: &'a [u8] },
    /// A part of a body has come. Answered like a header.
    Data { stream: i32, bytes: &'a [u8] },
    /// The peer has said all on this stream. Answered like a header.
    End { stream: i32 },
    /// A body is to be sent: the answer is how much was written. Less than there is room for ends it.
    Body { room: &'a mut [u8] },
}

impl Question<'_> {
    /// # Safety
    ///
    /// A frame of nghttp2, and a name and a value that it lends for as long as the question lives.
    pub(crate) unsafe fn header(
        frame: *const nghttp2_frame,
        name: *const u8,
        name_len: usize,
        value: *const u8,
        value_len: usize,
    ) -> Self {
        // SAFETY: by contract; all variants of a frame begin with the header.
        unsafe {
            Question::Header {
                stream: (*frame).hd.stream_id,
                name: lent(name, name_len),
                value: lent(value, value_len),
            }
        }
    }

    /// # Safety
    ///
    /// Bytes that nghttp2 lends for as long as the question lives.
    pub(crate) unsafe fn data(stream: i32, bytes: *const u8, length: usize) -> Self {
        // SAFETY: by contract.
        Question::Data { stream, bytes: unsafe { lent(bytes, length) } }
    }

    /// None if the frame is not the last one of a stream.
    ///
    /// # Safety
    ///
    /// A frame of nghttp2.
    pub(crate) unsafe fn end(frame: *const nghttp2_frame) -> Option<Self> {
        // SAFETY: by contract; all variants of a frame begin with the header.
        let header = unsafe { (*frame).hd };
        let ends = header.stream_id > 0 && u32::from(header.flags) & NGHTTP2_FLAG_END_STREAM != 0;
        ends.then_some(Question::End { stream: header.stream_id })
    }

    /// # Safety
    ///
    /// Room that nghttp2 lends for as long as the question lives, and that nobody else uses meanwhile.
    pub(crate) unsafe fn body(room: *mut u8, length: usize) -> Self {
        // SAFETY: by contract, so that nobody reads what was there before.
        unsafe {
            room.write_bytes(0, length);
            Question::Body { room: std::slice::from_raw_parts_mut(room, length) }
        }
    }
}

/// What nghttp2 hears of the answer to [`Question::Body`].
///
/// # Safety
///
/// The flags of that callback, and the length of the room.
pub(crate) unsafe fn written(answer: c_int, length: usize, flags: *mut u32) -> isize {
    let answer = answer as isize;
    if answer < length as isize {
        // SAFETY: by contract.
        unsafe { *flags |= NGHTTP2_DATA_FLAG_EOF };
    }
    answer
}

/// The answer that resets the stream and lets the session live.
pub(crate) const REFUSE: c_int = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
/// The answer that ends the session.
pub(crate) const FAILED: c_int = NGHTTP2_ERR_CALLBACK_FAILURE;

/// Who answers.
pub(crate) type Ask = Box<dyn FnMut(Question<'_>) -> c_int + Send>;

#[derive(Clone, Copy)]
pub(crate) enum Side {
    Client,
    Server,
}

/// A set of callbacks, until a session has copied it.
pub(crate) struct Callbacks(pub(crate) *mut nghttp2_session_callbacks);

impl Callbacks {
    pub(crate) fn new() -> Self {
        let mut raw = null_mut();
        // SAFETY: a place for the object.
        assert_eq!(unsafe { nghttp2_session_callbacks_new(&raw mut raw) }, 0);
        Self(raw)
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        // SAFETY: the object is alive, and sessions have copies.
        unsafe { nghttp2_session_callbacks_del(self.0) };
    }
}

/// A session, and where its bodies come from.
pub(crate) struct Raw(*mut nghttp2_session, nghttp2_data_source_read_callback2);

impl Raw {
    /// # Safety
    ///
    /// The user data is what the callbacks and `body` expect, and outlives the session.
    pub(crate) unsafe fn new(
        side: Side,
        callbacks: &Callbacks,
        body: nghttp2_data_source_read_callback2,
        data: *mut c_void,
    ) -> Self {
        let new = match side {
            Side::Client => nghttp2_session_client_new,
            Side::Server => nghttp2_session_server_new,
        };
        let mut raw = null_mut();
        // SAFETY: a place for the object; the callbacks are alive. Settings open the connection.
        unsafe {
            assert_eq!(new(&raw mut raw, callbacks.0, data), 0);
            assert_eq!(nghttp2_submit_settings(raw, 0, null(), 0), 0);
        }
        Self(raw, body)
    }

    /// The new stream, or an error.
    pub(crate) fn request(&self, path: &str) -> Result<i32, c_int> {
        let headers =
            [(":method", "POST"), (":scheme", "http"), (":authority", "boat"), (":path", path)].map(header);
        // SAFETY: the session is alive; headers and provider are copied.
        let stream = unsafe {
            nghttp2_submit_request2(self.0, null(), headers.as_ptr(), 4, &provider(self.1), null_mut())
        };
        if stream < 0 { Err(stream) } else { Ok(stream) }
    }

    pub(crate) fn respond(&self, stream: i32, status: &str) {
        let headers = [header((":status", status))];
        // SAFETY: as above.
        let code =
            unsafe { nghttp2_submit_response2(self.0, stream, headers.as_ptr(), 1, &provider(self.1)) };
        assert_eq!(code, 0);
    }

    /// Everything that the session wants to send.
    pub(crate) fn send(&self) -> Result<Vec<u8>, c_int> {
        let mut all = Vec::new();
        loop {
            let mut bytes = null();
            // SAFETY: the session is alive, and lends the bytes until its next call.
            let length = unsafe { nghttp2_session_mem_send2(self.0, &raw mut bytes) };
            match usize::try_from(length) {
                Err(_) => return Err(length as c_int),
                Ok(0) => return Ok(all),
                // SAFETY: as above.
                Ok(length) => all.extend_from_slice(unsafe { std::slice::from_raw_parts(bytes, length) }),
            }
        }
    }

    pub(crate) fn receive(&self, bytes: &[u8]) -> Result<(), c_int> {
        // SAFETY: the session is alive, and reads the bytes during the call.
        let read = unsafe { nghttp2_session_mem_recv2(self.0, bytes.as_ptr(), bytes.len()) };
        if read < 0 { Err(read as c_int) } else { Ok(()) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the session is alive.
        unsafe { nghttp2_session_del(self.0) };
    }
}

fn header((name, value): (&'static str, &str)) -> nghttp2_nv {
    // nghttp2 reads through these pointers only, although they are declared for writing.
    let pointer = |text: &str| text.as_ptr().cast_mut();
    nghttp2_nv {
        name: pointer(name),
        value: pointer(value),
        namelen: name.len(),
        valuelen: value.len(),
        flags: 0,
    }
}

fn provider(read_callback: nghttp2_data_source_read_callback2) -> nghttp2_data_provider2 {
    nghttp2_data_provider2 { source: nghttp2_data_source { ptr: null_mut() }, read_callback }
}

/// Bytes that C lends.
///
/// # Safety
///
/// They live as long as the caller says, and are null only if there are none.
unsafe fn lent<'a>(bytes: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by contract.
    unsafe { std::slice::from_raw_parts(bytes, length) }
}
