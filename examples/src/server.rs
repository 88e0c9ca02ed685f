//! A small web server inside this process: real sockets, three pages, on a free port of 127.0.0.1.
//!
//! The pages answer at different speeds, and not in the order in which a reader would list them, so that
//! "as it arrives" means something.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running server. It stops when it is dropped.
///
/// ```
/// let server = uncallback_examples::server::Server::start()?;
/// let (send, receive) = std::sync::mpsc::channel();
/// ehttp::fetch(ehttp::Request::get(server.url("/tides")), move |reply| send.send(reply).unwrap());
/// assert!(receive.recv()??.text().unwrap().starts_with("High water"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port can be opened or no thread started.
    pub fn start() -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = connections.clone();
        let thread = thread::Builder::new().name("server".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime.and_then(|runtime| {
                let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
                Ok((listener.local_addr()?, listener, runtime))
            }) {
                Err(error) => drop(tell.send(Err(error))),
                Ok((address, listener, runtime)) => {
                    drop(tell.send(Ok(address)));
                    // Dropping the runtime afterwards drops every connection that is still open.
                    runtime.block_on(async {
                        tokio::select! {
                            () = accept(listener, &accepted) => {}
                            _ = stopped => {}
                        }
                    });
                }
            }
        })?;
        let address = told.recv().map_err(|_| io::Error::other("the server thread ended at once"))??;
        Ok(Self { address, connections, stop: Some(stop), thread: Some(thread) })
    }

    /// The full URL of one of its pages: `/tides`, `/ferries`, `/weather`, `/chart` (not text); everything
    /// else is not found.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections it has accepted so far.
    ///
    /// ```
    /// assert_eq!(uncallback_examples::server::Server::start()?.connections(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both results tell of a server thread that has panicked, which printed its message then.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, connections: &AtomicUsize) {
    let asked_for_ferries = Arc::new(AtomicUsize::new(0));
    loop {
        // A connection that could not be accepted is the client's loss; the next one may do better.
        let Ok((stream, _)) = listener.accept().await else { continue };
        connections.fetch_add(1, Ordering::Relaxed);
        let asked_for_ferries = asked_for_ferries.clone();
        tokio::spawn(http1::Builder::new().serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| answer(request, asked_for_ferries.clone())),
        ));
    }
}

async fn answer(
    request: Request<Incoming>,
    asked_for_ferries: Arc<AtomicUsize>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, delay, body): (StatusCode, u64, &'static [u8]) = match request.uri().path() {
        "/tides" => (StatusCode::OK, 300, TIDES.as_bytes()),
        // Every other request finds this server too busy, so that a client has a reason to ask again.
        "/ferries" if asked_for_ferries.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => {
            (StatusCode::SERVICE_UNAVAILABLE, 0, b"busy")
        }
        "/ferries" => (StatusCode::OK, 150, FERRIES.as_bytes()),
        "/weather" => (StatusCode::OK, 0, WEATHER.as_bytes()),
        "/chart" => (StatusCode::OK, 0, CHART),
        _ => (StatusCode::NOT_FOUND, 0, b"no such page"),
    };
    tokio::time::sleep(Duration::from_millis(delay)).await;
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    *response.status_mut() = status;
    Ok(response)
}

const TIDES: &str = "\
High water 06:12 and 18:40
Low water 00:03 and 12:27
Springs on Thursday: keep clear of the north steps.
";

const FERRIES: &str = "\
The noon ferry sails
The evening ferry is laid up until the wind drops.
";

const WEATHER: &str = "\
West wind, force 4
Showers later.
";

/// The first bytes of an image: not text in any encoding that a client would guess.
const CHART: &[u8] = b"\x89PNG\r\n\x1a\n\xff\xfe";
