//! Models of the ready queue of a group: every interleaving of wakes, polls and drops.
//!
//! `.ci/models loom_group`
//!
//! The rows are those of the table in `group/queue.rs`, and what groups do with it.
//!
//! | transition | models |
//! |---|---|
//! | OPEN or a list: a child is woken | `arrivals_from_two_threads_are_both_delivered`, `arrivals_between_two_polls_keep_their_order` |
//! | parked: a child is woken, and takes the parent's waker | `arrival_against_the_parents_nap_is_not_lost`, `parent_is_woken_once_for_arrivals_that_it_has_not_seen` |
//! | a child is woken that is in the list already | `wake_that_finds_the_child_queued_already_is_not_lost` |
//! | parked to OPEN by a poll, and the swap lost | `arrival_against_change_of_the_parents_waker_wakes_the_new_one_or_is_seen` |
//! | parked to OPEN by the drop | `arrival_against_drop_of_the_group_frees_everything_once`, `arrival_against_poll_then_drop_frees_everything_once` |
//! | list to OPEN, in the order of the wakes | `arrivals_between_two_polls_keep_their_order`, `race_is_won_by_the_first_of_two_arrivals`, `failure_against_success_of_a_try_join_fails_it` |
//! | OPEN to parked, and the swap lost | `arrival_against_the_parents_nap_is_not_lost` |
//! | the last reference goes | `arrival_against_drop_of_the_group_frees_everything_once` |
//! | the losers are taken over, by somebody or by their own wakes | `rest_of_a_race_takes_over_an_arrival_that_came_for_the_race`, `loser_of_a_detached_race_runs_once_whoever_wakes_it` |
//! | a kicked future: from its first poll to its owner's | `arrival_between_a_kick_and_the_next_poll_is_not_lost` |
#![cfg(loom)]

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle};

/// A child that is ready once its flag is set. It writes its number down when it is.
struct Child {
    index: usize,
    flag: Arc<AtomicBool>,
    waker: Rc<RefCell<Option<Waker>>>,
    log: Rc<RefCell<Vec<usize>>>,
}

impl Future for Child {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        // Relaxed: that the flag is seen is up to the wake.
        if self.flag.load(Ordering::Relaxed) {
            self.log.borrow_mut().push(self.index);
            return Poll::Ready(self.index);
        }
        // A child of a group always has the same waker, so the first one is good for ever.
        self.waker.borrow_mut().get_or_insert_with(|| cx.waker().clone());
        Poll::Pending
    }
}

/// The other side of a child, to be sent to another thread after the first poll.
struct Giver {
    flag: Arc<AtomicBool>,
    waker: Waker,
}

impl Giver {
    fn give(self) {
        self.flag.store(true, Ordering::Relaxed);
        self.waker.wake();
    }

    /// Gives the answer and lets the waker live on, which spares a model the steps of its drop.
    fn give_and_keep(self) -> Waker {
        self.flag.store(true, Ordering::Relaxed);
        self.waker.wake_by_ref();
        self.waker
    }
}

/// What the parent's waker counts in.
#[derive(Default)]
struct Parent {
    wakes: AtomicUsize,
}

impl Parent {
    fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }
}

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

/// A group that has had its first poll: all children wait.
struct Waiting<F> {
    group: Pin<Box<F>>,
    parent: Arc<Parent>,
    log: Rc<RefCell<Vec<usize>>>,
}

impl<F: Future> Waiting<F> {
    fn new<const N: usize>(make: impl FnOnce([Child; N]) -> F) -> (Self, [Giver; N]) {
        let log = Rc::new(RefCell::new(vec![]));
        let flags: [_; N] = std::array::from_fn(|_| Arc::new(AtomicBool::new(false)));
        let wakers: [Rc<RefCell<Option<Waker>>>; N] = std::array::from_fn(|_| Rc::default());
        let children = std::array::from_fn(|index| Child {
            index,
            flag: flags[index].clone(),
            waker: wakers[index].clone(),
            log: log.clone(),
        });
        let mut waiting = Waiting { group: Box::pin(make(children)), parent: Arc::default(), log };
        assert!(waiting.poll().is_pending());
        let givers = std::array::from_fn(|index| Giver {
            flag: flags[index].clone(),
            waker: wakers[index].take().expect("the child waits"),
        });
        (waiting, givers)
    }

    fn poll(&mut self) -> Poll<F::Output> {
        let waker = Waker::from(self.parent.clone());
        self.group.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Polls beside the threads and, if that was too early, once more when they are through. The parent must have been
    /// woken for that.
    fn finish<T, const N: usize>(&mut self, threads: [JoinHandle<T>; N]) -> F::Output {
        let before = self.parent.wakes();
        let early = self.poll();
        let _kept = threads.map(|thread| thread.join().unwrap());
        match early {
            Poll::Ready(output) => output,
            Poll::Pending => {
                assert!(self.parent.wakes() > before, "a wake is lost");
                let Poll::Ready(output) = self.poll() else { panic!("an arrival is lost") };
                output
            }
        }
    }
}

#[test]
fn arrival_against_the_parents_nap_is_not_lost() {
    loom::model(|| {
        let (mut waiting, [giver]) = Waiting::new(|children: [_; 1]| uncallback::join(children));
        let thread = thread::spawn(|| giver.give());
        assert_eq!(waiting.finish([thread]), [0]);
    });
}

#[test]
fn arrivals_from_two_threads_are_both_delivered() {
    loom::model(|| {
        let (mut waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::join(children));
        let thread = thread::spawn(|| a.give_and_keep());
        let _kept = b.give_and_keep();
        assert_eq!(waiting.finish([thread]), [0, 1]);
        let mut log = waiting.log.take();
        log.sort();
        assert_eq!(log, [0, 1]);
    });
}

#[test]
fn arrivals_between_two_polls_keep_their_order() {
    loom::model(|| {
        let (mut waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::join(children));
        let thread = thread::spawn(|| {
            b.give();
            a.give();
        });
        assert_eq!(waiting.finish([thread]), [0, 1]);
        assert_eq!(waiting.log.take(), [1, 0]);
    });
}

#[test]
fn race_is_won_by_the_first_of_two_arrivals() {
    loom::model(|| {
        let (mut waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::race(children));
        let thread = thread::spawn(|| {
            b.give();
            a.give();
        });
        assert_eq!(waiting.finish([thread]), 1);
    });
}

#[test]
fn parent_is_woken_once_for_arrivals_that_it_has_not_seen() {
    loom::model(|| {
        let (mut waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::join(children));
        let first = thread::spawn(|| a.give());
        let second = thread::spawn(|| b.give());
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(waiting.parent.wakes(), 1);
        assert!(waiting.poll().is_ready());
    });
}

#[test]
fn arrival_against_drop_of_the_group_frees_everything_once() {
    loom::model(|| {
        let (waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::join(children));
        let parent = waiting.parent.clone();
        let first = thread::spawn(|| a.give());
        drop(waiting);
        b.give();
        first.join().unwrap();
        // Whoever came first, the parent's waker is gone: either used or dropped.
        assert_eq!(Arc::strong_count(&parent), 1);
    });
}

#[test]
fn arrival_against_poll_then_drop_frees_everything_once() {
    loom::model(|| {
        let (mut waiting, [giver, _other]) = Waiting::new(|children: [_; 2]| uncallback::join(children));
        let parent = waiting.parent.clone();
        let thread = thread::spawn(|| giver.give());
        assert!(waiting.poll().is_pending());
        drop(waiting);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&parent), 1);
    });
}

#[test]
fn arrival_against_change_of_the_parents_waker_wakes_the_new_one_or_is_seen() {
    loom::model(|| {
        let (mut waiting, [giver]) = Waiting::new(|children: [_; 1]| uncallback::join(children));
        let old = std::mem::replace(&mut waiting.parent, Arc::default());
        let thread = thread::spawn(|| giver.give());
        assert_eq!(waiting.finish([thread]), [0]);
        assert_eq!(Arc::strong_count(&old), 1, "the old waker was used or dropped");
    });
}

#[test]
fn wake_that_finds_the_child_queued_already_is_not_lost() {
    loom::model(|| {
        let (mut waiting, [giver]) = Waiting::new(|children: [_; 1]| uncallback::join(children));
        // A wake before there is anything to see: the poll that it causes may begin before or after the real one.
        giver.waker.wake_by_ref();
        let thread = thread::spawn(|| giver.give());
        assert_eq!(waiting.finish([thread]), [0]);
    });
}

#[test]
fn rest_of_a_race_takes_over_an_arrival_that_came_for_the_race() {
    loom::model(|| {
        let (mut waiting, [a, b]) = Waiting::new(|children: [_; 2]| uncallback::race_rest(children));
        a.give();
        let Poll::Ready((winner, rest)) = waiting.poll() else { panic!("an arrival is lost") };
        let thread = thread::spawn(|| b.give());
        assert_eq!(winner, 0);
        let mut rest = Waiting { group: Box::pin(rest), parent: Arc::default(), log: waiting.log.clone() };
        rest.finish([thread]);
        assert_eq!(waiting.log.take(), [0, 1]);
    });
}

#[test]
fn failure_against_success_of_a_try_join_fails_it() {
    loom::model(|| {
        let (good, first) = answer::<Result<u8, u8>>();
        let (bad, second) = answer::<Result<u8, u8>>();
        let mut group = Box::pin(uncallback::try_join([first, second]));
        let parent = Arc::<Parent>::default();
        assert!(group.as_mut().poll(&mut Context::from_waker(&parent.clone().into())).is_pending());
        let thread = thread::spawn(move || good.complete(Ok(1)));
        bad.complete(Err(2));
        let outcome = group.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(outcome, Poll::Ready(Err(2)), "it has arrived, whatever became of the other");
        drop(group);
        thread.join().unwrap();
        assert!(parent.wakes() <= 1);
        assert_eq!(Arc::strong_count(&parent), 1);
    });
}

/// It may arrive before the race is decided, while its rest is detached, or on its own after that.
#[test]
fn loser_of_a_detached_race_runs_once_whoever_wakes_it() {
    loom::model(|| {
        let effects = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let ((first, a), (second, b)) = (answer::<()>(), answer::<()>());
        let children = [a, b].map(|answer| {
            let effects = effects.clone();
            Box::pin(async move {
                answer.await;
                effects.fetch_add(1, Ordering::SeqCst);
            }) as Pin<Box<dyn Future<Output = ()> + Send>>
        });
        let mut race = Box::pin(uncallback::race_detached(children));
        assert!(race.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let thread = thread::spawn(move || second.complete(()));
        first.complete(());
        assert!(race.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        thread.join().unwrap();
        assert_eq!(effects.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn arrival_between_a_kick_and_the_next_poll_is_not_lost() {
    loom::model(|| {
        let (done, answer) = answer();
        let thread = thread::spawn(move || done.complete(5));
        assert_eq!(loom::future::block_on(uncallback::kick_now(answer)), 5);
        thread.join().unwrap();
    });
}

/// The two sides of a call.
fn answer<T>() -> (uncallback::Completer<T>, uncallback::Started<T, ()>) {
    uncallback::start_with(|done| done)
}
