//! The handle of a driven future.

use core::fmt;

use super::task::Ready;

/// A future that is being driven, by [`drive`](crate::drive) or [`drive_on`](crate::drive_on).
///
/// # What happens when
///
/// - it is **dropped**: the future is cancelled. It and the callback are dropped, and the callback is not called. If the
///   future is being polled at that moment, that happens when the poll returns. [`detach`](Driving::detach) lets it run on.
/// - the future is woken **twice**: the callback is called once all the same.
/// - the future is **never** ready: the callback is never called; it is dropped with the future. That is at once if the
///   future awaits a callback that is dropped uncalled, or is detached and nothing can wake it any more.
/// - the future or the callback **panics**: see [`drive`](crate::drive).
///
/// # Examples
///
/// ```
/// let (done, answer) = std::sync::mpsc::channel();
/// let driving = uncallback::drive(std::future::pending::<u8>(), move |value| done.send(value).unwrap());
/// assert!(!driving.is_finished());
/// drop(driving);
/// // The callback is gone, so its channel is closed.
/// assert!(answer.recv().is_err());
/// ```
#[must_use = "dropping the handle cancels the future; `.detach()` lets it run on"]
pub struct Driving {
    task: Option<Ready>,
}

impl Driving {
    pub(super) fn new(task: Ready) -> Self {
        Driving { task: Some(task) }
    }

    /// Lets the future run on without a handle.
    ///
    /// # Examples
    ///
    /// ```
    /// uncallback::drive(async { 42 }, |value| assert_eq!(value, 42)).detach();
    /// ```
    pub fn detach(mut self) {
        self.task = None;
    }

    /// Whether the future is over: its callback was called, is being called right now, or will never be.
    ///
    /// # Examples
    ///
    /// ```
    /// let driving = uncallback::drive(async {}, |()| ());
    /// assert!(driving.is_finished());
    /// ```
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(|task| task.is_over())
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.cancel();
        }
    }
}

impl fmt::Debug for Driving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driving").field("is_finished", &self.is_finished()).finish()
    }
}
