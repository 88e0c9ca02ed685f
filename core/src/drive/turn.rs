//! The order in which woken tasks run on one thread, without recursion.
//!
//! In callback style a completion calls the next function, which calls the next. Tasks that are run from within `wake`
//! would nest in the same way, and a long chain would exhaust the stack. So while a task runs, those that it wakes are
//! put on a list, and run when it has returned: first what it woke first, and everything that this wakes in turn
//! before the next one. That is the order in which nested callbacks would have run.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What is to be done with an item that has just run.
pub(super) enum Next<T> {
    /// Nothing. Whatever wakes it brings it back.
    Rest,
    /// It woke itself while it ran: run it again when nothing else is left to do.
    Later(T),
    /// It has a result to deliver: run it again after all that it has woken.
    Deliver(T),
}

pub(super) type Payload = Box<dyn Any + Send>;

/// How a step has ended: with what is to be done next, or with a panic.
pub(super) type Ended<T> = Result<Next<T>, Payload>;

/// Runs a step, or the part of one that is user code.
#[inline]
pub(super) fn caught<T>(step: impl FnOnce() -> Next<T>) -> Ended<T> {
    // The panic goes on when the others have run.
    catch_unwind(AssertUnwindSafe(step))
}

/// The items that wait for their turn on one thread.
pub(super) struct Turns<T> {
    /// How many items are running, one within the other.
    depth: Cell<usize>,
    /// How many items are in the lists, so that "none" takes one look.
    waiting: Cell<usize>,
    /// What is to run next, last in first out. While an item runs, what it wakes is appended in the order of wakes;
    /// when it has returned, that part is turned round.
    stack: RefCell<Vec<T>>,
    /// What runs when the stack is empty, first in first out.
    later: RefCell<VecDeque<T>>,
}

impl<T> Turns<T> {
    pub(super) const fn new() -> Self {
        Turns {
            depth: Cell::new(0),
            waiting: Cell::new(0),
            stack: RefCell::new(Vec::new()),
            later: RefCell::new(VecDeque::new()),
        }
    }

    /// Whether an item is running on this thread.
    #[inline]
    pub(super) fn are_running(&self) -> bool {
        self.depth.get() > 0
    }

    /// Whether both lists are empty.
    #[inline]
    pub(super) fn nobody_waits(&self) -> bool {
        self.waiting.get() == 0
    }

    /// Puts an item on the list of the item that is running.
    pub(super) fn push(&self, item: T) {
        self.waiting.set(self.waiting.get() + 1);
        self.stack.borrow_mut().push(item);
    }

    /// Puts an item behind everything that waits.
    pub(super) fn push_later(&self, item: T) {
        self.waiting.set(self.waiting.get() + 1);
        self.later.borrow_mut().push_back(item);
    }

    /// Runs something and all that it wakes; if nothing else is running, also all that waits for later.
    ///
    /// The steps do not unwind, see [`caught`]. A panic does not keep the others from running. The first one goes on when
    /// they have.
    pub(super) fn run(&self, first: impl FnOnce() -> Ended<T>, step: impl Fn(T) -> Ended<T>) {
        self.run_quickly(|| Err(()), |()| first(), step);
    }

    /// As [`run`](Self::run), for something that mostly just comes to rest, which `first` says by `Ok`. What else it
    /// hands out is seen to by `otherwise`, so that the usual way is free of that.
    #[inline]
    pub(super) fn run_quickly<U>(
        &self,
        first: impl FnOnce() -> Result<(), U>,
        otherwise: impl FnOnce(U) -> Ended<T>,
        step: impl Fn(T) -> Ended<T>,
    ) {
        let (outer, floor) = self.enter();
        match first() {
            // The common end: it has woken nobody, and nobody waits.
            Ok(()) if self.nobody_waits() => self.depth.set(outer),
            Ok(()) => self.run_on(outer, floor, Ok(Next::Rest), step, outer == 0),
            Err(unusual) => self.run_on(outer, floor, otherwise(unusual), step, outer == 0),
        }
    }

    /// Runs all that waits for later, also inside an item that is running.
    pub(super) fn run_all(&self, step: impl Fn(T) -> Ended<T>) {
        let (outer, floor) = self.enter();
        self.run_on(outer, floor, Ok(Next::Rest), step, true);
    }

    /// Counts an item as running. Gives the number of those around it, and how much of the stack belongs to them.
    #[inline]
    fn enter(&self) -> (usize, usize) {
        let outer = self.depth.get();
        self.depth.set(outer + 1);
        (outer, if outer == 0 { 0 } else { self.stack.borrow().len() })
    }

    /// Runs what an item has woken, and what waits.
    #[inline(never)]
    fn run_on(
        &self,
        outer: usize,
        floor: usize,
        first: Ended<T>,
        step: impl Fn(T) -> Ended<T>,
        with_later: bool,
    ) {
        let mut panicked = self.settle(floor, first);
        while let Some(item) = self.pop(floor, with_later) {
            let mark = self.stack.borrow().len();
            let payload = self.settle(mark, step(item));
            panicked = panicked.or(payload);
        }
        self.depth.set(outer);
        if let Some(payload) = panicked {
            resume_unwind(payload);
        }
    }

    /// Puts what a step has left behind in its place. What it has woken lies above `mark`.
    fn settle(&self, mark: usize, ended: Ended<T>) -> Option<Payload> {
        let mut stack = self.stack.borrow_mut();
        if stack.len() > mark + 1 {
            stack[mark..].reverse();
        }
        match ended {
            Ok(Next::Rest) => {}
            Ok(Next::Later(item)) => self.push_later(item),
            Ok(Next::Deliver(item)) => {
                self.waiting.set(self.waiting.get() + 1);
                stack.insert(mark, item);
            }
            Err(payload) => return Some(payload),
        }
        None
    }

    fn pop(&self, floor: usize, with_later: bool) -> Option<T> {
        let mut stack = self.stack.borrow_mut();
        let item = if stack.len() > floor {
            stack.pop()
        } else if with_later {
            self.later.borrow_mut().pop_front()
        } else {
            None
        };
        if item.is_some() {
            self.waiting.set(self.waiting.get() - 1);
        }
        item
    }
}
