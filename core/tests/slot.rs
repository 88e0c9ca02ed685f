//! A slot: one cell for many calls.

mod helpers;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use helpers::waker::{Event, counting};
use helpers::{SameThread, Token, alive};
use uncallback::{Completer, Slot};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: passes on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|n| n.set(n.get() + 1));
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Makes a call, polls it, completes it, and polls it again.
fn one_later_call(slot: &mut Slot<u32>, waker: &Waker, value: u32) {
    let kept = RefCell::new(None);
    let mut call = pin!(slot.call(|done| kept.replace(Some(done))));
    let mut cx = Context::from_waker(waker);
    assert!(call.as_mut().poll(&mut cx).is_pending());
    kept.take().unwrap().complete(value);
    assert_eq!(call.as_mut().poll(&mut cx), Poll::Ready(value));
}

#[test]
fn later_calls_allocate_nothing_and_leave_no_waker_behind() {
    let (waker, counts) = counting();
    let mut slot = Slot::new();
    one_later_call(&mut slot, &waker, 0);
    let before = ALLOCATIONS.with(Cell::get);
    for n in 1..20 {
        one_later_call(&mut slot, &waker, n);
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    assert_eq!((counts.clones(), counts.wakes(), counts.stored()), (20, 20, 0));
}

#[test]
fn calls_of_the_other_forms_allocate_nothing_after_the_first() {
    fn round(waker: &Waker) {
        let mut cx = Context::from_waker(waker);
        assert!(pin!(uncallback::start(|done| done.complete(1))).poll(&mut cx).is_ready());
        assert!(pin!(uncallback::call(|done| done.complete(1))).poll(&mut cx).is_ready());
        assert!(pin!(uncallback::local::call(|done| done.complete(1))).poll(&mut cx).is_ready());
        let (done, started) = uncallback::start_with(|done: uncallback::Completer<u64>| done);
        let mut started = pin!(started);
        assert!(started.as_mut().poll(&mut cx).is_pending());
        done.complete(1);
        assert!(started.poll(&mut cx).is_ready());
    }
    round(Waker::noop());
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..20 {
        round(Waker::noop());
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
}

/// Makes a call whose callback comes inside of it.
#[cfg(not(feature = "stackful-coroutines"))]
fn one_call_inside(slot: &mut Slot<u32>, waker: &Waker, value: u32) {
    let mut call = pin!(slot.call(|done| done.complete(value)));
    assert_eq!(call.as_mut().poll(&mut Context::from_waker(waker)), Poll::Ready(value));
}

// Without the shortcut no waker is stored before the call.
#[cfg(not(feature = "stackful-coroutines"))]
#[test]
fn callbacks_inside_the_call_wake_nobody_and_share_one_clone_of_the_waker() {
    let (waker, counts) = counting();
    let mut slot = Slot::new();
    (0..9).for_each(|n| one_call_inside(&mut slot, &waker, n));
    assert_eq!((counts.clones(), counts.wakes(), counts.stored()), (1, 0, 1));
    one_later_call(&mut slot, &waker, 9);
    assert_eq!((counts.clones(), counts.wakes(), counts.stored()), (1, 1, 0));
    one_call_inside(&mut slot, &waker, 10);
    drop(slot);
    assert_eq!((counts.wakes(), counts.stored()), (1, 0));
}

// Without the shortcut no waker is stored before the call.
#[cfg(not(feature = "stackful-coroutines"))]
#[test]
fn the_waker_of_a_call_inside_goes_when_another_task_goes_on() {
    let (one, one_counts) = counting();
    let (other, other_counts) = counting();
    let mut slot = Slot::new();
    one_call_inside(&mut slot, &one, 1);
    one_call_inside(&mut slot, &other, 2);
    assert_eq!((one_counts.stored(), other_counts.stored()), (0, 1));
    one_later_call(&mut slot, &other, 3);
    assert_eq!((one_counts.wakes(), other_counts.wakes()), (0, 1));
}

#[test]
fn a_future_dropped_after_its_callback_leaves_neither_value_nor_waker() {
    let (waker, counts) = counting();
    let token = Token::default();
    let mut slot = Slot::new();
    let value = token.clone();
    let mut call = slot.call(|done: Completer<Token>| {
        done.complete(value);
        PanicsWhenDropped
    });
    let polled = catch_unwind(AssertUnwindSafe(|| {
        Pin::new(&mut call).poll(&mut Context::from_waker(&waker)).is_ready()
    }));
    assert!(polled.is_err(), "the handle is dropped before the value is taken");
    drop(call);
    assert!(helpers::block_on(slot.call(|done: Completer<Token>| drop(done)).checked()).is_err());
    drop(slot);
    assert_eq!((alive(&token), counts.stored()), (0, 0));
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("the handle's drop");
    }
}

#[test]
fn a_future_of_a_slot_may_change_its_thread_while_it_waits() {
    let (keep, kept) = std::sync::mpsc::channel();
    let mut slot = Slot::new();
    let mut call = Box::pin(slot.call(move |done: Completer<u32>| keep.send(done).unwrap()));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let landed = std::thread::scope(|threads| {
        let other = threads.spawn(move || {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(call.as_mut().poll(&mut cx).is_pending());
            kept.recv().unwrap().complete(7);
            call.as_mut().poll(&mut cx)
        });
        other.join().unwrap()
    });
    assert_eq!(landed, Poll::Ready(7));
}

#[test]
fn another_task_may_go_on_with_the_slot() {
    let (one, one_counts) = counting();
    let (other, other_counts) = counting();
    let mut slot = Slot::new();
    one_later_call(&mut slot, &one, 1);
    one_later_call(&mut slot, &other, 2);
    assert_eq!((one_counts.stored(), other_counts.stored()), (0, 0));
    assert_eq!((one_counts.wakes(), other_counts.wakes()), (1, 1));
}

#[test]
fn an_abandoned_call_keeps_its_cell_and_the_next_gets_a_new_one() {
    let token = Token::default();
    let mut slot = Slot::new();
    let kept = RefCell::new(None);
    {
        let mut call = pin!(slot.call(|done: Completer<Token>| kept.replace(Some(done))));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let late = kept.take().unwrap();
    assert!(late.is_abandoned());
    let value = token.clone();
    let next = helpers::block_on(slot.call(move |done| {
        late.complete(value.clone());
        assert_eq!(alive(&value), 1);
        done.complete(value);
    }));
    assert_eq!(alive(&token), 1);
    drop(next);
}

#[test]
fn a_forgotten_future_does_not_block_the_slot() {
    let mut slot = Slot::new();
    let kept = RefCell::new(None);
    let mut call = slot.call(|done: Completer<u8>| kept.replace(Some(done)));
    assert!(Pin::new(&mut call).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    std::mem::forget(call);
    assert_eq!(helpers::block_on(slot.call(|done| done.complete(2))), 2);
    kept.take().unwrap().complete(1);
}

#[test]
fn a_slot_dropped_while_its_waker_is_woken_is_freed_once() {
    let (waker, counts) = counting();
    let token = Token::default();
    let kept = std::rc::Rc::new(RefCell::new(None));
    let to = kept.clone();
    let mut task = Box::pin(async move { Slot::new().call(|done| to.replace(Some(done))).await });
    assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut task = SameThread::new(Some(task));
    counts.at_next(Event::Wake, move || drop(task.get().take()));
    kept.take().unwrap().complete(token.clone());
    assert_eq!((alive(&token), counts.stored()), (0, 0));
}

#[test]
fn the_next_call_may_be_made_while_the_last_still_wakes() {
    let (waker, counts) = counting();
    let (next_waker, next_counts) = counting();
    let done = std::rc::Rc::new(RefCell::new(Vec::new()));
    let to = done.clone();
    let mut task = Box::pin(async move {
        let mut slot = Slot::new();
        let mut sum = 0;
        for _ in 0..2 {
            sum += slot.call(|done| to.borrow_mut().push(done)).await;
        }
        sum
    });
    assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let task = std::rc::Rc::new(RefCell::new(task));
    let mut hook = SameThread::new((task.clone(), next_waker));
    counts.at_next(Event::Wake, move || {
        let (task, waker) = hook.get();
        assert!(task.borrow_mut().as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    });
    let first = done.borrow_mut().remove(0);
    first.complete(1);
    assert_eq!(next_counts.stored(), 1);
    let second = done.borrow_mut().remove(0);
    second.complete(2);
    assert_eq!(next_counts.wakes(), 1);
    assert_eq!(task.borrow_mut().as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(3));
    assert_eq!(counts.stored(), 0);
}

#[test]
fn cancel_with_gets_the_handle_of_a_call_that_is_given_up() {
    let mut slot = Slot::new();
    let (kept, cancelled) = (RefCell::new(None), Cell::new(0));
    {
        let api = |done: Completer<u8>| {
            kept.replace(Some(done));
            7
        };
        let mut call = pin!(slot.call(api).cancel_with(|id| cancelled.set(id)));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(cancelled.get(), 7);
    assert!(kept.take().unwrap().is_abandoned());
}

#[test]
fn a_callback_that_fires_inside_cancel_is_tolerated() {
    let token = Token::default();
    let mut slot = Slot::new();
    let kept = RefCell::new(None);
    {
        let api = |done: Completer<Token>| _ = kept.replace(Some(done));
        let completes = |()| {
            let done = kept.take().unwrap();
            assert!(!done.is_abandoned());
            done.complete(token.clone());
        };
        let mut call = pin!(slot.call(api).cancel_with(completes));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(alive(&token), 0);
    let mut next = pin!(slot.call(|done: Completer<Token>| done.complete(token.clone())));
    assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}
