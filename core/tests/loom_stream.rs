//! Every interleaving of the two sides of a stream, for each variant that threads may share.
//!
//! `.ci/models loom_stream`
//!
//! The first part runs on every variant, so each of its models takes the transitions of the gate (`spsc/gate.rs`), of
//! the list (`mpsc/list.rs`) and of the queue under a lock (`mpsc/bounded.rs`).
//!
//! | transition | models |
//! |---|---|
//! | push: nobody waits | `pushes_vs_parks_again_and_again_keep_order`, `drain_vs_push_takes_each_event_once` |
//! | push: answers a park | `push_vs_park_loses_no_wake_up`, `two_producers_vs_park_deliver_both_and_wake_once` |
//! | push: the consumer has left, the event comes back | `push_vs_drop_of_the_stream_drops_each_event_once`, `two_producers_vs_drop_of_the_stream_drop_each_event_once` |
//! | push: takes the place of the latest, or finds no room | `two_latest_events_vs_poll_are_delivered_or_counted`, `drain_vs_push_takes_each_event_once` |
//! | the producer writes to a cell again that the consumer has read | `cell_is_not_written_again_while_it_is_read`, and for the ring `drain_vs_push_takes_each_event_once` |
//! | park, and the swap lost | `push_vs_park_loses_no_wake_up`, `close_vs_park_loses_no_end` |
//! | park again: the other place, the next epoch | `pushes_vs_parks_again_and_again_keep_order`, `slow_push_vs_a_second_park_takes_no_waker_twice` |
//! | unpark for another waker, and the swap lost | `push_vs_waker_change_wakes_the_last_one_and_frees_the_others`, `close_vs_waker_change_wakes_the_last_one` |
//! | close | `close_vs_park_loses_no_end`, `push_and_close_vs_drop_of_the_stream_frees_all` |
//! | close by the last of several emitters | `emitters_that_leave_at_once_close_the_stream_once`, `emitter_that_is_cloned_while_another_leaves_keeps_the_stream_open` |
//! | the source fails | `panic_of_the_mapping_vs_park_reaches_the_consumer_or_is_dropped`, `two_panics_of_the_mapping_give_one_to_the_consumer_and_drop_the_other` |
//! | the source fails when the consumer has left | `panic_of_the_mapping_vs_drop_of_the_stream_is_dropped_once` |
//! | the consumer leaves, parked or not | `push_vs_drop_of_the_stream_drops_each_event_once`, `push_and_close_vs_drop_of_the_stream_frees_all` |
//! | a blocked push goes on: an event is taken, all are, the stream goes, the source fails | `blocked_push_goes_on_when_an_event_is_taken`, `blocked_pushes_go_on_when_all_events_are_drained`, `blocked_pushes_go_on_when_the_stream_is_dropped`, `blocked_push_goes_on_when_the_source_fails` |
#![cfg(loom)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use loom::thread;
use uncallback::stream::{Events, Receive, events, mpsc, spsc};

/// Counts its wakes. Not part of the model: it is read once the threads have been joined.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn waker() -> (Arc<Woken>, Waker) {
    let woken = Arc::new(Woken::default());
    (woken.clone(), woken.into())
}

/// An event that counts its drops.
struct Counted(u32, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, SeqCst);
    }
}

fn poll<R: Receive, H>(stream: &mut Events<R, H>, waker: &Waker) -> Poll<Option<R::Item>> {
    stream.poll_event(&mut Context::from_waker(waker))
}

/// As `poll`, for a source that fails with a text. Any other panic is one of the model.
///
/// The models resume panics instead of throwing them: they need no message on the terminal.
fn poll_caught<R: Receive, H>(
    stream: &mut Events<R, H>,
    waker: &Waker,
) -> Result<Poll<Option<R::Item>>, &'static str> {
    catch_unwind(AssertUnwindSafe(|| poll(stream, waker))).map_err(|payload| match payload.downcast() {
        Ok(text) => *text,
        Err(payload) => resume_unwind(payload),
    })
}

fn rest<R: Receive, H>(stream: &mut Events<R, H>) -> Vec<R::Item> {
    let mut seen = Vec::new();
    stream.drain(|event| seen.push(event));
    seen
}

macro_rules! models {
    ($($variant:ident: $overflow:expr, $emitter:ty, room $room:expr, [$($mutable:ident)?];)*) => { $(mod $variant {
        use super::*;

        fn open<T>() -> ($emitter, Events<impl Receive<Item = T> + use<T>, ()>) {
            let mut emitter = None;
            let stream = events($overflow, |emit| emitter = Some(emit));
            (emitter.unwrap(), stream)
        }

        #[test]
        fn push_vs_park_loses_no_wake_up() {
            loom::model(|| {
                let ($($mutable)? emit, mut stream) = open();
                let producer = thread::spawn(move || {
                    emit.emit(1);
                    emit
                });
                let (woken, waker) = waker();
                let first = poll(&mut stream, &waker);
                let emit = producer.join().unwrap();
                match first {
                    Poll::Ready(event) => {
                        assert_eq!(event, Some(1));
                        assert_eq!(woken.0.load(SeqCst), 0);
                    }
                    Poll::Pending => {
                        assert_eq!(woken.0.load(SeqCst), 1);
                        assert_eq!(poll(&mut stream, &waker), Poll::Ready(Some(1)));
                    }
                }
                drop(emit);
            });
        }

        #[test]
        fn pushes_vs_parks_again_and_again_keep_order() {
            const EVENTS: u32 = if $room < 3 { $room as u32 } else { 3 };
            loom::model(|| {
                let ($($mutable)? emit, mut stream) = open();
                let producer = thread::spawn(move || (0..EVENTS).for_each(|n| emit.emit(n)));
                let (woken, waker) = waker();
                let mut seen = Vec::new();
                let (mut parks, mut parked) = (0, false);
                for _ in 0..3 {
                    match poll(&mut stream, &waker) {
                        Poll::Ready(event) => {
                            parked = false;
                            seen.extend(event);
                        }
                        Poll::Pending => {
                            parks += usize::from(!parked);
                            parked = true;
                        }
                    }
                }
                producer.join().unwrap();
                // The producer closes at the end, so that each park is answered, and answered once.
                assert_eq!(woken.0.load(SeqCst), parks);
                while let Poll::Ready(Some(event)) = poll(&mut stream, &waker) {
                    seen.push(event);
                }
                assert_eq!(poll(&mut stream, &waker), Poll::Ready(None));
                assert_eq!(seen, (0..EVENTS).collect::<Vec<_>>());
            });
        }

        #[test]
        fn push_vs_waker_change_wakes_the_last_one_and_frees_the_others() {
            loom::model(|| {
                let ($($mutable)? emit, mut stream) = open();
                let producer = thread::spawn(move || {
                    emit.emit(1);
                    emit
                });
                let ((_, old_waker), (new, new_waker)) = (waker(), waker());
                let first = poll(&mut stream, &old_waker);
                let second = if first.is_pending() { poll(&mut stream, &new_waker) } else { first };
                let emit = producer.join().unwrap();
                if second.is_pending() {
                    assert_eq!(new.0.load(SeqCst), 1);
                    assert_eq!(poll(&mut stream, &new_waker), Poll::Ready(Some(1)));
                }
                drop(stream);
                drop(emit);
                drop(new_waker);
                assert_eq!(Arc::strong_count(&new), 1);
            });
        }

        #[test]
        fn push_vs_drop_of_the_stream_drops_each_event_once() {
            loom::model(|| {
                let drops = Arc::new(AtomicUsize::new(0));
                let ($($mutable)? emit, mut stream) = open();
                let token = drops.clone();
                let producer = thread::spawn(move || {
                    (0..3).for_each(|n| emit.emit(Counted(n, token.clone())));
                    emit
                });
                let (woken, waker) = waker();
                drop(poll(&mut stream, &waker));
                drop(stream);
                let emit = producer.join().unwrap();
                assert_eq!(drops.load(SeqCst), 3);
                assert!(woken.0.load(SeqCst) <= 1);
                drop(emit);
                assert_eq!(drops.load(SeqCst), 3);
                drop(waker);
                assert_eq!(Arc::strong_count(&woken), 1);
            });
        }

        #[test]
        fn wake_vs_waker_change_and_drop_lets_every_waker_go_by_the_next_event() {
            loom::model(|| {
                let ($($mutable)? emit, mut stream) = open();
                let producer = thread::spawn(move || {
                    emit.emit(1);
                    emit
                });
                let ((one, one_waker), (two, two_waker)) = (waker(), waker());
                for waker in [&one_waker, &one_waker, &two_waker] {
                    let _ = poll(&mut stream, waker);
                }
                drop(stream);
                let $($mutable)? emit = producer.join().unwrap();
                emit.emit(2);
                drop((one_waker, two_waker));
                assert_eq!([Arc::strong_count(&one), Arc::strong_count(&two)], [1, 1]);
            });
        }

        #[test]
        fn close_vs_park_loses_no_end() {
            loom::model(|| {
                let (emit, mut stream): (_, Events<_, ()>) = open::<u32>();
                let producer = thread::spawn(move || drop(emit));
                let (woken, waker) = waker();
                let first = poll(&mut stream, &waker);
                producer.join().unwrap();
                match first {
                    Poll::Ready(event) => assert_eq!(event, None),
                    Poll::Pending => assert_eq!(woken.0.load(SeqCst), 1),
                }
                assert_eq!(poll(&mut stream, &waker), Poll::Ready(None));
            });
        }

        #[test]
        fn close_vs_waker_change_wakes_the_last_one() {
            loom::model(|| {
                let (emit, mut stream): (_, Events<_, ()>) = open::<u32>();
                let producer = thread::spawn(move || drop(emit));
                let ((old, old_waker), (new, new_waker)) = (waker(), waker());
                let ended = poll(&mut stream, &old_waker).is_ready() || poll(&mut stream, &new_waker).is_ready();
                producer.join().unwrap();
                assert!(ended || new.0.load(SeqCst) == 1);
                assert_eq!(poll(&mut stream, &new_waker), Poll::Ready(None));
                drop((stream, old_waker, new_waker));
                assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
            });
        }

        #[test]
        fn push_and_close_vs_drop_of_the_stream_frees_all() {
            loom::model(|| {
                let drops = Arc::new(AtomicUsize::new(0));
                let ($($mutable)? emit, mut stream) = open();
                let token = drops.clone();
                emit.emit(Counted(0, token.clone()));
                let producer = thread::spawn(move || {
                    emit.emit(Counted(1, token));
                    drop(emit);
                });
                let (_, waker) = waker();
                if let Poll::Ready(Some(event)) = poll(&mut stream, &waker) {
                    assert!(event.0 < 2);
                }
                drop(stream);
                producer.join().unwrap();
                assert_eq!(drops.load(SeqCst), 2);
                assert_eq!(Arc::strong_count(&drops), 1);
            });
        }

        #[test]
        fn panic_of_the_mapping_vs_park_reaches_the_consumer_or_is_dropped() {
            for late in [false, true] { loom::model(move || {
                let ($($mutable)? emit, mut stream) = open::<u32>();
                let producer = thread::spawn(move || emit.emit_with(|| resume_unwind(Box::new("mapped"))));
                let (woken, waker) = waker();
                if late {
                    // So that the first look finds the end.
                    thread::yield_now();
                }
                let first = poll_caught(&mut stream, &waker);
                producer.join().unwrap();
                if let Ok(first) = first {
                    assert_eq!(first, Poll::Pending);
                    assert_eq!(woken.0.load(SeqCst), 1);
                    assert_eq!(poll_caught(&mut stream, &waker), Err("mapped"));
                }
                assert_eq!(poll(&mut stream, &waker), Poll::Ready(None));
            }) }
        }

        #[test]
        fn panic_of_the_mapping_vs_drop_of_the_stream_is_dropped_once() {
            loom::model(|| {
                let ($($mutable)? emit, stream) = open::<u32>();
                let payload = Arc::new(());
                let thrown = payload.clone();
                let producer = thread::spawn(move || emit.emit_with(|| resume_unwind(Box::new(thrown))));
                drop(stream);
                producer.join().unwrap();
                assert_eq!(Arc::strong_count(&payload), 1);
            });
        }

        #[test]
        fn drain_vs_push_takes_each_event_once() {
            loom::model(|| {
                let ($($mutable)? emit, mut stream) = open();
                emit.emit(0);
                let producer = thread::spawn(move || {
                    emit.emit(1);
                    emit.emit(2);
                });
                let mut seen = rest(&mut stream);
                producer.join().unwrap();
                seen.extend(rest(&mut stream));
                assert_eq!(seen.len() as u64 + stream.lagged(), 3);
                assert!(seen.is_sorted());
            });
        }
    })* };
}

models! {
    spsc_unbounded: spsc::unbounded(), spsc::Emitter<T>, room 9, [mut];
    spsc_drop_newest: spsc::drop_newest(2), spsc::BoundedEmitter<T>, room 2, [mut];
    spsc_drop_oldest: spsc::drop_oldest(2), spsc::OverwritingEmitter<T>, room 2, [mut];
    spsc_latest: spsc::latest(), spsc::OverwritingEmitter<T>, room 1, [mut];
    mpsc_unbounded: mpsc::unbounded(), mpsc::Emitter<T>, room 9, [];
    mpsc_drop_newest: mpsc::drop_newest(2), mpsc::Emitter<T>, room 2, [];
    mpsc_drop_oldest: mpsc::drop_oldest(2), mpsc::Emitter<T>, room 2, [];
    mpsc_latest: mpsc::latest(), mpsc::Emitter<T>, room 1, [];
    mpsc_block: mpsc::block(2), mpsc::Emitter<T>, room 2, [];
}

/// A stream of one of the shared variants, and two emitters for it.
fn open_for_two<T>(policy: mpsc::Policy) -> ([mpsc::Emitter<T>; 2], Events<mpsc::Receiver<T>>) {
    let mut emitter = None;
    let stream = events(policy, |emit: mpsc::Emitter<T>| emitter = Some(emit));
    let emitter = emitter.unwrap();
    ([emitter.clone(), emitter], stream)
}

#[test]
fn blocked_push_goes_on_when_an_event_is_taken() {
    loom::model(|| {
        let mut emitter = None;
        let mut stream = events(mpsc::block(1), |emit: mpsc::Emitter<u8>| emitter = Some(emit));
        let emit = emitter.unwrap();
        let producer = thread::spawn(move || [0, 1].map(|n| assert_eq!(emit.offer(n), Ok(()))));
        assert_eq!(loom::future::block_on(stream.next()), Some(0));
        assert_eq!(loom::future::block_on(stream.next()), Some(1));
        producer.join().unwrap();
    });
}

#[test]
fn blocked_pushes_go_on_when_the_stream_is_dropped() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (emitters, stream) = open_for_two(mpsc::block(1));
        let producers = emitters.map(|emit| {
            let event = Counted(0, drops.clone());
            thread::spawn(move || {
                emit.emit(event);
                emit
            })
        });
        drop(stream);
        drop(producers.map(|producer| producer.join().unwrap()));
        assert_eq!(drops.load(SeqCst), 2);
    });
}

#[test]
fn blocked_pushes_go_on_when_all_events_are_drained() {
    loom::model(|| {
        let (emitters, mut stream) = open_for_two(mpsc::block(2));
        emitters.iter().for_each(|emit| emit.emit(0));
        let producers = emitters.map(|emit| {
            thread::spawn(move || {
                emit.emit(1);
                emit
            })
        });
        let before = rest(&mut stream);
        // Room for both at once: if only one of them were woken, the other would sleep for ever.
        drop(producers.map(|producer| producer.join().unwrap()));
        let seen = [before, rest(&mut stream)].concat();
        assert_eq!((seen, stream.lagged()), (vec![0, 0, 1, 1], 0));
    });
}

#[test]
fn blocked_push_goes_on_when_the_source_fails() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let ([fails, blocks], mut stream) = open_for_two(mpsc::block(1));
        fails.emit(Counted(0, drops.clone()));
        let event = Counted(1, drops.clone());
        let producer = thread::spawn(move || blocks.emit(event));
        fails.emit_with(|| resume_unwind(Box::new("mapped")));
        producer.join().unwrap();
        let mut seen = 0;
        let end = loop {
            match poll_caught(&mut stream, Waker::noop()) {
                Ok(Poll::Ready(Some(_event))) => seen += 1,
                end => break end.err(),
            }
        };
        assert_eq!((seen, end), (1, Some("mapped")), "the blocked event found no room, and never will");
        assert_eq!(drops.load(SeqCst), 2);
    });
}

#[test]
fn two_producers_vs_park_deliver_both_and_wake_once() {
    loom::model(|| {
        let (emitters, mut stream) = open_for_two(mpsc::unbounded());
        let mut base = 0;
        let producers = emitters.map(|emit| {
            base += 10;
            thread::spawn(move || {
                emit.emit(base);
                emit
            })
        });
        let (woken, waker) = waker();
        let first = poll(&mut stream, &waker);
        let emitters = producers.map(|producer| producer.join().unwrap());
        let mut seen = Vec::new();
        match first {
            Poll::Pending => assert_eq!(woken.0.load(SeqCst), 1),
            Poll::Ready(event) => seen.extend(event),
        }
        while let Poll::Ready(Some(event)) = poll(&mut stream, &waker) {
            seen.push(event);
        }
        seen.sort_unstable();
        assert_eq!(seen, [10, 20]);
        drop(emitters);
        assert_eq!(poll(&mut stream, &waker), Poll::Ready(None));
    });
}

#[test]
fn slow_push_vs_a_second_park_takes_no_waker_twice() {
    loom::model(|| {
        let ([slow, fast], mut stream) = open_for_two(mpsc::unbounded());
        let ((old, old_waker), (new, new_waker)) = (waker(), waker());
        assert!(poll(&mut stream, &old_waker).is_pending());
        let producer = thread::spawn(move || {
            slow.emit(());
            slow
        });
        // While the other push is under way, perhaps with a copy of the old waker's words in its hands.
        fast.emit(());
        assert_eq!(poll(&mut stream, &new_waker), Poll::Ready(Some(())));
        let second = poll(&mut stream, &new_waker);
        drop(producer.join().unwrap());
        assert_eq!(old.0.load(SeqCst), 1);
        match second {
            Poll::Ready(event) => assert_eq!((event, new.0.load(SeqCst)), (Some(()), 0)),
            Poll::Pending => {
                assert_eq!(new.0.load(SeqCst), 1);
                assert_eq!(poll(&mut stream, &new_waker), Poll::Ready(Some(())));
            }
        }
        drop((stream, fast, old_waker, new_waker));
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 1));
    });
}

#[test]
fn emitters_that_leave_at_once_close_the_stream_once() {
    for policy in [mpsc::unbounded, || mpsc::drop_newest(1)] {
        loom::model(move || {
            let ([one, other], mut stream) = open_for_two::<u32>(policy());
            let (woken, waker) = waker();
            let leaves = thread::spawn(move || {
                one.emit(1);
                drop(one);
            });
            assert!(poll(&mut stream, &waker) != Poll::Ready(None), "one is still there");
            drop(other);
            leaves.join().unwrap();
            let mut events = rest(&mut stream);
            if let Poll::Ready(Some(event)) = poll(&mut stream, &waker) {
                events.push(event);
            }
            assert!(events.len() <= 1 && woken.0.load(SeqCst) <= 2);
            assert_eq!(poll(&mut stream, &waker), Poll::Ready(None));
        });
    }
}

#[test]
fn emitter_that_is_cloned_while_another_leaves_keeps_the_stream_open() {
    for policy in [mpsc::unbounded, || mpsc::drop_newest(1)] {
        loom::model(move || {
            let ([one, other], mut stream) = open_for_two(policy());
            let leaves = thread::spawn(move || drop(one));
            let clone = other.clone();
            drop(other);
            leaves.join().unwrap();
            clone.emit(1);
            assert_eq!(poll(&mut stream, Waker::noop()), Poll::Ready(Some(1)));
            drop(clone);
            assert_eq!(poll(&mut stream, Waker::noop()), Poll::Ready(None));
        });
    }
}

/// The consumer reads a cell that it has taken, and leaves it behind with its next event; only then may the producer, which
/// goes round meanwhile, write to it again.
#[test]
fn cell_is_not_written_again_while_it_is_read() {
    loom::model(|| {
        let mut emitter = None;
        let mut stream = events(spsc::latest(), |emit: spsc::OverwritingEmitter<u8>| emitter = Some(emit));
        let mut emit = emitter.unwrap();
        emit.emit(1);
        let producer = thread::spawn(move || (2..=4).for_each(|n| emit.emit(n)));
        let mut seen = rest(&mut stream);
        seen.extend(rest(&mut stream));
        producer.join().unwrap();
        seen.extend(rest(&mut stream));
        assert!(seen.is_sorted() && seen.ends_with(&[4]), "{seen:?}");
        assert_eq!(seen.len() as u64 + stream.lagged(), 4);
    });
}

#[test]
fn two_producers_vs_drop_of_the_stream_drop_each_event_once() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (emitters, mut stream) = open_for_two(mpsc::unbounded());
        let (woken, waker) = waker();
        assert!(poll(&mut stream, &waker).is_pending());
        let producers = emitters.map(|emit| {
            let event = Counted(0, drops.clone());
            thread::spawn(move || {
                emit.emit(event);
                emit
            })
        });
        drop(stream);
        drop(producers.map(|producer| producer.join().unwrap()));
        assert_eq!(drops.load(SeqCst), 2);
        assert!(woken.0.load(SeqCst) <= 1);
        drop(waker);
        assert_eq!(Arc::strong_count(&woken), 1);
    });
}

#[test]
fn two_latest_events_vs_poll_are_delivered_or_counted() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let (emitters, mut stream) = open_for_two(mpsc::latest());
        let producers = emitters.map(|emit| {
            let event = Counted(0, drops.clone());
            thread::spawn(move || {
                emit.emit(event);
                emit
            })
        });
        let mut seen = rest(&mut stream).len();
        drop(producers.map(|producer| producer.join().unwrap()));
        seen += rest(&mut stream).len();
        assert_eq!(drops.load(SeqCst), 2);
        assert_eq!(seen as u64 + stream.lagged(), 2);
    });
}

#[test]
fn two_producers_for_one_place_vs_take_keep_within_it_and_count_what_they_lose() {
    loom::model(|| {
        let (emitters, mut stream) = open_for_two(mpsc::drop_newest(1));
        let producers = emitters.map(|emit| thread::spawn(move || (emit.offer(0), emit)));
        let first = rest(&mut stream).len();
        let offers = producers.map(|producer| producer.join().unwrap());
        let second = rest(&mut stream).len();
        assert!(second <= 1, "more events than places");
        let added = offers.iter().filter(|(offer, _)| offer.is_ok()).count();
        assert!(added >= 1, "a place was left empty");
        assert_eq!(first + second, added);
        assert_eq!((added as u64) + stream.lagged(), 2);
        // The place is free again, and is one.
        assert_eq!((offers[0].1.offer(1), offers[1].1.offer(2)), (Ok(()), Err(2)));
    });
}

#[test]
fn two_panics_of_the_mapping_give_one_to_the_consumer_and_drop_the_other() {
    loom::model(|| {
        let (emitters, mut stream) = open_for_two::<u32>(mpsc::unbounded());
        let payload = Arc::new(());
        let producers = emitters.map(|emit| {
            let payload = payload.clone();
            thread::spawn(move || {
                emit.emit_with(|| resume_unwind(Box::new(payload)));
                emit
            })
        });
        drop(producers.map(|producer| producer.join().unwrap()));
        let resumed = catch_unwind(AssertUnwindSafe(|| poll(&mut stream, Waker::noop())));
        assert!(resumed.unwrap_err().is::<Arc<()>>());
        assert_eq!(poll(&mut stream, Waker::noop()), Poll::Ready(None));
        assert_eq!(Arc::strong_count(&payload), 1);
    });
}
