//! A driver for smol, async-std and every other executor: `async-io` has a reactor of its own, on a thread if nobody else runs it.
use super::driver::{Driven, Reactor};
use super::{Interest, Pump, Ready, poll};
use async_io::{Async, Timer};
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// The reactor of `async-io`.
///
/// ```
/// use uncallback::ffi::pump::{Driven, OnAsyncIo, Pump};
/// let (pump, driver) = Pump::on_async_io(|_pump| |_ready| ());
/// let driver: Driven<_, OnAsyncIo> = driver;
/// # drop((pump, driver));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OnAsyncIo(());

/// A driver for any executor, on the reactor of `async-io`; see [`Driven`].
///
/// ```
/// use uncallback::ffi::pump::{AsyncIoDriver, Pump, Ready};
/// fn handle(ready: Ready) { println!("{ready:?}") }
/// let (pump, driver): (Pump, AsyncIoDriver<fn(Ready)>) = Pump::on_async_io(|_pump| handle as fn(Ready));
/// drop(pump); // ends the driver
/// async_io::block_on(driver)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type AsyncIoDriver<H> = Driven<H, OnAsyncIo>;

impl Pump {
    /// A pump, and the driver that any executor is to run.
    ///
    /// # Panics
    ///
    /// The driver, with a panic of the handler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the driver ends it; see [`Driven`](super::Driven#what-happens-when).
    ///
    /// ```
    /// use uncallback::ffi::pump::{Pump, Ready};
    ///
    /// let (pump, driver) = Pump::on_async_io(|pump| {
    ///     let pump = pump.clone();
    ///     move |ready| {
    ///         assert_eq!(ready, Ready::Timer(0));
    ///         pump.close();
    ///     }
    /// });
    /// pump.timer(Some(std::time::Duration::from_millis(1)));
    /// async_io::block_on(driver)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_async_io<H>(make: impl FnOnce(&Pump) -> H) -> (Pump, AsyncIoDriver<H>)
    where
        H: FnMut(Ready),
    {
        Self::driven(make)
    }
}

impl Reactor for OnAsyncIo {
    type Watched = Async<Arc<OwnedFd>>;
    type Sleep = Timer;

    fn watch(fd: Arc<OwnedFd>) -> io::Result<Self::Watched> {
        // Whether the library's descriptor blocks is the library's business: the duplicate shares that with it.
        Async::new_nonblocking(fd)
    }

    /// The reactor tells how things are, once for each time that it is asked. So it is asked after `poll` has found nothing.
    fn poll_ready(
        watched: &Self::Watched,
        fd: RawFd,
        interest: Interest,
        write: bool,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Ready>> {
        loop {
            let mut question = [poll::question(watched.get_ref(), interest)];
            poll::wait(&mut question, Some(Duration::ZERO))?;
            if let Some(ready) = poll::answer(fd, &question[0], interest) {
                return Poll::Ready(Ok(ready));
            }
            ready!(if write { watched.poll_writable(cx) } else { watched.poll_readable(cx) })?;
        }
    }

    fn sleep_until(at: Instant) -> Self::Sleep {
        Timer::at(at)
    }
}
