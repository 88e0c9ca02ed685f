//! A driver's state, shared with its handles and its thread's list of drivers.

use alloc::rc::Rc;
use alloc::sync::Arc;
use core::cell::{Cell, UnsafeCell};
use core::future::Future;
use core::mem::{self, ManuallyDrop};
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::home::{self, Inbox};
use super::number::{DriverBits, Key, Number};
use super::task::Task;
use super::tasks::{Polled, Step, Tasks};
use crate::drive::turn::{Ended, Next, Payload, Turns, caught};
use crate::quiet::catch_poll;

/// What a wake on the driver's own thread does.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    /// Runs the task in place.
    Inline,
    /// Leaves it to `run`.
    Queued,
}

pub(super) struct Inner {
    pub(super) driver: DriverBits,
    mode: Mode,
    tasks: UnsafeCell<Tasks>,
    turns: Turns<Key>,
    inbox: Arc<Inbox>,
    /// The next driver of this thread, in the list of `home`.
    pub(super) next_here: Cell<*const Inner>,
}

impl Inner {
    pub(super) fn new(mode: Mode) -> Rc<Inner> {
        let (driver, inbox) = home::enter();
        let inner = Rc::new(Inner {
            driver,
            mode,
            tasks: UnsafeCell::new(Tasks::new()),
            turns: Turns::new(),
            inbox,
            next_here: Cell::new(ptr::null()),
        });
        home::settle(&inner);
        inner
    }

    /// Looks at the tasks. `look` runs no user code: neither calls nor drops a task.
    #[inline]
    fn with_tasks<R>(&self, look: impl FnOnce(&mut Tasks) -> R) -> R {
        // SAFETY: one thread, and this is the only place that reaches the tasks. It could be entered again only from
        // user code, of which `look` runs none.
        look(unsafe { &mut *self.tasks.get() })
    }

    /// Takes over a task, and passes its key to `made`. In the inline mode it has had its first poll when this returns.
    #[inline]
    pub(super) fn spawn<R>(&self, task: Task, made: impl FnOnce(Key) -> R) -> R {
        match self.mode {
            Mode::Inline => {
                let key = self.with_tasks(Tasks::insert_running);
                // If the poll panics, what was made is dropped, and finds that the task is over.
                let made = made(key);
                self.run_task(key, task);
                made
            }
            Mode::Queued => {
                let key = self.with_tasks(|tasks| tasks.insert_woken(task));
                self.turns.push_later(key);
                made(key)
            }
        }
    }

    /// A wake on the driver's own thread.
    #[inline]
    pub(super) fn wake(&self, key: Key) {
        if self.mode == Mode::Inline && !self.turns.are_running() {
            // The common case in one look: the task waits, and nothing else runs.
            if let Some(task) = self.with_tasks(|tasks| tasks.start_idle(key)) {
                return self.run_task(key, task);
            }
        }
        self.wake_later(key);
    }

    /// A wake of a task that can't run at once, or need not.
    #[inline(never)]
    fn wake_later(&self, key: Key) {
        if !self.with_tasks(|tasks| tasks.wake(key)) {
            return;
        }
        if self.turns.are_running() {
            self.turns.push(key);
        } else {
            self.turns.push_later(key);
        }
    }

    /// Polls a task as a step of its own, and runs all that this wakes; if nothing else is running, all that waits.
    #[inline]
    fn run_task(&self, key: Key, task: Task) {
        self.turns.run_quickly(
            || self.poll(key, task),
            |unusual| self.see_to(key, unusual),
            |key| self.step(key),
        );
        self.run_arrived();
    }

    /// Runs what was woken from other threads, if nothing is running.
    #[inline]
    fn run_arrived(&self) {
        if !self.inbox.is_empty() && !self.turns.are_running() {
            self.run_woken();
        }
    }

    /// Runs all that waits, and all that was woken from other threads.
    #[inline(never)]
    pub(super) fn run_woken(&self) {
        loop {
            for key in self.inbox.take() {
                if self.with_tasks(|tasks| tasks.wake(key)) {
                    self.turns.push_later(key);
                }
            }
            self.turns.run_all(|key| self.step(key));
            if self.inbox.is_empty() {
                return;
            }
        }
    }

    #[inline(never)]
    fn step(&self, key: Key) -> Ended<Key> {
        match self.with_tasks(|tasks| tasks.start(key)) {
            None => Ok(Next::Rest),
            Some(Step::Deliver(task)) => deliver(task),
            Some(Step::Poll(task)) => match self.poll(key, task) {
                Ok(()) => Ok(Next::Rest),
                Err(unusual) => self.see_to(key, unusual),
            },
        }
    }

    /// Polls a task. Waiting, or delivering its output if nobody waits for a turn, is usual; the rest is handed out.
    ///
    /// Inlined wherever it is used, because the way from a wake to the future is worth being short.
    #[inline(always)]
    fn poll(&self, key: Key, mut task: Task) -> Result<(), Unusual> {
        // Dropping a number does nothing: the call is spared.
        let waker = ManuallyDrop::new(Number::new(self.driver, key).waker());
        match catch_poll(|| task.poll(&mut Context::from_waker(&waker))) {
            Ok(Ok(false)) => self.with_tasks(|tasks| tasks.pause(key, task)).map_err(Unusual::Pending),
            Ok(Ok(true)) => {
                if !self.turns.nobody_waits() || !self.with_tasks(|tasks| tasks.end(key)) {
                    return Err(Unusual::Ready(task));
                }
                catch_unwind(AssertUnwindSafe(|| task.deliver())).map_err(Unusual::Panicked)
            }
            // The callback that the future awaits was dropped; so are the future and its own callback.
            Ok(Err(_lost)) => Err(Unusual::Left(task, None)),
            Err(panic) => Err(Unusual::Left(task, Some(panic))),
        }
    }

    /// What comes after a poll that neither simply leaves its task waiting nor simply ends it.
    #[inline(never)]
    fn see_to(&self, key: Key, unusual: Unusual) -> Ended<Key> {
        let polled = match unusual {
            Unusual::Pending(task) => self.with_tasks(|tasks| tasks.pause_otherwise(key, task)),
            Unusual::Ready(task) => self.with_tasks(|tasks| tasks.finish(key, task)),
            Unusual::Left(task, panic) => return self.fail(key, task, panic),
            Unusual::Panicked(panic) => return Err(panic),
        };
        match polled {
            Polled::Next(next) => Ok(next),
            Polled::Drop(task) => caught(|| {
                drop(task);
                Next::Rest
            }),
        }
    }

    /// Ends a task whose poll was left by an unwinding.
    #[cold]
    #[inline(never)]
    fn fail(&self, key: Key, task: Task, panic: Option<Payload>) -> Ended<Key> {
        self.with_tasks(|tasks| tasks.forget(key));
        caught(|| {
            // Dropped within the panic, if there is one: what it holds can tell.
            let _task = task;
            panic.map_or(Next::Rest, |payload| resume_unwind(payload))
        })
    }

    /// Runs a future and the tasks on this thread until the future is ready; sleeps when there is nothing to do.
    pub(super) fn block_on<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        let key = self.with_tasks(Tasks::insert_root);
        let _forget_at_end = Forget { inner: self, key };
        let waker = Number::new(self.driver, key).waker();
        loop {
            let woken = self.with_tasks(|tasks| tasks.take_root_wake(key));
            if woken {
                let mut polled = Poll::Pending;
                let poll = || {
                    caught(|| {
                        polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                        Next::Rest
                    })
                };
                self.turns.run(poll, |key| self.step(key));
                self.run_arrived();
                if let Poll::Ready(output) = polled {
                    return output;
                }
            }
            self.run_woken();
            let woken = self.with_tasks(|tasks| tasks.root_is_woken(key));
            if !woken {
                self.inbox.sleep();
            }
        }
    }

    pub(super) fn cancel(&self, key: Key) {
        let task = self.with_tasks(|tasks| tasks.cancel(key));
        drop(task);
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.with_tasks(|tasks| tasks.contains(key))
    }

    pub(super) fn len(&self) -> usize {
        self.with_tasks(|tasks| tasks.len())
    }

    /// Ends the driver: its wakers do nothing any more, its tasks are dropped.
    pub(super) fn close(&self) {
        home::leave(self);
        let tasks = self.with_tasks(|tasks| mem::replace(tasks, Tasks::new()));
        drop(tasks);
    }
}

/// What is not usual after a poll.
enum Unusual {
    /// The future is pending, and something has happened to its task meanwhile.
    Pending(Task),
    /// The future is ready, and others come first, or its task was cancelled.
    Ready(Task),
    /// The poll was left by an unwinding: a panic, or the loss of the callback that the future awaits.
    Left(Task, Option<Payload>),
    /// The callback for the output panicked. The task is over.
    Panicked(Payload),
}

fn deliver(task: Task) -> Ended<Key> {
    caught(|| {
        task.deliver();
        Next::Rest
    })
}

/// Frees the place of a root when it goes out of scope.
struct Forget<'a> {
    inner: &'a Inner,
    key: Key,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.inner.with_tasks(|tasks| tasks.forget(self.key));
    }
}
