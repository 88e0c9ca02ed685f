//! libmosquitto's callbacks by hand.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{Answer, Begun, CONNECT, Failed, Message, Raw, accepted, copied, granted};
use core::ffi::{CStr, c_int, c_void};
use libmosquitto_sys::*;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::{mpsc, oneshot};

// glue: begin
struct Client {
    raw: Raw,
    state: Arc<State>,
}

struct State {
    table: Mutex<Table>,
    messages: mpsc::UnboundedSender<Message>,
}

/// Who waits for which id.
#[derive(Default)]
struct Table {
    waiting: HashMap<c_int, oneshot::Sender<Answer>>,
    /// Answers that came before their ids were known, while something was being started.
    early: HashMap<c_int, Answer>,
    starting: usize,
    /// How often all has failed: what was being started then has failed too.
    failures: u64,
}

struct Messages(mpsc::UnboundedReceiver<Message>);

impl Messages {
    async fn next(&mut self) -> Option<Message> {
        self.0.recv().await
    }
}

/// Waits for the answer with an id. Dropped, it leaves the table.
struct Waiting {
    state: Arc<State>,
    id: c_int,
    receiver: oneshot::Receiver<Answer>,
}

impl Future for Waiting {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.receiver).poll(cx).map(|answer| answer.unwrap_or(Err(Failed::Disconnected)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.receiver.close();
        let mut table = self.state.table();
        // The id may belong to another operation by now.
        if table.waiting.get(&self.id).is_some_and(oneshot::Sender::is_closed) {
            table.waiting.remove(&self.id);
        }
    }
}

impl State {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, id: c_int, answer: Answer) {
        let mut table = self.table();
        if let Some(waits) = table.waiting.remove(&id) {
            // Waking runs other people's code.
            drop(table);
            // Nobody may be waiting any more.
            let _ = waits.send(answer);
        } else if table.starting > 0 {
            table.early.insert(id, answer);
        }
    }

    fn fail_all(&self) {
        let mut table = self.table();
        table.failures += 1;
        table.early.clear();
        let waiting = std::mem::take(&mut table.waiting);
        drop(table);
        for waits in waiting.into_values() {
            let _ = waits.send(Err(Failed::Disconnected));
        }
    }
}

/// Runs a callback. A panic stays out of C; the panic hook has printed it.
///
/// # Safety
///
/// The user data is that of a client.
unsafe fn run(data: *mut c_void, f: impl FnOnce(&State)) {
    // SAFETY: the state outlives its object.
    let state = unsafe { &*data.cast::<State>() };
    let _ = catch_unwind(AssertUnwindSafe(|| f(state)));
}

unsafe extern "C" fn on_connect(_object: *mut mosquitto, data: *mut c_void, code: c_int) {
    // SAFETY: the user data is that of the object.
    unsafe { run(data, |state| state.finish(CONNECT, accepted(code))) }
}

unsafe extern "C" fn on_disconnect(_object: *mut mosquitto, data: *mut c_void, _code: c_int) {
    // SAFETY: as above.
    unsafe { run(data, State::fail_all) }
}

unsafe extern "C" fn on_publish(_object: *mut mosquitto, data: *mut c_void, id: c_int) {
    // SAFETY: as above.
    unsafe { run(data, |state| state.finish(id, Ok(()))) }
}

unsafe extern "C" fn on_subscribe(
    _object: *mut mosquitto,
    data: *mut c_void,
    id: c_int,
    _count: c_int,
    levels: *const c_int,
) {
    // SAFETY: as above; the levels are lent for this call.
    unsafe { run(data, |state| state.finish(id, granted(levels))) }
}

unsafe extern "C" fn on_message(
    _object: *mut mosquitto,
    data: *mut c_void,
    message: *const mosquitto_message,
) {
    // SAFETY: as above; the message is lent for this call.
    unsafe { run(data, |state| drop(state.messages.send(copied(message)))) }
}

impl Client {
    fn new(id: &CStr) -> (Self, Messages) {
        let (messages, receiver) = mpsc::unbounded_channel();
        let state = Arc::new(State { table: Mutex::default(), messages });
        // SAFETY: the user data of the object is `state`, which outlives it.
        let raw = unsafe {
            let raw = Raw::new(id, Arc::as_ptr(&state).cast_mut().cast());
            mosquitto_connect_callback_set(raw.0, Some(on_connect));
            mosquitto_disconnect_callback_set(raw.0, Some(on_disconnect));
            mosquitto_publish_callback_set(raw.0, Some(on_publish));
            mosquitto_subscribe_callback_set(raw.0, Some(on_subscribe));
            mosquitto_message_callback_set(raw.0, Some(on_message));
            raw
        };
        (Self { raw, state }, Messages(receiver))
    }

    /// An operation that is started now, and the future of its answer.
    fn begin<F: FnOnce(&Raw) -> Begun>(&self, start: F) -> impl Future<Output = Answer> + use<F> {
        let failures = {
            let mut table = self.state.table();
            table.starting += 1;
            table.failures
        };
        // The callback may run in here, so nothing is locked.
        let started = start(&self.raw);
        let mut table = self.state.table();
        table.starting -= 1;
        let outcome = match started {
            Err(code) => Err(Failed::Refused(code)),
            Ok(_) if table.failures != failures => Err(Failed::Disconnected),
            Ok(id) => {
                let (sender, receiver) = oneshot::channel();
                match table.early.remove(&id) {
                    Some(answer) => drop(sender.send(answer)),
                    None => drop(table.waiting.insert(id, sender)),
                }
                Ok(Waiting { state: self.state.clone(), id, receiver })
            }
        };
        if table.starting == 0 {
            table.early.clear();
        }
        async { outcome?.await }
    }

    fn raw(&self) -> &Raw {
        &self.raw
    }

    fn outstanding(&self) -> usize {
        self.state.table().waiting.len()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.state.fail_all();
    }
}
// glue: end
