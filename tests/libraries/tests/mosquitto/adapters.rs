//! libmosquitto's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Answer, CONNECT, Failed, Message, Raw, accepted, copied, granted};
use core::ffi::{CStr, c_int};
use libmosquitto_sys::*;
use uncallback::ffi::{Keyed, Nth, Shared};
use uncallback::stream::{Events, events, mpsc};

// glue: begin
struct Client {
    raw: Raw,
    state: Shared<State>,
}

struct State {
    answers: Keyed<c_int, Answer>,
    messages: mpsc::Emitter<Message>,
}

impl State {
    fn finish(&self, id: c_int, answer: Answer) {
        self.answers.finish(id, answer);
    }
}

type Messages = Events<mpsc::Receiver<Message>, ()>;

impl Client {
    fn new(id: &CStr) -> (Self, Messages) {
        let mut state = None;
        let messages = events(mpsc::unbounded(), |messages| {
            state = Some(Shared::new(State { answers: Keyed::new(), messages }));
        });
        let state = state.expect("made above");
        // SAFETY: the user data of the object is `state`, which outlives it; what it lends is copied.
        let raw = unsafe {
            let raw = Raw::new(id, state.data());
            let (to, callbacks) = (raw.0, state.callbacks(Nth::<1>, || ()));
            callbacks.set(
                |cb| mosquitto_connect_callback_set(to, cb),
                |state, (_, code)| state.finish(CONNECT, accepted(code)),
            );
            callbacks.set(
                |cb| mosquitto_disconnect_callback_set(to, cb),
                |state, (_, _code)| state.answers.fail_all(|_id| Err(Failed::Disconnected)),
            );
            callbacks
                .set(|cb| mosquitto_publish_callback_set(to, cb), |state, (_, id)| state.finish(id, Ok(())));
            callbacks.set(
                |cb| mosquitto_subscribe_callback_set(to, cb),
                |state, (_, id, _count, levels)| state.finish(id, granted(levels)),
            );
            callbacks.set(
                |cb| mosquitto_message_callback_set(to, cb),
                |state, (_, message)| state.messages.emit_with(|| copied(message)),
            );
            raw
        };
        (Self { raw, state }, messages)
    }

    /// An operation that is started now, and the future of its answer.
    fn begin<F: FnOnce(&Raw) -> Result<c_int, c_int>>(
        &self,
        start: F,
    ) -> impl Future<Output = Answer> + use<F> {
        let reserved = self.state.answers.reserve();
        let bound = start(&self.raw).map(|id| reserved.bind(id));
        async { bound.map_err(Failed::Refused)?.await.unwrap_or(Err(Failed::Disconnected)) }
    }

    fn outstanding(&self) -> usize {
        self.state.answers.outstanding()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.state.answers.fail_all(|_id| Err(Failed::Disconnected));
    }
}
// glue: end
