//! Blocking code on a thread pool.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Runs code that blocks on a thread pool and gives its result as a future.
///
/// The code is queued at once and runs when a thread of the pool is free. The pool belongs to the crate
/// [`blocking`](https://docs.rs/blocking), which grows and shrinks it as needed; any executor may poll the future.
///
/// # Panics
///
/// A panic of `work` resumes in the task that awaits the future.
///
/// # Cancel safety
///
/// Dropping the future while `work` is queued drops `work`: it never runs. If it runs already, it runs to its end, because
/// a thread can't be stopped; its result is dropped. [`Blocking::detach`] lets queued work run as well.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let manifest = uncallback::blocking(|| std::fs::read_to_string("Cargo.toml")).await?;
/// assert!(manifest.contains("[package]"));
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
pub fn blocking<T, F>(work: F) -> Blocking<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    Blocking { task: ::blocking::unblock(work) }
}

/// The future of [`blocking()`].
///
/// # What happens when
///
/// - it is **dropped**: work that has not begun is dropped and never runs; work that has begun runs to its end, and its
///   result is dropped. [`detach`](Self::detach) lets queued work run as well.
/// - the work **never** ends: the future waits for ever, and a thread of the pool with it.
/// - the work **panics**: the panic resumes in the awaiter.
/// - it is **polled again** after it was ready: that panics.
///
/// # Cancel safety
///
/// Dropping it loses the result, and work that has not begun.
///
/// # Examples
///
/// ```
/// # uncallback::__private::block_on(async {
/// let work: uncallback::Blocking<u8> = uncallback::blocking(|| 42);
/// assert_eq!(work.await, 42);
/// # });
/// ```
#[must_use = "dropping the future cancels work that has not begun; `.detach()` lets it run"]
pub struct Blocking<T> {
    task: ::blocking::Task<T>,
}

impl<T> Blocking<T> {
    /// Lets the work run without anyone waiting for it.
    ///
    /// # Examples
    ///
    /// ```
    /// let (send, receive) = std::sync::mpsc::channel();
    /// uncallback::blocking(move || send.send("ran").unwrap()).detach();
    /// assert_eq!(receive.recv(), Ok("ran"));
    /// ```
    pub fn detach(self) {
        self.task.detach();
    }

    /// Whether the work has run to its end.
    ///
    /// # Examples
    ///
    /// ```
    /// let work = uncallback::blocking(|| 42);
    /// while !work.is_finished() {
    ///     std::thread::yield_now();
    /// }
    /// ```
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl<T> Future for Blocking<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").field("is_finished", &self.is_finished()).finish()
    }
}
