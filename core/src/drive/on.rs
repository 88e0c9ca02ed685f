//! Driving a future on somebody's run queue.

use core::fmt;
use core::future::Future;

use super::handle::Driving;
use super::task::{Ready, Schedule, Task};
use super::turn::Next;

/// Calls a callback with the output of a future, both run by a queue.
///
/// Each time there is something to do, `queue` is given a [`Runnable`]: once at the start, then for every wake. The queue
/// runs it whenever and wherever it likes; nothing is polled inside this call or inside a wake. That is the form for
/// libraries that call `wake` with a lock held, and for work that belongs on a certain thread.
///
/// `queue` is called inside `wake`, so it should do no more than store what it is given.
///
/// What happens when the handle is dropped, or a step is never run: see [`Driving`](Driving#what-happens-when) and
/// [`Runnable`](Runnable#what-happens-when).
///
/// # Panics
///
/// A panic of the future or the callback leaves [`Runnable::run`]. The callback is dropped in that case, not called.
///
/// # Cancel safety
///
/// Dropping the [`Driving`] cancels, and so does dropping a [`Runnable`] that was not run: the callback is not called.
/// If all wakers of a detached future are dropped, it and the callback are dropped too,
/// unless the future itself keeps one, as joins do. A lost callback ends the future as for [`drive`](crate::drive).
///
/// # Examples
///
/// ```
/// let (queue, work) = std::sync::mpsc::channel::<uncallback::Runnable>();
/// let (done, answer) = std::sync::mpsc::channel();
/// uncallback::drive_on(
///     move |runnable| queue.send(runnable).unwrap(),
///     async { 6 * 7 },
///     move |value| done.send(value).unwrap(),
/// )
/// .detach();
/// assert!(answer.try_recv().is_err());
///
/// // The loop of the thread where the work belongs:
/// work.into_iter().for_each(uncallback::Runnable::run);
/// assert_eq!(answer.try_recv(), Ok(42));
/// ```
pub fn drive_on<Q, F, D>(queue: Q, future: F, done: D) -> Driving
where
    Q: Fn(Runnable) + Send + Sync + 'static,
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
{
    let task: Ready = Task::new(future, done, On { queue });
    let driving = Driving::new(task.clone());
    task.schedule();
    driving
}

/// Tasks are given to a queue when they are woken.
struct On<Q> {
    queue: Q,
}

impl<Q: Fn(Runnable) + Send + Sync + 'static> Schedule for On<Q> {
    fn schedule(&self, task: Ready) {
        (self.queue)(Runnable { task: Some(task) });
    }
}

/// One step of a driven future, to be run by a queue.
///
/// Made by [`drive_on`] whenever there is something to do for its future.
///
/// # What happens when
///
/// - it is **dropped** without being run: the future is cancelled. It and the callback are dropped, and the callback is not
///   called.
/// - it is run **twice**: that does not compile, because running consumes it.
/// - it is **never** run nor dropped: the future stays where it is, and wakes are in vain.
/// - the future or the callback **panics**: the panic leaves [`run`](Runnable::run), that is the queue's own loop.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use uncallback::{Runnable, drive_on};
///
/// let (queue, work) = channel::<Runnable>();
/// let driving = drive_on(move |step| queue.send(step).unwrap(), async { 1 }, |_| unreachable!("cancelled"));
/// drop(work.recv().unwrap());
/// assert!(driving.is_finished());
/// ```
#[must_use = "dropping it without running it cancels the future"]
pub struct Runnable {
    /// `None` once it is run.
    task: Option<Ready>,
}

impl Runnable {
    /// Polls the future; if it is ready, calls the callback.
    ///
    /// # Panics
    ///
    /// With the panic of the future or the callback.
    ///
    /// # Examples
    ///
    /// ```
    /// let (queue, work) = std::sync::mpsc::channel::<uncallback::Runnable>();
    /// let driving = uncallback::drive_on(move |step| queue.send(step).unwrap(), async { 1 }, |_| ());
    /// work.recv().unwrap().run();
    /// assert!(driving.is_finished());
    /// ```
    pub fn run(mut self) {
        let mut next = self.task.take();
        while let Some(task) = next.take() {
            match task.run() {
                Next::Rest => {}
                Next::Deliver(task) => next = Some(task),
                // It woke itself while it ran: others in the queue come first.
                Next::Later(task) => task.schedule(),
            }
        }
    }
}

impl Drop for Runnable {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.cancel();
        }
    }
}

impl fmt::Debug for Runnable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runnable").finish_non_exhaustive()
    }
}
