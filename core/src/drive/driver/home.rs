//! From a number to its driver: directly on the driver's own thread, through its inbox from others.

use alloc::collections::BTreeMap;
use alloc::rc::{Rc, Weak};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;
use std::sync::{PoisonError, RwLock};
use std::thread::Thread;

use super::inner::Inner;
use super::number::{DRIVERS, Key};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Where wakes from other threads are left for a driver.
pub(super) struct Inbox {
    keys: Mutex<Vec<Key>>,
    /// A hint that spares the lock: true before anyone can expect that the keys are seen.
    filled: AtomicBool,
    thread: Thread,
}

impl Inbox {
    fn post(&self, key: Key) {
        // No user code runs under this lock, so its content is whole even if it is poisoned.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        // ORDERING: Release, after the key is in: who acquires it and then locks finds the key.
        self.filled.store(true, Ordering::Release);
        // In a model the driver's thread never sleeps here.
        if cfg!(not(loom)) {
            self.thread.unpark();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        // ORDERING: Acquire pairs with the release in `post`.
        !self.filled.load(Ordering::Acquire)
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

// Not from `crate::sync`, because loom has no statics. A model loses nothing: no step of it happens under this lock.
static REGISTRY: RwLock<Registry> = RwLock::new(Registry { inboxes: BTreeMap::new(), next: 0 });

/// Enters a new driver. Gives its number.
///
/// # Panics
///
/// If all numbers are in use.
pub(super) fn enter() -> (usize, Arc<Inbox>) {
    let inbox = Arc::new(Inbox {
        keys: Mutex::new(Vec::new()),
        filled: AtomicBool::new(false),
        thread: std::thread::current(),
    });
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    let first = registry.next;
    let free =
        (0..DRIVERS).map(|step| (first + step) % DRIVERS).find(|id| !registry.inboxes.contains_key(id));
    let Some(id) = free else { panic!("{DRIVERS} drivers at a time are all that can be told apart") };
    registry.next = (id + 1) % DRIVERS;
    registry.inboxes.insert(id, inbox.clone());
    (id, inbox)
}

/// Lets wakes on this thread reach a driver directly.
pub(super) fn settle(id: usize, inner: &Rc<Inner>) {
    // If the thread is ending, its wakes take the way of all others.
    let _ = HOMES.try_with(|homes| homes.borrow_mut().push((id, Rc::downgrade(inner))));
}

/// Removes a driver: from now on its wakers do nothing.
pub(super) fn leave(id: usize) {
    let _ = HOMES.try_with(|homes| homes.borrow_mut().retain(|(other, _)| *other != id));
    REGISTRY.write().unwrap_or_else(PoisonError::into_inner).inboxes.remove(&id);
}

/// What a waker does.
pub(super) fn wake(id: usize, key: Key) {
    let home = HOMES.try_with(|homes| {
        let homes = homes.borrow();
        homes.iter().rev().find(|(other, _)| *other == id).and_then(|(_, inner)| inner.upgrade())
    });
    match home {
        Ok(Some(inner)) => inner.wake(key),
        _ => {
            let inbox = REGISTRY.read().unwrap_or_else(PoisonError::into_inner).inboxes.get(&id).cloned();
            if let Some(inbox) = inbox {
                inbox.post(key);
            }
        }
    }
}

/// The drivers that were made on this thread and live.
type Homes = RefCell<Vec<(usize, Weak<Inner>)>>;

#[cfg(not(loom))]
std::thread_local! {
    static HOMES: Homes = const { RefCell::new(Vec::new()) };
}
#[cfg(loom)]
loom::thread_local! {
    static HOMES: Homes = RefCell::new(Vec::new());
}
