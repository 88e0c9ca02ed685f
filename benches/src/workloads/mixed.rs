//! (b) Two callbacks run later, the third inside the call, at one and the same place in the source.
//!
//! `call!` guesses from the last results whether to store the waker before the call. Here every guess is followed by
//! one that is wrong.

use std::pin::{Pin, pin};

use uncallback::{call, start};

use crate::api::Device;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, settled};
use crate::peers::oneshot::{EventsOnce, Mea, Multishot, OneShot, Oneshot, Tokio};

/// A case of ours; the forms differ in nothing but the macro.
macro_rules! ours {
    ($name:literal, $call:ident) => {{
        let mut task = Task::counted();
        Case::new(Role::Ours, $name, move |operations| {
            let mut sum = 0;
            let device = Device::idle();
            for value in 0..operations {
                let future = pin!($call!(device.submit_mixed(value, _)));
                sum += settled(future, &mut task.context(), || assert!(device.finish())).0;
            }
            task.assert_wakes(later(operations));
            sum
        })
    }};
}

/// The table of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![Table {
        workload: 'b',
        id: "b-mixed",
        title: "of three callbacks at one place, two run later and one inside the call",
        note: "The worst case for a guess, and for a branch predictor the best: a fixed pattern.",
        slice: 4_000,
        expected: sum_of_indices,
        cases: vec![
            channel::<Tokio>(Role::Base),
            channel::<EventsOnce>(Role::Peer),
            channel::<Mea>(Role::Peer),
            channel::<Oneshot>(Role::Peer),
            channel::<Multishot>(Role::Peer),
            ours!("uncallback start!", start),
            ours!("uncallback call!", call),
        ],
    }]
}

/// How many of so many calls are answered later.
fn later(operations: u64) -> u64 {
    operations - operations / 3
}

fn channel<P: OneShot>(role: Role) -> Case {
    let (mut peer, mut task) = (P::new(), Task::counted());
    let mut case = Case::new(role, P::NAME, move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let (sender, mut receiver) = peer.pair();
            device.submit_mixed(value, move |value| P::send(sender, value));
            let finish = || assert!(device.finish());
            sum += P::value(settled(Pin::new(&mut receiver), &mut task.context(), finish).0);
        }
        task.assert_wakes(later(operations));
        sum
    });
    case.package = P::PACKAGE;
    case
}
