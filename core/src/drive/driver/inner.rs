//! A driver's state, shared with its handles and its thread's list of drivers.

use alloc::rc::Rc;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::home::{self, Inbox};
use super::number::{self, Key};
use super::tasks::{Boxed, Step, Tasks};
use crate::drive::turn::{Next, Turns};
use crate::quiet::catch_lost;

/// What a wake on the driver's own thread does.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    /// Runs the task in place.
    Inline,
    /// Leaves it to `run`.
    Queued,
}

pub(super) struct Inner {
    id: usize,
    mode: Mode,
    /// Borrowed only between user code, never around it.
    tasks: RefCell<Tasks>,
    turns: Turns<Key>,
    inbox: Arc<Inbox>,
}

impl Inner {
    pub(super) fn new(mode: Mode) -> Rc<Inner> {
        let (id, inbox) = home::enter();
        let inner = Rc::new(Inner { id, mode, tasks: RefCell::default(), turns: Turns::new(), inbox });
        home::settle(id, &inner);
        inner
    }

    /// Takes over a task. In the inline mode it has had its first poll when this returns.
    pub(super) fn spawn(&self, task: Boxed, made: impl FnOnce(Key)) {
        let key = self.tasks.borrow_mut().insert_woken(task);
        made(key);
        match self.mode {
            Mode::Inline => self.run(|| self.step(key)),
            Mode::Queued => self.turns.push_later(key),
        }
    }

    /// A wake on the driver's own thread.
    pub(super) fn wake(&self, key: Key) {
        if self.mode == Mode::Inline && !self.turns.are_running() {
            // The common case in one look: the task waits, and nothing else runs.
            let task = self.tasks.borrow_mut().start_idle(key);
            if let Some(task) = task {
                return self.run(|| self.poll(key, task));
            }
        }
        if !self.tasks.borrow_mut().wake(key) {
            return;
        }
        if self.turns.are_running() {
            self.turns.push(key);
        } else {
            match self.mode {
                Mode::Inline => self.run(|| self.step(key)),
                Mode::Queued => self.turns.push_later(key),
            }
        }
    }

    /// Runs something as a step of its own, and all that it wakes; if nothing else is running, all that waits.
    fn run(&self, first: impl FnOnce() -> Next<Key>) {
        self.turns.run(first, |key| self.step(key));
        while !self.turns.are_running() && !self.inbox.is_empty() {
            self.run_woken();
        }
    }

    /// Runs all that waits, and all that was woken from other threads.
    pub(super) fn run_woken(&self) {
        loop {
            for key in self.inbox.take() {
                if self.tasks.borrow_mut().wake(key) {
                    self.turns.push_later(key);
                }
            }
            self.turns.run_all(|key| self.step(key));
            if self.inbox.is_empty() {
                return;
            }
        }
    }

    fn step(&self, key: Key) -> Next<Key> {
        let step = self.tasks.borrow_mut().start(key);
        match step {
            None => Next::Rest,
            Some(Step::Deliver(task)) => {
                task.deliver();
                Next::Rest
            }
            Some(Step::Poll(task)) => self.poll(key, task),
        }
    }

    fn poll(&self, key: Key, mut task: Boxed) -> Next<Key> {
        let forget = Forget { inner: self, key };
        // Dropping a number does nothing: the call is spared.
        let waker = ManuallyDrop::new(number::waker(self.id, key));
        let Ok(ready) = catch_lost(|| task.as_mut().poll(&mut Context::from_waker(&waker))) else {
            // The callback that the future awaits was dropped; so are the future and its own callback.
            return Next::Rest;
        };
        core::mem::forget(forget);
        let mut task = Some(task);
        // A task that is left over is dropped after the borrow has ended: it is the older local.
        self.tasks.borrow_mut().stop(key, &mut task, ready)
    }

    /// Runs a future and the tasks on this thread until the future is ready; sleeps when there is nothing to do.
    pub(super) fn block_on<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        let key = self.tasks.borrow_mut().insert_root();
        let _forget_at_end = Forget { inner: self, key };
        let waker = number::waker(self.id, key);
        loop {
            let woken = self.tasks.borrow_mut().take_root_wake(key);
            if woken {
                let mut polled = Poll::Pending;
                self.run(|| {
                    polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                    Next::Rest
                });
                if let Poll::Ready(output) = polled {
                    return output;
                }
            }
            self.run_woken();
            let woken = self.tasks.borrow_mut().root_is_woken(key);
            // A wake from another thread between this question and the nap makes the nap return at once.
            if !woken && self.inbox.is_empty() {
                std::thread::park();
            }
        }
    }

    pub(super) fn cancel(&self, key: Key) {
        let task = self.tasks.borrow_mut().cancel(key);
        drop(task);
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.tasks.borrow_mut().contains(key)
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// Ends the driver: its wakers do nothing any more, its tasks are dropped.
    pub(super) fn close(&self) {
        home::leave(self.id);
        let tasks = self.tasks.take();
        drop(tasks);
    }
}

/// Frees a place when it goes out of scope.
struct Forget<'a> {
    inner: &'a Inner,
    key: Key,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.inner.tasks.borrow_mut().forget(self.key);
    }
}
