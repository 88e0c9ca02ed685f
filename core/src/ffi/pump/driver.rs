//! A driver that is a future, for runtimes with a reactor; what differs between them is a `Reactor`.
use super::table::{Table, Want};
use super::{Interest, Pump, Ready};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// What tells a driver that a descriptor is ready, or that time has passed: [`OnTokio`](super::OnTokio) or
/// [`OnAsyncIo`](super::OnAsyncIo), as far as their features are on.
///
/// ```
/// use std::io;
/// use uncallback::ffi::pump::{Driven, Reactor, Ready};
///
/// /// Runs any driver to its end, and says so.
/// async fn to_the_end<H: FnMut(Ready), R: Reactor>(driver: Driven<H, R>) -> io::Result<()> {
///     driver.await?;
///     println!("the pump was closed");
///     Ok(())
/// }
/// # fn is_generic<R: Reactor>(d: Driven<fn(Ready), R>) -> impl Future { to_the_end(d) }
/// ```
pub trait Reactor {
    /// A descriptor that is being watched.
    #[doc(hidden)]
    type Watched;
    /// Ends at some time.
    #[doc(hidden)]
    type Sleep: Future + Unpin;
    #[doc(hidden)]
    fn watch(fd: Arc<OwnedFd>) -> io::Result<Self::Watched>;
    /// What is ready on a descriptor; if nothing is, the waker is woken when it may read, or write if `write`.
    #[doc(hidden)]
    fn poll_ready(
        watched: &Self::Watched,
        fd: RawFd,
        interest: Interest,
        write: bool,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Ready>>;
    #[doc(hidden)]
    fn sleep_until(at: Instant) -> Self::Sleep;
}

/// Drives a library on a runtime: spawn it, or await it beside the work; made by [`Pump::on_tokio`] and [`Pump::on_async_io`].
///
/// It is `Send` if the handler is; if not, spawn it on a local executor, or await it in place. Its output says whether waiting has
/// failed.
///
/// # What happens when
///
/// - it is **dropped**: the handler is dropped, and nothing is watched any more. What the library asks for later is noted
///   and never done.
/// - the pump is closed, or its last handle dropped: it is ready.
/// - it is **never** polled: the handler is never called.
/// - the handler **panics**: the panic leaves the poll, to the task.
///
/// # Cancel safety
///
/// Dropping it loses no readiness: descriptors are level-triggered, and timers stay with the pump; but a pump has one driver,
/// so nobody is left to take them up.
///
/// See the examples of [`Reactor`], and of [`Pump`]'s methods that make one.
#[must_use = "a driver does nothing unless it is spawned or awaited"]
pub struct Driven<H, R: Reactor> {
    table: Arc<Table>,
    handler: H,
    watched: HashMap<RawFd, (R::Watched, u64)>,
    sleep: Option<(Instant, R::Sleep)>,
}

// Neither the handler nor what is watched is ever pinned.
impl<H, R: Reactor> Unpin for Driven<H, R> {}

impl Pump {
    pub(super) fn driven<H, R: Reactor>(make: impl FnOnce(&Pump) -> H) -> (Pump, Driven<H, R>)
    where
        H: FnMut(Ready),
    {
        let pump = Pump::new();
        let handler = make(&pump);
        let driver = pump.driver(handler);
        (pump, driver)
    }

    /// What drives this pump: there is one.
    pub(super) fn driver<H: FnMut(Ready), R: Reactor>(&self, handler: H) -> Driven<H, R> {
        Driven { table: self.table.clone(), handler, watched: HashMap::new(), sleep: None }
    }
}

impl<H: FnMut(Ready), R: Reactor> Future for Driven<H, R> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.table.listen(cx.waker()).is_none() {
            this.watched.clear();
            return Poll::Ready(Ok(()));
        }
        let mut called = this.fire_timers();
        this.adopt()?;
        let fds: Vec<_> = this.watched.iter().map(|(fd, (_, registration))| (*fd, *registration)).collect();
        for (fd, registration) in fds {
            called |= this.look(fd, registration, cx)?;
        }
        // Every call may have changed everything: look again, after other tasks had their turn.
        if called || this.sleeps_no_more(cx) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<H: FnMut(Ready), R: Reactor> Driven<H, R> {
    fn fire_timers(&mut self) -> bool {
        let mut called = false;
        while let Some(timer) = self.table.due(Instant::now()) {
            (self.handler)(timer);
            called = true;
        }
        called
    }

    /// Watches what the library has come to want, and drops what it does not want any more.
    fn adopt(&mut self) -> io::Result<()> {
        let wants: HashMap<RawFd, Want> = self.table.fds().into_iter().collect();
        self.watched.retain(|fd, (_, registration)| {
            wants.get(fd).is_some_and(|want| want.registration == *registration)
        });
        for (fd, want) in wants {
            if let Entry::Vacant(free) = self.watched.entry(fd) {
                free.insert((R::watch(want.duplicate)?, want.registration));
            }
        }
        Ok(())
    }

    /// Tells the handler about a descriptor if it is ready, and leaves the waker with it if not.
    fn look(&mut self, fd: RawFd, registration: u64, cx: &mut Context<'_>) -> io::Result<bool> {
        let Some(interest) = self.table.still_wants(fd, registration) else { return Ok(false) };
        let Some((watched, _)) = self.watched.get(&fd) else { return Ok(false) };
        for (wanted, write) in [(interest.read, false), (interest.write, true)] {
            if !wanted {
                continue;
            }
            if let Poll::Ready(ready) = R::poll_ready(watched, fd, interest, write, cx) {
                (self.handler)(ready?);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Arms the timer. Whether it is due already.
    fn sleeps_no_more(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.table.next_deadline() else {
            self.sleep = None;
            return false;
        };
        if self.sleep.as_ref().is_none_or(|(armed, _)| *armed != at) {
            self.sleep = Some((at, R::sleep_until(at)));
        }
        self.sleep.as_mut().is_some_and(|(_, sleep)| Pin::new(sleep).poll(cx).is_ready())
    }
}

impl<H, R: Reactor> std::fmt::Debug for Driven<H, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driven").field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}
