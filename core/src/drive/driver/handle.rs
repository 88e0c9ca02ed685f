//! The handle of a task of a driver.

use alloc::rc::{Rc, Weak};
use core::fmt;

use super::inner::Inner;
use super::number::Key;

/// A future that is being driven by a [`Driver`](crate::Driver).
///
/// # What happens when
///
/// - it is **dropped**: the future is cancelled. It and the callback are dropped, and the callback is not called. If the
///   future is being polled at that moment, that happens when the poll returns. [`detach`](LocalDriving::detach) lets it run
///   on.
/// - the future is woken **twice**: the callback is called once all the same.
/// - the future is **never** ready: the callback is never called; it is dropped with the future, at the latest with the
///   driver. If the future awaits a callback that is dropped uncalled, that is at once.
/// - the future or the callback **panics**: see [`Driver::drive`](crate::Driver::drive).
///
/// # Examples
///
/// ```
/// let driver = uncallback::Driver::new();
/// let driving = driver.drive(std::future::pending::<()>(), |()| ());
/// assert!(!driving.is_finished());
/// drop(driving);
/// assert!(driver.is_empty());
/// ```
#[must_use = "dropping the handle cancels the future; `.detach()` lets it run on"]
pub struct LocalDriving {
    inner: Weak<Inner>,
    key: Key,
}

impl LocalDriving {
    pub(super) fn new(inner: &Rc<Inner>, key: Key) -> Self {
        LocalDriving { inner: Rc::downgrade(inner), key }
    }

    /// Lets the future run on without a handle, as long as its driver lives.
    ///
    /// # Examples
    ///
    /// ```
    /// uncallback::local::drive(async { 42 }, |value| assert_eq!(value, 42)).detach();
    /// ```
    pub fn detach(mut self) {
        self.inner = Weak::new();
    }

    /// Whether nothing is left to do: the callback was called, or will never be.
    ///
    /// # Examples
    ///
    /// ```
    /// let driving = uncallback::local::drive(async {}, |()| ());
    /// assert!(driving.is_finished());
    /// ```
    pub fn is_finished(&self) -> bool {
        self.inner.upgrade().is_none_or(|inner| !inner.contains(self.key))
    }
}

impl Drop for LocalDriving {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.cancel(self.key);
        }
    }
}

impl fmt::Debug for LocalDriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalDriving").field("is_finished", &self.is_finished()).finish()
    }
}
