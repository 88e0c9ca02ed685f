//! Random programs over every kind of stream: every event is dropped exactly once, whoever panics and whoever goes first.

mod helpers;

use std::panic::resume_unwind;
use std::task::{Context, Poll};
use std::thread;

use helpers::block_on;
use helpers::stress::{Ledger, Random, Value, Wakers, caught, dropped};
use uncallback::Events;
use uncallback::stream::{Overflow, Receive, events, local, mpsc, spsc};

const PROGRAMS: usize = if cfg!(uncallback_delay) { 20 } else { 120 };

/// The callback's side.
trait Emits<V> {
    fn emit(&mut self, event: V);
    fn emit_with(&mut self, make: impl FnOnce() -> V);
}

macro_rules! emits {
    ($($emitter:ty),+) => { $( impl<V> Emits<V> for $emitter {
        fn emit(&mut self, event: V) {
            <$emitter>::emit(self, event);
        }
        fn emit_with(&mut self, make: impl FnOnce() -> V) {
            <$emitter>::emit_with(self, make);
        }
    } )+ };
}

emits! {
    spsc::Emitter<V>, spsc::BoundedEmitter<V>, spsc::OverwritingEmitter<V>, mpsc::Emitter<V>, local::Emitter<V>
}

fn open<V, P: Overflow>(policy: P) -> (P::Emitter<V>, Events<P::Receiver<V>>) {
    let mut emitter = None;
    let stream = events(policy, |emit| emitter = Some(emit));
    (emitter.expect("it was handed over"), stream)
}

fn produce<V: Value>(mut emitter: impl Emits<V>, events: u64, ledger: &Ledger, random: &Random) {
    for _ in 0..events {
        random.pause();
        caught(|| match random.below(12) {
            // Ends the stream, of which a later event should know.
            0 => emitter.emit_with(|| resume_unwind(Box::new(V::new(ledger)))),
            1 => emitter.emit_with(|| V::new(ledger)),
            _ => emitter.emit(V::new(ledger)),
        });
    }
    dropped(emitter);
}

/// Takes a random number of steps. Returns whether the stream is over.
fn consume<V, R: Receive<Item = V>>(stream: &mut Events<R>, wakers: &Wakers, random: &Random) -> bool {
    for _ in 0..random.below(10) {
        let over = caught(|| match random.below(6) {
            // A consumer that panics in the middle.
            0 => {
                stream.drain(
                    |event| if random.once_in(4) { resume_unwind(Box::new("enough")) } else { drop(event) },
                );
                false
            }
            1 => stream.lagged() == u64::MAX,
            _ => match stream.poll_event(&mut Context::from_waker(wakers.one(random))) {
                Poll::Ready(event) => event.is_none(),
                Poll::Pending => false,
            },
        });
        if over == Some(true) {
            return true;
        }
        random.pause();
    }
    false
}

/// Takes all there is, or leaves before that.
fn finish<V, R: Receive<Item = V>>(mut stream: Events<R>, random: &Random) {
    if !random.once_in(3) {
        // Each panic of an event, or of the source, is one step on the way to the end.
        while !matches!(caught(|| block_on(stream.next()).is_none()), Some(true)) {}
    }
    dropped(stream);
}

fn between_threads<V: Value, E: Emits<V> + Send, R: Receive<Item = V>>(
    (emitters, mut stream): (Vec<E>, Events<R>),
    ledger: &Ledger,
    random: &Random,
) {
    let wakers = Wakers::new();
    thread::scope(|threads| {
        for emitter in emitters {
            let (theirs, events) = (random.split(), random.below(8));
            threads.spawn(move || produce(emitter, events, ledger, &theirs));
        }
        if consume(&mut stream, &wakers, random) {
            dropped(stream);
        } else {
            finish(stream, random);
        }
    });
    wakers.none_is_stored();
}

fn on_one_thread<V: Value>(policy: local::Policy, ledger: &Ledger, random: &Random) {
    let wakers = Wakers::new();
    let (emitter, mut stream) = open::<V, _>(policy);
    let others = [emitter.clone(), emitter];
    let mut over = false;
    for emitter in others {
        produce(emitter, random.below(6), ledger, random);
        over = over || consume(&mut stream, &wakers, random);
    }
    if over {
        dropped(stream)
    } else {
        finish(stream, random)
    }
    wakers.none_is_stored();
}

fn alone<E, S>((emitter, stream): (E, S)) -> (Vec<E>, S) {
    (vec![emitter], stream)
}

fn every_event_is_dropped_exactly_once<V: Value>() {
    let ledger = V::ledger();
    let random = Random::new(2);
    for _ in 0..PROGRAMS {
        let (ledger, random) = (&ledger, &random);
        let room = 1 + random.below(3) as usize;
        between_threads(alone(open::<V, _>(spsc::unbounded())), ledger, random);
        between_threads(alone(open::<V, _>(spsc::drop_newest(room))), ledger, random);
        between_threads(alone(open::<V, _>(spsc::drop_oldest(room))), ledger, random);
        between_threads(alone(open::<V, _>(spsc::latest())), ledger, random);
        for policy in [
            mpsc::unbounded(),
            mpsc::latest(),
            mpsc::drop_newest(room),
            mpsc::drop_oldest(room),
            mpsc::block(room),
        ] {
            let (emitter, stream) = open::<V, _>(policy);
            between_threads((vec![emitter.clone(), emitter], stream), ledger, random);
        }
        for policy in
            [local::unbounded(), local::latest(), local::drop_newest(room), local::drop_oldest(room)]
        {
            on_one_thread::<V>(policy, ledger, random);
        }
    }
    ledger.every_value_was_dropped_once();
}

on_each_value! { every_event_is_dropped_exactly_once }
