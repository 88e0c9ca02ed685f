//! Random programs over real threads: every value is dropped exactly once, every waker balanced, every future ends.
//!
//! `RUSTFLAGS="--cfg uncallback_delay" cargo test -p uncallback --test stress` puts pauses between the steps of the
//! protocols, so that rare interleavings become common.

mod helpers;

use std::cell::Cell;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::thread;

use helpers::waker::{Counts, counting};
use helpers::{block_on, outcome_of};
use uncallback::{Completer, Slot, SlotCompleter, call};

const ROUNDS: usize = if cfg!(uncallback_delay) { 2_000 } else { 12_000 };

/// splitmix64: a seed gives the same program on every machine.
struct Random(Cell<u64>);

impl Random {
    fn below(&self, n: u64) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pause(&self) {
        match self.below(4) {
            0 => thread::yield_now(),
            1 => (0..self.below(200)).for_each(|_| std::hint::spin_loop()),
            _ => {}
        }
    }
}

/// Counts how many values were made and dropped.
#[derive(Clone, Default)]
struct Ledger(Arc<(AtomicUsize, AtomicUsize)>);

struct Value(Ledger, Box<u8>);

impl Ledger {
    fn value(&self) -> Value {
        self.0.0.fetch_add(1, SeqCst);
        // Boxed, so that a sanitizer sees a second drop as well.
        Value(self.clone(), Box::new(1))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.0.0.1.fetch_add(usize::from(*self.1), SeqCst);
    }
}

type Job = Box<dyn FnOnce(&Random) + Send>;

/// What the callback does on the worker's thread.
trait Finish: Send + 'static {
    fn complete(self, value: Value);
    fn complete_with(self, make: impl FnOnce() -> Value);
}

impl Finish for Completer<Value> {
    fn complete(self, value: Value) {
        self.complete(value);
    }
    fn complete_with(self, make: impl FnOnce() -> Value) {
        self.complete_with(make);
    }
}

impl Finish for SlotCompleter<Value> {
    fn complete(self, value: Value) {
        self.complete(value);
    }
    fn complete_with(self, make: impl FnOnce() -> Value) {
        self.complete_with(make);
    }
}

fn finish(done: impl Finish, ledger: Ledger, random: &Random) {
    random.pause();
    let value = ledger.value();
    match random.below(6) {
        0 => drop((done, value)),
        1 => drop((value, done)),
        2 => done.complete_with(|| panic_any(value)),
        3 => {
            outcome_of(|| {
                let _done = done;
                panic_any(value)
            });
        }
        _ => done.complete(value),
    }
}

/// Sends the callback to the worker, or completes within the call.
fn api<D: Finish>(done: D, worker: &Sender<Job>, ledger: &Ledger, random: &Random) {
    let ledger = ledger.clone();
    if random.below(4) == 0 {
        finish(done, ledger, random);
    } else {
        worker.send(Box::new(move |random| finish(done, ledger, random))).unwrap();
        random.pause();
    }
}

/// Polls a few times with changing wakers, then waits for the outcome or drops the future.
fn consume<F: Future<Output = Value> + Unpin>(mut future: F, random: &Random) -> [Arc<Counts>; 2] {
    let wakers = [counting(), counting()];
    let polls = random.below(4);
    let mut ended = false;
    for _ in 0..polls {
        let i = random.below(2) as usize;
        let mut cx = Context::from_waker(&wakers[i].0);
        // A loss or a panic of the callback ends it too.
        match outcome_of(|| std::pin::Pin::new(&mut future).poll(&mut cx)) {
            Some(Poll::Pending) => random.pause(),
            Some(Poll::Ready(value)) => {
                drop(value);
                ended = true;
                break;
            }
            None => {
                ended = true;
                break;
            }
        }
    }
    if !ended && random.below(3) > 0 {
        drop(outcome_of(|| block_on(&mut future)));
    }
    drop(future);
    wakers.map(|(_, counts)| counts)
}

fn run(seed: u64) -> (Ledger, Vec<Arc<Counts>>) {
    let ledger = Ledger::default();
    let random = Random(Cell::new(seed));
    let (worker, jobs) = channel::<Job>();
    let thread = thread::spawn(move || {
        let random = Random(Cell::new(seed ^ 0xabcd));
        for job in jobs {
            // Panics that unwind into the API are part of the program.
            outcome_of(|| job(&random));
        }
    });
    let mut wakers = Vec::new();
    let mut slot = Slot::new();
    for _ in 0..ROUNDS {
        let which = random.below(5);
        wakers.extend(match which {
            0 => consume(uncallback::start(|done| api(done, &worker, &ledger, &random)), &random),
            1 => consume(call(|done| api(done, &worker, &ledger, &random)), &random),
            // One place in the source, so one hint, which changes its mind all the time.
            2 | 3 => consume(call!(through_macro(&worker, &ledger, &random, _)), &random),
            _ => consume(slot.call(|done| api(done, &worker, &ledger, &random)), &random),
        });
        if random.below(50) == 0 {
            slot = Slot::new();
        }
    }
    drop(slot);
    drop(worker);
    thread.join().unwrap();
    (ledger, wakers)
}

fn through_macro(
    worker: &Sender<Job>,
    ledger: &Ledger,
    random: &Random,
    then: impl FnOnce(Value) + Send + 'static,
) {
    struct Then<F>(F);
    impl<F: FnOnce(Value) + Send + 'static> Finish for Then<F> {
        fn complete(self, value: Value) {
            (self.0)(value);
        }
        fn complete_with(self, make: impl FnOnce() -> Value) {
            // As a callback would that was written by hand: the panic goes into the API.
            (self.0)(make());
        }
    }
    outcome_of(|| api(Then(then), worker, ledger, random));
}

#[test]
fn every_value_is_dropped_exactly_once() {
    // Panics are part of the programs, and their messages would bury everything else.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let ledgers = [1, 2, 3].map(run);
    std::panic::set_hook(hook);
    for (ledger, wakers) in ledgers {
        let (made, dropped) = (ledger.0.0.load(SeqCst), ledger.0.1.load(SeqCst));
        assert!(made > ROUNDS / 2);
        assert_eq!(made, dropped);
        assert!(wakers.iter().all(|counts| counts.stored() == 0));
    }
}
