//! libmosquitto's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Answer, Begun, CONNECT, Failed, Message, Raw, accepted, copied, granted};
use core::ffi::{CStr, c_int};
use libmosquitto_sys::*;
use uncallback::ffi::{Keyed, Nth, Outlet, Plug, Stateful};
use uncallback::stream::{Events, mpsc};

// glue: begin
struct Client(Stateful<Raw, State>);

#[derive(Default)]
struct State {
    answers: Keyed<c_int, Answer>,
    messages: Outlet<Message>,
}

type Messages = Events<mpsc::Receiver<Message>, Plug<Message>>;

impl Client {
    fn new(id: &CStr) -> (Self, Messages) {
        // SAFETY: the user data of the object is `state`, which outlives it; what it lends is copied.
        let client = Stateful::new(State::default(), |state| unsafe {
            let raw = Raw::new(id, state.data());
            let callbacks = state.callbacks(raw.0, Nth::<1>, || ());
            callbacks.on(mosquitto_connect_callback_set, |state, (_, code)| {
                state.answers.finish(CONNECT, accepted(code))
            });
            callbacks.on(mosquitto_disconnect_callback_set, |state, (_, _code)| {
                state.answers.fail_all(|_id| Err(Failed::Disconnected))
            });
            callbacks.on(mosquitto_publish_callback_set, |state, (_, id)| state.answers.finish(id, Ok(())));
            callbacks.on(mosquitto_subscribe_callback_set, |state, (_, id, _count, levels)| {
                state.answers.finish(id, granted(levels))
            });
            callbacks.on(mosquitto_message_callback_set, |state, (_, message)| {
                state.messages.emit_with(|| copied(message))
            });
            raw
        });
        let messages = client.messages.connect(mpsc::unbounded());
        (Self(client), messages)
    }

    /// An operation that is started now, and the future of its answer.
    fn begin<F: FnOnce(&Raw) -> Begun>(&self, start: F) -> impl Future<Output = Answer> + use<F> {
        let begun = self.0.answers.start(|| start(self.raw()));
        async { begun.map_err(Failed::Refused)?.await.unwrap_or(Err(Failed::Disconnected)) }
    }

    fn raw(&self) -> &Raw {
        self.0.raw()
    }

    fn outstanding(&self) -> usize {
        self.0.answers.outstanding()
    }
}
// glue: end
