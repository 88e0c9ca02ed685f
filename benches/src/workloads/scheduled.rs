//! (b) as part of a program: the awaiting task and the one that calls back run on tokio's current-thread scheduler.

use std::rc::Rc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};
use uncallback::{call, local, start};

use crate::api::Device;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{EventsOnce, Futures, Mea, Multishot, OneShot, Oneshot, Tokio, Unsync};

/// A case of ours; the forms differ in nothing but the macro.
macro_rules! ours {
    ($name:literal, $($call:tt)+) => {{
        let runtime = runtime();
        Case::new(Role::Ours, $name, move |operations| {
            LocalSet::new().block_on(&runtime, async {
                let device = Rc::new(Device::idle());
                let answering = spawn_local(answer(Rc::clone(&device), operations));
                let mut sum = 0;
                for value in 0..operations {
                    sum += $($call)+!(device.submit(value, _)).await;
                }
                answering.await.expect("the answering task ends");
                sum
            })
        })
    }};
}

/// The table of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![Table {
        workload: 'b',
        id: "b-tokio",
        title: "one task awaits, another calls back, both on tokio's current-thread scheduler",
        note: "Most of the time is the scheduler's, in every row.",
        slice: 1_000,
        expected: sum_of_indices,
        cases: vec![
            channel::<Tokio>(Role::Base),
            channel::<Futures>(Role::Peer),
            channel::<EventsOnce>(Role::Peer),
            channel::<Mea>(Role::Peer),
            channel::<Oneshot>(Role::Peer),
            channel::<Multishot>(Role::Peer),
            channel::<HandWritten>(Role::Peer),
            channel::<Unsync>(Role::Peer),
            ours!("uncallback start!", start),
            ours!("uncallback call!", call),
            ours!("uncallback local::call!", local::call),
        ],
    }]
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a scheduler without drivers needs nothing from the system")
}

/// Answers so many requests, one each time it is scheduled.
async fn answer<F: FnOnce(u64)>(device: Rc<Device<F>>, requests: u64) {
    for _ in 0..requests {
        while !device.finish() {
            yield_now().await;
        }
    }
}

fn channel<P: OneShot>(role: Role) -> Case {
    let (mut peer, runtime) = (P::new(), runtime());
    let mut case = Case::new(role, P::NAME, move |operations| {
        LocalSet::new().block_on(&runtime, async {
            let device = Rc::new(Device::idle());
            let answering = spawn_local(answer(Rc::clone(&device), operations));
            let mut sum = 0;
            for value in 0..operations {
                let (sender, receiver) = peer.pair();
                device.submit(value, move |value| P::send(sender, value));
                sum += P::value(receiver.await);
            }
            answering.await.expect("the answering task ends");
            sum
        })
    });
    case.package = P::PACKAGE;
    case
}
