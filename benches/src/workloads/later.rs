//! (b) The callback runs after the future was polled once, on the same thread.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};

use uncallback::{call, start};

use crate::api::Device;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, pending, ready};
use crate::peers::callback_future;
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{
    AsyncUnsync, Crossfire, EventsOnce, EventsOnceLocal, EventsOnceLocalPool, EventsOncePool, Futures,
    LocalSync, Mea, Multishot, OneShot, Oneshot, Tokio, Unsync,
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

fn send_cases(task: fn() -> Task) -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base, task),
        bare(),
        channel::<Futures>(Role::Peer, task),
        channel::<EventsOnce>(Role::Peer, task),
        channel::<EventsOncePool>(Role::Peer, task),
        channel::<Mea>(Role::Peer, task),
        channel::<Oneshot>(Role::Peer, task),
        channel::<Crossfire>(Role::Peer, task),
        channel::<Multishot>(Role::Peer, task),
        channel::<HandWritten>(Role::Peer, task),
        adapter(task),
        ours_started(task),
        ours_called(task),
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
    ]
}

/// The callback alone: what the API itself costs.
fn bare() -> Case {
    Case::new(Role::Reference, "callback, nothing awaited", |operations| {
        let sum = std::cell::Cell::new(0);
        let device = Device::idle();
        for value in 0..operations {
            let sum = &sum;
            device.submit(value, move |value| sum.set(sum.get() + value));
            device.finish();
        }
        sum.get()
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
            pending(Pin::new(&mut receiver), &mut task.context());
            device.finish();
            sum += P::value(ready(Pin::new(&mut receiver), &mut task.context()));
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
            sum += callback_future::call(start, || device.lock().unwrap().finish(), &mut task.context());
        }
        task.assert_wakes(operations);
        sum
    };
    Case::new(Role::Peer, callback_future::NAME, run).of(callback_future::PACKAGE)
}

fn ours_started(task: fn() -> Task) -> Case {
    let mut task = task();
    Case::new(Role::Ours, "uncallback start!", move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let mut started = start!(device.submit(value, _));
            pending(Pin::new(&mut started), &mut task.context());
            device.finish();
            sum += ready(Pin::new(&mut started), &mut task.context());
        }
        task.assert_wakes(operations);
        sum
    })
}

fn ours_called(task: fn() -> Task) -> Case {
    let mut task = task();
    Case::new(Role::Ours, "uncallback call!", move |operations| {
        let mut sum = 0;
        let device = Device::idle();
        for value in 0..operations {
            let mut called = pin!(call!(device.submit(value, _)));
            pending(called.as_mut(), &mut task.context());
            device.finish();
            sum += ready(called, &mut task.context());
        }
        task.assert_wakes(operations);
        sum
    })
}
