//! The order in which woken tasks run on one thread, without recursion.
//!
//! In callback style a completion calls the next function, which calls the next. Tasks that are run from within `wake`
//! would nest in the same way, and a long chain would exhaust the stack. So while a task runs, those that it wakes are
//! put on a list, and run when it has returned: first what it woke first, and everything that this wakes in turn
//! before the next one. That is the order in which nested callbacks would have run.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
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

/// The items that wait for their turn on one thread.
pub(super) struct Turns<T> {
    /// How many items are running, one within the other.
    depth: Cell<usize>,
    /// What is to run next, last in first out. While an item runs, what it wakes is appended in the order of wakes;
    /// when it has returned, that part is turned round.
    stack: RefCell<Vec<T>>,
    /// What runs when the stack is empty, first in first out.
    later: RefCell<VecDeque<T>>,
}

impl<T> Turns<T> {
    pub(super) const fn new() -> Self {
        Turns { depth: Cell::new(0), stack: RefCell::new(Vec::new()), later: RefCell::new(VecDeque::new()) }
    }

    /// Whether an item is running on this thread.
    pub(super) fn are_running(&self) -> bool {
        self.depth.get() > 0
    }

    /// Puts an item on the list of the item that is running.
    pub(super) fn push(&self, item: T) {
        self.stack.borrow_mut().push(item);
    }

    /// Puts an item behind everything that waits.
    fn push_later(&self, item: T) {
        self.later.borrow_mut().push_back(item);
    }

    /// Runs an item and all that it wakes; if nothing else is running, also all that waits for later.
    ///
    /// A panic of an item does not keep the others from running. The first one goes on when they have.
    pub(super) fn run(&self, first: Option<T>, run: impl Fn(T) -> Next<T>) {
        let outermost = self.depth.get() == 0;
        self.depth.set(self.depth.get() + 1);
        let mut panicked = None;
        // What lies below belongs to the items that are running around this one.
        let floor = self.stack.borrow().len();
        let mut next = first;
        while let Some(item) = next {
            let mark = self.stack.borrow().len();
            let result = catch_unwind(AssertUnwindSafe(|| run(item)));
            let mut stack = self.stack.borrow_mut();
            stack[mark..].reverse();
            match result {
                Ok(Next::Rest) => {}
                Ok(Next::Later(item)) => self.push_later(item),
                Ok(Next::Deliver(item)) => stack.insert(mark, item),
                Err(payload) => panicked = panicked.or(Some(payload)),
            }
            next = if stack.len() > floor { stack.pop() } else { None };
            drop(stack);
            if next.is_none() && outermost {
                next = self.later.borrow_mut().pop_front();
            }
        }
        self.depth.set(self.depth.get() - 1);
        if let Some(payload) = panicked {
            resume_unwind(payload);
        }
    }
}
