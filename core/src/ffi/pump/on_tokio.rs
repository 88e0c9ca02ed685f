//! A driver that is a future, for any Tokio runtime.
use super::table::{Table, Want};
use super::{Interest, Pump, Ready, poll};
use std::collections::HashMap;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;
use tokio::io::unix::AsyncFd;
use tokio::time::Sleep;

/// Drives a library on a Tokio runtime: spawn it, or await it beside the work; made by [`Pump::on_tokio`].
///
/// It is `Send` if the handler is; if not, spawn it with `spawn_local`, or await it in place. Its output says whether waiting has failed;
/// it ends when the pump is closed. A panic of the handler goes through it, to the task.
///
/// # Cancel safety
///
/// Dropping it drops the handler and watches nothing any more.
#[must_use = "a driver does nothing unless it is spawned or awaited"]
pub struct Driver<H> {
    table: Arc<Table>,
    handler: H,
    watched: HashMap<RawFd, Watched>,
    sleep: Option<(Instant, Pin<Box<Sleep>>)>,
}

struct Watched {
    fd: AsyncFd<Arc<OwnedFd>>,
    registration: u64,
}

// The handler is never pinned; the timer is in a box.
impl<H> Unpin for Driver<H> {}

impl Pump {
    /// A pump, and the driver that a Tokio runtime is to run.
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
        let pump = Pump::new();
        let handler = make(&pump);
        let driver = Driver { table: pump.table.clone(), handler, watched: HashMap::new(), sleep: None };
        (pump, driver)
    }
}

impl<H: FnMut(Ready)> Future for Driver<H> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.table.listen(cx.waker()).is_none() {
            this.watched.clear();
            return Poll::Ready(Ok(()));
        }
        let mut called = this.fire_timers();
        this.adopt()?;
        let fds: Vec<_> = this.watched.iter().map(|(fd, watched)| (*fd, watched.registration)).collect();
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

impl<H: FnMut(Ready)> Driver<H> {
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
        self.watched.retain(|fd, watched| {
            wants.get(fd).is_some_and(|want| want.registration == watched.registration)
        });
        for (fd, want) in wants {
            if let std::collections::hash_map::Entry::Vacant(free) = self.watched.entry(fd) {
                let registration = want.registration;
                // SAFETY: the duplicate is ours and stays open for as long as the `AsyncFd` holds it.
                let fd = unsafe { AsyncFd::register(want.duplicate) }.map_err(io::Error::from)?;
                free.insert(Watched { fd, registration });
            }
        }
        Ok(())
    }

    /// Tells the handler about a descriptor if it is ready, and leaves the waker with it if not.
    ///
    /// Tokio tells of changes only, and a library may leave data unread. So `poll` decides, and readiness is cleared only
    /// when there is none.
    fn look(&mut self, fd: RawFd, registration: u64, cx: &mut Context<'_>) -> io::Result<bool> {
        let Some(interest) = self.table.still_wants(fd, registration) else { return Ok(false) };
        let Some(watched) = self.watched.get(&fd) else { return Ok(false) };
        let mut looks = [(interest.read, false), (interest.write, true)].into_iter();
        let ready = loop {
            let Some((wanted, write)) = looks.next() else { return Ok(false) };
            if !wanted {
                continue;
            }
            if let Some(ready) = settled(watched, fd, interest, write, cx)? {
                break ready;
            }
        };
        (self.handler)(ready);
        Ok(true)
    }

    /// Arms the timer. Whether it is due already.
    fn sleeps_no_more(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(at) = self.table.next_deadline() else {
            self.sleep = None;
            return false;
        };
        if self.sleep.as_ref().is_none_or(|(armed, _)| *armed != at) {
            self.sleep = Some((at, Box::pin(tokio::time::sleep_until(at.into()))));
        }
        self.sleep.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_ready())
    }
}

/// What is ready on a descriptor; `None` if nothing is, and the waker is left.
fn settled(
    watched: &Watched,
    fd: RawFd,
    interest: Interest,
    write: bool,
    cx: &mut Context<'_>,
) -> io::Result<Option<Ready>> {
    let polled = |cx: &mut Context<'_>| -> Poll<io::Result<Option<Ready>>> {
        loop {
            let mut guard =
                ready!(if write { watched.fd.poll_write_ready(cx) } else { watched.fd.poll_read_ready(cx) })?;
            let mut question = [poll::question(watched.fd.get_ref(), interest)];
            poll::wait(&mut question, Some(std::time::Duration::ZERO))?;
            if let Some(ready) = poll::answer(fd, &question[0], interest) {
                return Poll::Ready(Ok(Some(ready)));
            }
            guard.clear_ready();
        }
    };
    match polled(cx) {
        Poll::Ready(settled) => settled,
        Poll::Pending => Ok(None),
    }
}

impl<H> std::fmt::Debug for Driver<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}
