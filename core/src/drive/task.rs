//! A future that is driven by its own wakes, on whatever thread they come.
//!
//! # Protocol
//!
//! One word says who may touch the content (future, output, callback):
//!
//! | state | the content belongs to |
//! |---|---|
//! | `IDLE` | nobody; whoever leaves this state |
//! | `QUEUED` | nobody; the task waits in one list, to be run |
//! | `RUNNING` | the thread that runs it |
//! | `WOKEN` | the thread that runs it; it was woken meanwhile |
//! | `CANCELLED` | the thread that runs it, which drops it when the run returns |
//! | `OVER` | the one who set it, once, to drop it; nobody afterwards |
//!
//! | from | who | to | duty |
//! |---|---|---|---|
//! | `IDLE` | wake | `QUEUED` | put the task in a list |
//! | `QUEUED` | wake | `QUEUED` | none, but it is an exchange, so that the run sees what was written before |
//! | `RUNNING` | wake | `WOKEN` | none: the runner looks again |
//! | `QUEUED` | runner | `RUNNING` | poll, or deliver the output |
//! | `RUNNING` | runner, future pending | `IDLE` | none |
//! | `WOKEN` | runner, future pending | `QUEUED` | put the task in a list |
//! | `RUNNING`, `WOKEN` | runner, future ready | `QUEUED` | put the task in a list, to deliver |
//! | `RUNNING`, `WOKEN` | runner, about to deliver | `OVER` | call the callback |
//! | `IDLE`, `QUEUED` | cancel | `OVER` | drop the content |
//! | `RUNNING`, `WOKEN` | cancel | `CANCELLED` | none |
//! | `CANCELLED` | runner | `OVER` | drop the content |
//! | any but `OVER` | run that panics, or awaits a lost callback | `OVER` | drop the content |

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::mem::{self, ManuallyDrop};
use core::pin::Pin;
use core::task::{Context, Waker};

use super::turn::Next;
use crate::group::slot::Slot;
use crate::quiet::catch_lost;
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicUsize, Ordering};

const IDLE: usize = 0;
const QUEUED: usize = 1;
const RUNNING: usize = 2;
const WOKEN: usize = 3;
const CANCELLED: usize = 4;
const OVER: usize = 5;

/// Where a task goes when it was woken.
pub(super) trait Schedule: Send + Sync + 'static {
    fn schedule(&self, task: Ready);
}

/// A task that is to be run.
pub(super) type Ready = Arc<dyn Run>;

/// A task, whatever its future.
pub(super) trait Run: Send + Sync {
    /// Runs one step: polls the future, or delivers its output.
    fn run(self: Arc<Self>) -> Next<Ready>;
    /// Drops the future and the callback, at once or when the step that is running has returned.
    fn cancel(&self);
    fn is_over(&self) -> bool;
    /// Puts a task that is to be run in its list.
    fn schedule(self: Arc<Self>);
}

pub(super) struct Task<F: Future, D, S> {
    state: AtomicUsize,
    content: UnsafeCell<Content<F, D>>,
    schedule: S,
}

struct Content<F: Future, D> {
    /// Pinned with the task.
    work: Slot<F>,
    /// `None` when it was called or dropped.
    done: Option<D>,
}

// SAFETY: the content is reached by one thread at a time (see the protocol), and all its parts are `Send`.
unsafe impl<F: Future + Send, D: Send, S: Sync> Sync for Task<F, D, S> where F::Output: Send {}
// SAFETY: all parts are `Send`.
unsafe impl<F: Future + Send, D: Send, S: Send> Send for Task<F, D, S> where F::Output: Send {}

impl<F, D, S> Task<F, D, S>
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule,
{
    /// A task that is about to be put in a list.
    pub(super) fn new(future: F, done: D, schedule: S) -> Arc<Self> {
        let content = Content { work: Slot::Running(future), done: Some(done) };
        Arc::new(Task { state: AtomicUsize::new(QUEUED), content: UnsafeCell::new(content), schedule })
    }

    /// Moves on from a state. False if the task is in another one.
    fn leave(&self, from: usize, to: usize) -> bool {
        // ORDERING: Release hands the content over to the next owner. Acquire, to take it over from the last one, and
        // to see what was written before a wake or a cancel that has changed the state.
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Moves on after a run, whether or not the task was woken meanwhile. False if it was cancelled.
    fn leave_run(&self, to: usize) -> bool {
        self.leave(RUNNING, to) || self.leave(WOKEN, to)
    }

    /// Gives access to the future, pinned, or its output.
    ///
    /// # Safety
    ///
    /// The content must belong to the caller.
    unsafe fn with_work<R>(&self, access: impl FnOnce(Pin<&mut Slot<F>>) -> R) -> R {
        // SAFETY: exclusive by the caller's promise. The task is behind an `Arc` from the start and its work is never
        // moved out as long as it is a future, so it may be pinned.
        self.content.with_mut(|content| access(unsafe { Pin::new_unchecked(&mut (*content).work) }))
    }

    /// Takes the callback.
    ///
    /// # Safety
    ///
    /// The content must belong to the caller.
    unsafe fn take_done(&self) -> Option<D> {
        // SAFETY: exclusive by the caller's promise.
        self.content.with_mut(|content| unsafe { (*content).done.take() })
    }

    /// Drops what is left.
    ///
    /// # Safety
    ///
    /// The content must belong to the caller.
    unsafe fn clear(&self) {
        // SAFETY: the caller's promise.
        let done = unsafe { self.take_done() };
        // SAFETY: the caller's promise.
        unsafe { self.with_work(|mut work| work.set(Slot::Empty)) };
        drop(done);
    }

    /// This task's waker, lent for one poll. Costs no count.
    fn lend_waker(self: &Arc<Self>) -> ManuallyDrop<Waker> {
        // SAFETY: the pointer comes from a live `Arc`. The second `Arc` made of it owns no count and so must not be
        // dropped: it is inside `ManuallyDrop`.
        ManuallyDrop::new(Waker::from(unsafe { Arc::from_raw(Arc::as_ptr(self)) }))
    }
}

/// Ends a task whose run panics, or cannot go on.
struct End<'a, F, D, S>(&'a Task<F, D, S>)
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule;

impl<F, D, S> Drop for End<'_, F, D, S>
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule,
{
    fn drop(&mut self) {
        // ORDERING: Release for those who ask whether it is over. Nobody takes the content over from `OVER`.
        self.0.state.store(OVER, Ordering::Release);
        // SAFETY: the state was one in which the content belongs to the runner, which is us.
        unsafe { self.0.clear() };
    }
}

impl<F, D, S> Run for Task<F, D, S>
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule,
{
    fn run(self: Arc<Self>) -> Next<Ready> {
        if !self.leave(QUEUED, RUNNING) {
            // Cancelled while it waited.
            return Next::Rest;
        }
        let end = End(&self);
        // SAFETY: we are the runner.
        if unsafe { self.with_work(|work| work.output().is_some()) } {
            mem::forget(end);
            self.deliver();
            return Next::Rest;
        }
        let waker = self.lend_waker();
        // SAFETY: we are the runner; nothing that the future does reaches the content through the task.
        let polled =
            catch_lost(|| unsafe { self.with_work(|work| work.poll(&mut Context::from_waker(&waker))) });
        let Ok(ready) = polled else {
            // The callback that the future awaits was dropped; so are the future and its own callback.
            drop(end);
            return Next::Rest;
        };
        mem::forget(end);
        if !ready && self.leave(RUNNING, IDLE) {
            return Next::Rest;
        }
        if !self.leave_run(QUEUED) {
            self.end_cancelled();
            return Next::Rest;
        }
        if ready { Next::Deliver(self) } else { Next::Later(self) }
    }

    fn cancel(&self) {
        // ORDERING: Relaxed, only a first guess for the exchange.
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let to = match state {
                IDLE | QUEUED => OVER,
                RUNNING | WOKEN => CANCELLED,
                _ => return,
            };
            // ORDERING: Acquire, to see the content as its last runner left it. Release, so that a runner that
            // drops it comes after what the canceller did.
            match self.state.compare_exchange_weak(state, to, Ordering::AcqRel, Ordering::Relaxed) {
                // SAFETY: nobody owned the content, and setting `OVER` made it ours.
                Ok(_) if to == OVER => return unsafe { self.clear() },
                Ok(_) => return,
                Err(found) => state = found,
            }
        }
    }

    fn is_over(&self) -> bool {
        // ORDERING: Acquire, so that who sees the end also sees what the task did before.
        self.state.load(Ordering::Acquire) == OVER
    }

    fn schedule(self: Arc<Self>) {
        self.schedule.schedule(self.clone());
    }
}

impl<F, D, S> Task<F, D, S>
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule,
{
    /// Calls the callback with the output. We are the runner.
    fn deliver(&self) {
        // SAFETY: we are the runner, and the work is finished.
        let (output, done) = unsafe { (self.with_work(Slot::take), self.take_done()) };
        // The content is empty by now. If the task was cancelled a moment ago, the callback is not called, as if it
        // had been cancelled before.
        if !self.leave_run(OVER) {
            self.end_cancelled();
        } else if let Some(done) = done {
            done(output);
        }
    }

    /// Drops the content after a run during which the task was cancelled.
    fn end_cancelled(&self) {
        // ORDERING: Release for those who ask whether it is over. Nobody takes the content over from `OVER`.
        self.state.store(OVER, Ordering::Release);
        // SAFETY: a cancelled task belongs to its runner, which is us.
        unsafe { self.clear() };
    }
}

impl<F, D, S> Wake for Task<F, D, S>
where
    F: Future + Send + 'static,
    F::Output: Send,
    D: FnOnce(F::Output) + Send + 'static,
    S: Schedule,
{
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Relaxed, only a first guess for the exchange.
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let to = match state {
                IDLE | QUEUED => QUEUED,
                RUNNING | WOKEN => WOKEN,
                _ => return,
            };
            // ORDERING: Release publishes what was written before the wake to the run that follows. Acquire, so that a
            // task that we put in a list comes to its next runner as the last one left it.
            match self.state.compare_exchange_weak(state, to, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(IDLE) => return self.schedule.schedule(self.clone()),
                Ok(_) => return,
                Err(found) => state = found,
            }
        }
    }
}
