//! What every stream of events keeps, whatever its variant and policy: one set of tests, run for each.

mod helpers;
mod stream_help;

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Poll, Waker},
};

use helpers::waker::{Event, counting};
use stream_help::{Counted, WakerCounts, poll_once};
use uncallback::stream::{Events, Receive, events, local, mpsc, spsc};

/// Events in a burst that fills more than one block. Miri takes its time.
const MANY: usize = if cfg!(miri) { 150 } else { 1000 };

/// An event source in the tests' hands: it holds the callback, calls it, and drops it when told.
struct Source<T>(Rc<RefCell<Option<Callback<T>>>>);

type Callback<T> = Box<dyn FnMut(T)>;

impl<T> Source<T> {
    fn new() -> Self {
        Self(Rc::new(RefCell::new(None)))
    }

    fn register(&self, callback: impl FnMut(T) + 'static) {
        *self.0.borrow_mut() = Some(Box::new(callback));
    }

    fn fire(&self, event: T) {
        let mut callback = self.0.borrow_mut().take().expect("a callback is registered");
        let outcome = catch_unwind(AssertUnwindSafe(|| callback(event)));
        // Put back unless the callback had the source end or register anew.
        self.0.borrow_mut().get_or_insert(callback);
        outcome.unwrap_or_else(|payload| resume_unwind(payload));
    }

    fn end(&self) {
        let callback = self.0.borrow_mut().take();
        drop(callback);
    }

    fn share(&self) -> Self {
        Self(self.0.clone())
    }
}

fn all<R: Receive, H>(stream: &mut Events<R, H>) -> Vec<R::Item> {
    let mut seen = Vec::new();
    stream.drain(|event| seen.push(event));
    seen
}

macro_rules! contract {
    ($($variant:ident: $overflow:expr, $room:expr, [$($mutable:ident)?];)*) => { $(mod $variant {
        use super::*;

        /// How many events wait at most.
        const ROOM: usize = $room;

        fn open<T: 'static>(source: &Source<T>) -> Events<impl Receive<Item = T> + use<T>, ()> {
            events($overflow, |$($mutable)? emit| source.register(move |event| emit.emit(event)))
        }

        fn open_mapped(source: &Source<u32>) -> Events<impl Receive<Item = u32> + use<>, ()> {
            events($overflow, |$($mutable)? emit| {
                source.register(move |event| emit.emit_with(|| {
                    assert!(event != 13, "unlucky");
                    event * 10
                }))
            })
        }

        #[test]
        fn event_before_the_first_poll_is_there_without_a_wake() {
            let source = Source::new();
            let mut stream = open(&source);
            source.fire(1);
            let counts = WakerCounts::new();
            let waker = counts.waker();
            assert_eq!(poll_once(stream.next(), &waker), Poll::Ready(Some(1)));
            assert_eq!(counts.wakes(), 0);
        }

        #[test]
        fn consumer_that_waits_is_woken_once_for_many_events() {
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            let waker = counts.waker();
            assert_eq!(poll_once(stream.next(), &waker), Poll::Pending);
            for event in 0..MANY {
                source.fire(event);
            }
            assert_eq!(counts.wakes(), 1);
            let lost = MANY.saturating_sub(ROOM);
            assert_eq!(stream.lagged(), lost as u64);
            assert_eq!(all(&mut stream).len(), MANY - lost);
        }

        #[test]
        fn each_park_is_answered_by_its_own_wake() {
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            let waker = counts.waker();
            for round in 0..MANY / 2 {
                assert_eq!(poll_once(stream.next(), &waker), Poll::Pending);
                assert_eq!(counts.wakes(), round);
                source.fire(round);
                assert_eq!(counts.wakes(), round + 1);
                assert_eq!(poll_once(stream.next(), &waker), Poll::Ready(Some(round)));
            }
        }

        #[test]
        fn polled_again_with_the_same_waker_nothing_piles_up() {
            let source = Source::<u32>::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            let waker = counts.waker();
            for _ in 0..100 {
                assert_eq!(poll_once(stream.next(), &waker), Poll::Pending);
            }
            assert!(counts.clones() <= 2, "{} clones", counts.clones());
            drop(stream);
            drop(waker);
            assert_eq!(counts.alive(), 0);
        }

        #[test]
        fn only_the_last_waker_is_woken_and_the_old_one_is_let_go() {
            let source = Source::new();
            let mut stream = open(&source);
            let (old, new) = (WakerCounts::new(), WakerCounts::new());
            for _ in 0..3 {
                assert_eq!(poll_once(stream.next(), &old.waker()), Poll::Pending);
                assert_eq!(poll_once(stream.next(), &new.waker()), Poll::Pending);
            }
            assert_eq!(old.alive(), 0);
            source.fire(1);
            assert_eq!((old.wakes(), new.wakes()), (0, 1));
        }

        #[test]
        fn waker_that_panics_when_it_is_cloned_is_asked_again_and_costs_no_event() {
            let source = Source::new();
            let mut stream = open(&source);
            let (waker, counts) = counting();
            counts.at_next(Event::Clone, || panic!("no more wakers"));
            assert!(catch_unwind(AssertUnwindSafe(|| poll_once(stream.next(), &waker))).is_err());
            source.fire(1);
            assert_eq!(poll_once(stream.next(), &waker), Poll::Ready(Some(1)));
            assert_eq!(poll_once(stream.next(), &waker), Poll::Pending);
            source.fire(2);
            assert_eq!(counts.wakes(), 1);
            assert_eq!(poll_once(stream.next(), &waker), Poll::Ready(Some(2)));
            drop(stream);
            source.end();
            assert_eq!(counts.stored(), 0);
        }

        #[test]
        fn waker_that_panics_when_it_is_let_go_costs_neither_the_new_one_nor_an_event() {
            let source = Source::new();
            let mut stream = open(&source);
            let ((old, old_counts), (new, new_counts)) = (counting(), counting());
            assert_eq!(poll_once(stream.next(), &old), Poll::Pending);
            old_counts.at_next(Event::Drop, || panic!("not gone"));
            // Wherever it is let go, the panic may come out there.
            let change = || poll_once(stream.next(), &new) == Poll::Pending;
            let changed = catch_unwind(AssertUnwindSafe(change));
            assert!(changed.is_err() || changed.unwrap());
            assert_eq!(poll_once(stream.next(), &new), Poll::Pending);
            source.fire(1);
            assert_eq!((old_counts.wakes(), new_counts.wakes()), (0, 1));
            assert_eq!(poll_once(stream.next(), &new), Poll::Ready(Some(1)));
            // A waker that was only lent for its wake is let go here at the latest.
            drop(catch_unwind(AssertUnwindSafe(|| drop(stream))));
            source.end();
            assert_eq!((old_counts.stored(), new_counts.stored()), (0, 0));
        }

        #[test]
        fn end_comes_after_the_events_that_were_waiting() {
            let source = Source::new();
            let mut stream = open(&source);
            source.fire(7);
            source.end();
            let waker = Waker::noop();
            assert_eq!(poll_once(stream.next(), waker), Poll::Ready(Some(7)));
            assert_eq!(poll_once(stream.next(), waker), Poll::Ready(None));
            assert_eq!(poll_once(stream.next(), waker), Poll::Ready(None));
        }

        #[test]
        fn end_wakes_the_consumer_that_waits() {
            let source = Source::<u32>::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            assert_eq!(poll_once(stream.next(), &counts.waker()), Poll::Pending);
            source.end();
            assert_eq!(counts.wakes(), 1);
            assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));
            assert_eq!(counts.alive(), 0);
        }

        #[test]
        fn order_is_kept_across_many_parks_and_bursts() {
            let source = Source::new();
            let mut stream = open(&source);
            let mut seen = Vec::new();
            let mut sent = 0;
            for burst in (1..=ROOM.min(MANY / 5)).chain([1; 50]) {
                for _ in 0..burst {
                    source.fire(sent);
                    sent += 1;
                }
                while let Poll::Ready(event) = poll_once(stream.next(), Waker::noop()) {
                    seen.push(event.unwrap());
                }
            }
            assert_eq!(seen, (0..sent).collect::<Vec<u32>>());
            assert_eq!(stream.lagged(), 0);
        }

        #[test]
        fn dropped_stream_drops_what_waits_once_and_lets_the_waker_go() {
            let source = Source::new();
            let drops = Arc::new(AtomicUsize::new(0));
            let counts = WakerCounts::new();
            let mut stream = open(&source);
            assert!(poll_once(stream.next(), &counts.waker()).is_pending());
            let fired = ROOM.min(150);
            for n in 0..fired {
                source.fire(Counted(n as u32, drops.clone()));
            }
            assert_eq!(drops.load(SeqCst), 0);
            drop(stream);
            assert_eq!(drops.load(SeqCst), fired);
            assert_eq!(counts.alive(), 0);
            source.end();
            assert_eq!(drops.load(SeqCst), fired);
            assert_eq!(Arc::strong_count(&drops), 1);
        }

        #[test]
        fn event_after_the_stream_is_gone_is_dropped_at_once() {
            let source = Source::new();
            let drops = Arc::new(AtomicUsize::new(0));
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            assert!(poll_once(stream.next(), &counts.waker()).is_pending());
            drop(stream);
            let fired = MANY / 5;
            for n in 1..=fired {
                source.fire(Counted(n as u32, drops.clone()));
                assert_eq!(drops.load(SeqCst), n);
            }
            source.end();
            assert_eq!(drops.load(SeqCst), fired);
            assert_eq!(counts.wakes(), 0);
        }

        #[test]
        fn source_gone_first_leaves_its_events_to_the_stream() {
            let source = Source::new();
            let drops = Arc::new(AtomicUsize::new(0));
            let stream = open(&source);
            let fired = ROOM.min(70);
            (0..fired).for_each(|n| source.fire(Counted(n as u32, drops.clone())));
            source.end();
            assert_eq!(drops.load(SeqCst), 0);
            drop(stream);
            assert_eq!(drops.load(SeqCst), fired);
        }

        #[test]
        fn event_whose_drop_panics_does_not_leak_the_others() {
            struct Bomb(bool, Arc<AtomicUsize>);
            impl Drop for Bomb {
                fn drop(&mut self) {
                    self.1.fetch_add(1, SeqCst);
                    assert!(!self.0, "boom");
                }
            }
            let source = Source::new();
            let drops = Arc::new(AtomicUsize::new(0));
            let stream = open(&source);
            let fired = ROOM.min(3);
            (0..fired).for_each(|n| source.fire(Bomb(n == 0, drops.clone())));
            assert!(catch_unwind(AssertUnwindSafe(|| drop(stream))).is_err());
            assert_eq!(drops.load(SeqCst), fired);
            source.end();
            assert_eq!(Arc::strong_count(&drops), 1);
        }

        #[test]
        fn panic_of_the_mapping_resumes_in_the_consumer_and_not_in_the_source() {
            let source = Source::new();
            let mut stream = open_mapped(&source);
            let counts = WakerCounts::new();
            assert!(poll_once(stream.next(), &counts.waker()).is_pending());
            source.fire(13);
            assert_eq!(counts.wakes(), 1);
            source.fire(2); // after the end: dropped
            let resumed = catch_unwind(AssertUnwindSafe(|| poll_once(stream.next(), Waker::noop())));
            assert_eq!(*resumed.unwrap_err().downcast::<&str>().unwrap(), "unlucky");
            assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));
        }

        #[test]
        fn event_before_a_panic_of_the_mapping_is_still_delivered() {
            let source = Source::new();
            let mut stream = open_mapped(&source);
            source.fire(1);
            source.fire(13);
            source.end();
            assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(Some(10)));
            assert!(catch_unwind(AssertUnwindSafe(|| poll_once(stream.next(), Waker::noop()))).is_err());
            assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));
        }

        #[test]
        fn panic_nobody_takes_is_dropped_with_the_stream() {
            let source = Source::new();
            let stream = open_mapped(&source);
            source.fire(13);
            drop(stream);
            source.fire(13);
            source.end();
        }

        #[test]
        fn consumer_that_panics_within_drain_keeps_the_events_behind() {
            let source = Source::new();
            let mut stream = open(&source);
            let fired = ROOM.min(4);
            (0..fired).for_each(|n| source.fire(n));
            let panicked = catch_unwind(AssertUnwindSafe(|| stream.drain(|_| panic!("enough"))));
            assert!(panicked.is_err());
            source.end();
            assert_eq!(all(&mut stream), (1..fired).collect::<Vec<_>>());
            assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));
        }

        #[test]
        fn drain_leaves_what_comes_while_it_runs() {
            let source = Source::new();
            let mut stream = open(&source);
            source.fire(0);
            let again = source.share();
            assert_eq!(stream.drain(|event| again.fire(event + 1)), 1);
            assert_eq!(all(&mut stream), [1]);
        }

        #[test]
        fn batch_waits_for_the_first_event_and_takes_all() {
            let source = Source::new();
            let mut stream = open(&source);
            let mut batch = vec![99];
            let counts = WakerCounts::new();
            assert_eq!(poll_once(stream.next_batch(&mut batch), &counts.waker()), Poll::Pending);
            let fired = ROOM.min(130);
            (0..fired).for_each(|n| source.fire(n));
            assert_eq!(counts.wakes(), 1);
            assert_eq!(poll_once(stream.next_batch(&mut batch), Waker::noop()), Poll::Ready(fired));
            assert_eq!(batch[0], 99);
            assert_eq!(batch[1..], (0..fired).collect::<Vec<_>>());
            source.end();
            assert_eq!(poll_once(stream.next_batch(&mut batch), Waker::noop()), Poll::Ready(0));
        }

        #[test]
        fn unregister_runs_once_although_the_stream_was_never_polled() {
            let source = Source::<u32>::new();
            let runs = Rc::new(RefCell::new(Vec::new()));
            let (log, subscribed) = (runs.clone(), source.share());
            let stream = open(&source).on_drop(move |()| {
                subscribed.end();
                log.borrow_mut().push("unregistered");
            });
            drop(stream);
            assert_eq!(*runs.borrow(), ["unregistered"]);
            assert!(source.0.borrow().is_none());
        }

        #[test]
        fn unregister_runs_although_an_event_panics_in_its_drop() {
            struct Bomb;
            impl Drop for Bomb {
                fn drop(&mut self) {
                    panic!("boom");
                }
            }
            let source = Source::new();
            let runs = Rc::new(AtomicUsize::new(0));
            let log = runs.clone();
            let stream = open(&source).on_drop(move |()| {
                log.fetch_add(1, SeqCst);
            });
            source.fire(Bomb);
            assert!(catch_unwind(AssertUnwindSafe(|| drop(stream))).is_err());
            assert_eq!(runs.load(SeqCst), 1);
        }

        #[test]
        fn event_fired_while_unregistering_is_dropped() {
            let source = Source::new();
            let drops = Arc::new(AtomicUsize::new(0));
            let (last, token) = (source.share(), drops.clone());
            let stream = open(&source).on_drop(move |()| last.fire(Counted(0, token)));
            drop(stream);
            assert_eq!(drops.load(SeqCst), 1);
        }

        #[test]
        fn stream_dropped_by_the_wake_within_the_callback_is_no_use_after_free() {
            thread_local!(static KEPT: RefCell<Option<Box<dyn std::any::Any>>> = const { RefCell::new(None) });
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            assert!(poll_once(stream.next(), &counts.waker()).is_pending());
            let unregistered = Rc::new(AtomicUsize::new(0));
            let (log, subscribed) = (unregistered.clone(), source.share());
            let stream = stream.on_drop(move |()| {
                log.fetch_add(1, SeqCst);
                subscribed.end();
            });
            KEPT.set(Some(Box::new(stream)));
            counts.on_wake(|| drop(KEPT.take()));
            let drops = Arc::new(AtomicUsize::new(0));
            source.fire(Counted(1, drops.clone()));
            assert_eq!(unregistered.load(SeqCst), 1);
            assert_eq!(drops.load(SeqCst), 1);
        }

        #[test]
        fn waker_is_let_go_when_its_wake_drops_the_stream_though_the_source_stays() {
            thread_local!(static KEPT: RefCell<Option<Box<dyn std::any::Any>>> = const { RefCell::new(None) });
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            assert!(poll_once(stream.next(), &counts.waker()).is_pending());
            KEPT.set(Some(Box::new(stream)));
            counts.on_wake(|| drop(KEPT.take()));
            source.fire(1);
            assert_eq!(counts.wakes(), 1);
            assert_eq!(counts.alive(), 0);
        }

        #[test]
        fn waker_that_was_woken_is_let_go_with_the_stream_though_the_source_stays() {
            let source = Source::new();
            let mut stream = open(&source);
            let (first, second) = (WakerCounts::new(), WakerCounts::new());
            for counts in [&first, &first, &second, &first, &second] {
                assert!(poll_once(stream.next(), &counts.waker()).is_pending());
                source.fire(1);
                assert_eq!(poll_once(stream.next(), &counts.waker()), Poll::Ready(Some(1)));
            }
            drop(stream);
            assert_eq!([first.alive(), second.alive()], [0, 0]);
            assert_eq!([first.wakes(), second.wakes()], [3, 2]);
        }

        #[test]
        fn waker_that_panics_in_its_wake_costs_neither_the_event_nor_the_next_wake_up() {
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            for event in 0..3 {
                assert!(poll_once(stream.next(), &counts.waker()).is_pending());
                counts.on_wake(|| panic!("the executor is gone"));
                assert!(catch_unwind(AssertUnwindSafe(|| source.fire(event))).is_err());
                assert_eq!(poll_once(stream.next(), &counts.waker()), Poll::Ready(Some(event)));
                assert!(poll_once(stream.next(), &counts.waker()).is_pending());
                source.fire(event);
                assert_eq!(poll_once(stream.next(), &counts.waker()), Poll::Ready(Some(event)));
            }
            assert_eq!(counts.wakes(), 6);
            drop(stream);
            source.end();
            assert_eq!(counts.alive(), 0);
        }

        #[test]
        fn wake_that_polls_the_stream_gets_the_event() {
            thread_local!(static KEPT: RefCell<Option<Box<dyn FnMut() -> Vec<u32>>>> = const { RefCell::new(None) });
            let source = Source::new();
            let mut stream = open(&source);
            let counts = WakerCounts::new();
            let waker = counts.waker();
            assert!(poll_once(stream.next(), &waker).is_pending());
            KEPT.set(Some(Box::new(move || {
                let mut seen = Vec::new();
                while let Poll::Ready(Some(event)) = poll_once(stream.next(), &waker) {
                    seen.push(event);
                }
                seen
            })));
            counts.on_wake(|| KEPT.with_borrow_mut(|poll| assert_eq!(poll.as_mut().unwrap()(), [1])));
            source.fire(1);
            assert_eq!(counts.wakes(), 1);
            counts.on_wake(|| KEPT.with_borrow_mut(|poll| assert_eq!(poll.as_mut().unwrap()(), [2])));
            source.fire(2);
            assert_eq!(counts.wakes(), 2);
            drop(KEPT.take());
        }

        #[test]
        fn waker_whose_clone_fires_the_source_does_not_lose_the_wake_up() {
            use std::task::{RawWaker, RawWakerVTable};
            thread_local!(static FIRE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) });
            const TABLE: RawWakerVTable = RawWakerVTable::new(
                |data| {
                    if let Some(fire) = FIRE.take() {
                        fire();
                    }
                    RawWaker::new(data, &TABLE)
                },
                |_| {},
                |_| {},
                |_| {},
            );
            let source = Source::new();
            let mut stream = open(&source);
            let again = source.share();
            FIRE.set(Some(Box::new(move || again.fire(5))));
            // SAFETY: no function of the table touches the data.
            let waker = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &TABLE)) };
            assert_eq!(poll_once(stream.next(), &waker), Poll::Ready(Some(5)));
        }

        #[test]
        fn zero_sized_and_over_aligned_events_arrive() {
            let source = Source::new();
            let mut stream = open(&source);
            source.fire(());
            assert_eq!(all(&mut stream), [()]);

            #[derive(Debug, PartialEq)]
            #[repr(align(128))]
            struct Wide(u8);
            let source = Source::new();
            let mut stream = open(&source);
            source.fire(Wide(3));
            assert_eq!(all(&mut stream), [Wide(3)]);
        }
    })* };
}

contract! {
    local_unbounded: local::unbounded(), usize::MAX, [];
    local_drop_newest: local::drop_newest(5), 5, [];
    local_drop_oldest: local::drop_oldest(5), 5, [];
    local_latest: local::latest(), 1, [];
    spsc_unbounded: spsc::unbounded(), usize::MAX, [mut];
    spsc_drop_newest: spsc::drop_newest(5), 5, [mut];
    spsc_drop_oldest: spsc::drop_oldest(5), 5, [mut];
    spsc_latest: spsc::latest(), 1, [mut];
    mpsc_unbounded: mpsc::unbounded(), usize::MAX, [];
    mpsc_drop_newest: mpsc::drop_newest(5), 5, [];
    mpsc_drop_oldest: mpsc::drop_oldest(5), 5, [];
    mpsc_latest: mpsc::latest(), 1, [];
    // What these tests fire finds room: they have one thread, which a full stream would block.
    mpsc_block: mpsc::block(MANY), MANY, [];
    spsc_block: spsc::block(MANY), MANY, [];
}

macro_rules! overflow {
    ($($name:ident: $overflow:expr, [$($mutable:ident)?], kept $kept:expr;)*) => { $(
        #[test]
        fn $name() {
            let drops = Arc::new(AtomicUsize::new(0));
            let mut stream = events($overflow, |$($mutable)? emit| {
                (0..7).for_each(|n| emit.emit(Counted(n, drops.clone())));
            });
            assert_eq!(drops.load(SeqCst), 7 - $kept.len(), "what is lost is dropped at once");
            assert_eq!(stream.lagged(), 7 - $kept.len() as u64);
            let seen: Vec<u32> = all(&mut stream).iter().map(|counted| counted.0).collect();
            assert_eq!(seen, $kept);
            assert_eq!(stream.lagged(), 0);
        }
    )* };
}

overflow! {
    local_drop_newest_keeps_the_first: local::drop_newest(3), [], kept [0, 1, 2];
    local_drop_oldest_keeps_the_last: local::drop_oldest(3), [], kept [4, 5, 6];
    local_latest_keeps_the_last_one: local::latest(), [], kept [6];
    spsc_drop_newest_keeps_the_first: spsc::drop_newest(3), [mut], kept [0, 1, 2];
    spsc_drop_oldest_keeps_the_last: spsc::drop_oldest(3), [mut], kept [4, 5, 6];
    spsc_latest_keeps_the_last_one: spsc::latest(), [mut], kept [6];
    mpsc_drop_newest_keeps_the_first: mpsc::drop_newest(3), [], kept [0, 1, 2];
    mpsc_drop_oldest_keeps_the_last: mpsc::drop_oldest(3), [], kept [4, 5, 6];
    mpsc_latest_keeps_the_last_one: mpsc::latest(), [], kept [6];
}

#[test]
fn stream_ends_with_the_last_clone_of_an_emitter_not_the_first() {
    let mut kept = None;
    let mut stream = events(mpsc::unbounded(), |emit: mpsc::Emitter<u8>| kept = Some(emit.clone()));
    assert!(poll_once(stream.next(), Waker::noop()).is_pending());
    kept.take();
    assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));

    let mut kept = None;
    let mut stream = events(local::unbounded(), |emit: local::Emitter<u8>| kept = Some(emit.clone()));
    assert!(poll_once(stream.next(), Waker::noop()).is_pending());
    kept.take();
    assert_eq!(poll_once(stream.next(), Waker::noop()), Poll::Ready(None));
}

#[test]
#[should_panic(expected = "room for at least one")]
fn stream_without_room_is_refused() {
    let _ = spsc::drop_newest(0);
}

#[test]
fn streams_of_send_events_are_send_and_local_ones_can_hold_anything() {
    fn send<T: Send>(_: &T) {}
    fn sync<T: Send + Sync>(_: &T) {}
    send(&events(mpsc::unbounded(), |emit: mpsc::Emitter<u8>| sync(&emit)));
    send(&events(spsc::unbounded(), |emit: spsc::Emitter<u8>| send(&emit)));
    send(&events(spsc::drop_newest(1), |emit: spsc::BoundedEmitter<u8>| send(&emit)));
    send(&events(spsc::drop_oldest(1), |emit: spsc::OverwritingEmitter<u8>| send(&emit)));
    let mut stream = events(local::unbounded(), |emit| emit.emit(Rc::new(1)));
    assert_eq!(all(&mut stream), [Rc::new(1)]);
    let mut stream = events(mpsc::unbounded(), |emit| emit.emit(Rc::new(1)));
    assert_eq!(all(&mut stream), [Rc::new(1)]);
}
