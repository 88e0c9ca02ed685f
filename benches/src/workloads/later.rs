//! (b) The callback runs after the future was polled once, on the same thread.

use std::cell::Cell;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use uncallback::{Completer, PinnedCompleter, Slot, call, local, pinned, start};

use crate::api::Device;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, ready_after};
use crate::peers::callback_future;
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{
    AsyncOneshot, AsyncUnsync, Crossfire, EventsOnce, EventsOnceLocal, EventsOnceLocalPool, EventsOncePool,
    FibreExclusive, FibrePool, Futures, LocalSync, Mea, Multishot, OneShot, Oneshot, Tokio, Unsync,
};

/// The tables of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![
        table("b", "polled once, then the callback runs on the same thread", send_cases(Task::counted)),
        table("b-local", "the same; value and callback stay on one thread", local_cases(Task::counted)),
        table("b-free-waker", "as (b), with a waker that costs nothing", send_cases(Task::free_of_charge)),
    ]
}

fn table(id: &'static str, title: &'static str, cases: Vec<Case>) -> Table {
    Table { workload: 'b', id, title, note: "", slice: 4_000, expected: sum_of_indices, cases }
}

/// A case of ours; the forms differ in nothing but the macro.
macro_rules! ours {
    ($name:literal, $task:ident, $($call:tt)+) => {{
        let mut task = $task();
        Case::new(Role::Ours, $name, move |operations| {
            let mut sum = 0;
            let device = Device::idle();
            for value in 0..operations {
                let future = pin!($($call)+!(device.submit(value, _)));
                sum += ready_after(future, &mut task.context(), || assert!(device.finish()));
            }
            task.assert_wakes(operations);
            sum
        })
    }};
}

fn send_cases(task: fn() -> Task) -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base, task),
        bare(),
        floor(task),
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
        ours!("uncallback start!", task, start),
        ours!("uncallback call!", task, call),
        ours_in_slot(task),
        ours_pinned(task),
    ]
}

fn local_cases(task: fn() -> Task) -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base, task),
        bare(),
        floor(task),
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
        let sum = Cell::new(0);
        let device = Device::idle();
        for value in 0..operations {
            let sum = &sum;
            device.submit(value, move |value| sum.set(sum.get() + value));
            assert!(device.finish());
        }
        sum.get()
    })
}

/// What no bridge between threads can do without: a waker is cloned and woken, and one word changes hands.
fn floor(task: fn() -> Task) -> Case {
    let mut task = task();
    let word = AtomicU64::new(0);
    Case::new(Role::Reference, "waker cloned and woken, one swap", move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let waker = black_box(task.context().waker().clone());
            // ORDERING: as a completion needs it, whose cost this row shows.
            word.compare_exchange(black_box(0), 0, Ordering::AcqRel, Ordering::Acquire)
                .expect("the word is ours");
            waker.wake();
            sum += black_box(value);
        }
        task.assert_wakes(operations);
        sum
    })
}

fn channel<P: OneShot>(role: Role, task: fn() -> Task) -> Case {
    let (mut peer, mut task) = (P::new(), task());
    let mut case = Case::new(role, P::NAME, move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let (sender, mut receiver) = peer.pair();
            device.submit(value, move |value| P::send(sender, value));
            let output =
                ready_after(Pin::new(&mut receiver), &mut task.context(), || assert!(device.finish()));
            sum += P::value(output);
        }
        task.assert_wakes(operations);
        sum
    });
    case.package = P::PACKAGE;
    case
}

/// The call itself must be `Send + 'static` here, so the device is shared and locked.
fn adapter(task: fn() -> Task) -> Case {
    let mut task = task();
    let run = move |operations| {
        let mut sum = 0;
        let device: Arc<Mutex<Device<callback_future::Callback>>> = Arc::new(Mutex::new(Device::idle()));
        for value in 0..operations {
            let api = Arc::clone(&device);
            let start = move |done: callback_future::Callback| api.lock().unwrap().submit(value, done);
            sum += callback_future::call(
                start,
                || assert!(device.lock().unwrap().finish()),
                &mut task.context(),
            );
        }
        task.assert_wakes(operations);
        sum
    };
    Case::new(Role::Peer, callback_future::NAME, run).of(callback_future::PACKAGE)
}

fn ours_in_slot(task: fn() -> Task) -> Case {
    let (mut slot, mut task) = (Slot::new(), task());
    Case::new(Role::Ours, "uncallback Slot", move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let api = |done: Completer<u64>| device.submit(value, move |value| done.complete(value));
            let finish = || assert!(device.finish());
            sum += ready_after(pin!(slot.call(api)), &mut task.context(), finish);
        }
        task.assert_wakes(operations);
        sum
    })
}

fn ours_pinned(task: fn() -> Task) -> Case {
    let mut task = task();
    Case::new(Role::Ours, "uncallback pinned", move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let api = |done: PinnedCompleter<u64>| device.submit(value, move |value| done.complete(value));
            // SAFETY: `cancel` drops the callback before it returns, on the only thread that could run it.
            let future = pin!(unsafe { pinned(api, |()| device.cancel()) });
            sum += ready_after(future, &mut task.context(), || assert!(device.finish()));
        }
        task.assert_wakes(operations);
        sum
    })
}
