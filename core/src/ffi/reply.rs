//! The reverse direction: C asks, Rust answers later, once, whatever happens.

/// The duty to answer a question of C, exactly once.
///
/// C's completion handle is in the closure, which consumes it. Together with [`drive`](crate::drive) it lets an `async fn` serve a C
/// callback.
///
/// # What happens when
///
/// - it is **dropped** without an answer, by a panic, a lost task, a shutdown: the fallback is sent, so that C does not wait
///   for ever.
/// - it is sent **twice**: that does not compile, because sending consumes it.
/// - it is **never** sent nor dropped: C waits for ever.
/// - the closure that sends **panics**: the panic leaves [`send`](Reply::send), or the drop. It does not run again.
///
/// ```
/// use std::sync::atomic::{AtomicI32, Ordering};
/// use uncallback::ffi::Reply;
/// static ANSWER: AtomicI32 = AtomicI32::new(0);
/// /// C's function that takes the answer.
/// unsafe extern "C" fn reply(answer: i32) { ANSWER.store(answer, Ordering::Relaxed) }
///
/// // SAFETY: the question is answered once.
/// let question = || Reply::new(|answer| unsafe { reply(answer) }, || -5);
/// question().send(42);
/// assert_eq!(ANSWER.load(Ordering::Relaxed), 42);
/// drop(question());
/// assert_eq!(ANSWER.load(Ordering::Relaxed), -5);
/// ```
#[must_use = "C waits for the answer; dropped, it sends the fallback"]
pub struct Reply<T> {
    send: Option<Send<T>>,
}

type Send<T> = Box<dyn FnOnce(Option<T>) + std::marker::Send>;

impl<T> Reply<T> {
    /// A reply that `send` carries to C, with what to say if nobody answers.
    ///
    /// See the example of [`Reply`].
    pub fn new(
        send: impl FnOnce(T) + std::marker::Send + 'static,
        fallback: impl FnOnce() -> T + std::marker::Send + 'static,
    ) -> Self {
        Self { send: Some(Box::new(|answer| send(answer.unwrap_or_else(fallback)))) }
    }

    /// Answers.
    ///
    /// See the example of [`Reply`].
    pub fn send(mut self, answer: T) {
        if let Some(send) = self.send.take() {
            send(Some(answer));
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(send) = self.send.take() {
            send(None);
        }
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
