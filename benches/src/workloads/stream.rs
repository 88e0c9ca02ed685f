//! (g) A callback that is called again and again becomes a stream.

use std::pin::pin;

use uncallback::stream::{Events, Overflow, Receive, events, local, mpsc, spsc};

use crate::api::Source;
use crate::harness::case::{Case, Role, Table, sum_of_indices};
use crate::harness::task::{Task, ready, ready_after};
use crate::peers::stream::{
    AsyncChannel, AsyncChannelBounded, AsyncUnsync, CAPACITY, Channel, CrossfireBounded, CrossfireMpsc,
    CrossfireSpsc, Flume, FlumeBounded, Futures, FuturesBounded, LocalChannel, LocalSync, Mea, MeaBounded,
    Rtrb, SharedChannel, Tachyonix, Thingbuf, Tokio, TokioBounded, Unsync,
};

/// The tables of this workload.
pub(super) fn tables() -> Vec<Table> {
    vec![
        burst_table("g-local-burst", "the callback and the stream share a thread", local::<Burst>()),
        parked_table("g-local-parked", "the callback and the stream share a thread", local::<Parked>()),
        burst_table(
            "g-spsc-burst",
            "the callback is `FnMut + Send`, the queue unbounded",
            exclusive::<Burst>(),
        ),
        parked_table(
            "g-spsc-parked",
            "the callback is `FnMut + Send`, the queue unbounded",
            exclusive::<Parked>(),
        ),
        burst_table(
            "g-ring-burst",
            "the callback is `FnMut + Send`, the queue bounded by 1024",
            ring::<Burst>(),
        ),
        parked_table(
            "g-ring-parked",
            "the callback is `FnMut + Send`, the queue bounded by 1024",
            ring::<Parked>(),
        ),
        burst_table(
            "g-mpsc-burst",
            "the callback is `Fn + Send + Sync`, the queue unbounded",
            shared::<Burst>(),
        ),
        parked_table(
            "g-mpsc-parked",
            "the callback is `Fn + Send + Sync`, the queue unbounded",
            shared::<Parked>(),
        ),
    ]
}

fn burst_table(id: &'static str, title: &'static str, cases: Vec<Case>) -> Table {
    let note = "Burst: 256 events, then all of them are received one by one.";
    Table { workload: 'g', id, title, note, slice: 16 * BURST, expected: sum_of_indices, cases }
}

fn parked_table(id: &'static str, title: &'static str, cases: Vec<Case>) -> Table {
    let note = "Parked: the consumer waits, an event wakes it, it receives the event.";
    Table { workload: 'g', id, title, note, slice: 4_000, expected: sum_of_indices, cases }
}

fn local<R: Rhythm>() -> Vec<Case> {
    vec![
        channel::<Tokio, R>(Role::Base),
        channel::<Unsync, R>(Role::Peer),
        channel::<AsyncUnsync, R>(Role::Peer),
        channel::<LocalSync, R>(Role::Peer),
        channel::<LocalChannel, R>(Role::Peer),
        ours::<_, _, R>("uncallback local::unbounded", local::unbounded(), |emit| {
            move |value| emit.emit(value)
        }),
    ]
}

fn exclusive<R: Rhythm>() -> Vec<Case> {
    vec![
        channel::<Tokio, R>(Role::Base),
        channel::<Futures, R>(Role::Peer),
        channel::<CrossfireSpsc, R>(Role::Peer),
        channel::<Flume, R>(Role::Peer),
        channel::<AsyncChannel, R>(Role::Peer),
        channel::<Mea, R>(Role::Peer),
        ours::<_, _, R>("uncallback spsc::unbounded", spsc::unbounded(), |mut emit| {
            move |value| emit.emit(value)
        }),
    ]
}

fn ring<R: Rhythm>() -> Vec<Case> {
    let mut cases = vec![
        channel::<TokioBounded, R>(Role::Base),
        channel::<FuturesBounded, R>(Role::Peer),
        channel::<CrossfireBounded, R>(Role::Peer),
        channel::<FlumeBounded, R>(Role::Peer),
        channel::<AsyncChannelBounded, R>(Role::Peer),
        channel::<MeaBounded, R>(Role::Peer),
        channel::<Thingbuf, R>(Role::Peer),
        channel::<Tachyonix, R>(Role::Peer),
        ours::<_, _, R>("uncallback spsc::drop_newest", spsc::drop_newest(CAPACITY), |mut emit| {
            move |value| emit.emit(value)
        }),
    ];
    if !R::PARKS {
        cases.push(channel::<Rtrb, R>(Role::Reference));
    }
    cases
}

fn shared<R: Rhythm>() -> Vec<Case> {
    vec![
        shared_channel::<Tokio, R>(Role::Base),
        shared_channel::<Futures, R>(Role::Peer),
        shared_channel::<CrossfireMpsc, R>(Role::Peer),
        shared_channel::<Flume, R>(Role::Peer),
        shared_channel::<AsyncChannel, R>(Role::Peer),
        shared_channel::<Mea, R>(Role::Peer),
        ours::<_, _, R>("uncallback mpsc::unbounded", mpsc::unbounded(), |emit| {
            move |value| emit.emit(value)
        }),
    ]
}

/// Events in one burst.
const BURST: u64 = 256;

/// How events and the consumer take turns.
trait Rhythm: 'static {
    /// Whether the consumer waits before each event.
    const PARKS: bool;

    /// Emits `operations` events and sums what the consumer receives.
    ///
    /// A channel's `next` may be an `async fn`, so it is passed as a function that makes the future.
    fn run<F: FnMut(u64), S>(
        source: &mut Source<F>,
        stream: &mut S,
        next: impl AsyncFn(&mut S) -> u64,
        operations: u64,
        task: &mut Task,
    ) -> u64;
}

struct Burst;

impl Rhythm for Burst {
    const PARKS: bool = false;

    #[inline(always)]
    fn run<F: FnMut(u64), S>(
        source: &mut Source<F>,
        stream: &mut S,
        next: impl AsyncFn(&mut S) -> u64,
        operations: u64,
        task: &mut Task,
    ) -> u64 {
        let mut sum = 0;
        for first in (0..operations).step_by(BURST as usize) {
            let burst = first..operations.min(first + BURST);
            for value in burst.clone() {
                source.emit(value);
            }
            for _ in burst {
                sum += ready(pin!(next(stream)), &mut task.context());
            }
        }
        task.assert_wakes(0);
        sum
    }
}

struct Parked;

impl Rhythm for Parked {
    const PARKS: bool = true;

    #[inline(always)]
    fn run<F: FnMut(u64), S>(
        source: &mut Source<F>,
        stream: &mut S,
        next: impl AsyncFn(&mut S) -> u64,
        operations: u64,
        task: &mut Task,
    ) -> u64 {
        let mut sum = 0;
        for value in 0..operations {
            sum += ready_after(pin!(next(stream)), &mut task.context(), || source.emit(value));
        }
        task.assert_wakes(operations);
        sum
    }
}

fn channel<C: Channel, R: Rhythm>(role: Role) -> Case {
    let mut task = Task::counted();
    let (mut sender, mut receiver) = C::new();
    let mut source = Source::new(move |value| C::push(&mut sender, value));
    let run = move |operations| R::run(&mut source, &mut receiver, C::next, operations, &mut task);
    Case::new(role, C::NAME, run).of(C::PACKAGE)
}

fn shared_channel<C: SharedChannel, R: Rhythm>(role: Role) -> Case {
    let mut task = Task::counted();
    let (sender, mut receiver) = C::new();
    let mut source = Source::new(move |value| C::push_shared(&sender, value));
    let run = move |operations| R::run(&mut source, &mut receiver, C::next, operations, &mut task);
    Case::new(role, C::NAME, run).of(C::PACKAGE)
}

fn ours<O, F, R>(name: &str, overflow: O, callback: impl FnOnce(O::Emitter<u64>) -> F) -> Case
where
    O: Overflow<Receiver<u64>: Receive<Item = u64> + 'static>,
    F: FnMut(u64) + 'static,
    R: Rhythm,
{
    let (mut source, mut task) = (None, Task::counted());
    let mut stream = events(overflow, |emit| source = Some(Source::new(callback(emit))));
    let mut source = source.expect("the callback is registered at once");
    Case::new(Role::Ours, name, move |operations| {
        let next =
            async |stream: &mut Events<O::Receiver<u64>>| stream.next().await.expect("the source lives");
        R::run(&mut source, &mut stream, next, operations, &mut task)
    })
}
