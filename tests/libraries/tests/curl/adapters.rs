//! libcurl's callbacks with the adapters.

#[path = "cases.rs"]
#[allow(clippy::duplicate_mod, reason = "the same cases run on both versions")]
mod cases;

use crate::plain::{RawEasy, RawMulti, Reply, after, lent, wanted};
use core::ffi::CStr;
use curl_sys::*;
use std::sync::Mutex;
use std::time::Duration;
use uncallback::ffi::pump::{Driver, Feed, Hosted, Pump, Ready};
use uncallback::ffi::{Keyed, Last, Nth, Shared};

// glue: begin
/// An HTTP client on one thread.
struct Client {
    multi: Hosted<Multi>,
}

struct Multi {
    raw: RawMulti,
    done: Keyed<usize, CURLcode>,
}

impl Client {
    fn new() -> (Self, Driver<impl FnMut(Ready)>) {
        let (multi, driver) = Pump::host(Multi::new, |multi, ready| multi.step(ready)).on_tokio();
        (Self { multi }, driver)
    }

    async fn get(&self, url: &CStr, limit: Duration) -> Result<Reply, CURLMcode> {
        let (body, easy) = (Shared::new(Mutex::new(Vec::new())), RawEasy::new(url, limit));
        // SAFETY: the user data lives longer than the handle; curl lends `size * n` bytes for the call.
        unsafe {
            body.register(
                Last,
                |cb| easy.on_write(cb, body.data()),
                |body, (bytes, size, n)| {
                    body.lock().unwrap().extend_from_slice(lent(bytes, size * n));
                    size * n
                },
                || 0,
            );
        }
        let reserved = self.multi.done.reserve();
        let _added = self.multi.raw.add(&easy)?;
        let code = reserved.bind(easy.id()).await.expect("the client keeps its table");
        body.resume_panic();
        let body = std::mem::take(&mut *body.lock().unwrap());
        Ok(if code == CURLE_OK { Ok((easy.status(), body)) } else { Err(code) })
    }

    fn outstanding(&self) -> usize {
        self.multi.done.outstanding()
    }
}

impl Multi {
    fn new(feed: &Feed) -> Self {
        let (raw, done) = (RawMulti::new(), Keyed::new());
        // SAFETY: the callbacks are the handle's, and end with it.
        unsafe {
            feed.on_fd(
                Nth::<3>,
                |cb, data| raw.on_socket(cb, data),
                |(_, fd, what, _)| (fd, wanted(what).into()),
                || -1,
            );
            feed.on_timer(Last, |cb, data| raw.on_timer(cb, data), |(_, ms)| after(ms), || -1);
        }
        Self { raw, done }
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
// glue: end
