//! (d) A hundred thousand calls wait at the same time, and are answered in random order.

use std::future::Future;
use std::pin::Pin;

use uncallback::{Started, local, start};

use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, pending, ready};
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{
    AsyncOneshot, AsyncUnsync, Crossfire, EventsOnce, EventsOnceLocal, EventsOncePool, Futures, LocalSync,
    Mea, OneShot, Oneshot, Tokio, Unsync,
};

/// The table of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![Table {
        workload: 'd',
        id: "d",
        title: "100,000 calls in flight, answered in random order",
        note: "Bytes per operation are what a pending call takes beside its future and its callback. Time is mostly \
               cache misses, and its spread is wide.",
        slice: 100_000,
        expected: sum_of_indices,
        cases: cases(),
    }]
}

/// A case of ours; the forms differ in nothing but the names.
macro_rules! ours {
    ($name:literal, $started:ty, $($start:tt)+) => {{
        let mut task = Task::counted();
        let mut switchboard = Switchboard { requests: Vec::new() };
        let mut calls: Vec<$started> = Vec::new();
        let mut order = RandomOrder::default();
        Case::new(Role::Ours, $name, move |operations| {
            for _ in 0..operations {
                calls.push($($start)+!(switchboard.submit(_)));
            }
            for call in &mut calls {
                pending(Pin::new(call), &mut task.context());
            }
            switchboard.finish_all(order.of(operations));
            task.assert_wakes(operations);
            calls.drain(..).map(|mut call| ready(Pin::new(&mut call), &mut task.context())).sum()
        })
    }};
}

fn cases() -> Vec<Case> {
    vec![
        channel::<Tokio, _>(Role::Base),
        channel::<Futures, _>(Role::Peer),
        channel::<EventsOnce, _>(Role::Peer),
        channel::<EventsOncePool, _>(Role::Peer),
        channel::<Mea, _>(Role::Peer),
        channel::<Oneshot, _>(Role::Peer),
        channel::<AsyncOneshot, _>(Role::Peer),
        channel::<Crossfire, _>(Role::Peer),
        channel::<HandWritten, _>(Role::Peer),
        channel::<EventsOnceLocal, _>(Role::Peer),
        channel::<Unsync, _>(Role::Peer),
        channel::<AsyncUnsync, _>(Role::Peer),
        channel::<LocalSync, _>(Role::Peer),
        ours!("uncallback start!", Started<u64, ()>, start),
        ours!("uncallback local::start!", local::Started<u64, ()>, local::start),
    ]
}

/// Keeps many callbacks, and calls them in any order.
///
/// Its memory and that for the futures is kept from slice to slice, so that what is counted belongs to the bridge.
struct Switchboard<F> {
    requests: Vec<Option<F>>,
}

impl<F: FnOnce(u64)> Switchboard<F> {
    fn submit(&mut self, done: F) {
        self.requests.push(Some(done));
    }

    fn finish_all(&mut self, order: &[u32]) {
        for &index in order {
            let done = self.requests[index as usize].take().expect("each request is answered once");
            done(u64::from(index));
        }
        self.requests.clear();
    }
}

/// All indices below `count`, in an order that is random and the same in every run.
#[derive(Default)]
struct RandomOrder(Vec<u32>);

impl RandomOrder {
    fn of(&mut self, count: u64) -> &[u32] {
        if self.0.len() as u64 != count {
            self.0 = (0..u32::try_from(count).expect("a slice is small")).collect();
            // Fisher and Yates, with a linear congruential generator: quality matters little, repetition much.
            let mut state: u64 = 0x2545_f491_4f6c_dd1d;
            for place in (1..self.0.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                self.0.swap(place, (state >> 33) as usize % (place + 1));
            }
        }
        &self.0
    }
}

fn channel<P, R>(role: Role) -> Case
where
    P: for<'a> OneShot<Receiver<'a> = R>,
    R: Future + Unpin + 'static,
{
    let (mut peer, mut task) = (P::new(), Task::counted());
    let mut switchboard = Switchboard { requests: Vec::new() };
    let mut receivers: Vec<R> = Vec::new();
    let mut order = RandomOrder::default();
    let mut case = Case::new(role, P::NAME, move |operations| {
        for _ in 0..operations {
            let (sender, receiver) = peer.pair();
            switchboard.submit(move |value| P::send(sender, value));
            receivers.push(receiver);
        }
        for receiver in &mut receivers {
            pending(Pin::new(receiver), &mut task.context());
        }
        switchboard.finish_all(order.of(operations));
        task.assert_wakes(operations);
        let values = receivers
            .drain(..)
            .map(|mut receiver| P::value(ready(Pin::new(&mut receiver), &mut task.context())));
        values.sum()
    });
    case.package = P::PACKAGE;
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_order_names_every_call_once_and_never_changes() {
        let mut order = RandomOrder::default();
        let first = order.of(1_000).to_vec();
        assert_ne!(first, (0..1_000).collect::<Vec<u32>>());
        assert_eq!(order.of(1_000), first);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1_000).collect::<Vec<u32>>());
    }
}
