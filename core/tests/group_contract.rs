//! What goes wrong around a group: late wakes, early drops, panics, greedy children.

mod group_help;

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use group_help::{Answers, Task};
use uncallback::{Either, join, kick, kick_now, race, race_rest, try_join};

fn panic_message(result: std::thread::Result<impl Sized>) -> String {
    let payload = result.err().expect("it panics");
    payload
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| payload.downcast_ref().cloned())
        .unwrap()
}

/// Pends once after waking itself.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[test]
fn child_is_polled_once_per_wake_and_never_for_its_neighbours() {
    let answers = Answers::new(3);
    let mut task = Task::new(join([0, 1, 2].map(|index| answers.take(index))));
    assert!(task.poll().is_pending());
    answers.give(1);
    assert!(task.poll().is_pending());
    assert!(task.poll().is_pending(), "a poll without a wake polls no child");
    assert_eq!([0, 1, 2].map(|index| answers.polls(index)), [1, 2, 1]);
}

#[test]
fn several_wakes_of_one_child_are_one_poll_and_one_parent_wake() {
    let answers = Answers::new(2);
    let mut task = Task::new(join([0, 1].map(|index| answers.take(index))));
    assert!(task.poll().is_pending());
    (0..5).for_each(|_| answers.waker(0).wake());
    assert_eq!(task.take_wakes(), 1);
    assert!(task.poll().is_pending());
    assert_eq!(answers.polls(0), 2);
}

#[test]
fn waker_kept_by_a_finished_child_wakes_nobody_and_polls_nothing() {
    let answers = Answers::new(2);
    let mut task = Task::new(join([0, 1].map(|index| answers.take(index))));
    assert!(task.poll().is_pending());
    let late = answers.waker(0);
    answers.give(0);
    assert!(task.poll().is_pending());
    late.wake_by_ref();
    assert!(task.poll().is_pending());
    assert_eq!(answers.polls(0), 2, "a finished child is not polled again");
    answers.give(1);
    assert!(task.poll().is_ready());
    task.take_wakes();
    late.wake();
    assert_eq!(task.take_wakes(), 0);
}

#[test]
fn waker_outlives_the_dropped_group() {
    let answers = Answers::new(2);
    let mut task = Task::new(join([0, 1].map(|index| answers.take(index))));
    assert!(task.poll().is_pending());
    let late = [answers.waker(0), answers.waker(1)];
    let counter = task.counter();
    drop(task);
    assert_eq!(Arc::strong_count(&counter), 1, "a child's waker keeps no waker of the parent");
    late.into_iter().for_each(Waker::wake);
}

#[test]
fn finished_group_holds_no_waker_of_its_parent() {
    let answers = Answers::new(2);
    let mut task = Task::new(race([0, 1].map(|index| answers.take(index))));
    assert!(task.poll().is_pending());
    let loser = answers.waker(1);
    answers.give(0);
    assert!(task.poll().is_ready());
    assert_eq!(task.stored_wakers(), 0, "although a waker of the loser is still there");
    drop(loser);
}

#[test]
fn parent_that_changes_its_waker_is_woken_by_the_last_one() {
    let answers = Answers::new(1);
    let mut group = pin!(join([answers.take(0)]));
    let (old, new) = (Arc::<group_help::Counter>::default(), Arc::<group_help::Counter>::default());
    for counter in [&old, &new] {
        let waker = Waker::from(counter.clone());
        assert!(group.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&old), 1, "the old waker is dropped");
    answers.give(0);
    assert_eq!((old.wakes(), new.wakes()), (0, 1));
}

#[test]
fn same_parent_waker_is_not_cloned_again() {
    let answers = Answers::new(1);
    let mut task = Task::new(join([answers.take(0)]));
    (0..3).for_each(|_| assert!(task.poll().is_pending()));
    assert_eq!(task.stored_wakers(), 1);
}

#[test]
fn child_that_wakes_another_is_followed_by_it_in_the_same_poll() {
    let answers = Answers::new(2);
    let give = answers.giver(1);
    let first = answers.take(0);
    let mut task = Task::new(join((
        async {
            first.await;
            give();
        },
        answers.take(1),
    )));
    assert!(task.poll().is_pending());
    answers.give(0);
    assert!(task.poll().is_ready());
}

#[test]
fn yielding_child_lets_the_executor_run_others() {
    let flag = Rc::new(Cell::new(false));
    let seen = flag.clone();
    let mut task = Task::new(join((
        async move {
            while !seen.get() {
                yield_now().await;
            }
        },
        ready(()),
    )));
    assert!(task.poll().is_pending());
    assert_eq!(task.take_wakes(), 1);
    assert!(task.poll().is_pending());
    flag.set(true);
    assert!(task.poll().is_ready());
}

#[test]
fn children_that_wake_each_other_for_ever_do_not_hold_the_thread() {
    let wakers: Rc<[Cell<Option<Waker>>; 2]> = Rc::default();
    let ping = |me: usize| {
        let wakers = wakers.clone();
        poll_fn::<(), _>(move |cx| {
            wakers[me].set(Some(cx.waker().clone()));
            if let Some(other) = wakers[1 - me].take() {
                other.wake();
            }
            Poll::Pending
        })
    };
    let mut task = Task::new(join((ping(0), ping(1))));
    assert!(task.poll().is_pending());
    assert_eq!(task.take_wakes(), 1, "it asks to be polled again");
    wakers.iter().for_each(|waker| waker.set(None));
}

#[test]
fn panic_of_a_child_leaves_the_poll_and_the_group_does_not_hang_afterwards() {
    let answers = Answers::new(2);
    let first = answers.take(0);
    let mut task = Task::new(join((
        async {
            first.await;
            panic!("child broke");
        },
        answers.take(1),
    )));
    assert!(task.poll().is_pending());
    answers.give(0);
    assert_eq!(panic_message(catch_unwind(AssertUnwindSafe(|| task.poll()))), "child broke");
    let again = catch_unwind(AssertUnwindSafe(|| task.poll()));
    assert_eq!(panic_message(again), "polled again after one of the children panicked");
}

#[test]
fn polled_after_completion_is_a_panic_and_not_a_hang() {
    let mut task = Task::new(join((ready(1), ready(2))));
    assert!(task.poll().is_ready());
    assert_eq!(panic_message(catch_unwind(AssertUnwindSafe(|| task.poll()))), "polled after completion");
}

#[test]
fn join_of_nothing_is_ready_and_race_of_nothing_panics() {
    assert_eq!(Task::new(join(Vec::<std::future::Ready<u8>>::new())).poll(), Poll::Ready(vec![]));
    let all: Poll<Result<Vec<u8>, ()>> =
        Task::new(try_join(Vec::<std::future::Ready<Result<u8, ()>>>::new())).poll();
    assert_eq!(all, Poll::Ready(Ok(vec![])));
    let empty = catch_unwind(|| drop(race(Vec::<std::future::Ready<u8>>::new())));
    assert_eq!(panic_message(empty), "a race without children would never end");
}

#[test]
fn losers_are_dropped_when_the_race_is_decided_not_when_its_future_is_dropped() {
    let loser = Rc::new(());
    let held = loser.clone();
    let mut task = Task::new(race((
        async move {
            pending::<()>().await;
            drop(held);
        },
        yield_now(),
    )));
    assert!(task.poll().is_pending());
    assert!(task.poll().is_ready());
    assert_eq!(Rc::strong_count(&loser), 1);
}

#[test]
fn loser_whose_drop_wakes_another_loser_does_not_wake_the_parent() {
    struct WakeOnDrop(Waker);
    impl Drop for WakeOnDrop {
        fn drop(&mut self) {
            self.0.wake_by_ref();
        }
    }
    let answers = Answers::new(2);
    let neighbour = Rc::new(Cell::new(None));
    let leave = neighbour.clone();
    let mut task = Task::new(race((
        async {
            let waker = neighbour.take();
            let _guard = WakeOnDrop(waker.unwrap_or_else(|| Waker::noop().clone()));
            pending::<usize>().await
        },
        poll_fn(move |cx| {
            leave.set(Some(cx.waker().clone()));
            Poll::<usize>::Pending
        }),
        answers.take(0),
    )));
    assert!(task.poll().is_pending());
    answers.give(0);
    task.take_wakes();
    assert!(task.poll().is_ready());
    assert_eq!(task.take_wakes(), 0);
}

#[test]
fn over_aligned_and_zero_sized_outputs_arrive_intact() {
    #[repr(align(64))]
    #[derive(Debug, PartialEq)]
    struct Wide(u8);
    assert_eq!(Task::new(join((ready(Wide(7)), ready(())))).poll(), Poll::Ready((Wide(7), ())));
    assert_eq!(
        Task::new(race_rest([ready(())])).poll().map(|(won, rest)| (won, rest.is_empty())),
        Poll::Ready(((), true))
    );
}

#[test]
fn kick_runs_the_first_segment_in_place_and_never_suspends_its_caller() {
    let answers = Answers::new(1);
    let started = Cell::new(false);
    let mut task = Task::new(kick(async {
        started.set(true);
        answers.take(0).await
    }));
    let Poll::Ready(rest) = task.poll() else { panic!("kick is ready at once") };
    assert!(started.get() && !rest.is_ready());
}

#[test]
fn wake_between_kick_and_await_is_not_lost() {
    let answers = Answers::new(1);
    let Poll::Ready(rest) = Task::new(kick(answers.take(0))).poll() else { panic!("kick is ready at once") };
    answers.give(0);
    assert_eq!(Task::new(rest).poll(), Poll::Ready(0));
}

#[test]
fn kick_now_moves_on_to_the_waker_of_its_awaiter() {
    let answers = Answers::new(1);
    let mut rest = Task::new(kick_now(answers.take(0)));
    assert!(rest.poll().is_pending());
    answers.give(0);
    assert_eq!(rest.take_wakes(), 1);
    assert_eq!(rest.poll(), Poll::Ready(0));
}

#[test]
fn panic_of_the_first_segment_leaves_kick_itself() {
    let mut task = Task::new(kick(async { panic!("first segment") }));
    assert_eq!(panic_message(catch_unwind(AssertUnwindSafe(|| drop(task.poll())))), "first segment");
    let now = catch_unwind(|| drop(kick_now(async { panic!("first segment") })));
    assert_eq!(panic_message(now), "first segment");
}

#[test]
fn kick_that_is_never_polled_does_not_run_its_future() {
    let held = Rc::new(());
    let token = held.clone();
    drop(kick(async move {
        drop(token);
        unreachable!("it was never polled")
    }));
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn branches_of_different_types_are_one_future() {
    let pick = |left: bool| if left { Either::Left(ready(1)) } else { Either::Right(async { 2 }) };
    assert_eq!(Task::new(join((pick(true), pick(false)))).poll(), Poll::Ready((1, 2)));
}

#[test]
fn groups_are_send_when_their_children_are() {
    fn assert_send<T: Send>(_: &T) {}
    fn assert_sync<T: Sync>(_: &T) {}
    fn assert_unpin<T: Unpin>(_: &T) {}
    let group = join((ready(1), ready(2)));
    assert_send(&group);
    assert_sync(&group);
    assert_unpin(&group);
    assert_send(&race_rest([async {}]));
    assert_unpin(&race_rest([async {}]));
    assert_unpin(&kick_now(async {}));
}
