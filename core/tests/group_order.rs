//! Joins and races keep the order of arrival: every order of two to five answers, delivered inside the first poll,
//! later on the same thread, and from other threads.

mod group_help;

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;

use group_help::{Answer, Answers, Task, permutations};

/// What a child does when its answer is there: it writes its number down.
type Log = Rc<RefCell<Vec<usize>>>;

async fn child(index: usize, answer: Answer, log: Log) -> usize {
    let value = answer.await;
    log.borrow_mut().push(index);
    value
}

async fn fallible(index: usize, answer: Answer, fails: bool, log: Log) -> Result<usize, usize> {
    let value = child(index, answer, log).await;
    if fails { Err(value) } else { Ok(value) }
}

fn children(answers: &Answers, log: &Log) -> Vec<impl Future<Output = usize> + use<>> {
    (0..answers.len()).map(|index| child(index, answers.take(index), log.clone())).collect()
}

fn fallibles(
    answers: &Answers,
    fails: impl Fn(usize) -> bool,
    log: &Log,
) -> Vec<impl Future<Output = Result<usize, usize>>> {
    (0..answers.len()).map(|index| fallible(index, answers.take(index), fails(index), log.clone())).collect()
}

/// Runs a case for every order in which two to five answers can arrive.
fn for_every_order(mut case: impl FnMut(usize, &[usize])) {
    for n in 2..=5 {
        for order in permutations(n) {
            case(n, &order);
        }
    }
}

/// The members of a set of indices that is written as bits.
fn contains(set: u32, index: usize) -> bool {
    set & 1 << index != 0
}

#[test]
fn bodies_of_a_join_run_in_the_order_of_arrival_not_of_position() {
    for_every_order(|n, order| {
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::join(children(&answers, &log)));
        assert!(task.poll().is_pending());
        // All of them arrive between two polls.
        order.iter().for_each(|&index| answers.give(index));
        assert_eq!(task.poll(), Poll::Ready((0..n).collect()), "results come by position");
        assert_eq!(*log.borrow(), order);
    });
}

#[test]
fn bodies_run_in_the_order_of_arrival_when_each_arrival_is_polled() {
    for_every_order(|n, order| {
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::join(children(&answers, &log)));
        assert!(task.poll().is_pending());
        for (seen, &index) in order.iter().enumerate() {
            assert_eq!(log.borrow().len(), seen);
            answers.give(index);
            assert_eq!(task.take_wakes(), 1, "each arrival wakes the parent once");
            assert_eq!(task.poll().is_ready(), seen + 1 == n);
        }
        assert_eq!(*log.borrow(), order);
    });
}

#[test]
fn answers_inside_the_first_poll_come_in_program_order_before_later_ones() {
    for_every_order(|n, order| {
        for inside in 0..1_u32 << n {
            let (answers, log) = (Answers::new(n), Log::default());
            let mut task = Task::new(uncallback::join(children(&answers, &log)));
            let at_once = (0..n).filter(|&index| contains(inside, index));
            at_once.clone().for_each(|index| answers.give_inside(index));
            let finished = task.poll().is_ready();
            assert_eq!(finished, at_once.clone().count() == n);
            let later = order.iter().copied().filter(|&index| !contains(inside, index));
            later.clone().for_each(|index| answers.give(index));
            assert!(finished || task.poll().is_ready());
            let expected: Vec<usize> = at_once.chain(later).collect();
            assert_eq!(*log.borrow(), expected, "inside {inside:b}, then {order:?}");
        }
    });
}

#[test]
fn answers_from_other_threads_keep_their_order() {
    for_every_order(|n, order| {
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::join(children(&answers, &log)));
        assert!(task.poll().is_pending());
        for &index in order {
            // One thread per answer, one after the other: so the order of the wakes is known.
            std::thread::spawn(answers.giver(index)).join().unwrap();
        }
        assert!(task.poll().is_ready());
        assert_eq!(*log.borrow(), order);
    });
}

#[test]
fn answers_from_racing_threads_are_each_delivered_once() {
    for round in 0..200 {
        let n = 2 + round % 4;
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::join(children(&answers, &log)));
        assert!(task.poll().is_pending());
        let threads: Vec<_> = (0..n).map(|index| std::thread::spawn(answers.giver(index))).collect();
        let mut outputs = task.poll();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        if outputs.is_pending() {
            assert!(task.take_wakes() > 0, "arrivals after a poll wake the parent");
            outputs = task.poll();
        }
        assert_eq!(outputs, Poll::Ready((0..n).collect()));
        let mut seen = log.borrow().clone();
        seen.sort();
        assert_eq!(seen, (0..n).collect::<Vec<_>>());
    }
}

#[test]
fn earlier_wake_wins_the_race_not_the_lower_index() {
    for_every_order(|n, order| {
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::race(children(&answers, &log)));
        assert!(task.poll().is_pending());
        order.iter().for_each(|&index| answers.give(index));
        assert_eq!(task.poll(), Poll::Ready(order[0]));
        assert_eq!(*log.borrow(), order[..1], "a loser's body does not run");
    });
}

#[test]
fn race_winner_inside_keeps_later_children_unpolled() {
    for n in 2..=5 {
        for first in 0..n {
            let (answers, log) = (Answers::new(n), Log::default());
            let mut task = Task::new(uncallback::race(children(&answers, &log)));
            (first..n).for_each(|index| answers.give_inside(index));
            assert_eq!(task.poll(), Poll::Ready(first));
            assert_eq!(*log.borrow(), [first]);
            (0..n).for_each(|index| assert_eq!(answers.was_polled(index), index <= first));
        }
    }
}

#[test]
fn losers_of_race_rest_are_all_started_and_run_on_in_the_order_of_arrival() {
    for_every_order(|n, order| {
        let (answers, log) = (Answers::new(n), Log::default());
        let mut task = Task::new(uncallback::race_rest(children(&answers, &log)));
        answers.give_inside(order[0]);
        let Poll::Ready((winner, rest)) = task.poll() else { panic!("one child was ready inside") };
        assert_eq!(winner, order[0]);
        (0..n).for_each(|index| assert!(answers.was_polled(index)));
        order[1..].iter().for_each(|&index| answers.give(index));
        assert_eq!(*log.borrow(), order[..1]);
        assert!(Task::new(rest).poll().is_ready());
        assert_eq!(*log.borrow(), order);
    });
}

#[test]
fn first_error_to_arrive_wins_whatever_its_position() {
    for_every_order(|n, order| {
        for failing in 1..1_u32 << n {
            let (answers, log) = (Answers::new(n), Log::default());
            let children = fallibles(&answers, |index| contains(failing, index), &log);
            let mut task = Task::new(uncallback::try_join(children));
            assert!(task.poll().is_pending());
            order.iter().for_each(|&index| answers.give(index));
            let first = order.iter().position(|&index| contains(failing, index)).unwrap();
            assert_eq!(task.poll(), Poll::Ready(Err(order[first])));
            assert_eq!(*log.borrow(), order[..=first], "nothing runs after the first error");
        }
    });
}

#[test]
fn losers_of_try_join_rest_run_on_in_the_order_of_arrival() {
    for_every_order(|n, order| {
        for failing in 0..1_u32 << n {
            let (answers, log) = (Answers::new(n), Log::default());
            let children = fallibles(&answers, |index| contains(failing, index), &log);
            let mut task = Task::new(uncallback::try_join_rest(children));
            assert!(task.poll().is_pending());
            order.iter().for_each(|&index| answers.give(index));
            let Poll::Ready((result, rest)) = task.poll() else { panic!("all answers have arrived") };
            let first_error = order.iter().copied().find(|&index| contains(failing, index));
            assert_eq!(result, first_error.map_or_else(|| Ok((0..n).collect()), Err));
            assert_eq!(rest.is_empty(), log.borrow().len() == n);
            assert!(Task::new(rest).poll().is_ready());
            assert_eq!(*log.borrow(), order);
        }
    });
}

#[test]
fn tuples_and_arrays_keep_the_order_of_arrival_too() {
    for order in permutations(3) {
        let (answers, log) = (Answers::new(3), Log::default());
        let one = |index| child(index, answers.take(index), log.clone());
        let mut task = Task::new(uncallback::join((one(0), one(1), one(2))));
        assert!(task.poll().is_pending());
        order.iter().for_each(|&index| answers.give(index));
        assert_eq!(task.poll(), Poll::Ready((0, 1, 2)));
        assert_eq!(*log.borrow(), order);

        let (answers, log) = (Answers::new(3), Log::default());
        let mut task = Task::new(uncallback::join(
            [0, 1, 2].map(|index| child(index, answers.take(index), log.clone())),
        ));
        assert!(task.poll().is_pending());
        order.iter().for_each(|&index| answers.give(index));
        assert_eq!(task.poll(), Poll::Ready([0, 1, 2]));
        assert_eq!(*log.borrow(), order);
    }
}
