//! From a number to its driver: directly on the driver's own thread, through its inbox from others.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ptr;
use std::sync::PoisonError;

use super::inner::Inner;
use super::number::{DRIVERS, DriverBits, Key, Number};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, RwLock, Sleeper};

/// Where wakes from other threads are left for a driver.
pub(super) struct Inbox {
    keys: Mutex<Vec<Key>>,
    /// A hint that spares the lock: true before anyone can expect that the keys are seen.
    filled: AtomicBool,
    thread: Sleeper,
}

impl Inbox {
    fn post(&self, key: Key) {
        // No user code runs under this lock, so its content is whole even if it is poisoned.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        // ORDERING: Release, after the key is in: who acquires it and then locks finds the key.
        self.filled.store(true, Ordering::Release);
        self.thread.rouse();
    }

    pub(super) fn is_empty(&self) -> bool {
        // ORDERING: Acquire pairs with the release in `post`.
        !self.filled.load(Ordering::Acquire)
    }

    /// Sleeps until something is posted, if nothing was. On the driver's own thread.
    pub(super) fn sleep(&self) {
        // What is posted between this question and the sleep ends the sleep at once.
        if self.is_empty() {
            self.thread.sleep();
        }
    }

    pub(super) fn take(&self) -> Vec<Key> {
        // ORDERING: Acquire pairs with the release in `post`. It comes before the lock, so that a key that is posted
        // after we have taken the others sets the flag again. Nothing is published.
        if self.is_empty() || !self.filled.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        core::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The drivers that live, by number.
struct Registry {
    inboxes: BTreeMap<usize, Arc<Inbox>>,
    next: usize,
}

#[cfg(not(loom))]
fn registry() -> &'static RwLock<Registry> {
    static REGISTRY: RwLock<Registry> = RwLock::new(Registry { inboxes: BTreeMap::new(), next: 0 });
    &REGISTRY
}

/// In a model, each interleaving has drivers of its own.
#[cfg(loom)]
fn registry() -> &'static RwLock<Registry> {
    loom::lazy_static! {
        static ref REGISTRY: RwLock<Registry> = RwLock::new(Registry { inboxes: BTreeMap::new(), next: 0 });
    }
    &REGISTRY
}

/// Enters a new driver. Gives its number.
///
/// # Panics
///
/// If all numbers are in use.
pub(super) fn enter() -> (DriverBits, Arc<Inbox>) {
    let inbox = Arc::new(Inbox {
        keys: Mutex::new(Vec::new()),
        filled: AtomicBool::new(false),
        thread: Sleeper::this_thread(),
    });
    let mut drivers = registry().write().unwrap_or_else(PoisonError::into_inner);
    let first = drivers.next;
    let free = (0..DRIVERS).map(|step| (first + step) % DRIVERS).find(|id| !drivers.inboxes.contains_key(id));
    let Some(id) = free else { panic!("{DRIVERS} drivers at a time are all that can be told apart") };
    drivers.next = (id + 1) % DRIVERS;
    drivers.inboxes.insert(id, inbox.clone());
    (DriverBits::new(id), inbox)
}

/// Lets wakes on this thread reach a driver directly.
pub(super) fn settle(inner: &Rc<Inner>) {
    // If the thread is ending, its wakes take the way of all others.
    let _ = FIRST.try_with(|first| inner.next_here.set(first.replace(Rc::as_ptr(inner))));
}

/// Removes a driver: from now on its wakers do nothing. To be called before it is freed, on the thread that it was made on.
pub(super) fn leave(inner: &Inner) {
    let _ = FIRST.try_with(|first| {
        let mut link = first;
        // SAFETY: what the list names lives, because a driver leaves the list before it is freed.
        while let Some(here) = unsafe { link.get().as_ref() } {
            if ptr::eq(here, inner) {
                return link.set(inner.next_here.get());
            }
            link = &here.next_here;
        }
    });
    registry().write().unwrap_or_else(PoisonError::into_inner).inboxes.remove(&inner.driver.id());
}

/// What a waker does.
#[inline]
pub(super) fn wake(number: Number) {
    match here(number) {
        Some((inner, key)) => inner.wake(key),
        None => wake_elsewhere(number),
    }
}

/// The driver of a number, if it was made on this thread and lives.
#[inline]
fn here(number: Number) -> Option<(Rc<Inner>, Key)> {
    let first = FIRST.try_with(Cell::get).ok()?;
    // SAFETY: what the list names lives, because a driver leaves the list before it is freed.
    let key = match number.key_in(unsafe { first.as_ref() }?.driver) {
        Some(key) => key,
        None => return further_back(number),
    };
    // SAFETY: as above.
    Some((unsafe { held(first) }, key))
}

/// As [`here`], for a driver that is not the first of the list, which it becomes: its tasks will be woken again.
#[inline(never)]
fn further_back(number: Number) -> Option<(Rc<Inner>, Key)> {
    FIRST
        .try_with(|first| {
            let mut link = first;
            loop {
                let found = link.get();
                // SAFETY: what the list names lives, because a driver leaves the list before it is freed.
                let inner = unsafe { found.as_ref() }?;
                if let Some(key) = number.key_in(inner.driver) {
                    link.set(inner.next_here.get());
                    inner.next_here.set(first.replace(found));
                    // SAFETY: as above.
                    return Some((unsafe { held(found) }, key));
                }
                link = &inner.next_here;
            }
        })
        .ok()?
}

/// Keeps a driver alive that the list names.
///
/// # Safety
/// It lives.
#[inline]
unsafe fn held(inner: *const Inner) -> Rc<Inner> {
    // SAFETY: it lives (contract), and the pointer came from an `Rc`, for which this makes another count.
    unsafe {
        Rc::increment_strong_count(inner);
        Rc::from_raw(inner)
    }
}

#[cold]
#[inline(never)]
fn wake_elsewhere(number: Number) {
    let (id, key) = number.parts();
    let inbox = registry().read().unwrap_or_else(PoisonError::into_inner).inboxes.get(&id).cloned();
    if let Some(inbox) = inbox {
        inbox.post(key);
    }
}

// The drivers that were made on this thread and live: a list, which goes on in `Inner::next_here`. It has no destructor,
// so reaching it is one load, at any time in a thread's life.
#[cfg(not(loom))]
std::thread_local! {
    static FIRST: Cell<*const Inner> = const { Cell::new(ptr::null()) };
}
#[cfg(loom)]
loom::thread_local! {
    static FIRST: Cell<*const Inner> = Cell::new(ptr::null());
}
