//! A library object together with the pump that it feeds, so that neither keeps the other alive for ever.
use super::driver::{Driven, Reactor};
use super::{Pump, Ready};
use std::ops::Deref;
use std::sync::Arc;

/// A handle to a library object and its pump; made by `Pump::host_on_tokio` and `Pump::host_on_async_io`.
///
/// Clones are handles to the same two. When the last one goes, the object is dropped, then the pump, and the driver ends. The driver itself holds the object
/// only while it tells it something.
#[derive(Debug)]
pub struct Hosted<L> {
    both: Arc<Both<L>>,
}

/// Dropped in this order: what the object says at its end still finds its pump.
#[derive(Debug)]
struct Both<L> {
    object: L,
    pump: Pump,
}

impl Pump {
    /// Makes a library object and the driver that tells it what is ready, for as long as somebody keeps the object.
    ///
    /// This is [`on_tokio`](Pump::on_tokio) for the usual case: one object, whose callbacks feed the pump and which must
    /// not be kept by it. What the closures borrow has to live as long as the driver; with `move` they own it.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::io::Write;
    /// use std::os::fd::AsRawFd;
    /// use std::os::unix::net::UnixStream;
    /// use uncallback::ffi::pump::{Interest, Pump};
    ///
    /// /// Wants to read once.
    /// struct Library(UnixStream, Cell<bool>);
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (mut ours, theirs) = UnixStream::pair()?;
    /// let (library, driver) = Pump::host_on_tokio(
    ///     |pump| {
    ///         pump.set(theirs.as_raw_fd(), Interest::READ).unwrap();
    ///         Library(theirs, Cell::new(false))
    ///     },
    ///     |library, _ready| {
    ///         library.1.set(true);
    ///         library.pump().set(library.0.as_raw_fd(), Interest::NONE).unwrap();
    ///     },
    /// );
    /// ours.write_all(b"!")?;
    /// let work = async {
    ///     while !library.1.get() {
    ///         tokio::task::yield_now().await;
    ///     }
    ///     drop(library); // which ends the driver
    /// };
    /// let driven = tokio::task::LocalSet::new();
    /// driven.spawn_local(work);
    /// driven.run_until(driver).await
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "pump-tokio")]
    pub fn host_on_tokio<L>(
        make: impl FnOnce(&Pump) -> L,
        ready: impl FnMut(&Hosted<L>, Ready),
    ) -> (Hosted<L>, super::Driver<impl FnMut(Ready)>) {
        Self::hosting(make, ready)
    }

    /// As `host_on_tokio`, with a driver for any executor: see [`on_async_io`](Pump::on_async_io).
    ///
    /// ```
    /// use std::time::Duration;
    /// use uncallback::ffi::pump::Pump;
    /// let (told, hears) = std::sync::mpsc::channel();
    /// let (object, driver) = Pump::host_on_async_io(
    ///     |pump| pump.timer(Some(Duration::ZERO)),
    ///     move |object, ready| {
    ///         told.send(ready).unwrap();
    ///         object.pump().close();
    ///     },
    /// );
    /// async_io::block_on(driver)?;
    /// assert!(hears.recv().is_ok());
    /// # drop(object);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "pump-async-io")]
    pub fn host_on_async_io<L>(
        make: impl FnOnce(&Pump) -> L,
        ready: impl FnMut(&Hosted<L>, Ready),
    ) -> (Hosted<L>, super::AsyncIoDriver<impl FnMut(Ready)>) {
        Self::hosting(make, ready)
    }

    fn hosting<L, R: Reactor>(
        make: impl FnOnce(&Pump) -> L,
        mut ready: impl FnMut(&Hosted<L>, Ready),
    ) -> (Hosted<L>, Driven<impl FnMut(Ready), R>) {
        let mut made = None;
        let (_, driver) = Self::driven(|pump| {
            let both = Arc::new(Both { object: make(pump), pump: pump.clone() });
            let weak = Arc::downgrade(&both);
            made = Some(Hosted { both });
            move |event| {
                if let Some(both) = weak.upgrade() {
                    ready(&Hosted { both }, event);
                }
            }
        });
        (made.expect("`driven` has called the closure"), driver)
    }
}

impl<L> Hosted<L> {
    /// The pump that the object feeds.
    ///
    /// See the examples of `Pump::host_on_tokio` and `Pump::host_on_async_io`.
    pub fn pump(&self) -> &Pump {
        &self.both.pump
    }
}

impl<L> Clone for Hosted<L> {
    fn clone(&self) -> Self {
        Self { both: self.both.clone() }
    }
}

impl<L> Deref for Hosted<L> {
    type Target = L;
    fn deref(&self) -> &L {
        &self.both.object
    }
}
