//! (c) The callback runs on another thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{
    Crossfire, EventsOnce, EventsOncePool, Futures, Mea, Multishot, OneShot, Oneshot, Tokio,
};

/// The table of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![Table {
        workload: 'c',
        id: "c",
        title: "the callback runs on another thread, and the awaiting thread parks",
        note: "Dominated by the scheduler. Shown to see that nothing breaks; no conclusion may be drawn from it.",
        slice: 200,
        expected: sum_of_indices,
        cases: cases(),
    }]
}

fn cases() -> Vec<Case> {
    vec![
        channel::<Tokio>(Role::Base),
        channel::<Futures>(Role::Peer),
        channel::<EventsOnce>(Role::Peer),
        channel::<EventsOncePool>(Role::Peer),
        channel::<Mea>(Role::Peer),
        channel::<Oneshot>(Role::Peer),
        channel::<Crossfire>(Role::Peer),
        channel::<Multishot>(Role::Peer),
        channel::<HandWritten>(Role::Peer),
    ]
}

/// A thread that calls back.
struct Worker<F> {
    requests: mpsc::Sender<(u64, F)>,
}

impl<F: FnOnce(u64) + Send + 'static> Worker<F> {
    /// It ends when the worker is dropped.
    fn start() -> Self {
        let (requests, inbox) = mpsc::channel::<(u64, F)>();
        thread::spawn(move || {
            for (value, done) in inbox {
                done(value);
            }
        });
        Self { requests }
    }

    fn submit(&self, value: u64, done: F) {
        self.requests.send((value, done)).expect("the worker lives as long as its handle");
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future + Unpin>(mut future: F, waker: &Waker) -> F::Output {
    let mut context = Context::from_waker(waker);
    loop {
        match Pin::new(&mut future).poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn channel<P: OneShot<Sender: Send>>(role: Role) -> Case {
    let mut peer = P::new();
    let worker = Worker::start();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut case = Case::new(role, P::NAME, move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let (sender, receiver) = peer.pair();
            worker.submit(value, move |value| P::send(sender, value));
            sum += P::value(block_on(receiver, &waker));
        }
        sum
    });
    case.package = P::PACKAGE;
    case
}
