//! Groups whose losers run on, turn by turn beside the callback programs that they stand for.

mod group_help;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use group_help::{Answer, Answers, Task, permutations};
use uncallback::{Completer, local, race_detached, start_with, try_join_detached};

/// What happened, and in which turn. A turn is the delivery of one answer.
#[derive(Clone, Default)]
struct Trace {
    events: Arc<Mutex<Vec<(usize, String)>>>,
    turn: Arc<AtomicUsize>,
}

impl Trace {
    fn add(&self, event: String) {
        self.events.lock().unwrap().push((self.turn.load(Ordering::Relaxed), event));
    }

    fn next_turn(&self) {
        self.turn.fetch_add(1, Ordering::Relaxed);
    }

    fn events(&self) -> Vec<(usize, String)> {
        self.events.lock().unwrap().clone()
    }
}

/// The body of a branch: an effect, then success or failure.
fn body(index: usize, failing: u32, trace: &Trace) -> Result<usize, usize> {
    trace.add(format!("body {index}"));
    if failing & 1 << index != 0 { Err(index) } else { Ok(index) }
}

async fn branch(index: usize, answer: Answer, failing: u32, trace: Trace) -> Result<usize, usize> {
    answer.await;
    body(index, failing, &trace)
}

fn branches(
    answers: &Answers,
    failing: u32,
    trace: &Trace,
) -> Vec<impl Future<Output = Result<usize, usize>> + use<>> {
    (0..answers.len()).map(|index| branch(index, answers.take(index), failing, trace.clone())).collect()
}

/// Delivers answers in an order, polling the task after each if it was woken, as an executor does.
fn deliver<T>(answers: &Answers, order: &[usize], trace: &Trace, mut task: Task<impl Future<Output = T>>) {
    let mut over = task.poll().is_ready();
    for &index in order {
        trace.next_turn();
        answers.give(index);
        if !over && task.take_wakes() > 0 {
            over = task.poll().is_ready();
        }
    }
    assert!(over);
}

/// What the callback program does: bodies run as answers come, and `decide` says after which the whole is done.
fn callbacks(
    order: &[usize],
    failing: u32,
    mut decide: impl FnMut(Result<usize, usize>) -> Option<String>,
) -> Trace {
    let trace = Trace::default();
    let mut done = Some(());
    for &index in order {
        trace.next_turn();
        if let Some(result) = decide(body(index, failing, &trace)) {
            if done.take().is_some() {
                trace.add(result);
            }
        }
    }
    trace
}

fn for_every_order_and_failure(mut case: impl FnMut(usize, &[usize], u32)) {
    for n in 2..=if cfg!(miri) { 3 } else { 5 } {
        for order in permutations(n) {
            (0..1 << n).for_each(|failing| case(n, &order, failing));
        }
    }
}

#[test]
fn losers_of_a_race_run_in_the_turn_of_their_own_answer() {
    for_every_order_and_failure(|n, order, failing| {
        let (answers, trace) = (Answers::new(n), Trace::default());
        let (race, after) = (race_detached(branches(&answers, failing, &trace)), trace.clone());
        let task = Task::new(async move { after.add(format!("{:?}", race.await)) });
        deliver(&answers, order, &trace, task);
        let expected = callbacks(order, failing, |result| Some(format!("{result:?}")));
        assert_eq!(trace.events(), expected.events(), "{order:?}, failing {failing:b}");
    });
}

#[test]
fn losers_of_a_failed_join_run_in_the_turn_of_their_own_answer() {
    for_every_order_and_failure(|n, order, failing| {
        let (answers, trace) = (Answers::new(n), Trace::default());
        let (join, after) = (try_join_detached(branches(&answers, failing, &trace)), trace.clone());
        let task = Task::new(async move { after.add(format!("{:?}", join.await)) });
        deliver(&answers, order, &trace, task);
        let mut left = n;
        let expected = callbacks(order, failing, |result| {
            left -= 1;
            let all = (left == 0).then(|| format!("{:?}", Ok::<_, usize>((0..n).collect::<Vec<_>>())));
            result.err().map(|error| format!("{:?}", Err::<Vec<usize>, _>(error))).or(all)
        });
        assert_eq!(trace.events(), expected.events(), "{order:?}, failing {failing:b}");
    });
}

#[test]
fn losers_that_are_not_send_run_in_the_turn_of_their_own_answer_too() {
    for_every_order_and_failure(|n, order, failing| {
        let (answers, trace) = (Answers::new(n), Trace::default());
        let not_send = |future| {
            let token = Rc::new(());
            async move {
                let result = std::pin::pin!(future).await;
                drop(token);
                result
            }
        };
        let children: Vec<_> = branches(&answers, failing, &trace).into_iter().map(not_send).collect();
        let (race, after) = (local::race_detached(children), trace.clone());
        let task = Task::new(async move { after.add(format!("{:?}", race.await)) });
        deliver(&answers, order, &trace, task);
        let expected = callbacks(order, failing, |result| Some(format!("{result:?}")));
        assert_eq!(trace.events(), expected.events(), "{order:?}, failing {failing:b}");
    });
}

#[test]
fn loser_that_was_woken_before_the_decision_is_not_forgotten() {
    let (answers, trace) = (Answers::new(3), Trace::default());
    let mut task = Task::new(race_detached(branches(&answers, 0, &trace)));
    assert!(task.poll().is_pending());
    // Both arrive between two polls; nothing wakes the loser again.
    answers.give(2);
    answers.give(0);
    assert_eq!(task.poll(), Poll::Ready(Ok(2)));
    let events: Vec<_> = trace.events().into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, ["body 2", "body 0"]);
    // The last loser and the waker that it left hold each other until its answer comes.
    answers.give(1);
    assert_eq!(trace.events().len(), 3);
}

#[test]
fn losers_are_started_even_if_the_first_child_wins_at_once() {
    let (answers, trace) = (Answers::new(3), Trace::default());
    answers.give_inside(0);
    let mut task = Task::new(try_join_detached(branches(&answers, 1, &trace)));
    assert_eq!(task.poll(), Poll::Ready(Err(0)));
    drop(task);
    answers.give(2);
    answers.give(1);
    let events: Vec<_> = trace.events().into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, ["body 0", "body 2", "body 1"]);
}

#[test]
fn race_dropped_before_its_decision_cancels_all_children() {
    let (answers, trace) = (Answers::new(2), Trace::default());
    let mut task = Task::new(race_detached(branches(&answers, 0, &trace)));
    assert!(task.poll().is_pending());
    drop(task);
    answers.give(0);
    answers.give(1);
    assert_eq!(trace.events(), []);
}

#[test]
fn panic_of_a_loser_leaves_its_wake_and_not_the_winner() {
    let answers = Answers::new(2);
    let (winner, loser) = (answers.take(0), answers.take(1));
    let broken = async {
        loser.await;
        panic!("loser broke");
    };
    let mut task = Task::new(race_detached((winner, broken)));
    assert!(task.poll().is_pending());
    answers.give(0);
    assert_eq!(task.poll(), Poll::Ready(0));
    let payload = catch_unwind(AssertUnwindSafe(|| answers.give(1))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"loser broke"));
}

#[test]
fn loser_whose_callback_is_dropped_ends_quietly_and_the_others_run_on() {
    let answers = Answers::new(2);
    let trace = Trace::default();
    let (completer, lost) = start_with(|done: Completer<usize>| done);
    let (winner, other, seen) = (answers.take(0), answers.take(1), trace.clone());
    let other = async move {
        let value = other.await;
        seen.add("the other".into());
        value
    };
    let mut task = Task::new(race_detached((winner, lost, other)));
    assert!(task.poll().is_pending());
    answers.give(0);
    assert_eq!(task.poll(), Poll::Ready(0));
    drop(completer);
    assert_eq!(trace.events(), []);
    answers.give(1);
    assert_eq!(trace.events().len(), 1);
}

#[test]
fn callback_dropped_inside_the_first_poll_of_a_loser_does_not_hide_the_winner() {
    let (completer, lost) = start_with(|done: Completer<usize>| done);
    drop(completer);
    let mut task = Task::new(race_detached((std::future::ready(1), lost)));
    assert_eq!(task.poll(), Poll::Ready(1));
    let (completer, lost) = start_with(|done: Completer<Result<(), usize>>| done);
    drop(completer);
    let mut task = Task::new(try_join_detached((std::future::ready(Err::<(), _>(2)), lost)));
    assert_eq!(task.poll(), Poll::Ready(Err(2)));
}

#[test]
fn callback_lost_before_the_decision_still_panics_in_the_awaiter() {
    let (completer, lost) = start_with(|done: Completer<usize>| done);
    let mut task = Task::new(race_detached((lost, std::future::pending())));
    assert!(task.poll().is_pending());
    drop(completer);
    let payload = catch_unwind(AssertUnwindSafe(|| task.poll())).unwrap_err();
    assert!(payload.downcast_ref::<String>().unwrap().contains("was dropped without being called"));
}
