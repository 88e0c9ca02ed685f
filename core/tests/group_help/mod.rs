//! Leaf futures that a test answers by hand, and a task that counts its wakes.
#![allow(dead_code)] // Each test file uses its own part.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Cell {
    given: bool,
    polls: usize,
    waker: Option<Waker>,
}

/// A future that is ready with its index once the test gives the answer.
pub(crate) struct Answer {
    index: usize,
    cell: Arc<Mutex<Cell>>,
}

impl Future for Answer {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let mut cell = self.cell.lock().unwrap();
        cell.polls += 1;
        if cell.given {
            return Poll::Ready(self.index);
        }
        cell.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The answering side of several [`Answer`]s.
pub(crate) struct Answers(Vec<Arc<Mutex<Cell>>>);

impl Answers {
    pub(crate) fn new(n: usize) -> Self {
        Answers((0..n).map(|_| Arc::default()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The future of one answer.
    pub(crate) fn take(&self, index: usize) -> Answer {
        Answer { index, cell: self.0[index].clone() }
    }

    /// Gives an answer to a future that waits for it.
    pub(crate) fn give(&self, index: usize) {
        self.giver(index)();
    }

    /// Gives an answer, later and on any thread.
    pub(crate) fn giver(&self, index: usize) -> impl FnOnce() + Send + 'static {
        let cell = self.0[index].clone();
        move || {
            let waker = {
                let mut cell = cell.lock().unwrap();
                cell.given = true;
                cell.waker.take()
            };
            waker.expect("the child was polled and waits").wake();
        }
    }

    /// Gives an answer before the first poll.
    pub(crate) fn give_inside(&self, index: usize) {
        self.0[index].lock().unwrap().given = true;
    }

    /// The waker that a waiting child has left.
    pub(crate) fn waker(&self, index: usize) -> Waker {
        self.0[index].lock().unwrap().waker.clone().expect("the child was polled and waits")
    }

    pub(crate) fn polls(&self, index: usize) -> usize {
        self.0[index].lock().unwrap().polls
    }

    pub(crate) fn was_polled(&self, index: usize) -> bool {
        self.polls(index) > 0
    }
}

impl Drop for Answers {
    /// Breaks the circle of a task that holds an answer that holds the waker of the task.
    fn drop(&mut self) {
        for cell in &self.0 {
            let waker = cell.lock().unwrap().waker.take();
            drop(waker);
        }
    }
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Counter {
    wakes: AtomicUsize,
}

impl Counter {
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }
}

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

/// A future with a waker that counts.
pub(crate) struct Task<F> {
    future: Pin<Box<F>>,
    counter: Arc<Counter>,
}

impl<F: Future> Task<F> {
    pub(crate) fn new(future: F) -> Self {
        Task { future: Box::pin(future), counter: Arc::default() }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(self.counter.clone());
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// The wakes since the last time this was asked.
    pub(crate) fn take_wakes(&self) -> usize {
        self.counter.wakes.swap(0, Ordering::SeqCst)
    }

    /// How many wakers of this task exist, besides the one that the task itself owns.
    pub(crate) fn stored_wakers(&self) -> usize {
        Arc::strong_count(&self.counter) - 1
    }

    /// What the wakers of this task count in; it outlives the task.
    pub(crate) fn counter(&self) -> Arc<Counter> {
        self.counter.clone()
    }
}

/// All orders of `0..n`.
pub(crate) fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let mut all = vec![];
    for shorter in permutations(n - 1) {
        for place in 0..n {
            let mut order = shorter.clone();
            order.insert(place, n - 1);
            all.push(order);
        }
    }
    all
}
