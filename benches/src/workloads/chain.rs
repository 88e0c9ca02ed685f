//! (e) A chain of calls, each of which needs the result of the one before, against the callback nest it replaces.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;

use uncallback::{Driver, call, local, start};

use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::Task;
use crate::peers::hand_written::HandWritten;
use crate::peers::oneshot::{EventsOnce, Futures, Mea, Multishot, OneShot, Oneshot, Tokio, Unsync};

/// The tables of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![
        table::<Now, 1>("e-now-1", "one call, fired at once"),
        table::<Now, 10>("e-now-10", "a chain of 10 calls, each fired at once"),
        table::<Now, 100>("e-now-100", "a chain of 100 calls, each fired at once"),
        table::<EventLoop, 1>("e-loop-1", "one call, fired by an event loop"),
        table::<EventLoop, 10>("e-loop-10", "a chain of 10 calls, each fired by an event loop"),
        table::<EventLoop, 100>("e-loop-100", "a chain of 100 calls, each fired by an event loop"),
    ]
}

/// A case of ours; the forms differ in nothing but the macro.
macro_rules! ours {
    ($name:literal, $($call:tt)+) => {{
        let mut task = Task::counted();
        Case::new(Role::Ours, $name, move |operations| {
            let mut sum = 0;
            for value in 0..operations {
                let chain = async {
                    let mut value = value;
                    for _ in 0..DEPTH {
                        value = $($call)+!(A::increment(value, Box::new(_))).await;
                    }
                    value
                };
                sum += run::<A, _>(chain, &mut task);
            }
            sum
        })
    }};
}

/// A case of ours, run by our own driver: a wake polls the chain in place, inside the callback's turn.
macro_rules! driven {
    ($name:literal, $($call:tt)+) => {{
        let driver = Driver::new();
        Case::new(Role::Ours, $name, move |operations| {
            let mut sum = 0;
            for value in 0..operations {
                let chain = async move {
                    let mut value = value;
                    for _ in 0..DEPTH {
                        value = $($call)+!(A::increment(value, Box::new(_))).await;
                    }
                    value
                };
                driver.drive(chain, |value| RESULT.set(value)).detach();
                while A::turn() {}
                sum += RESULT.take();
            }
            sum
        })
    }};
}

fn table<A: Api, const DEPTH: u64>(id: &'static str, title: &'static str) -> Table {
    let cases = vec![
        nest::<A, DEPTH>(),
        channel::<Tokio, A, DEPTH>(),
        channel::<Futures, A, DEPTH>(),
        channel::<EventsOnce, A, DEPTH>(),
        channel::<Mea, A, DEPTH>(),
        channel::<Oneshot, A, DEPTH>(),
        channel::<Multishot, A, DEPTH>(),
        channel::<HandWritten, A, DEPTH>(),
        channel::<Unsync, A, DEPTH>(),
        ours!("uncallback call!", call),
        ours!("uncallback start!", start),
        ours!("uncallback local::call!", local::call),
        driven!("uncallback call!, own driver", call),
        driven!("uncallback local::call!, own driver", local::call),
    ];
    Table {
        workload: 'e',
        id,
        title,
        note: "One allocation per call is the API's own box for its callback.",
        slice: 4_000 / DEPTH,
        expected: |operations| sum_of_indices(operations) + operations * DEPTH,
        cases,
    }
}

/// What the APIs of this workload take, as most real ones do.
type Callback = Box<dyn FnOnce(u64)>;

/// An API that increments a number.
trait Api: 'static {
    /// Calls back with one more than `value`, now or in a later turn.
    fn increment(value: u64, done: Callback);
    /// One turn of the event loop, if there is one; whether anything happened.
    fn turn() -> bool;
}

/// Calls back inside the call.
struct Now;

impl Api for Now {
    #[inline(never)]
    fn increment(value: u64, done: Callback) {
        done(black_box(value) + 1);
    }

    fn turn() -> bool {
        false
    }
}

/// Calls back from a queue, one callback per turn.
struct EventLoop;

thread_local! {
    static REQUESTS: RefCell<VecDeque<(u64, Callback)>> = const { RefCell::new(VecDeque::new()) };
    static RESULT: Cell<u64> = const { Cell::new(0) };
}

impl Api for EventLoop {
    #[inline(never)]
    fn increment(value: u64, done: Callback) {
        REQUESTS.with_borrow_mut(|requests| requests.push_back((value, done)));
    }

    #[inline(never)]
    fn turn() -> bool {
        let request = REQUESTS.with_borrow_mut(VecDeque::pop_front);
        let Some((value, done)) = request else { return false };
        done(black_box(value) + 1);
        true
    }
}

/// The original: each callback makes the next call.
fn increment_often<A: Api>(depth: u64, value: u64, done: Callback) {
    if depth == 0 {
        return done(value);
    }
    A::increment(value, Box::new(move |value| increment_often::<A>(depth - 1, value, done)));
}

fn nest<A: Api, const DEPTH: u64>() -> Case {
    Case::new(Role::Base, "the callback nest", |operations| {
        let mut sum = 0;
        for value in 0..operations {
            increment_often::<A>(DEPTH, value, Box::new(|value| RESULT.set(value)));
            while A::turn() {}
            sum += RESULT.take();
        }
        sum
    })
}

fn channel<P: OneShot, A: Api, const DEPTH: u64>() -> Case {
    let (mut peer, mut task) = (P::new(), Task::counted());
    let mut case = Case::new(Role::Peer, P::NAME, move |operations| {
        let mut sum = 0;
        for value in 0..operations {
            let chain = async {
                let mut value = value;
                for _ in 0..DEPTH {
                    let (sender, receiver) = peer.pair();
                    A::increment(value, Box::new(move |value| P::send(sender, value)));
                    value = P::value(receiver.await);
                }
                value
            };
            sum += run::<A, _>(chain, &mut task);
        }
        sum
    });
    case.package = P::PACKAGE;
    case
}

/// Turns the event loop until a future is ready, and polls it when it was woken.
fn run<A: Api, F: Future>(future: F, task: &mut Task) -> F::Output {
    let mut future = pin!(future);
    let mut polled = future.as_mut().poll(&mut task.context());
    loop {
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                while !task.was_woken() {
                    assert!(A::turn(), "the loop has nothing to do, and the future waits");
                }
                polled = future.as_mut().poll(&mut task.context());
            }
        }
    }
}
