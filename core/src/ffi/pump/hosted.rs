//! A library object together with the pump that it feeds, so that neither keeps the other alive for ever.
use super::driver::{Driven, Reactor};
use super::{Feed, Pump, Ready};
use std::ops::Deref;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A handle to a library object and its pump; made by [`Pump::host`].
///
/// Clones are handles to the same two; `*hosted` is the object. The driver itself holds the object only while it tells it
/// something.
///
/// # What happens when
///
/// - the last handle is **dropped**: the object is dropped, then the pump, and the driver ends. What the object says at its
///   end still finds its pump.
/// - the driver is **dropped** first: the object stays, and hears nothing any more.
/// - the handler **panics**, or a callback that feeds the pump: the panic leaves the driver.
///
/// ```
/// use uncallback::ffi::pump::{Hosted, Pump};
/// /// A library object.
/// struct Channel { name: &'static str }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let (channel, driver) = Pump::host(|_feed| Channel { name: "dns" }, |_channel, _ready| ()).on_tokio();
/// let other: Hosted<Channel> = channel.clone();
/// assert_eq!(other.name, "dns");
/// drop((channel, other)); // which ends the driver
/// driver.await
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Hosted<L> {
    both: Arc<Both<L>>,
}

/// Dropped in this order: what the object says at its end still finds its pump.
#[derive(Debug)]
struct Both<L> {
    object: L,
    feed: Feed,
    timeout: Option<Timeout<L>>,
}

/// When a library wants to be called, if nothing is ready before.
type Timeout<L> = fn(&L) -> Option<Duration>;

/// A library object that waits for its driver; made by [`Pump::host`].
///
/// What happens when it is dropped: the object ends, without ever having been told anything.
///
/// ```
/// use uncallback::ffi::pump::{Hosting, Pump};
/// let hosting: Hosting<u8, _> = Pump::host(|_feed| 7, |_object, _ready| ());
/// let (object, driver) = hosting.on_tokio();
/// assert_eq!(*object, 7);
/// # drop(driver);
/// ```
#[derive(Debug)]
#[must_use = "an object without a driver is not told anything"]
pub struct Hosting<L, H> {
    both: Both<L>,
    ready: H,
}

impl Pump {
    /// Makes a library object, and a driver that tells it what is ready, for as long as somebody keeps the object.
    ///
    /// This is the usual case: one object, whose callbacks [`Feed`] the pump, and which must not be kept by it. What the closures borrow has to
    /// live as long as the driver; with `move` they own it. The driver runs [on Tokio](Hosting::on_tokio), or
    /// [anywhere](Hosting::on_async_io).
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
    /// let (library, driver) = Pump::host(
    ///     |feed| {
    ///         feed.set(theirs.as_raw_fd(), Interest::READ).unwrap();
    ///         Library(theirs, Cell::new(false))
    ///     },
    ///     |library, _ready| {
    ///         library.1.set(true);
    ///         library.pump().set(library.0.as_raw_fd(), Interest::NONE).unwrap();
    ///     },
    /// )
    /// .on_tokio();
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
    pub fn host<L, H>(make: impl FnOnce(&Feed) -> L, ready: H) -> Hosting<L, H>
    where
        H: FnMut(&Hosted<L>, Ready),
    {
        let feed = Feed::new(Pump::new());
        Hosting { both: Both { object: make(&feed), feed, timeout: None }, ready }
    }
}

impl<L, H: FnMut(&Hosted<L>, Ready)> Hosting<L, H> {
    /// For libraries that are asked when they want to be called next, as c-ares and libusb are, instead of setting a timer.
    ///
    /// They are asked after each step of the driver, and after each call in [`Hosted::with`].
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::time::Duration;
    /// use uncallback::ffi::pump::Pump;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (steps, driver) = Pump::host(
    ///     |_feed| Cell::new(3),
    ///     |steps, _ready| {
    ///         steps.set(steps.get() - 1);
    ///         if steps.get() == 0 {
    ///             steps.pump().close();
    ///         }
    ///     },
    /// )
    /// .with_timeout(|_steps| Some(Duration::ZERO))
    /// .on_tokio();
    /// driver.await?;
    /// assert_eq!(steps.get(), 0);
    /// # Ok::<(), std::io::Error>(()) })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_timeout(mut self, timeout: fn(&L) -> Option<Duration>) -> Self {
        self.both.timeout = Some(timeout);
        self
    }

    /// The object, and its driver for a Tokio runtime; see [`Pump::on_tokio`].
    ///
    /// # Panics
    ///
    /// The driver, as that of [`Pump::on_tokio`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the driver ends it, and leaves the object; see [`Hosted`](Hosted#what-happens-when).
    ///
    /// See the example of [`Pump::host`].
    #[cfg(feature = "pump-tokio")]
    pub fn on_tokio(self) -> (Hosted<L>, super::Driver<impl FnMut(Ready)>) {
        self.driven()
    }

    /// The object, and its driver for any executor; see [`Pump::on_async_io`].
    ///
    /// # Panics
    ///
    /// The driver, as that of [`Pump::on_async_io`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the driver ends it, and leaves the object; see [`Hosted`](Hosted#what-happens-when).
    ///
    /// ```
    /// use std::time::Duration;
    /// use uncallback::ffi::pump::Pump;
    /// let (told, hears) = std::sync::mpsc::channel();
    /// let (object, driver) = Pump::host(
    ///     |feed| feed.timer(Some(Duration::ZERO)),
    ///     move |object, ready| {
    ///         told.send(ready).unwrap();
    ///         object.pump().close();
    ///     },
    /// )
    /// .on_async_io();
    /// async_io::block_on(driver)?;
    /// assert!(hears.recv().is_ok());
    /// # drop(object);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "pump-async-io")]
    pub fn on_async_io(self) -> (Hosted<L>, super::AsyncIoDriver<impl FnMut(Ready)>) {
        self.driven()
    }

    fn driven<R: Reactor>(self) -> (Hosted<L>, Driven<impl FnMut(Ready), R>) {
        let Self { both, mut ready } = self;
        let hosted = Hosted { both: Arc::new(both) };
        let weak = hosted.downgrade();
        let driver = hosted.pump().driver(move |event| {
            if let Some(hosted) = weak.upgrade() {
                ready(&hosted, event);
                hosted.settle();
            }
        });
        hosted.settle();
        (hosted, driver)
    }
}

/// A handle to a hosted object that does not keep it, for what may outlive the object: the handles of its operations.
///
/// What happens when it is dropped: nothing.
///
/// ```
/// use uncallback::ffi::pump::{Pump, WeakHosted};
/// let (object, driver) = Pump::host(|_feed| 7, |_object, _ready| ()).on_tokio();
/// let weak: WeakHosted<i32> = object.downgrade();
/// assert_eq!(weak.upgrade().as_deref(), Some(&7));
/// drop(object);
/// assert!(weak.upgrade().is_none());
/// # drop(driver);
/// ```
#[derive(Debug)]
pub struct WeakHosted<L> {
    both: Weak<Both<L>>,
}

impl<L> WeakHosted<L> {
    /// The object, if somebody still keeps it.
    ///
    /// See the example of [`WeakHosted`].
    pub fn upgrade(&self) -> Option<Hosted<L>> {
        self.both.upgrade().map(|both| Hosted { both })
    }
}

impl<L> Clone for WeakHosted<L> {
    fn clone(&self) -> Self {
        Self { both: self.both.clone() }
    }
}

impl<L> Hosted<L> {
    /// A handle that does not keep the object.
    ///
    /// See the example of [`WeakHosted`].
    pub fn downgrade(&self) -> WeakHosted<L> {
        WeakHosted { both: Arc::downgrade(&self.both) }
    }

    /// Calls into the library, and then sees to what that has left behind: the library is asked for its
    /// [timeout](Hosting::with_timeout), and a panic of its callbacks goes on.
    ///
    /// # Panics
    ///
    /// With the first panic of a closure that was given to the [`Feed`].
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::time::Duration;
    /// use uncallback::ffi::pump::Pump;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let (wanted, driver) = Pump::host(|_feed| Cell::new(None), |wanted, _ready| wanted.pump().close())
    ///     .with_timeout(Cell::get)
    ///     .on_tokio();
    /// wanted.with(|wanted| wanted.set(Some(Duration::ZERO)));
    /// driver.await
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with<R>(&self, call: impl FnOnce(&L) -> R) -> R {
        let answer = call(self);
        self.settle();
        answer
    }

    fn settle(&self) {
        let Both { object, feed, timeout } = &*self.both;
        if let Some(timeout) = timeout {
            feed.timer(timeout(object));
        }
        feed.shared().resume_panic();
    }

    /// The pump that the object feeds.
    ///
    /// See the example of [`Pump::host`].
    pub fn pump(&self) -> &Pump {
        &self.both.feed
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
