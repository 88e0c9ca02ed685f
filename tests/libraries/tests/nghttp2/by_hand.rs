//! nghttp2's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Ask, Callbacks, FAILED, Question, Raw, Side, written};
use core::ffi::{c_int, c_void};
use libnghttp2_sys::*;
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::oneshot::{self, error::RecvError};

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
    type Output = Result<u32, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver).poll(cx)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.state.streams.lock().unwrap().remove(&self.stream);
    }
}

impl State {
    fn ask(&self, question: Question<'_>) -> c_int {
        self.ask.lock().unwrap_or_else(PoisonError::into_inner)(question)
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
        answer(data, FAILED, |state| state.ask(Question::header(frame, name, name_len, value, value_len)))
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
    unsafe { answer(data, FAILED, |state| state.ask(Question::data(stream, bytes, len))) }
}

unsafe extern "C" fn on_frame_recv(
    _session: *mut nghttp2_session,
    frame: *const nghttp2_frame,
    data: *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe { answer(data, FAILED, |state| Question::end(frame).map_or(0, |end| state.ask(end))) }
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
    unsafe { answer(data, FAILED as isize, |state| written(state.ask(Question::body(to, len)), len, flags)) }
}

impl Session {
    fn new(side: Side, ask: impl FnMut(Question<'_>) -> c_int + Send + 'static) -> Self {
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
            Raw::new(side, &callbacks, Some(read_body), Arc::as_ptr(&state).cast_mut().cast())
        };
        Self { raw, state }
    }

    fn request(&self, path: &str) -> Result<Waiting, c_int> {
        let (closed, receiver) = oneshot::channel();
        let stream = self.raw.request(path)?;
        self.state.streams.lock().unwrap().insert(stream, closed);
        Ok(Waiting { state: self.state.clone(), stream, receiver })
    }

    fn outstanding(&self) -> usize {
        self.state.streams.lock().unwrap().len()
    }

    /// A call in which the session may ask; a panic of an answer resumes after it.
    fn during<T>(&self, call: impl FnOnce(&Raw) -> T) -> T {
        let answer = call(&self.raw);
        let payload = self.state.panic.lock().unwrap().take();
        payload.map_or(answer, |payload| resume_unwind(payload))
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
