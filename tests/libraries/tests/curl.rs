//! libcurl's multi interface: an HTTP client without threads, driven by sockets and one timer.
//!
//! The completion is not a callback: it is polled with `curl_multi_info_read` after each step, so transfers are keyed by their
//! easy handles. Socket and timer callbacks belong to the multi handle and share what it has; the write callback belongs to the transfer.
use core::ffi::{CStr, c_int, c_long};
use curl_sys::*;
use std::rc::Rc;
use std::sync::{Mutex, Once};
use std::time::Duration;
use uncallback::ffi::pump::{Driver, Interest, Pump, Ready, WeakPump};
use uncallback::ffi::{CallbackError, Keyed, Last, Nth, Shared};
use uncallback_examples::server::Server;

/// What became of a transfer: the HTTP status and the body, or curl's error code.
type Reply = Result<(c_long, Vec<u8>), CURLcode>;

/// An HTTP client on one thread. Fields are dropped in this order: the multi handle before what its callbacks use.
struct Client {
    multi: Rc<Multi>,
    done: Keyed<usize, CURLcode>,
    pump: Pump,
}

struct Multi {
    raw: *mut CURLM,
    _pump: Shared<WeakPump>,
}

impl Client {
    fn new() -> (Self, Driver<impl FnMut(Ready)>) {
        let done = Keyed::new();
        let mut multi = None;
        let (pump, driver) = Pump::on_tokio(|pump| {
            let driven = Rc::new(Multi::new(Shared::new(pump.downgrade())));
            multi = Some(driven.clone());
            let done = done.clone();
            move |ready| driven.step(ready, &done)
        });
        (Self { multi: multi.expect("made above"), done, pump }, driver)
    }

    async fn get(&self, url: &CStr) -> Result<Reply, CallbackError> {
        let transfer = Transfer::new(self.multi.clone(), url);
        let reserved = self.done.reserve();
        // SAFETY: both handles are alive. Timer and socket callbacks run in here.
        let code = unsafe { curl_multi_add_handle(self.multi.raw, transfer.easy) };
        if code != CURLM_OK {
            return Err(CallbackError::Refused(code.into()));
        }
        let code = reserved.bind(transfer.easy.addr()).await?;
        Ok(if code == CURLE_OK { Ok((transfer.status(), transfer.body())) } else { Err(code) })
    }
}

impl Multi {
    fn new(pump: Shared<WeakPump>) -> Self {
        // SAFETY: no arguments.
        let raw = unsafe { curl_multi_init() };
        // SAFETY: the function-pointer types are those of the options; the user data of both is `pump`, which lives as long as
        // the multi handle.
        unsafe {
            curl_multi_setopt(raw, CURLMOPT_SOCKETDATA, pump.data::<*mut u8>());
            curl_multi_setopt(raw, CURLMOPT_TIMERDATA, pump.data::<*mut u8>());
            pump.register(
                Nth::<3>,
                |cb: curl_socket_callback| curl_multi_setopt(raw, CURLMOPT_SOCKETFUNCTION, cb),
                |pump, (_easy, fd, what, _assigned)| watch(pump, fd, what),
                || -1,
            );
            pump.register(
                Last,
                |cb: curl_multi_timer_callback| curl_multi_setopt(raw, CURLMOPT_TIMERFUNCTION, cb),
                |pump, (_multi, ms)| arm(pump, ms),
                || -1,
            );
        }
        Self { raw, _pump: pump }
    }

    /// Tells curl what is ready, then hands out what has finished.
    fn step(&self, ready: Ready, done: &Keyed<usize, CURLcode>) {
        let (fd, what) = match ready {
            Ready::Fd { fd, read, write } => (fd, c_int::from(read) | c_int::from(write) << 1),
            Ready::Timer(_) => (CURL_SOCKET_TIMEOUT, 0),
        };
        let (mut running, mut queued) = (0, 0);
        // SAFETY: the handle is alive.
        unsafe { curl_multi_socket_action(self.raw, fd, what, &raw mut running) };
        loop {
            // SAFETY: as above; the message is valid until the next call on the handle.
            let message = unsafe { curl_multi_info_read(self.raw, &raw mut queued).as_ref() };
            let Some(message) = message else { return };
            // The code is in a union that the bindings show as a pointer.
            done.finish(message.easy_handle.addr(), message.data.addr() as CURLcode);
        }
    }
}

fn watch(pump: &WeakPump, fd: curl_socket_t, what: c_int) -> c_int {
    let Some(pump) = pump.upgrade() else { return 0 };
    let interest = match what {
        CURL_POLL_REMOVE => Interest::NONE,
        what => Interest { read: what & CURL_POLL_IN != 0, write: what & CURL_POLL_OUT != 0 },
    };
    if pump.set(fd, interest).is_ok() { 0 } else { -1 }
}

fn arm(pump: &WeakPump, ms: c_long) -> c_int {
    let after = u64::try_from(ms).ok().map(Duration::from_millis);
    pump.upgrade().map_or(0, |pump| {
        pump.timer(after);
        0
    })
}

/// One easy handle in a multi handle. Dropped, it is out: curl is silent about it from then on.
struct Transfer {
    multi: Rc<Multi>,
    easy: *mut CURL,
    body: Shared<Mutex<Vec<u8>>>,
}

impl Transfer {
    fn new(multi: Rc<Multi>, url: &CStr) -> Self {
        let body = Shared::new(Mutex::new(Vec::new()));
        // SAFETY: curl copies the URL; the user data of the write callback lives as long as the handle; curl lends
        // `size * n` bytes for the call.
        let easy = unsafe {
            let easy = curl_easy_init();
            curl_easy_setopt(easy, CURLOPT_URL, url.as_ptr());
            curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1 as c_long);
            curl_easy_setopt(easy, CURLOPT_WRITEDATA, body.data::<*mut u8>());
            body.register(
                Last,
                |cb: curl_write_callback| curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, cb),
                |body, (bytes, size, n)| {
                    let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size * n);
                    body.lock().unwrap().extend_from_slice(bytes);
                    bytes.len()
                },
                || 0,
            );
            easy
        };
        Self { multi, easy, body }
    }

    fn status(&self) -> c_long {
        let mut status: c_long = 0;
        // SAFETY: the handle is alive, and this information is a `long`.
        unsafe { curl_easy_getinfo(self.easy, CURLINFO_RESPONSE_CODE, &raw mut status) };
        status
    }

    fn body(&self) -> Vec<u8> {
        std::mem::take(&mut self.body.lock().unwrap())
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        // SAFETY: both handles are alive. The socket callback runs in here.
        unsafe {
            curl_multi_remove_handle(self.multi.raw, self.easy);
            curl_easy_cleanup(self.easy);
        }
    }
}

impl Drop for Multi {
    fn drop(&mut self) {
        // SAFETY: every transfer holds the multi handle, so all have gone.
        unsafe { curl_multi_cleanup(self.raw) };
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The driver's handler holds the multi handle: it goes with the driver.
        self.pump.close();
    }
}

/// Runs `work` with a client whose driver runs beside it.
fn with_client<T>(work: impl AsyncFnOnce(&Client) -> T) -> T {
    static INIT: Once = Once::new();
    // SAFETY: before any other use of curl, once.
    INIT.call_once(|| unsafe { assert_eq!(curl_global_init(CURL_GLOBAL_ALL), CURLE_OK) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, driver) = Client::new();
        let mut driver = std::pin::pin!(driver);
        let done = tokio::select! {
            done = tokio::time::timeout(Duration::from_secs(60), work(&client)) => done.expect("done in time"),
            ended = &mut driver => panic!("the driver has ended: {ended:?}"),
        };
        drop(client);
        driver.await.unwrap();
        done
    })
}

fn url(server: &Server, path: &str) -> std::ffi::CString {
    std::ffi::CString::new(server.url(path)).unwrap()
}

#[test]
fn pages_missing_pages_and_refused_connections_come_at_once() {
    let server = Server::start().unwrap();
    let (weather, missing, chart) =
        (url(&server, "/weather"), url(&server, "/nothing"), url(&server, "/chart"));
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let refused = std::ffi::CString::new(format!("http://{free}/")).unwrap();
    with_client(async |client| {
        let (weather, missing, chart, refused) = tokio::join!(
            client.get(&weather),
            client.get(&missing),
            client.get(&chart),
            client.get(&refused)
        );
        let (status, body) = weather.unwrap().unwrap();
        assert_eq!((status, &body[..9]), (200, &b"West wind"[..]));
        assert_eq!(missing.unwrap().unwrap().0, 404);
        assert!(chart.unwrap().unwrap().1.ends_with(b"\xff\xfe"));
        assert_eq!(refused.unwrap(), Err(CURLE_COULDNT_CONNECT));
    });
}

#[test]
fn transfer_that_is_dropped_on_the_way_leaves_the_others_alone() {
    let server = Server::start().unwrap();
    let (slow, fast) = (url(&server, "/tides"), url(&server, "/weather"));
    with_client(async |client| {
        tokio::select! {
            biased;
            _ = client.get(&slow) => panic!("the slow page came first"),
            fast = client.get(&fast) => assert_eq!(fast.unwrap().unwrap().0, 200),
        }
        assert_eq!(client.done.outstanding(), 0);
        assert_eq!(client.get(&fast).await.unwrap().unwrap().0, 200);
        assert_eq!(client.done.unclaimed(), 0);
    });
}

#[test]
fn client_with_a_transfer_on_the_way_can_go() {
    let server = Server::start().unwrap();
    let slow = url(&server, "/tides");
    with_client(async |client| {
        let mut slow = std::pin::pin!(client.get(&slow));
        tokio::select! {
            biased;
            _ = &mut slow => panic!("it is slow"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    });
}

#[test]
fn a_thousand_requests_twenty_at_a_time() {
    let server = Server::start().unwrap();
    let weather = url(&server, "/weather");
    let served = with_client(async |client| {
        let (mut served, client, weather) = (0, &client, &weather);
        for _ in 0..50 {
            let round =
                uncallback::join((0..20).map(|_| Box::pin(client.get(weather))).collect::<Vec<_>>()).await;
            served += round.iter().filter(|reply| matches!(reply, Ok(Ok((200, _))))).count();
        }
        served
    });
    assert_eq!(served, 1000);
}
