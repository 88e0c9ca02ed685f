//! Watching the descriptors and the timer of a C library on a Tokio runtime, by hand: what `uncallback::ffi::pump` replaces.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::{AbortHandle, spawn_local, yield_now};

// pump: begin
/// What the library is told: a descriptor with what is ready on it, or that its timer is due.
pub(crate) enum Ready {
    Fd { fd: RawFd, read: bool, write: bool },
    Timer,
}

/// One task for each descriptor, and one for the timer.
pub(crate) struct Pump {
    this: Weak<Self>,
    handler: Box<dyn Fn(Ready)>,
    watched: RefCell<HashMap<RawFd, AbortHandle>>,
    timer: RefCell<Option<AbortHandle>>,
}

impl Pump {
    /// The handler must not keep the pump alive.
    pub(crate) fn new(handler: impl Fn(Ready) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            handler: Box::new(handler),
            watched: RefCell::default(),
            timer: RefCell::default(),
        })
    }

    /// Waits for this on a descriptor from now on; for nothing, if both are `false`.
    pub(crate) fn set(&self, fd: RawFd, read: bool, write: bool) -> io::Result<()> {
        let before = self.watched.borrow_mut().remove(&fd);
        if let Some(task) = before {
            task.abort();
        }
        let interest = match (read, write) {
            (false, false) => return Ok(()),
            (true, false) => Interest::READABLE,
            (false, true) => Interest::WRITABLE,
            (true, true) => Interest::READABLE | Interest::WRITABLE,
        };
        // The library may close its descriptor, and get the same number again, before the task has ended.
        // SAFETY: the library waits for the descriptor, so it is open now.
        let duplicate = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
        // SAFETY: the duplicate stays open for as long as the `AsyncFd` holds it.
        let duplicate = unsafe { AsyncFd::register_with_interest(duplicate, interest) }?;
        let task = spawn_local(watch(self.this.clone(), fd, duplicate, interest));
        self.watched.borrow_mut().insert(fd, task.abort_handle());
        Ok(())
    }

    /// Sets the timer, or takes it back.
    pub(crate) fn timer(&self, after: Option<Duration>) {
        let this = self.this.clone();
        let task = after.map(|after| {
            spawn_local(async move {
                tokio::time::sleep(after).await;
                if let Some(pump) = this.upgrade() {
                    (pump.handler)(Ready::Timer);
                }
            })
        });
        let before = self.timer.replace(task.map(|task| task.abort_handle()));
        if let Some(task) = before {
            task.abort();
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        for task in self.watched.get_mut().values().chain(self.timer.get_mut().iter()) {
            task.abort();
        }
    }
}

async fn watch(pump: Weak<Pump>, fd: RawFd, duplicate: AsyncFd<OwnedFd>, interest: Interest) {
    loop {
        let Ok(mut guard) = duplicate.ready(interest).await else { return };
        // Tokio tells of changes only, and the library may leave data unread: the system knows what is ready now.
        let (read, write) = ready_now(duplicate.get_ref(), interest);
        if !read && !write {
            guard.clear_ready();
            continue;
        }
        drop(guard);
        let Some(pump) = pump.upgrade() else { return };
        (pump.handler)(Ready::Fd { fd, read, write });
        drop(pump);
        yield_now().await;
    }
}

/// Errors count as both, so that the library finds out about them.
fn ready_now(fd: &OwnedFd, interest: Interest) -> (bool, bool) {
    let read = if interest.is_readable() { libc::POLLIN } else { 0 };
    let write = if interest.is_writable() { libc::POLLOUT } else { 0 };
    let mut question = libc::pollfd { fd: fd.as_raw_fd(), events: read | write, revents: 0 };
    // SAFETY: one question, and no waiting.
    unsafe { libc::poll(&raw mut question, 1, 0) };
    let failed = question.revents & (libc::POLLERR | libc::POLLHUP) != 0;
    let ready = |wanted| wanted != 0 && (failed || question.revents & wanted != 0);
    (ready(read), ready(write))
}
// pump: end
