//! One run of one version under one order of completion.
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::future::Future;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::orders::Orders;
use super::stage::{self, Event};

/// A program that is busy after so many deliveries has no end.
const MOST_DELIVERIES: usize = 1_000;

/// What a run did.
pub(super) struct Run {
    /// Turn by turn.
    pub(super) turns: Vec<Vec<Event>>,
    /// How many answers it gave.
    pub(super) answers: usize,
    /// How many operations were pending at each delivery.
    pub(super) widths: Vec<usize>,
    /// What was delivered.
    pub(super) delivered: Vec<String>,
}

/// Runs a callback version. With `stop_after`, the caller loses interest after so many deliveries.
pub(super) fn of_callback(start: impl FnOnce(), orders: &mut Orders, stop_after: Option<usize>) -> Run {
    let mut start = Some(start);
    run(orders, stop_after, |step| {
        if let (Step::Turn, Some(start)) = (step, start.take()) {
            start();
        }
    })
}

/// Runs an async version: whenever it was woken it is polled before the next delivery, and it is dropped where it waits
/// when the caller loses interest.
pub(super) fn of_future<F: Future>(
    start: impl FnOnce() -> F,
    answered: impl Fn(&F::Output),
    orders: &mut Orders,
    stop_after: Option<usize>,
) -> Run {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let (mut start, mut task) = (Some(start), None);
    run(orders, stop_after, |step| match step {
        Step::Turn => {
            if let Some(start) = start.take() {
                task = Some(Box::pin(start()));
            }
            while let (Some(future), true) = (&mut task, woken.take()) {
                if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
                    task = None;
                    answered(&answer);
                }
            }
        }
        Step::GiveUp => task = None,
    })
}

enum Step {
    /// The end of a turn: what has become ready runs.
    Turn,
    /// The caller has lost interest.
    GiveUp,
}

fn run(orders: &mut Orders, stop_after: Option<usize>, mut step: impl FnMut(Step)) -> Run {
    stage::open();
    let (mut widths, mut delivered) = (Vec::new(), Vec::new());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        step(Step::Turn);
        while stop_after != Some(widths.len()) && stage::pending() > 0 {
            assert!(widths.len() < MOST_DELIVERIES, "no end after {MOST_DELIVERIES} deliveries");
            let width = stage::pending();
            let next = stage::take(orders.choose(widths.len(), width));
            widths.push(width);
            delivered.push(next.what);
            stage::next_turn();
            (next.deliver)();
            step(Step::Turn);
        }
        stage::next_turn();
        step(Step::GiveUp);
        stage::abandon();
    }))
    .err();
    if let Some(panic) = panic {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text =
            text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("with a value that is not text");
        stage::record(Event::Effect(format!("panics: {text}")));
    }
    let left = stage::close();
    Run { turns: left.turns, answers: left.answers, widths, delivered }
}

struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        // ORDERING: the flag publishes nothing; what woke the task synchronizes by itself.
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        // ORDERING: as in `take`.
        self.0.store(true, Ordering::Relaxed);
    }
}
