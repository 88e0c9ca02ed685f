//! What every variant of the one-shot promises, written once and run on each.
//!
//! | event | tests |
//! |---|---|
//! | called inside | `a_callback_inside_the_call_makes_the_first_poll_ready`, `a_callback_dropped_inside_the_call_is_lost_at_the_first_poll` |
//! | called later, on the same thread | `a_later_callback_wakes_exactly_once` |
//! | called on another thread, during the call or after it | those of `threads.rs` |
//! | never called: dropped, or leaked | `a_dropped_callback_is_an_error_with_its_place`, `a_dropped_callback_panics_in_the_awaiter`, `a_forgotten_callback_pends` |
//! | called twice | `second_completion_is_dropped_not_delivered` in `handles.rs` |
//! | the callback panics | `a_panic_of_the_mapping_resumes_in_the_awaiter_and_spares_the_api`, `a_panic_of_the_callback_itself_is_told_apart_from_a_loss` |
//! | the API call panics | `a_panic_of_the_api_call_leaves_unchanged_and_the_completer_usable` |
//! | the callback panics, and nobody awaits it | `a_payload_for_a_dropped_future_is_dropped_once`, `a_payload_whose_drop_panics_is_dropped_once` |
//! | the future is dropped before the start | `a_future_dropped_before_its_first_poll_never_makes_the_call` |
//! | dropped before completion | `a_value_for_a_dropped_future_is_dropped_by_the_callback`, `a_dropped_future_drops_its_waker` |
//! | dropped after completion | `a_value_that_nobody_polled_for_is_dropped_with_the_future` |
//! | forgotten | `a_forgotten_future_leaves_the_callback_harmless` |
//! | polled after `Ready` | `a_future_that_is_over_says_so_when_it_is_polled` |
//! | the API returns something; `cancel_with`; `flat` | `a_handle_is_dropped_when_the_outcome_is_in`, `a_handle_is_dropped_with_the_future`, those of `handles.rs` |
//! | another waker, or the same again | `only_the_last_of_several_wakers_is_woken`, `the_old_waker_is_dropped_when_the_new_one_is_in_place`, `polling_again_with_the_same_waker_clones_nothing` |
//! | a waker that does something while it is woken, cloned or dropped | those named `a_waker_may_` |
//! | a waker that panics | those named `a_panic_of_a_` |
//! | a value whose drop panics | `a_value_whose_drop_panics_is_dropped_once_by_the_future`, `a_value_whose_drop_panics_is_dropped_once_by_the_callback` |
//! | values of every size, alignment and thread | `values_without_size_with_much_size_and_with_odd_alignment_arrive` |
//! | the thread ends | those of `threads.rs` |

mod helpers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use helpers::family::*;
use helpers::waker::{Counts, Event, counting};
use helpers::{SameThread, Token, alive, message_of, panic_of, poll};

/// Runs each of these tests on each variant.
macro_rules! contract {
    ($($family:ident as $name:ident),+ : $tests:tt) => {
        $(contract!(@family $family $name $tests);)+
    };
    (@family $family:ident $name:ident {$($test:ident)+}) => {
        mod $name {
            $(#[test] fn $test() { super::$test::<super::$family>(); })+
        }
    };
}

/// What holds for every variant.
macro_rules! for_all {
    ($($family:ident as $name:ident),+) => { contract! { $($family as $name),+: {
        a_callback_inside_the_call_makes_the_first_poll_ready
        a_later_callback_wakes_exactly_once
        polling_again_with_the_same_waker_clones_nothing
        only_the_last_of_several_wakers_is_woken
        the_old_waker_is_dropped_when_the_new_one_is_in_place
        a_dropped_callback_is_an_error_with_its_place
        a_dropped_callback_panics_in_the_awaiter
        a_callback_dropped_inside_the_call_is_lost_at_the_first_poll
        a_panic_of_the_mapping_resumes_in_the_awaiter_and_spares_the_api
        a_panic_of_the_callback_itself_is_told_apart_from_a_loss
        a_value_that_nobody_polled_for_is_dropped_with_the_future
        a_forgotten_future_leaves_the_callback_harmless
        values_without_size_with_much_size_and_with_odd_alignment_arrive
        a_value_whose_drop_panics_is_dropped_once_by_the_future
        a_waker_may_poll_the_future_while_it_is_woken
        a_waker_may_drop_the_future_while_it_is_woken
        a_waker_may_complete_the_call_while_it_is_cloned
        a_waker_may_complete_the_call_while_it_is_dropped
        a_waker_may_complete_another_call_while_it_is_woken
        a_panic_of_a_wakers_clone_loses_nothing
        a_panic_of_a_wakers_wake_loses_nothing
        a_panic_of_a_replaced_wakers_drop_loses_nothing
        an_outer_call_completed_from_within_an_inner_one_arrives
        a_waker_may_drop_the_callback_while_it_is_cloned
        a_handle_is_dropped_when_the_outcome_is_in
    } } };
}

/// What holds unless the contract excludes a callback that comes after its future.
macro_rules! for_those_that_may_be_abandoned {
    ($($family:ident as $name:ident),+) => { contract! { $($family as $name),+: {
        a_panic_of_the_api_call_leaves_unchanged_and_the_completer_usable
        a_value_for_a_dropped_future_is_dropped_by_the_callback
        a_payload_for_a_dropped_future_is_dropped_once
        a_dropped_future_drops_its_waker
        a_forgotten_callback_pends
        a_value_whose_drop_panics_is_dropped_once_by_the_callback
        a_panic_of_a_dropped_futures_waker_frees_the_cell
        a_payload_whose_drop_panics_is_dropped_once
        a_waker_may_complete_the_call_while_its_future_is_dropped
        a_handle_is_dropped_with_the_future
    } } };
}

for_all! {
    Start as start, Call as call, TrainedCall as trained_call, LocalStart as local_start, LocalCall as local_call,
    FreshSlot as fresh_slot, UsedSlot as used_slot, Pinned as pinned
}

for_those_that_may_be_abandoned! {
    Start as start_abandoned, Call as call_abandoned, TrainedCall as trained_call_abandoned,
    LocalStart as local_start_abandoned, LocalCall as local_call_abandoned,
    FreshSlot as fresh_slot_abandoned, UsedSlot as used_slot_abandoned
}

#[cfg(feature = "ffi")]
for_all! { Ffi as ffi }

#[cfg(feature = "ffi")]
for_those_that_may_be_abandoned! { Ffi as ffi_abandoned }

// C operations have a lazy form of their own, and say otherwise that they are over.
contract! {
    Start as start_over, Call as call_over, TrainedCall as trained_call_over, LocalStart as local_start_over,
    LocalCall as local_call_over, FreshSlot as fresh_slot_over, UsedSlot as used_slot_over, Pinned as pinned_over:
    { a_future_that_is_over_says_so_when_it_is_polled }
}
contract! {
    Call as call_lazy, TrainedCall as trained_call_lazy, LocalCall as local_call_lazy, FreshSlot as fresh_slot_lazy,
    UsedSlot as used_slot_lazy, Pinned as pinned_lazy:
    { a_future_dropped_before_its_first_poll_never_makes_the_call }
}

/// Runs what panics with this message, unless the variant keeps such panics from the API.
#[track_caller]
fn panics_into_the_api<F: Family>(message: &str, f: impl FnOnce()) {
    if F::GUARDS_THE_API {
        f();
    } else {
        assert_eq!(message_of(f), message);
    }
}

/// Woken this often, and stored nowhere.
#[track_caller]
fn at_rest(counts: &Counts, wakes: usize) {
    assert_eq!((counts.wakes(), counts.stored()), (wakes, 0));
}

fn a_callback_inside_the_call_makes_the_first_poll_ready<F: Family>() {
    let (waker, counts) = counting();
    let mut future = F::begin(|done| done.complete(5));
    assert_eq!(poll(&mut future, &waker), Poll::Ready(5));
    assert_eq!(counts.wakes(), 0);
    assert_eq!(counts.clones(), usize::from(F::STORES_EARLY));
    assert_eq!(counts.stored(), usize::from(F::KEEPS_WAKER));
}

fn a_later_callback_wakes_exactly_once<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept();
    assert_eq!(poll(&mut future, &waker), Poll::Pending);
    assert_eq!(counts.clones(), 1);
    kept.take().complete(5);
    at_rest(&counts, 1);
    assert_eq!(poll(&mut future, &waker), Poll::Ready(5));
    assert_eq!(counts.clones(), 1);
    at_rest(&counts, 1);
}

fn polling_again_with_the_same_waker_clones_nothing<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept();
    for _ in 0..5 {
        assert_eq!(poll(&mut future, &waker), Poll::Pending);
    }
    assert_eq!((counts.clones(), counts.drops()), (1, 0));
    kept.take().complete(());
    assert_eq!(poll(&mut future, &waker), Poll::Ready(()));
}

fn only_the_last_of_several_wakers_is_woken<F: Family>() {
    let wakers = [counting(), counting(), counting(), counting()];
    let (mut future, kept) = F::kept();
    for (waker, _) in &wakers {
        assert_eq!(poll(&mut future, waker), Poll::Pending);
    }
    kept.take().complete(5);
    let [earlier @ .., (last, last_counts)] = &wakers;
    for (_, counts) in earlier {
        assert_eq!((counts.clones(), counts.wakes(), counts.drops()), (1, 0, 1));
    }
    at_rest(last_counts, 1);
    assert_eq!(poll(&mut future, last), Poll::Ready(5));
}

fn the_old_waker_is_dropped_when_the_new_one_is_in_place<F: Family>() {
    let (old, old_counts) = counting();
    let (new, new_counts) = counting();
    let (mut future, kept) = F::kept::<u8>();
    assert_eq!(poll(&mut future, &old), Poll::Pending);
    let seen = new_counts.clone();
    old_counts.at_next(Event::Drop, move || assert_eq!(seen.stored(), 1));
    assert_eq!(poll(&mut future, &new), Poll::Pending);
    assert_eq!(old_counts.drops(), 1);
    drop(kept);
}

fn a_dropped_callback_is_an_error_with_its_place<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept_checked::<u8>();
    assert!(poll(&mut future, &waker).is_pending());
    drop(kept.take());
    assert_eq!(counts.wakes(), 1);
    let Poll::Ready(Err(lost)) = poll(&mut future, &waker) else { panic!("the loss arrives") };
    assert!(!lost.callback_panicked());
    assert!(lost.place().file().ends_with("family.rs"));
    assert!(lost.to_string().contains("was dropped without being called"));
}

fn a_dropped_callback_panics_in_the_awaiter<F: Family>() {
    let mut future = F::begin::<u8, _>(drop);
    let message = message_of(|| poll(&mut future, Waker::noop()));
    assert!(message.contains("family.rs:"), "{message}");
    assert!(message.contains("was dropped without being called"), "{message}");
}

fn a_callback_dropped_inside_the_call_is_lost_at_the_first_poll<F: Family>() {
    let (waker, counts) = counting();
    let mut future = F::checked::<u8>(drop);
    assert!(matches!(poll(&mut future, &waker), Poll::Ready(Err(_))));
    assert_eq!((counts.wakes(), counts.stored()), (0, usize::from(F::KEEPS_WAKER)));
}

fn a_panic_of_the_mapping_resumes_in_the_awaiter_and_spares_the_api<F: Family>() {
    let api_went_on = Rc::new(Cell::new(false));
    let flag = api_went_on.clone();
    let mut future = F::checked::<u8>(move |done| {
        done.complete_with(|| panic!("of the mapping"));
        flag.set(true);
    });
    // Not a loss: it resumes in the checked form too.
    assert_eq!(message_of(|| poll(&mut future, Waker::noop())), "of the mapping");
    assert!(api_went_on.get());
}

fn a_panic_of_the_callback_itself_is_told_apart_from_a_loss<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept_checked::<u8>();
    assert!(poll(&mut future, &waker).is_pending());
    let done = kept.take();
    panic_of(move || {
        let _done = done;
        panic!("of the callback")
    });
    assert_eq!(counts.wakes(), 1);
    let Poll::Ready(Err(lost)) = poll(&mut future, &waker) else { panic!("the loss arrives") };
    assert!(lost.callback_panicked());
    assert!(lost.to_string().contains("panicked"));
}

fn a_panic_of_the_api_call_leaves_unchanged_and_the_completer_usable<F: Family>() {
    let (waker, counts) = counting();
    let token = Token::default();
    let kept = Rc::new(RefCell::new(None));
    let to = kept.clone();
    let message = message_of(|| {
        let mut future = F::begin::<Token, _>(move |done| {
            *to.borrow_mut() = Some(done);
            panic!("of the api")
        });
        poll(&mut future, &waker)
    });
    assert_eq!(message, "of the api");
    assert_eq!(counts.stored(), 0);
    kept.take().unwrap().complete(token.clone());
    assert_eq!(alive(&token), 0);
}

fn a_value_for_a_dropped_future_is_dropped_by_the_callback<F: Family>() {
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    kept.take().complete(token.clone());
    assert_eq!(alive(&token), 0);
}

fn a_payload_for_a_dropped_future_is_dropped_once<F: Family>() {
    let token = Token::default();
    let (mut future, kept) = F::kept::<u8>();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    let payload = token.clone();
    kept.take().complete_with(|| std::panic::panic_any(payload));
    assert_eq!(alive(&token), 0);
}

fn a_value_that_nobody_polled_for_is_dropped_with_the_future<F: Family>() {
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    kept.take().complete(token.clone());
    assert_eq!(alive(&token), 1);
    drop(future);
    assert_eq!(alive(&token), 0);
}

fn a_dropped_future_drops_its_waker<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept::<u8>();
    assert!(poll(&mut future, &waker).is_pending());
    drop(future);
    assert_eq!((counts.drops(), counts.stored()), (1, 0));
    kept.take().complete(1);
    assert_eq!(counts.wakes(), 0);
}

fn a_forgotten_future_leaves_the_callback_harmless<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept::<u8>();
    assert!(poll(&mut future, &waker).is_pending());
    helpers::leak(SameThread::new(future));
    kept.take().complete(1);
    assert_eq!(counts.wakes(), 1);
}

fn a_forgotten_callback_pends<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept::<u8>();
    assert!(poll(&mut future, &waker).is_pending());
    helpers::leak(SameThread::new(kept.take()));
    assert!(poll(&mut future, &waker).is_pending());
    drop(future);
    at_rest(&counts, 0);
}

fn values_without_size_with_much_size_and_with_odd_alignment_arrive<F: Family>() {
    fn arrives<F: Family, T: Clone + PartialEq + std::fmt::Debug + 'static>(value: T) {
        let copy = value.clone();
        let mut inside = F::begin(move |done| done.complete(copy));
        assert_eq!(poll(&mut inside, Waker::noop()), Poll::Ready(value.clone()));
        let (mut later, kept) = F::kept();
        assert!(poll(&mut later, Waker::noop()).is_pending());
        kept.take().complete(value.clone());
        assert_eq!(poll(&mut later, Waker::noop()), Poll::Ready(value));
    }
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(64))]
    struct Aligned(u8);
    arrives::<F, _>(());
    arrives::<F, _>(7u128);
    arrives::<F, _>([1u8; 4]);
    arrives::<F, _>([1u64; 5]);
    arrives::<F, _>([1u64; 12]);
    arrives::<F, _>([1u64; 100]);
    arrives::<F, _>(Aligned(3));
    arrives::<F, _>(Rc::new(String::from("not Send")));
}

/// Counts its drops, and panics in the first.
struct Explosive(Rc<Cell<usize>>);

impl Drop for Explosive {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("in drop");
    }
}

fn a_value_whose_drop_panics_is_dropped_once_by_the_callback<F: Family>() {
    let drops = Rc::new(Cell::new(0));
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    let value = Explosive(drops.clone());
    panics_into_the_api::<F>("in drop", || kept.take().complete(value));
    assert_eq!(drops.get(), 1);
}

fn a_value_whose_drop_panics_is_dropped_once_by_the_future<F: Family>() {
    let drops = Rc::new(Cell::new(0));
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    kept.take().complete(Explosive(drops.clone()));
    assert_eq!(message_of(|| drop(future)), "in drop");
    assert_eq!(drops.get(), 1);
}

fn a_waker_may_poll_the_future_while_it_is_woken<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &waker).is_pending());
    let seen = Rc::new(Cell::new(None));
    let mut hook = SameThread::new((future, seen.clone()));
    counts.at_next(Event::Wake, move || {
        let (future, seen) = hook.get();
        seen.set(Some(poll(future, Waker::noop())));
    });
    kept.take().complete(5);
    assert_eq!(seen.get(), Some(Poll::Ready(5)));
}

fn a_waker_may_drop_the_future_while_it_is_woken<F: Family>() {
    let (waker, counts) = counting();
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &waker).is_pending());
    let mut hook = SameThread::new(Some(future));
    counts.at_next(Event::Wake, move || drop(hook.get().take()));
    kept.take().complete(token.clone());
    assert_eq!(alive(&token), 0);
}

fn a_waker_may_complete_the_call_while_it_is_cloned<F: Family>() {
    let (first, first_counts) = counting();
    let (second, second_counts) = counting();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &first).is_pending());
    let mut hook = SameThread::new(kept);
    second_counts.at_next(Event::Clone, move || hook.get().take().complete(5));
    assert_eq!(poll(&mut future, &second), Poll::Ready(5));
    at_rest(&first_counts, 1);
    at_rest(&second_counts, 0);
}

fn a_waker_may_complete_the_call_while_it_is_dropped<F: Family>() {
    let (first, first_counts) = counting();
    let (second, second_counts) = counting();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &first).is_pending());
    let mut hook = SameThread::new(kept);
    first_counts.at_next(Event::Drop, move || hook.get().take().complete(5));
    assert!(poll(&mut future, &second).is_pending());
    at_rest(&second_counts, 1);
    assert_eq!(poll(&mut future, &second), Poll::Ready(5));
}

fn a_waker_may_complete_another_call_while_it_is_woken<F: Family>() {
    let (waker, counts) = counting();
    let (mut one, kept_one) = F::kept();
    let (mut other, kept_other) = F::kept();
    assert!(poll(&mut one, &waker).is_pending());
    assert!(poll(&mut other, &waker).is_pending());
    let mut hook = SameThread::new(kept_other);
    counts.at_next(Event::Wake, move || hook.get().take().complete(2));
    kept_one.take().complete(1);
    assert_eq!(counts.wakes(), 2);
    assert_eq!(counts.stored(), 0);
    assert_eq!((poll(&mut one, &waker), poll(&mut other, &waker)), (Poll::Ready(1), Poll::Ready(2)));
}

fn a_panic_of_a_wakers_clone_loses_nothing<F: Family>() {
    let (bad, bad_counts) = counting();
    let (good, good_counts) = counting();
    let (mut future, kept) = F::kept();
    bad_counts.at_next(Event::Clone, || panic!("of the waker"));
    assert_eq!(message_of(|| poll(&mut future, &bad)), "of the waker");
    assert!(poll(&mut future, &good).is_pending());
    kept.take().complete(5);
    at_rest(&good_counts, 1);
    assert_eq!(poll(&mut future, &good), Poll::Ready(5));
}

fn a_panic_of_a_wakers_wake_loses_nothing<F: Family>() {
    let (waker, counts) = counting();
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &waker).is_pending());
    counts.at_next(Event::Wake, || panic!("of the waker"));
    let value = token.clone();
    panics_into_the_api::<F>("of the waker", || kept.take().complete(value));
    let Poll::Ready(value) = poll(&mut future, &waker) else { panic!("the value is there") };
    drop(value);
    assert_eq!(alive(&token), 0);
}

fn a_panic_of_a_replaced_wakers_drop_loses_nothing<F: Family>() {
    let (bad, bad_counts) = counting();
    let (good, good_counts) = counting();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &bad).is_pending());
    bad_counts.at_next(Event::Drop, || panic!("of the waker"));
    assert_eq!(message_of(|| poll(&mut future, &good)), "of the waker");
    assert_eq!(good_counts.stored(), 1);
    kept.take().complete(5);
    at_rest(&good_counts, 1);
    assert_eq!(poll(&mut future, &good), Poll::Ready(5));
}

fn a_panic_of_a_dropped_futures_waker_frees_the_cell<F: Family>() {
    let (waker, counts) = counting();
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &waker).is_pending());
    counts.at_next(Event::Drop, || panic!("of the waker"));
    assert_eq!(message_of(|| drop(future)), "of the waker");
    kept.take().complete(token.clone());
    assert_eq!(alive(&token), 0);
}

fn an_outer_call_completed_from_within_an_inner_one_arrives<F: Family>() {
    let mut future = F::begin(|outer| {
        let mut inner = F::begin(move |inner| {
            outer.complete(1);
            inner.complete(2);
        });
        assert_eq!(poll(&mut inner, Waker::noop()), Poll::Ready(2));
    });
    assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(1));
}

fn a_waker_may_drop_the_callback_while_it_is_cloned<F: Family>() {
    let (waker, counts) = counting();
    let (mut future, kept) = F::kept_checked::<u8>();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    let mut hook = SameThread::new(kept);
    counts.at_next(Event::Clone, move || drop(hook.get().take()));
    assert!(matches!(poll(&mut future, &waker), Poll::Ready(Err(_))));
    at_rest(&counts, 0);
}

fn a_waker_may_complete_the_call_while_its_future_is_dropped<F: Family>() {
    let (waker, counts) = counting();
    let token = Token::default();
    let (mut future, kept) = F::kept();
    assert!(poll(&mut future, &waker).is_pending());
    let (mut hook, value) = (SameThread::new(kept), token.clone());
    counts.at_next(Event::Drop, move || hook.get().take().complete(value));
    drop(future);
    assert_eq!((alive(&token), counts.wakes(), counts.stored()), (0, 0, 0));
}

fn a_payload_whose_drop_panics_is_dropped_once<F: Family>() {
    struct Nasty {
        _token: Token,
    }
    impl Drop for Nasty {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let token = Token::default();
    let (mut future, kept) = F::kept::<u8>();
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    let payload = Nasty { _token: token.clone() };
    let done = kept.take();
    panics_into_the_api::<F>("in drop", || done.complete_with(|| std::panic::panic_any(payload)));
    assert_eq!(alive(&token), 0);
}

fn a_future_dropped_before_its_first_poll_never_makes_the_call<F: Family>() {
    let token = Token::default();
    let captured = token.clone();
    drop(F::begin::<u8, ()>(move |_done| unreachable!("called with {captured:?}")));
    assert_eq!(alive(&token), 0, "the closure is dropped");
}

fn a_future_that_is_over_says_so_when_it_is_polled<F: Family>() {
    let mut future = F::begin(|done| done.complete(5));
    assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(5));
    let message = message_of(|| poll(&mut future, Waker::noop()));
    assert!(message.contains("family.rs") && message.contains("polled after completion"), "{message}");
}

fn a_handle_is_dropped_when_the_outcome_is_in<F: Family>() {
    let (handle, value) = (Token::default(), Token::default());
    let (kept, returned) = (Rc::new(RefCell::new(None)), handle.clone());
    let to = kept.clone();
    let mut future = F::begin(move |done| {
        to.replace(Some(done));
        returned
    });
    assert!(poll(&mut future, Waker::noop()).is_pending());
    assert_eq!(alive(&handle), 1);
    let done = kept.take().unwrap();
    done.complete(value.clone());
    assert_eq!((alive(&handle), alive(&value)), (1, 1), "as long as nobody has looked");
    assert!(poll(&mut future, Waker::noop()).is_ready());
    assert_eq!((alive(&handle), alive(&value)), (0, 0));
}

fn a_handle_is_dropped_with_the_future<F: Family>() {
    let handle = Token::default();
    let (kept, returned) = (Rc::new(RefCell::new(None)), handle.clone());
    let to = kept.clone();
    let mut future = F::begin::<u8, _>(move |done| {
        to.replace(Some(done));
        returned
    });
    assert!(poll(&mut future, Waker::noop()).is_pending());
    drop(future);
    assert_eq!(alive(&handle), 0);
    drop(kept);
}
