//! The ready queue of a group: which children were woken, in which order, and whom to tell.
//!
//! One allocation serves the whole group: a header and one node per child. A child's waker is a pointer to its
//! node; all of them together with the group share one reference count.
//!
//! # Protocol
//!
//! `head` is the only word through which the two sides meet:
//!
//! | head | meaning | the stored parent waker belongs to |
//! |---|---|---|
//! | `OPEN` (0) | nothing woken; the group is being polled, has asked to be polled, or is over | the group |
//! | even, not 0 | `(index + 1) << 1` of the child woken last; the others follow through `next` | the group |
//! | odd | parked: nothing woken, the group sleeps; the upper bits are an epoch | whoever leaves this state |
//!
//! | from | who | to | duty |
//! |---|---|---|---|
//! | `OPEN` or list | wake of a child | list, child on top | none: the group looks again before it sleeps |
//! | parked(e) | wake of a child | list of that child | it has copied the parent waker before; the copy is now its own: wake it |
//! | parked(e) | group is polled or dropped | `OPEN` | the stored parent waker is the group's again |
//! | list | group | `OPEN` | turn the list round: the group then has the order of the wakes |
//! | `OPEN` | group goes to sleep | parked(e + 1) | the parent waker was stored before |
//!
//! Reading the two words of the parent waker may tear when the group changes them meanwhile. Then the epoch has
//! moved and the exchange fails, so a torn copy is never used, only forgotten. No side ever waits for the other.
//!
//! A node is in the list from the moment in which its `queued` turns true until the group turns it back, which
//! is just before that child is polled. Whoever turned `queued` to true may write `next`; once the node is in
//! the list, only the group may.
//!
//! The epoch has one bit less than a pointer. On 32-bit targets a false match would take 2^31 naps of the group
//! between two adjacent steps of one wake.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::memory;
use crate::waker_words::WakerWords;

const OPEN: usize = 0;
const PARKED: usize = 1;

struct Header {
    /// One for the group, one for each counted waker of a child.
    refs: AtomicUsize,
    head: AtomicUsize,
    /// The parent waker; see the protocol for who may touch it.
    waker: WakerWords,
    len: usize,
}

struct Node {
    index: usize,
    /// Woken and not yet handed out to be polled.
    queued: AtomicBool,
    /// The child woken before this one, plus one; 0 ends the list.
    next: AtomicUsize,
}

/// Where the nodes begin, and the layout of a block for `len` children.
fn layout(len: usize) -> (Layout, usize) {
    let nodes = Layout::array::<Node>(len).expect("a group of more children than memory can hold");
    let (layout, offset) =
        Layout::new::<Header>().extend(nodes).expect("a group of more children than memory can hold");
    (layout.pad_to_align(), offset)
}

/// The group's side of the queue. It is the only one that takes from it.
pub(super) struct Queue {
    block: NonNull<Header>,
    epoch: usize,
    /// The woken children that were taken from `head`, in the order of their wakes: index plus one, 0 for none.
    batch: usize,
    /// The last thing the group did with `head` was to park it.
    parked: bool,
    /// The parent waker in the block is initialised and, unless `parked`, ours.
    stored: bool,
}

// SAFETY: what the block holds is atomic, and the parent waker is `Send + Sync`.
unsafe impl Send for Queue {}
// SAFETY: as above; moreover all methods that touch the block's lists take `&mut self`.
unsafe impl Sync for Queue {}

impl Queue {
    /// A queue for `len` children, none of them woken.
    pub(super) fn new(len: usize) -> Queue {
        let (layout, offset) = layout(len);
        // SAFETY: the layout is not empty, because it begins with a header.
        let memory = unsafe { memory::alloc(layout) };
        let Some(block) = NonNull::new(memory.cast::<Header>()) else {
            alloc::alloc::handle_alloc_error(layout)
        };
        // SAFETY: fresh memory of the right size and alignment for the header and, from `offset`, `len` nodes.
        unsafe {
            block.write(Header {
                refs: AtomicUsize::new(1),
                head: AtomicUsize::new(OPEN),
                waker: WakerWords::empty(),
                len,
            });
            let nodes = block.byte_add(offset).cast::<Node>();
            for index in 0..len {
                let node = Node { index, queued: AtomicBool::new(false), next: AtomicUsize::new(0) };
                nodes.add(index).write(node);
            }
        }
        Queue { block, epoch: 0, batch: 0, parked: false, stored: false }
    }

    fn header(&self) -> &Header {
        // SAFETY: our reference keeps the block alive, and nobody takes `&mut` of it while references exist.
        unsafe { self.block.as_ref() }
    }

    fn node_ptr(&self, index: usize) -> NonNull<Node> {
        let len = self.header().len;
        assert!(index < len, "child {index} of a group of {len}");
        // SAFETY: the node is inside the block. The pointer is derived from the block's own, so that a waker can
        // go back from the node to the header.
        unsafe { self.block.byte_add(layout(len).1).cast::<Node>().add(index) }
    }

    fn node(&self, index: usize) -> &Node {
        // SAFETY: initialised by `new`, alive as long as our reference, shared only through atomics.
        unsafe { self.node_ptr(index).as_ref() }
    }

    /// The waker of a child, to be lent to it during its poll. Costs no count.
    pub(super) fn waker(&self, index: usize) -> Lent<'_> {
        let raw = RawWaker::new(self.node_ptr(index).as_ptr().cast_const().cast(), &VTABLE);
        // SAFETY: the vtable keeps the waker contract for pointers to nodes. This waker owns no reference, so it
        // must not be dropped (it is in `ManuallyDrop`) and must not outlive the queue (`Lent` borrows it).
        Lent { waker: ManuallyDrop::new(unsafe { Waker::from_raw(raw) }), queue: PhantomData }
    }

    /// Begins a poll: from here on, wakes only queue and the parent is left in peace.
    pub(super) fn open(&mut self) {
        if !mem::take(&mut self.parked) {
            return;
        }
        let parked = self.epoch << 1 | PARKED;
        // ORDERING: Acquire on both ways, to see what the waking side wrote before its wake. Release, so that our
        // later writes to the waker words cannot be seen by a wake that finds the head still parked.
        let opened = self.header().head.compare_exchange(parked, OPEN, Ordering::AcqRel, Ordering::Acquire);
        // If it failed, a wake left the parked state and took the parent waker with it.
        self.stored = opened.is_ok();
    }

    /// The next woken child, in the order of wakes.
    pub(super) fn pop(&mut self) -> Option<usize> {
        debug_assert!(!self.parked);
        if self.batch == 0 {
            self.batch = self.take_list();
        }
        let index = self.batch.checked_sub(1)?;
        let node = self.node(index);
        // ORDERING: Relaxed, the node is ours since `take_list` acquired it.
        let next = node.next.load(Ordering::Relaxed);
        // ORDERING: Acquire, so that this poll sees what every wake since the last poll wrote, also of those that
        // found the child queued already. Nothing is published.
        node.queued.swap(false, Ordering::Acquire);
        self.batch = next;
        Some(index)
    }

    /// Takes all woken children and turns their order round: the list has the last wake on top.
    fn take_list(&mut self) -> usize {
        let header = self.header();
        // ORDERING: Relaxed, only a hint that spares the exchange below. A wake that we miss here is found by
        // `park`, whose exchange fails.
        if header.head.load(Ordering::Relaxed) == OPEN {
            return 0;
        }
        // ORDERING: Acquire pairs with the release of each wake's push: their `next` and what they wrote before
        // waking become visible. Nothing is published.
        let mut newer = header.head.swap(OPEN, Ordering::Acquire) >> 1;
        let mut older_first = 0;
        while newer != 0 {
            // ORDERING: Relaxed for both, nodes in the list belong to the group.
            let older = self.node(newer - 1).next.load(Ordering::Relaxed);
            self.node(newer - 1).next.store(older_first, Ordering::Relaxed);
            older_first = newer;
            newer = older;
        }
        older_first
    }

    /// Whether the children taken together have all been handed out, so that the next `pop` takes new ones.
    pub(super) fn batch_is_over(&self) -> bool {
        self.batch == 0
    }

    /// Whether the child was woken since it was last handed out.
    pub(super) fn is_woken(&self, index: usize) -> bool {
        // ORDERING: Relaxed, a hint: a wake that is missed here is found in the list.
        self.node(index).queued.load(Ordering::Relaxed)
    }

    /// Ends a poll: stores the parent's waker and goes to sleep. False if a child was woken meanwhile.
    pub(super) fn park(&mut self, parent: &Waker) -> bool {
        debug_assert!(self.batch_is_over() && !self.parked);
        // The old waker is dropped last: its drop is user code, and the new one has to be in place by then.
        let mut _old = None;
        if !self.stored_waker().is_some_and(|stored| stored.will_wake(parent)) {
            let new = parent.clone();
            _old = self.take_waker();
            self.store_waker(new);
        }
        self.epoch = self.epoch.wrapping_add(1) & (usize::MAX >> 1);
        let parked = self.epoch << 1 | PARKED;
        // ORDERING: Release publishes the waker words to the wake that finds this value. Acquire is not needed:
        // on failure the list is taken by `take_list`, which acquires.
        let slept = self.header().head.compare_exchange(OPEN, parked, Ordering::Release, Ordering::Relaxed);
        self.parked = slept.is_ok();
        self.parked
    }

    /// The stored parent waker, if it is there and ours.
    fn stored_waker(&self) -> Option<ManuallyDrop<Waker>> {
        if self.parked || !self.stored {
            return None;
        }
        let words = self.header().waker.copy();
        // SAFETY: `stored` and not parked: both words come from one waker that the group owns. The copy is not
        // dropped.
        Some(ManuallyDrop::new(unsafe { words.into_waker() }))
    }

    fn take_waker(&mut self) -> Option<Waker> {
        let waker = self.stored_waker()?;
        self.stored = false;
        Some(ManuallyDrop::into_inner(waker))
    }

    fn store_waker(&mut self, waker: Waker) {
        debug_assert!(!self.parked && !self.stored);
        // Published by the exchange in `park`.
        self.header().waker.write(waker);
        self.stored = true;
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // From here on the head is never parked again, so a late wake of a child wakes nobody.
        self.open();
        let parent = self.take_waker();
        // SAFETY: this is the group's reference, given up once.
        unsafe { release(self.block) };
        drop(parent);
    }
}

/// A child's waker, lent for one poll. A child that keeps it clones it, and only that counts.
pub(super) struct Lent<'a> {
    waker: ManuallyDrop<Waker>,
    queue: PhantomData<&'a Queue>,
}

impl Deref for Lent<'_> {
    type Target = Waker;

    fn deref(&self) -> &Waker {
        &self.waker
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone_child, wake_child, wake_child_by_ref, drop_child);

/// # Safety
///
/// `node` must be derived from the pointer of a live block.
unsafe fn header_of(node: NonNull<Node>) -> NonNull<Header> {
    // SAFETY: nodes stand in a row from a fixed offset, and the pointer may reach the whole block.
    unsafe {
        let first = node.sub(node.as_ref().index);
        // The offset does not depend on the number of nodes.
        first.byte_sub(layout(0).1).cast()
    }
}

/// # Safety
///
/// `data` must be the data of a live waker of this module.
unsafe fn node_of(data: *const ()) -> NonNull<Node> {
    // SAFETY: such data is a pointer to a node, never null.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

unsafe fn clone_child(data: *const ()) -> RawWaker {
    // SAFETY: called on a live waker, so the block is alive.
    let header = unsafe { header_of(node_of(data)) };
    // SAFETY: as above.
    // ORDERING: Relaxed, a new reference comes from one that is there already.
    let before = unsafe { header.as_ref() }.refs.fetch_add(1, Ordering::Relaxed);
    if before > isize::MAX as usize {
        too_many_wakers();
    }
    RawWaker::new(data, &VTABLE)
}

/// Ends the process, as `Arc` does: going on would end in a use after free.
#[cold]
extern "C" fn too_many_wakers() -> ! {
    panic!("more wakers of one group than a counter can hold")
}

unsafe fn wake_child(data: *const ()) {
    // SAFETY: called on a live waker, which is consumed: its reference is released once, after the last access.
    let parent = unsafe {
        let node = node_of(data);
        let parent = push(node);
        release(header_of(node));
        parent
    };
    if let Some(parent) = parent {
        parent.wake();
    }
}

unsafe fn wake_child_by_ref(data: *const ()) {
    // SAFETY: called on a live waker, which stays alive during this call.
    let parent = unsafe { push(node_of(data)) };
    if let Some(parent) = parent {
        parent.wake();
    }
}

unsafe fn drop_child(data: *const ()) {
    // SAFETY: called on a live waker, once.
    unsafe { release(header_of(node_of(data))) }
}

/// Queues a child. Gives the parent's waker if the group was asleep: the caller must wake it.
///
/// # Safety
///
/// The block of `node` must be alive during the call.
unsafe fn push(node: NonNull<Node>) -> Option<Waker> {
    // SAFETY: the block is alive, and is shared through atomics only.
    let (header, node) = unsafe { (header_of(node).as_ref(), node.as_ref()) };
    // ORDERING: Release publishes what was written before the wake to the poll that follows, which acquires it
    // when it clears the flag. Acquire orders this push after the clearing, after which `next` is free to write.
    if node.queued.swap(true, Ordering::AcqRel) {
        return None;
    }
    // ORDERING: Acquire, to see the waker words that belong to a parked head.
    let mut head = header.head.load(Ordering::Acquire);
    loop {
        let asleep = head & PARKED != 0;
        // The words may tear, but then the exchange below fails and they are not used.
        let parent = asleep.then(|| header.waker.copy());
        // ORDERING: Relaxed, published by the exchange below.
        node.next.store(if asleep { 0 } else { head >> 1 }, Ordering::Relaxed);
        // ORDERING: Release publishes `next` and what was written before the wake. It also keeps the two loads
        // above before any later write of these words by the group, which acquires this value first. Acquire on
        // failure, as for the load.
        let pushed = header.head.compare_exchange_weak(
            head,
            (node.index + 1) << 1,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match pushed {
            // SAFETY: the head was parked with the same epoch from the loads to the exchange, so both words come
            // from one waker, and leaving the parked state made it ours.
            Ok(_) => return parent.map(|words| unsafe { words.into_waker() }),
            Err(now) => head = now,
        }
    }
}

/// Gives up one reference and frees the block with the last.
///
/// # Safety
///
/// The caller owns the reference and does not touch the block afterwards.
unsafe fn release(block: NonNull<Header>) {
    // SAFETY: alive until our reference is gone.
    // ORDERING: Release, so that the freeing side comes after our accesses; Acquire, so that as the freeing side we
    // come after everyone else's.
    if unsafe { block.as_ref() }.refs.fetch_sub(1, Ordering::AcqRel) != 1 {
        return;
    }
    // SAFETY: no reference is left, so nobody else can reach the block. It was allocated by `Queue::new` with the
    // same layout, and the parent waker is gone with the queue.
    unsafe {
        let len = block.as_ref().len;
        let (layout, offset) = layout(len);
        ptr::slice_from_raw_parts_mut(block.byte_add(offset).cast::<Node>().as_ptr(), len).drop_in_place();
        block.drop_in_place();
        memory::dealloc(block.as_ptr().cast(), layout);
    }
}
