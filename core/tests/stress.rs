//! Random programs over real threads: every value is dropped exactly once, every waker balanced, every future ends.
//!
//! `stress_groups.rs`, `stress_streams.rs` and `stress_ffi.rs` do the same for what is built on top of the one-shot.
//! `RUSTFLAGS="--cfg uncallback_delay" cargo test -p uncallback --test stress` puts pauses between the steps of the
//! protocols, so that rare interleavings become common.

mod helpers;

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::thread;

use helpers::block_on;
use helpers::stress::{Ledger, Random, Value, Wakers, caught, dropped, quiet_about_losses};
use uncallback::{Completer, Slot, call};

const ROUNDS: usize = if cfg!(uncallback_delay) { 500 } else { 5_000 };

type Job = Box<dyn FnOnce(&Random) + Send>;

/// What the callback does on the worker's thread.
trait Finish<V>: Send + 'static {
    fn complete(self, value: V);
    fn complete_with(self, make: impl FnOnce() -> V);
}

impl<V: Value> Finish<V> for Completer<V> {
    fn complete(self, value: V) {
        self.complete(value);
    }
    fn complete_with(self, make: impl FnOnce() -> V) {
        self.complete_with(make);
    }
}

fn finish<V: Value>(done: impl Finish<V>, ledger: &Ledger, random: &Random) {
    random.pause();
    let value = V::new(ledger);
    match random.below(6) {
        0 => drop((done, value)),
        1 => drop((value, done)),
        2 => done.complete_with(|| resume_unwind(Box::new(value))),
        3 => {
            // Unwinds into the API, which is the worker's loop or the call itself.
            let _done = done;
            resume_unwind(Box::new(value))
        }
        _ => done.complete(value),
    }
}

/// Sends the callback to the worker, or completes within the call.
fn api<V: Value>(done: impl Finish<V>, worker: &Sender<Job>, ledger: &Ledger, random: &Random) {
    if random.once_in(4) {
        finish(done, ledger, random);
    } else {
        let ledger = ledger.clone();
        worker.send(Box::new(move |random| finish(done, &ledger, random))).unwrap();
        random.pause();
    }
}

/// Polls a few times with changing wakers, then waits for the outcome or drops the future.
fn consume<V>(mut future: impl Future<Output = V> + Unpin, random: &Random) -> Wakers {
    let wakers = Wakers::new();
    let mut ended = false;
    for _ in 0..random.below(4) {
        let mut cx = Context::from_waker(wakers.one(random));
        // A loss or a panic of the callback ends it too.
        match caught(|| Pin::new(&mut future).poll(&mut cx)) {
            Some(Poll::Pending) => random.pause(),
            outcome => {
                dropped(outcome);
                ended = true;
                break;
            }
        }
    }
    if !ended && !random.once_in(3) {
        caught(|| drop(block_on(&mut future)));
    }
    dropped(future);
    wakers
}

fn every_value_is_dropped_exactly_once<V: Value>() {
    quiet_about_losses();
    let ledger = V::ledger();
    let random = Random::new(1);
    let (worker, jobs) = channel::<Job>();
    let theirs = random.split();
    let thread = thread::spawn(move || {
        for job in jobs {
            caught(|| job(&theirs));
        }
    });
    let mut wakers = Vec::new();
    let mut slot = Slot::new();
    for _ in 0..ROUNDS {
        let (worker, ledger, random) = (&worker, &ledger, &random);
        // The call may panic, and takes its future along then.
        wakers.extend(match random.below(5) {
            0 => caught(|| uncallback::start(|done: Completer<V>| api(done, worker, ledger, random)))
                .map(|future| consume(future, random)),
            1 => Some(consume(call(|done: Completer<V>| api(done, worker, ledger, random)), random)),
            // One place in the source, so one hint, which changes its mind all the time.
            2 | 3 => Some(consume(call!(through_macro::<V>(worker, ledger, random, _)), random)),
            _ => Some(consume(slot.call(|done: Completer<V>| api(done, worker, ledger, random)), random)),
        });
        if random.once_in(50) {
            dropped(std::mem::replace(&mut slot, Slot::new()));
        }
    }
    dropped(slot);
    drop(worker);
    thread.join().unwrap();
    ledger.every_value_was_dropped_once();
    wakers.iter().for_each(Wakers::none_is_stored);
}

on_each_value! { every_value_is_dropped_exactly_once }

fn through_macro<V: Value>(
    worker: &Sender<Job>,
    ledger: &Ledger,
    random: &Random,
    then: impl FnOnce(V) + Send + 'static,
) {
    struct Then<F>(F);
    impl<V, F: FnOnce(V) + Send + 'static> Finish<V> for Then<F> {
        fn complete(self, value: V) {
            (self.0)(value);
        }
        fn complete_with(self, make: impl FnOnce() -> V) {
            // As a callback would that was written by hand: the panic goes into the API.
            (self.0)(make());
        }
    }
    caught(|| api(Then(then), worker, ledger, random));
}
