//! Driving libraries that ask their host to watch file descriptors and a timer: c-ares, libcurl, hiredis, libusb.
//!
//! | who | does |
//! |---|---|
//! | the library's callbacks | say what they wait for, with [`Pump::set`] and [`Pump::timer`], at any time, also from inside the handler |
//! | the driver | waits, and calls the handler with what is [`Ready`] |
//! | the handler | tells the library: `ares_process_fd`, `curl_multi_socket_action` |
//!
//! The driver owns the handler, and nothing that the handler can reach owns the driver: there is no cycle to break.
//! The driver ends when [`close`](Pump::close) is called, or when the last [`Pump`] has gone. So a handler that keeps a `Pump`
//! keeps its driver running until `close`: on purpose, or by [`WeakPump`] not at all.
//!
//! | driver | is | feature |
//! |---|---|---|
//! | [`on_thread`](Pump::on_thread()) | a thread of its own, for programs without a runtime and for libraries that must always be called on the same one | `pump` |
//! | [`on_tokio`](Pump::on_tokio) | a future for any Tokio runtime | `pump-tokio` |
//! | [`on_async_io`](Pump::on_async_io) | a future for any other executor: smol, async-std, `block_on` | `pump-async-io` |
//!
//! Most drivers belong to one library object, which the callbacks tell them about: [`Pump::host`] makes both, and keeps
//! them apart.
//!
//! ```
//! use std::time::Duration;
//! use uncallback::ffi::pump::{Pump, Ready};
//!
//! let (seen, sees) = std::sync::mpsc::channel();
//! // The handler, which tells the library: here a channel.
//! let pump = Pump::on_thread(move |_pump| move |ready| seen.send(ready).unwrap());
//! // What the library's timer callback does:
//! pump.timer(Some(Duration::from_millis(1)));
//! assert_eq!(sees.recv().unwrap(), Ready::Timer(0));
//! pump.join()?;
//! # Ok::<(), std::io::Error>(())
//! ```
#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
mod driver;
#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
mod feed;
#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
mod hosted;
#[cfg(feature = "pump-async-io")]
mod on_async_io;
#[cfg(feature = "pump-tokio")]
mod on_tokio;
mod poll;
mod table;
mod thread;

#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
pub use driver::{Driven, Reactor};
#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
pub use feed::Feed;
#[cfg(any(feature = "pump-tokio", feature = "pump-async-io"))]
pub use hosted::{Hosted, Hosting, WeakHosted};
#[cfg(feature = "pump-async-io")]
pub use on_async_io::{AsyncIoDriver, OnAsyncIo};
#[cfg(feature = "pump-tokio")]
pub use on_tokio::{Driver, OnTokio};
pub use thread::PumpThread;

use std::io;
use std::os::fd::RawFd;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use table::Table;

/// What a library waits for on a file descriptor.
///
/// ```
/// use uncallback::ffi::pump::Interest;
/// assert_eq!(Interest { read: true, write: false }, Interest::READ);
/// assert_eq!(Interest { write: true, ..Interest::READ }, Interest::BOTH);
/// assert_eq!(Interest { read: false, ..Interest::BOTH }, Interest::WRITE);
/// assert_eq!(Interest::default(), Interest::NONE);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Tell it when there is something to read.
    pub read: bool,
    /// Tell it when there is room to write.
    pub write: bool,
}

impl Interest {
    /// Nothing more: forget the descriptor.
    pub const NONE: Self = Self { read: false, write: false };
    /// Something to read.
    pub const READ: Self = Self { read: true, write: false };
    /// Room to write.
    pub const WRITE: Self = Self { read: false, write: true };
    /// Either.
    pub const BOTH: Self = Self { read: true, write: true };
}

/// Whether to read, and whether to write: what many libraries pass as two flags.
///
/// ```
/// use uncallback::ffi::pump::Interest;
/// assert_eq!(Interest::from((true, false)), Interest::READ);
/// ```
impl From<(bool, bool)> for Interest {
    fn from((read, write): (bool, bool)) -> Self {
        Self { read, write }
    }
}

/// What the handler is called with.
///
/// Descriptors are level-triggered: what the handler leaves unread is ready again.
///
/// ```
/// use uncallback::ffi::pump::Ready;
/// fn handle(ready: Ready) {
///     match ready {
///         Ready::Fd { fd, read, write } => println!("{fd} is ready: read {read}, write {write}"),
///         Ready::Timer(key) => println!("timer {key} is due"),
///     }
/// }
/// # handle(Ready::Timer(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// A descriptor; errors and hang-ups count as both, so that the library finds out about them.
    Fd {
        /// As it was given to [`Pump::set`].
        fd: RawFd,
        /// There is something to read.
        read: bool,
        /// There is room to write.
        write: bool,
    },
    /// A timer, by its key; 0 is that of [`Pump::timer`].
    Timer(u64),
}

impl Ready {
    /// The descriptor, if there is something to read on it; for libraries that are told one to read and one to write.
    ///
    /// ```
    /// use uncallback::ffi::pump::Ready;
    /// let ready = Ready::Fd { fd: 7, read: true, write: false };
    /// assert_eq!((ready.to_read(), ready.to_write()), (Some(7), None));
    /// ```
    pub fn to_read(self) -> Option<RawFd> {
        match self {
            Ready::Fd { fd, read: true, .. } => Some(fd),
            _ => None,
        }
    }

    /// The descriptor, if there is room to write on it.
    ///
    /// See the example of [`to_read`](Ready::to_read).
    pub fn to_write(self) -> Option<RawFd> {
        match self {
            Ready::Fd { fd, write: true, .. } => Some(fd),
            _ => None,
        }
    }
}

/// The library's side: what it waits for. Clones are handles to the same pump; any thread may use them.
///
/// # What happens when
///
/// - the last handle is **dropped**: the driver ends, as by [`close`](Pump::close), and the handler is dropped. A handler
///   that keeps a handle keeps its driver running.
/// - a descriptor is set **twice**, or a timer: the last word counts.
/// - a descriptor is **never** ready: its handler is never called; nothing else happens.
/// - the handler **panics**: the panic leaves the driver, which ends: see [`Driven`] and [`PumpThread::join`].
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsRawFd;
/// use uncallback::ffi::pump::{Interest, Pump, Ready};
///
/// let (mut ours, theirs) = std::os::unix::net::UnixStream::pair()?;
/// let (seen, sees) = std::sync::mpsc::channel();
/// let pump = Pump::on_thread(move |_pump| move |ready| seen.send(ready).unwrap());
/// pump.set(theirs.as_raw_fd(), Interest::READ)?;
/// ours.write_all(b"!")?;
/// assert_eq!(sees.recv().unwrap(), Ready::Fd { fd: theirs.as_raw_fd(), read: true, write: false });
/// pump.close();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pump {
    table: Arc<Table>,
    alive: Arc<Alive>,
}

/// Closes the pump when the last handle goes.
#[derive(Debug)]
struct Alive(Arc<Table>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Pump {
    fn new() -> Self {
        let table = Arc::new(Table::default());
        Self { alive: Arc::new(Alive(table.clone())), table }
    }

    /// Waits for this on a descriptor from now on; [`Interest::NONE`] forgets it.
    ///
    /// The descriptor is duplicated, so that it does not matter when the library closes its own, nor whether the same number
    /// comes again for something else. Say `NONE` before it is closed, as libraries do: the pump can't see that.
    ///
    /// # Errors
    ///
    /// If the descriptor can't be duplicated. After [`close`](Pump::close) nothing is done, without an error.
    ///
    /// See the example of [`Pump`].
    pub fn set(&self, fd: RawFd, interest: Interest) -> io::Result<()> {
        self.table.set(fd, interest)
    }

    /// Sets the library's one timer, or takes it back. It fires once; after [`close`](Pump::close) it never does.
    ///
    /// ```
    /// # use uncallback::ffi::pump::{Pump, Ready};
    /// let (seen, sees) = std::sync::mpsc::channel();
    /// let pump = Pump::on_thread(move |_pump| move |ready| seen.send(ready).unwrap());
    /// pump.timer(Some(std::time::Duration::ZERO));
    /// assert_eq!(sees.recv().unwrap(), Ready::Timer(0));
    /// ```
    pub fn timer(&self, after: Option<Duration>) {
        self.timer_with_key(0, after);
    }

    /// As [`timer`](Pump::timer), for libraries that have many.
    ///
    /// ```
    /// # use uncallback::ffi::pump::{Pump, Ready};
    /// # let (seen, sees) = std::sync::mpsc::channel();
    /// # let pump = Pump::on_thread(move |_pump| move |ready| seen.send(ready).unwrap());
    /// pump.timer_with_key(7, Some(std::time::Duration::ZERO));
    /// assert_eq!(sees.recv().unwrap(), Ready::Timer(7));
    /// ```
    pub fn timer_with_key(&self, key: u64, after: Option<Duration>) {
        // Too far away to be written down is as good as never.
        self.table.timer(key, after.and_then(|after| Instant::now().checked_add(after)));
    }

    /// Ends the driver: nothing is watched any more, and the handler is dropped.
    ///
    /// A driver on another thread may be in the middle of a call; it ends after that.
    ///
    /// See the example of [`Pump`].
    pub fn close(&self) {
        self.table.close();
    }

    /// A handle that does not keep the driver running.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// let pump = Pump::on_thread(|_pump| |_ready| {});
    /// let weak = pump.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(pump);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn downgrade(&self) -> WeakPump {
        WeakPump { alive: Arc::downgrade(&self.alive) }
    }
}

/// A handle to a pump that does not keep its driver running; for the state that C callbacks share.
///
/// ```
/// use uncallback::ffi::pump::{Interest, Pump, WeakPump};
/// /// What the callbacks of a library share: user data.
/// struct Host { pump: WeakPump }
/// impl Host {
///     /// What the library's socket callback calls.
///     fn wants_to_read(&self, fd: i32) {
///         self.pump.with(|pump| pump.set(fd, Interest::READ).ok()); // nothing, if the driver has ended
///     }
/// }
/// let pump = Pump::on_thread(|_pump| |_ready| {});
/// let host = Host { pump: pump.downgrade() };
/// drop(pump);
/// host.wants_to_read(0);
/// ```
#[derive(Clone, Debug)]
pub struct WeakPump {
    alive: Weak<Alive>,
}

impl AsRef<WeakPump> for WeakPump {
    fn as_ref(&self) -> &WeakPump {
        self
    }
}

impl WeakPump {
    /// Runs `f` with the pump, if somebody still keeps it.
    ///
    /// For callbacks of C: they come until the C object has gone, and the pump may be closed before.
    ///
    /// ```
    /// # use uncallback::ffi::pump::Pump;
    /// let pump = Pump::on_thread(|_pump| |_ready| {});
    /// let weak = pump.downgrade();
    /// assert_eq!(weak.with(|pump| pump.timer(None)), Some(()));
    /// ```
    pub fn with<R>(&self, f: impl FnOnce(&Pump) -> R) -> Option<R> {
        self.upgrade().map(|pump| f(&pump))
    }

    /// The pump, if somebody still keeps it.
    ///
    /// See the example of [`Pump::downgrade`].
    pub fn upgrade(&self) -> Option<Pump> {
        self.alive.upgrade().map(|alive| Pump { table: alive.0.clone(), alive })
    }
}
