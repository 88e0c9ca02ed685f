//! nghttp2's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Ask, Callbacks, FAILED, Question, Raw, Side, written};
use core::ffi::c_int;
use libnghttp2_sys::*;
use uncallback::ffi::{Bound, Exclusive, Keyed, Last, Stateful};

// glue: begin
struct Session(Stateful<Raw, State>);

struct State {
    ask: Exclusive<Ask>,
    streams: Keyed<i32, u32>,
}

impl Session {
    fn new(side: Side, ask: impl FnMut(Question<'_>) -> c_int + Send + 'static) -> Self {
        let state = State { ask: Exclusive::new(Box::new(ask)), streams: Keyed::new() };
        // SAFETY: the user data of the session is `state`, which outlives it; what nghttp2 lends is used during the call.
        Self(Stateful::new(state, |state| unsafe {
            let all = Callbacks::new();
            let session = state.callbacks(all.0, Last, || FAILED);
            session.ask(
                nghttp2_session_callbacks_set_on_header_callback,
                |state, (_, frame, name, name_len, value, value_len, _)| {
                    state.ask.call(Question::header(frame, name, name_len, value, value_len))
                },
            );
            session.ask(
                nghttp2_session_callbacks_set_on_data_chunk_recv_callback,
                |state, (_, _, stream, bytes, len)| state.ask.call(Question::data(stream, bytes, len)),
            );
            session.ask(nghttp2_session_callbacks_set_on_frame_recv_callback, |state, (_, frame)| {
                Question::end(frame).map_or(0, |end| state.ask.call(end))
            });
            session.on(nghttp2_session_callbacks_set_on_stream_close_callback, |state, (_, stream, code)| {
                state.streams.finish(stream, code)
            });
            let body = session.on_panic(|| FAILED as isize).callback(|state, (_, _, to, len, flags, _)| {
                written(state.ask.call(Question::body(to, len)), len, flags)
            });
            Raw::new(side, &all, body, state.data())
        }))
    }

    fn request(&self, path: &str) -> Result<Bound<i32, u32>, c_int> {
        self.0.streams.start(|| self.0.raw().request(path))
    }

    fn outstanding(&self) -> usize {
        self.0.streams.outstanding()
    }

    /// A call in which the session may ask.
    fn during<T>(&self, call: impl FnOnce(&Raw) -> T) -> T {
        self.0.during(call)
    }
}
// glue: end
