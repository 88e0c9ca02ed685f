//! One run of one version under one schedule.

use super::schedule::Schedule;
use super::world::{self, Event, Trace, record};
use super::{Boxed, Done, ops};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A program that is still busy after so many deliveries would never end.
const MOST_DELIVERIES: usize = 500;

/// What a run did.
#[derive(Debug)]
pub struct Run {
    /// What was recorded.
    pub trace: Trace,
    /// How many operations were pending at each delivery.
    pub widths: Vec<usize>,
    /// Which of them was delivered.
    pub chosen: Vec<usize>,
}

/// Runs a callback version. With `stop_after` everything that is pending after so many deliveries is abandoned.
pub fn run_callback<T: Debug + 'static>(
    start: impl FnOnce(Done<T>),
    schedule: &Schedule,
    stop_after: Option<usize>,
) -> Run {
    let mut start = Some(start);
    run(schedule, Polls::AfterEach, stop_after, |step| match step {
        Step::Turn => {
            if let Some(start) = start.take() {
                start(Box::new(|value| record(Event::Done(format!("{value:?}")))));
            }
        }
        Step::GiveUp => {}
    })
}

/// Runs a direct version under the same rules: the woken task is polled before the next delivery, and giving up drops
/// the future where it waits.
pub fn run_direct<T: Debug>(
    start: impl FnOnce() -> Boxed<T>,
    schedule: &Schedule,
    polls: Polls,
    stop_after: Option<usize>,
) -> Run {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    let mut start = Some(start);
    let mut task = None;
    run(schedule, polls, stop_after, |step| match step {
        Step::Turn => {
            if let Some(start) = start.take() {
                task = Some(start());
            }
            while woken.take() {
                if let Some(future) = task.as_mut()
                    && let Poll::Ready(value) = future.as_mut().poll(&mut cx)
                {
                    task = None;
                    record(Event::Done(format!("{value:?}")));
                }
            }
        }
        Step::GiveUp => task = None,
    })
}

/// When the executor gets round to polling a woken task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polls {
    /// Before the next delivery.
    AfterEach,
    /// When nothing is pending any more: several completions have arrived in the meantime.
    AfterAll,
}

enum Step {
    /// The end of a turn: whatever became ready runs.
    Turn,
    /// The caller is no longer interested.
    GiveUp,
}

fn run(schedule: &Schedule, polls: Polls, stop_after: Option<usize>, mut step: impl FnMut(Step)) -> Run {
    world::reset();
    ops::abandon();
    let (mut widths, mut chosen) = (vec![], vec![]);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        step(Step::Turn);
        while stop_after != Some(widths.len()) && ops::pending() > 0 && widths.len() < MOST_DELIVERIES {
            let choice = schedule.choose(widths.len(), ops::pending());
            widths.push(ops::pending());
            chosen.push(choice);
            let delivery = ops::take_pending(choice);
            world::next_turn();
            delivery();
            if polls == Polls::AfterEach || ops::pending() == 0 {
                step(Step::Turn);
            }
        }
        world::next_turn();
        step(Step::GiveUp);
        ops::abandon();
    }));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("not a text");
        record(Event::Panic(text.to_owned()));
    }
    Run { trace: world::take_trace(), widths, chosen }
}

struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        // ORDERING: everything runs on one thread; the flag publishes nothing but itself.
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: as in `take`.
        self.0.store(true, Ordering::Relaxed);
    }
}
