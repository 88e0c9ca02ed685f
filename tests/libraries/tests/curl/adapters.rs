//! libcurl's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{RawEasy, RawMulti, Reply, after, wanted};
use core::ffi::CStr;
use curl_sys::*;
use std::sync::Mutex;
use uncallback::ffi::pump::{Driver, Hosted, Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{Keyed, Last, Nth, Shared};

// glue: begin
/// An HTTP client on one thread.
struct Client {
    multi: Hosted<Multi>,
}

/// Fields are dropped in this order: the multi handle before what its callbacks use.
struct Multi {
    raw: RawMulti,
    _state: Shared<WeakPump>,
    done: Keyed<usize, CURLcode>,
}

impl Client {
    fn new() -> (Self, Driver<impl FnMut(Ready)>) {
        let (multi, driver) = Pump::host_on_tokio(Multi::new, |multi, ready| multi.step(ready));
        (Self { multi }, driver)
    }

    async fn get(&self, url: &CStr) -> Result<Reply, CURLMcode> {
        let transfer = Transfer::new(self.multi.clone(), url);
        let reserved = self.multi.done.reserve();
        self.multi.raw.add(&transfer.easy)?;
        let code = reserved.bind(transfer.easy.id()).await.expect("the client keeps its table");
        Ok(if code == CURLE_OK { Ok((transfer.easy.status(), transfer.body())) } else { Err(code) })
    }

    fn outstanding(&self) -> usize {
        self.multi.done.outstanding()
    }
}

impl Multi {
    fn new(pump: &Pump) -> Self {
        let (raw, state) = (RawMulti::new(), Shared::new(pump.downgrade()));
        let to = raw.0;
        // SAFETY: the function-pointer types are those of the options; the user data of both is `state`, which lives as long as
        // the multi handle.
        unsafe {
            curl_multi_setopt(to, CURLMOPT_SOCKETDATA, state.data::<*mut u8>());
            curl_multi_setopt(to, CURLMOPT_TIMERDATA, state.data::<*mut u8>());
            state.register(
                Nth::<3>,
                |cb: curl_socket_callback| curl_multi_setopt(to, CURLMOPT_SOCKETFUNCTION, cb),
                |pump, (_, fd, what, _)| {
                    let (read, write) = wanted(what);
                    let set = pump.with(|pump| pump.set(fd, Interest { read, write }));
                    if matches!(set, Some(Err(_))) { -1 } else { 0 }
                },
                || -1,
            );
            state.register(
                Last,
                |cb: curl_multi_timer_callback| curl_multi_setopt(to, CURLMOPT_TIMERFUNCTION, cb),
                |pump, (_, ms)| {
                    pump.with(|pump| pump.timer(after(ms)));
                    0
                },
                || -1,
            );
        }
        Self { raw, _state: state, done: Keyed::new() }
    }

    /// Tells curl what is ready, then hands out what has finished.
    fn step(&self, ready: Ready) {
        match ready {
            Ready::Fd { fd, read, write } => self.raw.ready(fd, read, write),
            Ready::Timer(_) => self.raw.due(),
        }
        while let Some((id, code)) = self.raw.finished() {
            self.done.finish(id, code);
        }
    }
}

/// One easy handle in a multi handle.
struct Transfer {
    multi: Hosted<Multi>,
    easy: RawEasy,
    body: Shared<Mutex<Vec<u8>>>,
}

impl Transfer {
    fn new(multi: Hosted<Multi>, url: &CStr) -> Self {
        let (easy, body) = (RawEasy::new(url), Shared::new(Mutex::new(Vec::new())));
        // SAFETY: the user data of the write callback lives as long as the handle; curl lends `size * n` bytes for the call.
        unsafe {
            curl_easy_setopt(easy.0, CURLOPT_WRITEDATA, body.data::<*mut u8>());
            body.register(
                Last,
                |cb: curl_write_callback| curl_easy_setopt(easy.0, CURLOPT_WRITEFUNCTION, cb),
                |body, (bytes, size, n)| {
                    let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size * n);
                    body.lock().unwrap().extend_from_slice(bytes);
                    bytes.len()
                },
                || 0,
            );
        }
        Self { multi, easy, body }
    }

    fn body(&self) -> Vec<u8> {
        self.body.resume_panic();
        std::mem::take(&mut self.body.lock().unwrap())
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.multi.raw.remove(&self.easy);
    }
}
// glue: end
