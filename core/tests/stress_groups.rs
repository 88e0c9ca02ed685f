//! Random programs over groups: children complete, fail, panic and are lost on another thread, while the group is polled,
//! kicked, driven, detached or dropped. Every value is dropped exactly once.

mod helpers;

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::thread;

use helpers::block_on;
use helpers::stress::{Ledger, Random, Value, Wakers, caught, dropped, quiet_about_losses};
use uncallback::{
    Completer, Driving, drive, join, kick_now, race, race_detached, race_rest, start_with, try_join,
    try_join_detached, try_join_rest,
};

const PROGRAMS: usize = if cfg!(uncallback_delay) { 150 } else { 1_500 };

type Child<V> = Pin<Box<dyn Future<Output = Result<V, V>> + Send>>;
type Group = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Up to five children. The other thread gets their callbacks in random order; some have fired before that.
fn children<V: Value>(worker: &Sender<Job<V>>, ledger: &Ledger, random: &Random) -> Vec<Child<V>> {
    let (mut callbacks, mut children) = (Vec::new(), Vec::new());
    for _ in 0..1 + random.below(5) {
        let (done, answer) = start_with(|done: Completer<V>| done);
        let (fails, lost) = (random.once_in(3), ledger.clone());
        // Its value, as success or as failure; a loss is a failure, and a panic of the callback one of the child.
        let child = async move {
            match answer.checked().await {
                Ok(value) if fails => Err(value),
                Ok(value) => Ok(value),
                Err(_lost) => Err(V::new(&lost)),
            }
        };
        children.push(Box::pin(child) as Child<V>);
        callbacks.insert(random.below(callbacks.len() as u64 + 1) as usize, done);
    }
    for done in callbacks {
        if random.once_in(5) {
            finish(done, ledger, random)
        } else {
            worker.send(Job(done, ledger.clone())).unwrap()
        }
    }
    children
}

struct Job<V>(Completer<V>, Ledger);

fn finish<V: Value>(done: Completer<V>, ledger: &Ledger, random: &Random) {
    random.pause();
    // The waker may run the losers of a race, which panic.
    caught(|| match random.below(8) {
        0 => drop(done),
        1 => done.complete_with(|| resume_unwind(Box::new(V::new(ledger)))),
        _ => done.complete(V::new(ledger)),
    });
}

/// The outputs are dropped inside, where they may panic as the body of a user may.
fn group<V: Value>(children: Vec<Child<V>>, random: &Random) -> Group {
    match random.below(8) {
        0 => Box::pin(async { drop(join(children).await) }),
        1 => Box::pin(async { drop(try_join(children).await) }),
        2 => Box::pin(async { drop(race(children).await) }),
        3 => Box::pin(async { drop(race_detached(children).await) }),
        4 => Box::pin(async { drop(try_join_detached(children).await) }),
        5 => Box::pin(async {
            let (winner, rest) = race_rest(children).await;
            drop(winner);
            rest.await;
        }),
        6 => Box::pin(async {
            let (result, rest) = try_join_rest(children).await;
            drop(rest);
            drop(result);
        }),
        _ => {
            let kicked: Vec<_> =
                children.into_iter().filter_map(|child| caught(|| kick_now(child))).collect();
            Box::pin(async { drop(join(kicked).await) })
        }
    }
}

/// Polls a few times, then waits, drives, or gives up.
fn run(mut group: Group, random: &Random) -> Wakers {
    let wakers = Wakers::new();
    for _ in 0..random.below(4) {
        match caught(|| group.as_mut().poll(&mut Context::from_waker(wakers.one(random)))) {
            Some(Poll::Pending) => random.pause(),
            _ => {
                dropped(group);
                return wakers;
            }
        }
    }
    match random.below(3) {
        0 => dropped(group),
        // Cancelled at once, or left to its wakes.
        1 => _ = caught(|| Some(drive(group, |()| ())).filter(|_| random.once_in(2)).map(Driving::detach)),
        _ => _ = caught(|| block_on(group)),
    }
    wakers
}

fn every_value_of_a_group_is_dropped_exactly_once<V: Value>() {
    quiet_about_losses();
    let ledger = V::ledger();
    let random = Random::new(3);
    let (worker, jobs) = channel::<Job<V>>();
    let theirs = random.split();
    let thread =
        thread::spawn(move || jobs.into_iter().for_each(|Job(done, ledger)| finish(done, &ledger, &theirs)));
    let wakers: Vec<_> =
        (0..PROGRAMS).map(|_| run(group(children(&worker, &ledger, &random), &random), &random)).collect();
    drop(worker);
    thread.join().unwrap();
    ledger.every_value_was_dropped_once();
    wakers.iter().for_each(Wakers::none_is_stored);
}

on_each_value! { every_value_of_a_group_is_dropped_exactly_once }
