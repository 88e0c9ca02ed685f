//! Completion on other threads, during the call and after it, and when threads end.

mod helpers;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Poll, Waker};
use std::thread;

use helpers::family::{Call, Done, Family, FreshSlot, Fut, Pinned, Start, TrainedCall, UsedSlot};
use helpers::waker::counting;
use helpers::{Token, alive, block_on, poll};

/// The variants whose completer may travel.
trait Threaded: 'static {
    type Done<T: Send + 'static>: Done<T> + Send;
    fn begin<T: Send + 'static>(api: impl FnOnce(Self::Done<T>) + 'static) -> Fut<T>;
}

macro_rules! on_each {
    ($($family:ident as $name:ident),+ : $tests:tt) => {
        $(on_each!(@family $family $name $tests);)+
    };
    (@family $family:ident $name:ident {$($test:ident)+}) => {
        mod $name {
            $(#[test] fn $test() { super::$test::<super::$family>(); })+
        }
    };
}

macro_rules! threaded {
    ($($family:ident)+) => { $(
        impl Threaded for $family {
            type Done<T: Send + 'static> = <$family as Family>::Done<T>;
            fn begin<T: Send + 'static>(api: impl FnOnce(Self::Done<T>) + 'static) -> Fut<T> {
                <$family as Family>::begin(api)
            }
        }
    )+ };
}

threaded! { Start Call TrainedCall FreshSlot UsedSlot Pinned }

on_each! {
    Start as start, Call as call, TrainedCall as trained_call, FreshSlot as fresh_slot, UsedSlot as used_slot,
    Pinned as pinned:
    {
        what_the_callback_wrote_is_seen_after_await
        a_callback_on_another_thread_during_the_call_is_seen_by_the_first_poll
        a_call_can_be_completed_on_a_thread_that_ends
        destructors_of_thread_locals_may_complete
        destructors_of_thread_locals_may_make_calls
    }
}

// Not for `pinned`, whose contract excludes a callback that comes after its future.
on_each! {
    Start as start_abandoned, Call as call_abandoned, TrainedCall as trained_call_abandoned,
    FreshSlot as fresh_slot_abandoned, UsedSlot as used_slot_abandoned:
    {
        a_value_for_a_dropped_future_is_dropped_on_the_completing_thread
        a_call_made_on_a_thread_that_ended_can_be_completed
        racing_completions_and_drops_lose_nothing
    }
}

fn what_the_callback_wrote_is_seen_after_await<F: Threaded>() {
    for round in 0..100 {
        let side_effect = Arc::new(AtomicU64::new(0));
        let effect = side_effect.clone();
        let value = block_on(F::begin(move |done| {
            thread::spawn(move || {
                // Relaxed: it is the completion that orders this before the await.
                effect.store(round, Relaxed);
                done.complete(round);
            });
        }));
        assert_eq!((value, side_effect.load(Relaxed)), (round, round));
    }
}

fn a_callback_on_another_thread_during_the_call_is_seen_by_the_first_poll<F: Threaded>() {
    let (waker, counts) = counting();
    let mut future = F::begin(|done| thread::spawn(move || done.complete(5)).join().unwrap());
    assert_eq!(poll(&mut future, &waker), Poll::Ready(5));
    assert_eq!(counts.stored(), 0);
}

fn a_value_for_a_dropped_future_is_dropped_on_the_completing_thread<F: Threaded>() {
    struct SaysWhere(Arc<AtomicU64>, u64);
    impl Drop for SaysWhere {
        fn drop(&mut self) {
            self.0.store(self.1, Relaxed);
        }
    }
    let dropped = Arc::new(AtomicU64::new(0));
    let kept = Arc::new(std::sync::Mutex::new(None));
    let to = kept.clone();
    let mut future = F::begin(move |done| *to.lock().unwrap() = Some(done));
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    let done = kept.lock().unwrap().take().unwrap();
    let flag = dropped.clone();
    thread::spawn(move || {
        done.complete(SaysWhere(flag.clone(), 1));
        assert_eq!(flag.load(Relaxed), 1);
    })
    .join()
    .unwrap();
    assert_eq!(dropped.load(Relaxed), 1);
}

fn a_call_made_on_a_thread_that_ended_can_be_completed<F: Threaded>() {
    let token = Token::default();
    let done = thread::spawn(|| {
        let kept = Arc::new(std::sync::Mutex::new(None));
        let to = kept.clone();
        let mut future = F::begin(move |done| *to.lock().unwrap() = Some(done));
        assert!(poll(&mut future, Waker::noop()).is_pending());
        kept.lock().unwrap().take().unwrap()
    })
    .join()
    .unwrap();
    done.complete(token.clone());
    assert_eq!(alive(&token), 0);
}

fn a_call_can_be_completed_on_a_thread_that_ends<F: Threaded>() {
    let token = Token::default();
    let value = token.clone();
    let received = block_on(F::begin(move |done| {
        thread::spawn(move || done.complete(value)).join().unwrap();
    }));
    drop(received);
    assert_eq!(alive(&token), 0);
}

/// Runs its closure when the thread ends.
struct AtExit(RefCell<Option<Box<dyn FnOnce()>>>);

impl Drop for AtExit {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

/// Runs `f` on a new thread that frees a cell before and after it registers `last_will`: whichever way the platform
/// orders the destructors of thread-locals, the pool is closed before or after one of the wills.
fn on_a_thread_with_last_will(last_will: impl Fn() + Send + Clone + 'static) {
    thread_local! {
        static EARLY: AtExit = const { AtExit(RefCell::new(None)) };
        static LATE: AtExit = const { AtExit(RefCell::new(None)) };
    }
    thread::spawn(move || {
        let (early, late) = (last_will.clone(), last_will);
        EARLY.with(|will| *will.0.borrow_mut() = Some(Box::new(early)));
        assert_eq!(block_on(uncallback::start(|done| done.complete(1))), 1);
        LATE.with(|will| *will.0.borrow_mut() = Some(Box::new(late)));
    })
    .join()
    .unwrap();
}

fn destructors_of_thread_locals_may_complete<F: Threaded>() {
    let token = Token::default();
    let value = token.clone();
    on_a_thread_with_last_will(move || {
        let kept = Arc::new(std::sync::Mutex::new(None));
        let to = kept.clone();
        let mut future = F::begin(move |done| *to.lock().unwrap() = Some(done));
        assert!(poll(&mut future, Waker::noop()).is_pending());
        let done = kept.lock().unwrap().take().unwrap();
        done.complete(value.clone());
        assert!(poll(&mut future, Waker::noop()).is_ready());
    });
    assert_eq!(alive(&token), 0);
}

fn destructors_of_thread_locals_may_make_calls<F: Threaded>() {
    let token = Token::default();
    let value = token.clone();
    on_a_thread_with_last_will(move || {
        let value = value.clone();
        let mut future = F::begin(move |done| done.complete(value));
        assert!(poll(&mut future, Waker::noop()).is_ready());
    });
    assert_eq!(alive(&token), 0);
}

fn racing_completions_and_drops_lose_nothing<F: Threaded>() {
    let token = Token::default();
    for round in 0..300u32 {
        let value = token.clone();
        let (waker, counts) = counting();
        let mut future = F::begin(move |done| {
            thread::spawn(move || match round % 3 {
                0 => done.complete(value),
                1 => drop((done, value)),
                _ => done.complete_with(|| panic!("of the mapping")),
            });
        });
        if round % 2 == 0 {
            let first = helpers::outcome_of(|| poll(&mut future, &waker));
            if first.is_some_and(|p| p.is_pending()) && round % 4 == 0 {
                _ = helpers::outcome_of(|| block_on(&mut future));
            }
        }
        drop(future);
        assert_eq!(counts.stored().saturating_sub(1), 0);
    }
    helpers::eventually(|| alive(&token) == 0);
}
