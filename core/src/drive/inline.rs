//! Driving a future by its wakes, in place.

use alloc::boxed::Box;
use core::any::Any;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::handle::Driving;
use super::task::{Ready, Schedule, Task};
use super::turn::{Ended, Turns, caught};

/// Calls a callback with the output of a future.
///
/// The future is polled at once, before this function returns, and then inside every call of its waker: in the turn of
/// the API that completes it, where a callback would have run. So callers that expect a callback see the same effects in
/// the same order. No executor takes part.
///
/// A wake that comes from within a driven future or its callback waits until that has returned; then the woken tasks
/// run in the order in which nested callbacks would have. So a chain of any length needs no deeper stack. A future
/// that wakes itself is polled again when everything else has run.
///
/// **Locks.** Some libraries call `wake` while they hold a lock. Everything after the `await` then runs under that lock.
/// Use [`drive_on`](crate::drive_on) for them. A task that is being polled is never polled again from within.
///
/// **Lost callbacks.** If a callback that the future awaits is dropped uncalled, the future ends: it and `done` are dropped,
/// as a pending callback would have dropped what it holds. Nothing panics inside the API that drops the callback.
///
/// For futures that are not `Send` there is [`local::drive`](crate::local::drive).
///
/// What happens when the handle is dropped, and when the callback is called: see [`Driving`](Driving#what-happens-when).
///
/// # Panics
///
/// A panic of the future or of the callback leaves the call in which it occurs: this one or the `wake`. Other tasks that
/// wait for their turn run first. The callback is not called; it is dropped. See [`drive_checked`] for the other way.
///
/// # Cancel safety
///
/// Dropping the [`Driving`] cancels: the callback is not called. [`Driving::detach`] lets the future run on. If all
/// wakers of a detached future are dropped, it and the callback are dropped too, because nothing could run it any more;
/// but a future that itself keeps its waker, as joins do, then stays in memory.
///
/// # Examples
///
/// ```
/// use uncallback::{call, drive};
///
/// fn old_api(n: u64, done: impl FnOnce(u64) + Send + 'static) { done(n + 1) }
///
/// async fn new_style(n: u64) -> u64 {
///     call(|done| old_api(n, move |value| done.complete(value))).await * 2
/// }
///
/// // For callers that still pass a callback:
/// fn as_before(n: u64, done: impl FnOnce(u64) + Send + 'static) {
///     drive(new_style(n), done).detach();
/// }
///
/// let (send, receive) = std::sync::mpsc::channel();
/// as_before(20, move |value| send.send(value).unwrap());
/// assert_eq!(receive.try_recv(), Ok(42));
/// ```
pub fn drive<F, D>(future: F, done: D) -> Driving
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
{
    let task: Ready = Task::new(future, done, Inline);
    let driving = Driving::new(task.clone());
    run_now(task);
    driving
}

/// Calls a callback with the output of a future, or with the panic that ended it.
///
/// Like [`drive`], but a panic of the future becomes `Err(payload)` for the callback, as a thread's does for
/// [`JoinHandle::join`](std::thread::JoinHandle::join). If the future awaits a callback that is dropped uncalled, the
/// payload is a [`Lost`](crate::Lost).
///
/// What happens when the handle is dropped, and how often the callback is called: see
/// [`Driving`](Driving#what-happens-when).
///
/// # Panics
///
/// Only a panic of the callback leaves the call in which it occurs.
///
/// # Cancel safety
///
/// As [`drive`].
///
/// # Examples
///
/// ```
/// let (send, receive) = std::sync::mpsc::channel();
/// uncallback::drive_checked(async { panic!("no luck") }, move |result: Result<(), _>| {
///     send.send(result.unwrap_err()).unwrap();
/// })
/// .detach();
/// assert_eq!(receive.recv().unwrap().downcast_ref(), Some(&"no luck"));
/// ```
pub fn drive_checked<F, D>(future: F, done: D) -> Driving
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(Result<F::Output, Box<dyn Any + Send>>) + Send + 'static,
{
    drive(CatchUnwind { future }, done)
}

/// Tasks are run where they are woken.
struct Inline;

impl Schedule for Inline {
    fn schedule(&self, task: Ready) {
        let running = TURNS.try_with(Turns::are_running).unwrap_or(false);
        if running {
            TURNS.with(|turns| turns.push(task));
        } else {
            run_now(task);
        }
    }
}

fn run_now(task: Ready) {
    let ran = TURNS.try_with(|turns| turns.run(|| step(task.clone()), step));
    if ran.is_err() {
        // The thread is ending and its list is gone: a list of its own will do.
        Turns::new().run(|| step(task), step);
    }
}

fn step(task: Ready) -> Ended<Ready> {
    caught(|| task.run())
}

#[cfg(not(loom))]
std::thread_local! {
    static TURNS: Turns<Ready> = const { Turns::new() };
}
#[cfg(loom)]
loom::thread_local! {
    static TURNS: Turns<Ready> = Turns::new();
}

/// A future whose panic is its output.
pub(super) struct CatchUnwind<F> {
    pub(super) future: F,
}

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the inner future is pinned with this one and not moved.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        // After a panic the future is not polled again: the panic is the output.
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    }
}
