//! A driver for any Tokio runtime.
use super::driver::{Driven, Reactor};
use super::{Interest, Pump, Ready, poll};
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;
use tokio::time::Sleep;

/// Tokio's reactor.
///
/// ```
/// use uncallback::ffi::pump::{Driven, OnTokio, Pump};
/// let (pump, driver) = Pump::on_tokio(|_pump| |_ready| ());
/// let driver: Driven<_, OnTokio> = driver;
/// # drop((pump, driver));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnTokio(());

/// A driver for a Tokio runtime; see [`Driven`].
///
/// ```
/// use uncallback::ffi::pump::{Driver, Pump, Ready};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// fn handle(ready: Ready) { println!("{ready:?}") }
/// let (pump, driver): (Pump, Driver<fn(Ready)>) = Pump::on_tokio(|_pump| handle as fn(Ready));
/// let driving = tokio::spawn(driver);
/// drop(pump); // ends the driver
/// driving.await.unwrap()
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type Driver<H> = Driven<H, OnTokio>;

impl Pump {
    /// A pump, and the driver that a Tokio runtime is to run.
    ///
    /// # Panics
    ///
    /// The driver, if it is polled outside of a runtime with I/O and time; and with a panic of the handler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the driver ends it; see [`Driven`](super::Driven#what-happens-when).
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::fd::AsRawFd;
    /// use uncallback::ffi::pump::{Interest, Pump, Ready};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (mut ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    /// let (pump, driver) = Pump::on_tokio(|pump| {
    ///     let pump = pump.clone();
    ///     move |ready| {
    ///         assert!(matches!(ready, Ready::Fd { read: true, .. }));
    ///         pump.close();
    ///     }
    /// });
    /// pump.set(theirs.as_raw_fd(), Interest::READ)?;
    /// ours.write_all(b"!")?;
    /// driver.await
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_tokio<H>(make: impl FnOnce(&Pump) -> H) -> (Pump, Driver<H>)
    where
        H: FnMut(Ready),
    {
        Self::driven(make)
    }
}

impl Reactor for OnTokio {
    type Watched = AsyncFd<Arc<OwnedFd>>;
    type Sleep = Pin<Box<Sleep>>;

    fn watch(fd: Arc<OwnedFd>) -> io::Result<Self::Watched> {
        // SAFETY: the duplicate is ours and stays open for as long as the `AsyncFd` holds it.
        unsafe { AsyncFd::register(fd) }.map_err(io::Error::from)
    }

    /// Tokio tells of changes only, and a library may leave data unread. So `poll` decides, and readiness is cleared only
    /// when there is none.
    fn poll_ready(
        watched: &Self::Watched,
        fd: RawFd,
        interest: Interest,
        write: bool,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Ready>> {
        loop {
            let mut guard =
                ready!(if write { watched.poll_write_ready(cx) } else { watched.poll_read_ready(cx) })?;
            let mut question = [poll::question(watched.get_ref(), interest)];
            poll::wait(&mut question, Some(Duration::ZERO))?;
            if let Some(ready) = poll::answer(fd, &question[0], interest) {
                return Poll::Ready(Ok(ready));
            }
            guard.clear_ready();
        }
    }

    fn sleep_until(at: Instant) -> Self::Sleep {
        Box::pin(tokio::time::sleep_until(at.into()))
    }
}
