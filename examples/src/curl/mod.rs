//! An HTTP client with callbacks on an event loop: libcurl's multi interface, where every callback comes on the thread
//! of the loop, so that nothing needs to be `Send`.
//!
//! libcurl asks its host to watch sockets and a timer, through callbacks of C; [`uncallback::ffi::pump`] does so.

mod multi;
mod transfer;

use std::ffi::{CStr, CString};
use std::sync::Once;

use curl_sys::{CURL_GLOBAL_ALL, CURLE_OK, curl_global_init};
use multi::Multi;
use transfer::Easy;
use uncallback::ffi::pump::{Driver, Hosted, Ready, WeakHosted};

/// A client; clones are handles to the same one.
///
/// When the last one goes, or with [`close`](Client::close), transfers on the way end, and their callbacks are dropped
/// uncalled.
///
/// ```
/// use uncallback_examples::{curl, server::Server};
/// let server = Server::start()?;
/// let status = curl::run(async |client| {
///     let reply = uncallback::call!(client.get(server.url("/weather"), _)).await;
///     reply.map(|page| page.status)
/// });
/// assert_eq!(status, Ok(200));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    multi: Hosted<Multi>,
}

/// What a server has answered, whatever its status.
#[derive(Debug)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// What a transfer ends with: the answer, or the reason of libcurl why there is none.
pub type Reply = Result<Response, String>;

/// A transfer that may be on the way. Dropped, it goes on.
#[derive(Debug)]
pub struct Transfer {
    /// `None` if it was refused.
    multi: Option<WeakHosted<Multi>>,
    id: usize,
}

/// How many connections a client opens at most. Further transfers wait for their turn.
pub const CONNECTIONS: std::ffi::c_long = 32;

impl Client {
    /// A client, and the driver that a Tokio runtime is to run beside whatever uses the client; see [`run`].
    pub fn new() -> (Self, Driver<impl FnMut(Ready)>) {
        static INIT: Once = Once::new();
        // SAFETY: before any other use of libcurl in this process, once.
        INIT.call_once(|| assert_eq!(unsafe { curl_global_init(CURL_GLOBAL_ALL) }, CURLE_OK));
        let (multi, driver) = Multi::with_driver(CONNECTIONS);
        (Self { multi }, driver)
    }

    /// Gets a page and calls back with it, once, from the event loop; or at once, if libcurl won't start.
    ///
    /// See the example of [`Client`].
    pub fn get(&self, url: impl Into<Vec<u8>>, done: impl FnOnce(Reply) + 'static) -> Transfer {
        let refused = Transfer { multi: None, id: 0 };
        let Ok(url) = CString::new(url) else {
            done(Err("the URL has a zero byte".to_owned()));
            return refused;
        };
        let easy = match Easy::new(&url) {
            Ok(easy) => easy,
            Err(cause) => {
                done(Err(cause));
                return refused;
            }
        };
        match self.multi.start(easy, Box::new(done)) {
            Ok(id) => Transfer { multi: Some(self.multi.downgrade()), id },
            Err((done, cause)) => {
                done(Err(cause));
                refused
            }
        }
    }

    /// How many transfers are on the way.
    ///
    /// ```
    /// let (client, _driver) = uncallback_examples::curl::Client::new();
    /// assert_eq!(client.on_the_way(), 0);
    /// ```
    pub fn on_the_way(&self) -> usize {
        self.multi.on_the_way()
    }

    /// Ends all transfers that are on the way, and the driver. No more can be started.
    pub fn close(&self) {
        self.multi.pump().close();
        self.multi.close();
    }
}

impl Transfer {
    /// Ends the transfer, if it is still on the way: its callback is dropped uncalled.
    ///
    /// ```
    /// use uncallback_examples::{curl, server::Server};
    /// let server = Server::start()?;
    /// curl::run(async |client| {
    ///     let transfer = client.get(server.url("/tides"), |_reply| panic!("it was cancelled"));
    ///     transfer.cancel();
    ///     assert_eq!(client.on_the_way(), 0);
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cancel(self) {
        if let Some(multi) = self.multi.and_then(|multi| multi.upgrade()) {
            multi.cancel(self.id);
        }
    }
}

/// Runs `work` with a client and its event loop on this thread, and closes the client at the end.
///
/// # Panics
///
/// If the operating system gives no event loop, and with the panic of a callback.
///
/// See the example of [`Client`].
pub fn run<T>(work: impl AsyncFnOnce(&Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("an event loop").block_on(async {
        let (client, driver) = Client::new();
        let mut driver = std::pin::pin!(driver);
        let done = tokio::select! {
            done = work(&client) => done,
            ended = &mut driver => panic!("the event loop has ended: {ended:?}"),
        };
        client.close();
        driver.await.expect("an event loop that was closed");
        done
    })
}

/// # Safety
///
/// A C string that stays as it is.
unsafe fn text(message: *const std::ffi::c_char) -> String {
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
}
