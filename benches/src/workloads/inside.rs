//! (a) The callback runs before the call returns.

use std::pin::{Pin, pin};

use uncallback::{Completer, PinnedCompleter, Slot, call, local, pinned, scoped, start};

use crate::api::call_inside;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, ready};
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{
    AsyncOneshot, AsyncUnsync, Crossfire, EventsOnce, EventsOnceLocal, EventsOnceLocalPool, EventsOncePool,
    FibreExclusive, FibrePool, Futures, LocalSync, Mea, Multishot, OneShot, Oneshot, Tokio, Unsync,
};
use crate::peers::{callback_future, cb_fut};

/// The tables of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![
        table("a", "the callback runs inside the call", send_cases(Task::counted)),
        table("a-local", "the same; value and callback stay on one thread", local_cases(Task::counted)),
        table("a-free-waker", "as (a), with a waker that costs nothing", send_cases(Task::free_of_charge)),
    ]
}

fn table(id: &'static str, title: &'static str, cases: Vec<Case>) -> Table {
    Table { workload: 'a', id, title, note: "", slice: 4_000, expected: sum_of_indices, cases }
}

/// A case of ours; the forms differ in nothing but the macro.
macro_rules! ours {
    ($name:literal, $task:ident, $($call:tt)+) => {{
        let mut task = $task();
        Case::new(Role::Ours, $name, move |operations| {
            let mut sum = 0;
            for value in 0..operations {
                sum += ready(pin!($($call)+!(call_inside(value, _))), &mut task.context());
            }
            task.assert_wakes(0);
            sum
        })
    }};
}

fn send_cases(task: fn() -> Task) -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base, task),
        bare(),
        channel::<Futures>(Role::Peer, task),
        channel::<EventsOnce>(Role::Peer, task),
        channel::<EventsOncePool>(Role::Peer, task),
        channel::<Mea>(Role::Peer, task),
        channel::<Oneshot>(Role::Peer, task),
        channel::<AsyncOneshot>(Role::Peer, task),
        channel::<Crossfire>(Role::Peer, task),
        channel::<FibreExclusive>(Role::Peer, task),
        channel::<FibrePool>(Role::Peer, task),
        channel::<Multishot>(Role::Peer, task),
        channel::<HandWritten>(Role::Peer, task),
        adapter(task),
        blocking(task),
        ours!("uncallback start!", task, start),
        ours!("uncallback call!", task, call),
        ours_in_slot(task),
        ours_pinned(task),
        ours_scoped(),
    ]
}

fn local_cases(task: fn() -> Task) -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base, task),
        bare(),
        channel::<EventsOnceLocal>(Role::Peer, task),
        channel::<EventsOnceLocalPool>(Role::Peer, task),
        channel::<Unsync>(Role::Peer, task),
        channel::<AsyncUnsync>(Role::Peer, task),
        channel::<LocalSync>(Role::Peer, task),
        ours!("uncallback local::start!", task, local::start),
        ours!("uncallback local::call!", task, local::call),
    ]
}

/// The callback alone: what the API itself costs.
fn bare() -> Case {
    Case::new(Role::Reference, "callback, nothing awaited", |operations| {
        let mut sum = 0;
        for value in 0..operations {
            call_inside(value, |value| sum += value);
        }
        sum
    })
}

fn channel<P: OneShot>(role: Role, task: fn() -> Task) -> Case {
    let (mut peer, mut task) = (P::new(), task());
    let mut case = Case::new(role, P::NAME, move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let (sender, mut receiver) = peer.pair();
            call_inside(value, move |value| P::send(sender, value));
            sum += P::value(ready(Pin::new(&mut receiver), &mut task.context()));
        }
        task.assert_wakes(0);
        sum
    });
    case.package = P::PACKAGE;
    case
}

fn adapter(task: fn() -> Task) -> Case {
    let task = task();
    let run = move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let start = move |done: callback_future::Callback| call_inside(value, done);
            sum += callback_future::call(start, || (), &mut task.context());
        }
        sum
    };
    Case::new(Role::Peer, callback_future::NAME, run).of(callback_future::PACKAGE)
}

fn blocking(task: fn() -> Task) -> Case {
    let task = task();
    let run = move |operations| (0..operations).map(|value| cb_fut::call(value, &mut task.context())).sum();
    Case::new(Role::Peer, cb_fut::NAME, run).of(cb_fut::PACKAGE)
}

fn ours_in_slot(task: fn() -> Task) -> Case {
    let (mut slot, mut task) = (Slot::new(), task());
    Case::new(Role::Ours, "uncallback Slot", move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let api = |done: Completer<u64>| call_inside(value, move |value| done.complete(value));
            sum += ready(pin!(slot.call(api)), &mut task.context());
        }
        task.assert_wakes(0);
        sum
    })
}

fn ours_pinned(task: fn() -> Task) -> Case {
    let mut task = task();
    Case::new(Role::Ours, "uncallback pinned", move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let api = |done: PinnedCompleter<u64>| call_inside(value, move |value| done.complete(value));
            // SAFETY: the callback runs inside the call.
            sum += ready(pin!(unsafe { pinned(api, |()| ()) }), &mut task.context());
        }
        task.assert_wakes(0);
        sum
    })
}

fn ours_scoped() -> Case {
    Case::new(Role::Ours, "uncallback scoped", |operations| {
        let mut sum = 0;
        for value in 0..operations {
            sum += scoped(|done| call_inside(value, done)).expect("the callback was called");
        }
        sum
    })
}
