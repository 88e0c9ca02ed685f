//! nghttp2's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Ask, Callbacks, FAILED, Question, Raw, Side, lent, room, stream_of};
use core::ffi::c_int;
use libnghttp2_sys::*;
use std::sync::{Mutex, PoisonError};
use uncallback::ffi::{Keyed, Last, Shared};

// glue: begin
struct Session {
    raw: Raw,
    state: Shared<State>,
    body: nghttp2_data_source_read_callback2,
}

struct State {
    ask: Mutex<Ask>,
    streams: Keyed<i32, Option<u32>>,
}

impl State {
    fn ask(&self, question: Question<'_>) -> isize {
        self.ask.lock().unwrap_or_else(PoisonError::into_inner)(question)
    }
}

impl Session {
    fn new(side: Side, ask: impl FnMut(Question<'_>) -> isize + Send + 'static) -> Self {
        let state = Shared::new(State { ask: Mutex::new(Box::new(ask)), streams: Keyed::new() });
        let callbacks = Callbacks::new();
        let (to, asked) = (callbacks.0, state.callbacks(Last, || FAILED));
        // SAFETY: the user data of the session is `state`, which outlives it; what nghttp2 lends is used during the call.
        let (body, raw) = unsafe {
            asked.set(
                |cb: nghttp2_on_header_callback| nghttp2_session_callbacks_set_on_header_callback(to, cb),
                |state, (_, frame, name, name_len, value, value_len, _)| {
                    let (name, value) = (lent(name, name_len), lent(value, value_len));
                    state.ask(Question::Header { stream: stream_of(frame).0, name, value }) as c_int
                },
            );
            asked.set(
                |cb| nghttp2_session_callbacks_set_on_data_chunk_recv_callback(to, cb),
                |state, (_, _, stream, bytes, len)| {
                    state.ask(Question::Data { stream, bytes: lent(bytes, len) }) as c_int
                },
            );
            asked.set(
                |cb| nghttp2_session_callbacks_set_on_frame_recv_callback(to, cb),
                |state, (_, frame)| match stream_of(frame) {
                    (stream @ 1.., true) => state.ask(Question::End { stream }) as c_int,
                    _ => 0,
                },
            );
            asked.set(
                |cb| nghttp2_session_callbacks_set_on_stream_close_callback(to, cb),
                |state, (_, stream, code)| {
                    state.streams.finish(stream, Some(code));
                    0
                },
            );
            let body = state.register(
                Last,
                |cb: nghttp2_data_source_read_callback2| cb,
                |state, (_, _, to, len, flags, _)| {
                    let wrote = state.ask(Question::Body { room: room(to, len) });
                    *flags |= if wrote < len as isize { NGHTTP2_DATA_FLAG_EOF } else { 0 };
                    wrote
                },
                || FAILED as isize,
            );
            (body, Raw::new(side, &callbacks, state.data()))
        };
        Self { raw, state, body }
    }

    fn request(&self, path: &str) -> Result<impl Future<Output = Option<u32>> + use<>, c_int> {
        let closed = self.state.streams.reserve().bind(self.raw.request(path, self.body)?);
        Ok(async { closed.await.ok().flatten() })
    }

    fn outstanding(&self) -> usize {
        self.state.streams.outstanding()
    }

    fn respond(&self, stream: i32, status: &str) {
        self.raw.respond(stream, status, self.body);
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
        self.state.streams.fail_all(|_stream| None);
    }
}
// glue: end
