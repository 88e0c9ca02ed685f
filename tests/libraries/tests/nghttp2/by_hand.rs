//! nghttp2's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Ask, Callbacks, FAILED, Question, Raw, Side, lent, room, stream_of};
use core::ffi::{c_int, c_void};
use libnghttp2_sys::*;
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::oneshot;

// glue: begin
struct Session {
    raw: Raw,
    state: Arc<State>,
}

struct State {
    ask: Mutex<Ask>,
    streams: Mutex<HashMap<i32, oneshot::Sender<u32>>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Waits for the end of a stream. Dropped, it leaves the table.
struct Waiting {
    state: Arc<State>,
    stream: i32,
    receiver: oneshot::Receiver<u32>,
}

impl Future for Waiting {
    type Output = Option<u32>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u32>> {
        Pin::new(&mut self.receiver).poll(cx).map(Result::ok)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.state.streams.lock().unwrap().remove(&self.stream);
    }
}

impl State {
    fn ask(&self, question: Question<'_>) -> isize {
        self.ask.lock().unwrap_or_else(PoisonError::into_inner)(question)
    }

    fn resume_panic(&self) {
        let payload = self.panic.lock().unwrap().take();
        if let Some(payload) = payload {
            resume_unwind(payload);
        }
    }
}

/// Runs a callback. A panic is kept for the end of the call, and C gets `on_panic`.
///
/// # Safety
///
/// The user data is that of a session.
unsafe fn answer<R>(data: *mut c_void, on_panic: R, f: impl FnOnce(&State) -> R) -> R {
    // SAFETY: the state outlives its session.
    let state = unsafe { &*data.cast::<State>() };
    catch_unwind(AssertUnwindSafe(|| f(state))).unwrap_or_else(|payload| {
        state.panic.lock().unwrap().get_or_insert(payload);
        on_panic
    })
}

unsafe extern "C" fn on_header(
    _session: *mut nghttp2_session,
    frame: *const nghttp2_frame,
    name: *const u8,
    name_len: usize,
    value: *const u8,
    value_len: usize,
    _flags: u8,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the user data is that of the session; frame, name and value are lent for this call.
    unsafe {
        answer(data, FAILED, |state| {
            let (name, value) = (lent(name, name_len), lent(value, value_len));
            state.ask(Question::Header { stream: stream_of(frame).0, name, value }) as c_int
        })
    }
}

unsafe extern "C" fn on_data_chunk_recv(
    _session: *mut nghttp2_session,
    _flags: u8,
    stream: i32,
    bytes: *const u8,
    len: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe {
        answer(data, FAILED, |state| state.ask(Question::Data { stream, bytes: lent(bytes, len) }) as c_int)
    }
}

unsafe extern "C" fn on_frame_recv(
    _session: *mut nghttp2_session,
    frame: *const nghttp2_frame,
    data: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe {
        answer(data, FAILED, |state| match stream_of(frame) {
            (stream @ 1.., true) => state.ask(Question::End { stream }) as c_int,
            _ => 0,
        })
    }
}

unsafe extern "C" fn on_stream_close(
    _session: *mut nghttp2_session,
    stream: i32,
    code: u32,
    data: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe {
        answer(data, FAILED, |state| {
            let closed = state.streams.lock().unwrap().remove(&stream);
            if let Some(closed) = closed {
                // Nobody may be waiting any more.
                let _ = closed.send(code);
            }
            0
        })
    }
}

unsafe extern "C" fn read_body(
    _session: *mut nghttp2_session,
    _stream: i32,
    to: *mut u8,
    len: usize,
    flags: *mut u32,
    _source: *mut nghttp2_data_source,
    data: *mut c_void,
) -> isize {
    // SAFETY: as above.
    unsafe {
        answer(data, FAILED as isize, |state| {
            let wrote = state.ask(Question::Body { room: room(to, len) });
            *flags |= if wrote < len as isize { NGHTTP2_DATA_FLAG_EOF } else { 0 };
            wrote
        })
    }
}

impl Session {
    fn new(side: Side, ask: impl FnMut(Question<'_>) -> isize + Send + 'static) -> Self {
        let state = Arc::new(State {
            ask: Mutex::new(Box::new(ask)),
            streams: Mutex::default(),
            panic: Mutex::default(),
        });
        let callbacks = Callbacks::new();
        let to = callbacks.0;
        // SAFETY: the user data of the session is `state`, which outlives it.
        let raw = unsafe {
            nghttp2_session_callbacks_set_on_header_callback(to, Some(on_header));
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(to, Some(on_data_chunk_recv));
            nghttp2_session_callbacks_set_on_frame_recv_callback(to, Some(on_frame_recv));
            nghttp2_session_callbacks_set_on_stream_close_callback(to, Some(on_stream_close));
            Raw::new(side, &callbacks, Arc::as_ptr(&state).cast_mut().cast())
        };
        Self { raw, state }
    }

    fn request(&self, path: &str) -> Result<Waiting, c_int> {
        let (closed, receiver) = oneshot::channel();
        let stream = self.raw.request(path, Some(read_body))?;
        self.state.streams.lock().unwrap().insert(stream, closed);
        Ok(Waiting { state: self.state.clone(), stream, receiver })
    }

    fn outstanding(&self) -> usize {
        self.state.streams.lock().unwrap().len()
    }

    fn respond(&self, stream: i32, status: &str) {
        self.raw.respond(stream, status, Some(read_body));
    }

    fn send(&self) -> Result<Vec<u8>, c_int> {
        let sent = self.raw.send();
        self.state.resume_panic();
        sent
    }

    fn receive(&self, bytes: &[u8]) -> Result<(), c_int> {
        let received = self.raw.receive(bytes);
        self.state.resume_panic();
        received
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Whoever waits keeps the table, so it does not empty itself.
        let waiting = std::mem::take(&mut *self.state.streams.lock().unwrap());
        drop(waiting);
    }
}
// glue: end
