//! The list of events through which any number of emitters reach one consumer. No lock, and no waiting: an event is
//! written before the one swap that puts it into the list, so the consumer never finds one that is not there yet.
//!
//! Everything meets in one word, `head`:
//!
//! | head | meaning | the words of the waker belong to |
//! |---|---|---|
//! | `0` | open, no event | the consumer |
//! | node | open, the event pushed last; the others follow through `next` | the consumer |
//! | `0` or node, with `CLOSED` | no more events will come | the consumer |
//! | epoch with `PARKED` | open, no event, and the consumer waits | whoever leaves this state |
//! | `GONE` | the consumer has left | nobody: there is no waker |
//!
//! | from | who | to | duty of the one who moved |
//! |---|---|---|---|
//! | open | push | node, on top of what was there | none |
//! | open, of which only the latest counts | push | node | drop the event that was there, which is counted |
//! | `PARKED(e)` | push | node | it has copied the words of the waker before; the copy is now its own: wake |
//! | `CLOSED`, `GONE` | push | - | give the event back |
//! | open | last emitter leaves, or the source fails | the same with `CLOSED` | none; a panic was written before |
//! | `PARKED(e)` | as above | `CLOSED` | wake the copy |
//! | `GONE` | source fails | - | take the panic back and drop it |
//! | node | consumer | `0`, `CLOSED` stays | turn the list round: the oldest comes first |
//! | `0` | consumer goes to wait | `PARKED(e + 1)` | swap lost: drop the waker just written, look again |
//! | `PARKED(e)` | consumer, with another waker | `0` | the old waker is its own, to be dropped once the new one is in place |
//! | any | consumer leaves | `GONE` | drop the waker of `PARKED`, the events, and the panic of `CLOSED` |
//!
//! Each step is one `compare_exchange` on the whole word (the last is a `swap`), tried again with the word as it is
//! now. User code (a waker's `clone`, `wake` and `drop`, the drop of an event) runs before a swap, after which the word
//! is looked at again, or after the last access to the list.
//!
//! # When the word comes round to what it was
//!
//! A push links its node to the address that it found in `head`. If the list was taken meanwhile, that node freed, and
//! another one allocated at its place and pushed, the swap succeeds, and rightly: what lies at the address is what
//! lies below. The epoch keeps a *waker* from being taken twice: it would have to come round to the same number between
//! two steps of one push, which takes 2^62 waits of the consumer on 64-bit targets, 2^30 on 32-bit ones.

use core::{
    marker::PhantomData,
    ptr::{self, NonNull},
    task::{Context, Poll, Waker},
};

use super::node::Node;
use crate::{
    stream::{queue::Payload, variant::resume},
    sync::{
        Arc, UnsafeCell,
        atomic::{
            AtomicBool, AtomicPtr, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
        delay,
    },
    waker_words::WakerWords,
    watch::StreamMark,
};

const OPEN: usize = 0b00;
const PARKED: usize = 0b01;
const CLOSED: usize = 0b10;
const GONE: usize = 0b11;
const STATE: usize = 0b11;
const EPOCH_ONE: usize = 0b100;

/// The head of the list, with its state.
type Head<T> = *mut Node<T>;

#[inline(always)]
fn state<T>(head: Head<T>) -> usize {
    head.addr() & STATE
}

/// The node pushed last.
#[inline(always)]
fn newest<T>(head: Head<T>) -> *mut Node<T> {
    head.map_addr(|address| address & !STATE)
}

pub(super) struct List<T> {
    head: AtomicPtr<Node<T>>,
    waker: WakerWords,
    emitters: AtomicUsize,
    /// Events that made way for a later one, or found no room.
    lost: AtomicUsize,
    /// A source has failed, and the place of the panic is its own until the list is closed.
    failed: AtomicBool,
    /// Written before CLOSED, the consumer's afterwards.
    panic: UnsafeCell<Option<Payload>>,
    mark: StreamMark,
    owns: PhantomData<T>,
}

// SAFETY: events and panics move from one thread to the other through the list, so they have to be `Send`. The table
// above says who may touch what, and each step publishes what it hands over.
unsafe impl<T: Send> Send for List<T> {}
// SAFETY: as above; no event is shared.
unsafe impl<T: Send> Sync for List<T> {}

impl<T> List<T> {
    /// A list with one emitter and its consumer.
    pub(super) fn open() -> (Arc<Self>, Consumer<T>) {
        const { assert!(align_of::<Node<T>>() > STATE) };
        let list = Arc::new(Self {
            head: AtomicPtr::new(ptr::null_mut()),
            waker: WakerWords::empty(),
            emitters: AtomicUsize::new(1),
            lost: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
            panic: UnsafeCell::new(None),
            mark: StreamMark::new(),
            owns: PhantomData,
        });
        (list.clone(), Consumer { list, ready: ptr::null_mut(), epoch: 0 })
    }

    /// Puts an event on top of the others, or, if only the latest counts, in their place.
    #[inline]
    pub(super) fn push<const LATEST: bool>(&self, event: T) -> Result<(), T> {
        // ORDERING: Acquire: the node that is there may be ours to drop.
        let head = self.head.load(Acquire);
        if state(head) != OPEN {
            return self.push_slowly::<LATEST>(event);
        }
        let node = match Node::reuse(event, if LATEST { ptr::null_mut() } else { head }) {
            Ok(node) => node,
            Err(event) => return self.push_slowly::<LATEST>(event),
        };
        self.mark.pushed();
        delay();
        // ORDERING: Release publishes the node; Acquire sees the event that makes way.
        match self.head.compare_exchange(head, node.as_ptr(), AcqRel, Acquire) {
            Ok(before) if LATEST => self.make_way(before),
            Ok(_) => {}
            Err(_) => return self.push_node::<LATEST>(node),
        }
        Ok(())
    }

    /// As [`push`](Self::push), when somebody waits or has left, or a node has to be allocated.
    #[inline(never)]
    fn push_slowly<const LATEST: bool>(&self, event: T) -> Result<(), T> {
        // ORDERING: a hint that spares the node.
        if self.head.load(Relaxed).addr() & CLOSED != 0 {
            return Err(event);
        }
        self.mark.pushed();
        self.push_node::<LATEST>(Node::allocate(event))
    }

    /// Pushes a node whatever the head says.
    #[inline(never)]
    fn push_node<const LATEST: bool>(&self, node: NonNull<Node<T>>) -> Result<(), T> {
        // ORDERING: Acquire: a parked head announces the words of the waker.
        let mut head = self.head.load(Acquire);
        loop {
            let (below, waker) = match state(head) {
                OPEN if LATEST => (ptr::null_mut(), None),
                OPEN => (head, None),
                PARKED => (ptr::null_mut(), Some(self.waker.copy())),
                _ => {
                    self.mark.left(1);
                    // SAFETY: the node did not get into the list, so it is ours.
                    return Err(unsafe { Node::into_event(node) });
                }
            };
            // SAFETY: not in the list, so it is ours.
            unsafe { Node::set_next(node, below) };
            delay();
            // ORDERING: Release publishes the node; Acquire sees the event that makes way, and on failure as above.
            match self.head.compare_exchange(head, node.as_ptr(), AcqRel, Acquire) {
                Ok(before) => {
                    match waker {
                        // SAFETY: the swap left PARKED, and its epoch says that the words had not moved.
                        Some(copy) => unsafe { copy.into_waker() }.wake(),
                        None if LATEST => self.make_way(before),
                        None => {}
                    }
                    return Ok(());
                }
                Err(now) => head = now,
            }
        }
    }

    /// Drops and counts the event that was the latest, if there was one.
    fn make_way(&self, before: Head<T>) {
        if let Some(node) = NonNull::new(before) {
            // ORDERING: a counter; nothing is published by it.
            self.lost.fetch_add(1, Relaxed);
            self.mark.lost();
            self.mark.left(1);
            // SAFETY: the swap took it out of the list.
            drop(unsafe { Node::into_event(node) });
        }
    }

    /// Counts an event that was refused because there was no room; not one that would have been refused anyway.
    #[cold]
    pub(super) fn count_refused(&self) {
        // ORDERING: a hint; nothing is read through it.
        if self.head.load(Relaxed).addr() & CLOSED == 0 {
            // ORDERING: a counter; nothing is published by it.
            self.lost.fetch_add(1, Relaxed);
            self.mark.lost();
        }
    }

    /// Ends the stream, and says whether anybody will see that.
    #[cold]
    fn close(&self) -> bool {
        self.mark.source_gone();
        // ORDERING: Acquire: a parked head announces the words of the waker.
        let mut head = self.head.load(Acquire);
        loop {
            let (closed, waker) = match state(head) {
                OPEN => (head.map_addr(|address| address | CLOSED), None),
                PARKED => (ptr::without_provenance_mut(CLOSED), Some(self.waker.copy())),
                state => return state == CLOSED,
            };
            delay();
            // ORDERING: Release publishes what was written before, which may be a panic; Acquire as for the load.
            match self.head.compare_exchange(head, closed, AcqRel, Acquire) {
                Ok(_) => {
                    if let Some(copy) = waker {
                        // SAFETY: the swap left PARKED, and its epoch says that the words had not moved.
                        unsafe { copy.into_waker() }.wake();
                    }
                    return true;
                }
                Err(now) => head = now,
            }
        }
    }

    /// The callback panicked: the stream ends with this panic, unless another was first.
    #[cold]
    pub(super) fn fail(&self, payload: Payload) {
        // ORDERING: only exclusion is needed.
        if self.failed.swap(true, Relaxed) {
            drop(payload);
            return;
        }
        // SAFETY: the swap above lets one through, and the consumer does not look here before CLOSED. The last emitter
        // can't have closed the list: the caller is an emitter.
        self.panic.with_mut(|place| unsafe { *place = Some(payload) });
        if !self.close() {
            // SAFETY: the consumer left before CLOSED, so it never looks here.
            let unclaimed = self.panic.with_mut(|place| unsafe { (*place).take() });
            drop(unclaimed);
        }
    }

    /// Whether the consumer has left.
    pub(super) fn is_gone(&self) -> bool {
        // ORDERING: a hint for sources that want to stop; nothing is read through it.
        state(self.head.load(Relaxed)) == GONE
    }

    pub(super) fn add_emitter(&self) {
        // ORDERING: whoever adds one is one, so the count can't reach zero meanwhile.
        self.emitters.fetch_add(1, Relaxed);
    }

    pub(super) fn remove_emitter(&self) {
        // ORDERING: AcqRel: the one that closes comes after all that the others did.
        if self.emitters.fetch_sub(1, AcqRel) == 1 {
            self.close();
        }
    }
}

/// The stream's side.
pub(super) struct Consumer<T> {
    list: Arc<List<T>>,
    /// Events that were taken out of the list, the oldest first. Ours alone.
    ready: *mut Node<T>,
    epoch: usize,
}

// SAFETY: it owns the nodes that are ready, whose events are `Send`; the rest is the list's.
unsafe impl<T: Send> Send for Consumer<T> {}
// SAFETY: a shared consumer does nothing.
unsafe impl<T: Send> Sync for Consumer<T> {}

impl<T> Consumer<T> {
    #[inline]
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if self.ready.is_null() {
            return self.look(cx);
        }
        Poll::Ready(self.pop())
    }

    /// Takes the oldest event of those that are ready.
    #[inline]
    fn pop(&mut self) -> Option<T> {
        let node = NonNull::new(self.ready)?;
        self.list.mark.left(1);
        // SAFETY: what is ready is ours alone; the node leaves `ready` before it ends.
        unsafe {
            self.ready = Node::next(node);
            Some(Node::into_event(node))
        }
    }

    /// Nothing is ready: takes what is in the list, or finds the end, or parks.
    #[inline(never)]
    fn look(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            // ORDERING: Acquire sees what a source that failed left behind. Events are acquired by `take`.
            let head = self.list.head.load(Acquire);
            if state(head) == PARKED {
                if self.park_anew(head, cx.waker()) {
                    return Poll::Pending;
                }
            } else if !newest(head).is_null() {
                self.ready = self.take(head);
                return Poll::Ready(self.pop());
            } else if state(head) == CLOSED {
                return Poll::Ready(self.end());
            } else if self.park(cx.waker().clone()) {
                return Poll::Pending;
            }
        }
    }

    /// Takes the events out of the list, the oldest first.
    #[inline]
    fn take(&self, mut head: Head<T>) -> *mut Node<T> {
        let taken = loop {
            let empty = ptr::without_provenance_mut(state(head));
            delay();
            // ORDERING: Acquire pairs with the release of each push, all of which the swap continues. Release, so that
            // an emitter that finds the list empty comes after our last look at it.
            match self.list.head.compare_exchange(head, empty, AcqRel, Acquire) {
                Ok(taken) => break taken,
                Err(now) => head = now,
            }
        };
        oldest_first(newest(taken))
    }

    /// Leaves a waker behind, unless something has come: then it is dropped.
    fn park(&mut self, waker: Waker) -> bool {
        let written = self.list.waker.write(waker);
        self.epoch = self.epoch.wrapping_add(EPOCH_ONE);
        let parked = ptr::without_provenance_mut(self.epoch | PARKED);
        delay();
        // ORDERING: Release announces the words of the waker. On failure nothing is read before the next look.
        let swapped = self.list.head.compare_exchange(ptr::null_mut(), parked, AcqRel, Acquire);
        if swapped.is_err() {
            // SAFETY: the swap failed, so nobody knows of these words.
            drop(unsafe { written.into_waker() });
        }
        swapped.is_ok()
    }

    /// Polled while parked: leaves the new waker behind, if it is another one, and says whether it is parked now.
    fn park_anew(&mut self, parked: Head<T>, waker: &Waker) -> bool {
        let stored = self.list.waker.copy();
        if stored.is(waker) {
            return true;
        }
        // User code, which may push. The swap below then fails.
        let waker = waker.clone();
        delay();
        // ORDERING: Release keeps our later writes to the words behind it. On failure the next look reads.
        let unparked = self.list.head.compare_exchange(parked, ptr::null_mut(), AcqRel, Acquire);
        if unparked.is_err() {
            return false;
        }
        // SAFETY: the swap took PARKED back before an emitter could: the stored waker is ours. It is dropped after the
        // new one is in place.
        let _old = unsafe { stored.into_waker() };
        self.park(waker)
    }

    #[cold]
    fn end(&mut self) -> Option<T> {
        // SAFETY: the list is closed, so whoever failed is past writing here.
        let panic = self.list.panic.with_mut(|place| unsafe { (*place).take() });
        match panic {
            Some(payload) => resume(payload),
            None => None,
        }
    }

    pub(super) fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        // ORDERING: a hint; the events are acquired by `take`.
        let head = self.list.head.load(Relaxed);
        if state(head) != PARKED && !newest(head).is_null() {
            let taken = self.take(head);
            self.append(taken);
        }
        // Counted first, because `each` may have more events taken.
        let mut count = 0;
        let mut next = self.ready;
        while let Some(node) = NonNull::new(next) {
            count += 1;
            // SAFETY: what is ready is ours alone.
            next = unsafe { Node::next(node) };
        }
        // Taken out one by one: if `each` panics, the rest is still ready.
        for event in core::iter::from_fn(|| self.pop()).take(count) {
            each(event);
        }
        count
    }

    /// Puts events behind those that are ready.
    fn append(&mut self, events: *mut Node<T>) {
        let Some(mut last) = NonNull::new(self.ready) else {
            self.ready = events;
            return;
        };
        // SAFETY: what is ready is ours alone.
        while let Some(next) = NonNull::new(unsafe { Node::next(last) }) {
            last = next;
        }
        // SAFETY: as above.
        unsafe { Node::set_next(last, events) };
    }

    pub(super) fn mark(&self) -> StreamMark {
        self.list.mark
    }

    pub(super) fn lagged(&mut self) -> u64 {
        // ORDERING: a counter; nothing is published by it.
        self.list.lost.swap(0, Relaxed) as u64
    }
}

/// Turns a list round whose nodes are the caller's.
#[inline]
fn oldest_first<T>(newest: *mut Node<T>) -> *mut Node<T> {
    let mut newer = ptr::null_mut();
    let mut next = newest;
    while let Some(node) = NonNull::new(next) {
        // SAFETY: taken out of the list, so it is ours; it was made by a push, whose writes `take` has acquired.
        unsafe {
            next = Node::next(node);
            Node::set_next(node, newer);
        }
        newer = node.as_ptr();
    }
    newer
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        /// Drops the rest also if the drop of one event panics.
        struct Rest<'a, T>(&'a mut Consumer<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(event) = self.0.pop() {
                    drop(event);
                }
            }
        }

        self.list.mark.dropped();
        // ORDERING: Acquire pairs with the release of each push, and of a source that failed. Release, so that an
        // emitter which finds us gone comes after our last access.
        let head = self.list.head.swap(ptr::without_provenance_mut(GONE), AcqRel);
        // SAFETY: the swap took PARKED away before an emitter could.
        let waker = (state(head) == PARKED).then(|| unsafe { self.list.waker.copy().into_waker() });
        let mut panic = None;
        if state(head) == CLOSED {
            // SAFETY: the list is closed, so whoever failed is past writing here.
            panic = self.list.panic.with_mut(|place| unsafe { (*place).take() });
        }
        if state(head) != PARKED {
            self.append(oldest_first(newest(head)));
        }
        let rest = Rest(self);
        drop((waker, panic));
        while let Some(event) = rest.0.pop() {
            drop(event);
        }
    }
}
