//! Where entries live: chunks that are never moved and never freed, and free lists of their indices.
//!
//! Each thread keeps some free indices at hand, without a lock; a lock is taken for half of them at a time, when there are
//! none left or too many. What a thread keeps goes back when it ends; destructors of thread-locals that run later use
//! the lists behind the lock.
use super::entry::{self, Entry, Last, Place};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard};
use std::sync::{OnceLock, PoisonError};

#[cfg(not(loom))]
const FIRST_CHUNK: usize = 64;
// A model needs few entries.
#[cfg(loom)]
const FIRST_CHUNK: usize = 2;

/// Enough for the indices that fit into half a word: each chunk is twice as long as the one before.
const CHUNKS: usize = (usize::BITS / 2 - FIRST_CHUNK.ilog2()) as usize;

struct Table {
    chunks: [OnceLock<Box<[Entry]>>; CHUNKS],
    /// The free indices of all threads.
    free: Mutex<Vec<usize>>,
    /// How many indices there are.
    grown: AtomicUsize,
}

#[cfg(not(loom))]
fn table() -> &'static Table {
    static TABLE: Table = Table {
        chunks: [const { OnceLock::new() }; CHUNKS],
        free: Mutex::new(Vec::new()),
        grown: AtomicUsize::new(0),
    };
    &TABLE
}

/// In a model, each interleaving has a table of its own.
#[cfg(loom)]
fn table() -> &'static Table {
    loom::lazy_static! {
        static ref TABLE: Table = Table {
            chunks: [const { OnceLock::new() }; CHUNKS],
            free: Mutex::new(Vec::new()),
            grown: AtomicUsize::new(0),
        };
    }
    &TABLE
}

/// Files a record under a new key.
pub(super) fn insert(record: *mut (), place: Place) -> usize {
    let index = free_index();
    // SAFETY: an index from the free list, or a new one, is owned by who got it.
    let generation = unsafe { entry_at(index).open(record, place) };
    entry::key(generation, index)
}

/// Takes the record of a key out, for good.
pub(super) fn take(key: usize) -> Option<*mut ()> {
    let (generation, index) = entry::parts(key);
    let record = known_entry(index)?.take(generation)?;
    release(index);
    Some(record)
}

/// Borrows the record of a key for one call.
pub(super) fn enter(key: usize) -> Option<*mut ()> {
    let (generation, index) = entry::parts(key);
    known_entry(index)?.enter(generation)
}

/// Ends a call. Gives the record to the caller if it was the last one after a retirement.
///
/// # Safety
///
/// The caller has entered with this key, and leaves once.
pub(super) unsafe fn leave(key: usize) -> Option<*mut ()> {
    let (_, index) = entry::parts(key);
    // SAFETY: passed on.
    released(index, unsafe { entry_at(index).leave() })
}

/// Lets no call enter any more. Gives the record to the caller if nobody is using it.
pub(super) fn retire(key: usize) -> Option<*mut ()> {
    let (generation, index) = entry::parts(key);
    released(index, known_entry(index)?.retire(generation)?)
}

/// Where the operation with this key was started, if that is still known.
pub(super) fn place(key: usize) -> Option<Place> {
    let (generation, index) = entry::parts(key);
    known_entry(index)?.place(generation)
}

fn released(index: usize, last: Last) -> Option<*mut ()> {
    match last {
        Last::Mine(record) => {
            release(index);
            Some(record)
        }
        Last::InUse => None,
    }
}

/// An index that nobody uses.
#[inline]
fn free_index() -> usize {
    at_hand::pop().unwrap_or_else(|| table().free_index())
}

#[inline]
fn release(index: usize) {
    at_hand::push(index);
}

/// The indices that a thread keeps. In models it keeps none: they are nobody else's business, and loom's threads share one.
#[cfg(loom)]
mod at_hand {
    pub(super) const HALF: usize = 1;

    pub(super) fn pop() -> Option<usize> {
        None
    }

    pub(super) fn push(index: usize) {
        super::table().give([index]);
    }
}

/// The indices that a thread keeps.
#[cfg(not(loom))]
mod at_hand {
    use super::table;
    use std::cell::Cell;

    const ROOM: usize = 32;
    pub(super) const HALF: usize = ROOM / 2;

    struct Indices {
        of: [Cell<usize>; ROOM],
        len: Cell<usize>,
        /// How many may be kept: none before the first is freed here, and none when the thread ends.
        room: Cell<usize>,
        ended: Cell<bool>,
    }

    std::thread_local! {
        // Without a destructor, so that it is reached by one address computation.
        static INDICES: Indices = const {
            Indices {
                of: [const { Cell::new(0) }; ROOM],
                len: Cell::new(0),
                room: Cell::new(0),
                ended: Cell::new(false),
            }
        };
        static CLOSER: Closer = const { Closer };
    }

    #[inline]
    pub(super) fn pop() -> Option<usize> {
        INDICES.with(|indices| {
            let last = indices.len.get().checked_sub(1)?;
            indices.len.set(last);
            Some(indices.of[last % ROOM].get())
        })
    }

    #[inline]
    pub(super) fn push(index: usize) {
        INDICES.with(|indices| {
            let len = indices.len.get();
            if len == indices.room.get() {
                return push_without_room(index);
            }
            indices.of[len % ROOM].set(index);
            indices.len.set(len + 1);
        });
    }

    #[cold]
    #[inline(never)]
    fn push_without_room(index: usize) {
        INDICES.with(|indices| {
            // Reaching the closer registers its destructor; a thread that is past that keeps nothing.
            if indices.ended.get() || CLOSER.try_with(|_| ()).is_err() {
                table().give([index]);
                return;
            }
            indices.room.set(ROOM);
            if indices.len.get() == ROOM {
                indices.give(HALF);
            }
            push(index);
        });
    }

    impl Indices {
        /// Gives the last `count` back.
        fn give(&self, count: usize) {
            let first = self.len.get() - count;
            table().give(self.of[first..self.len.get()].iter().map(Cell::get));
            self.len.set(first);
        }
    }

    /// Gives a thread's indices back when it ends.
    struct Closer;

    impl Drop for Closer {
        fn drop(&mut self) {
            INDICES.with(|indices| {
                indices.ended.set(true);
                indices.room.set(0);
                indices.give(indices.len.get());
            });
        }
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        // Nothing panics while it is held but an allocation, which leaves the list as it was.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An index for the caller, and more for its thread to keep, if there are.
    #[cold]
    #[inline(never)]
    fn free_index(&self) -> usize {
        let mut free = self.lock();
        let Some(index) = free.pop() else {
            drop(free);
            return self.grow();
        };
        let kept_from = free.len() - free.len().min(at_hand::HALF - 1);
        let kept = free.split_off(kept_from);
        drop(free);
        kept.into_iter().for_each(at_hand::push);
        index
    }

    fn give(&self, indices: impl IntoIterator<Item = usize>) {
        self.lock().extend(indices);
    }

    fn grow(&self) -> usize {
        // ORDERING: only the number counts; the entry is reached through its `OnceLock`.
        let index = self.grown.fetch_add(1, Ordering::Relaxed);
        let (chunk, _) = location(index);
        assert!(chunk < CHUNKS, "more C operations are pending at once than a key can tell apart");
        self.chunks[chunk].get_or_init(|| (0..FIRST_CHUNK << chunk).map(|_| Entry::new()).collect());
        index
    }
}

/// Chunk and offset of an index.
fn location(index: usize) -> (usize, usize) {
    let chunk = (index / FIRST_CHUNK + 1).ilog2() as usize;
    (chunk, index - FIRST_CHUNK * ((1 << chunk) - 1))
}

/// The entry of an index that C gave us, which may be anything.
fn known_entry(index: usize) -> Option<&'static Entry> {
    let (chunk, offset) = location(index);
    table().chunks.get(chunk)?.get()?.get(offset)
}

fn entry_at(index: usize) -> &'static Entry {
    known_entry(index).expect("an index that was handed out has an entry")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::panic::Location;

    #[test]
    fn every_index_has_its_own_place() {
        let places: Vec<_> = (0..1000).map(location).collect();
        assert_eq!(&places[..2], &[(0, 0), (0, 1)]);
        assert_eq!(places[64], (1, 0));
        assert_eq!(places[191], (1, 127));
        assert_eq!(places[192], (2, 0));
    }

    #[test]
    fn garbage_from_c_is_no_key() {
        assert!(take(0).is_none());
        assert!(take(usize::MAX).is_none());
        assert!(enter(12345).is_none());
    }

    #[test]
    fn thread_that_ends_gives_its_indices_back() {
        let operations = || {
            let place = Location::caller();
            // More than a thread keeps, so that some go back while it runs, and some when it ends.
            let keys: Vec<_> =
                (0..100).map(|_| insert(std::ptr::dangling_mut::<u8>().cast(), place)).collect();
            keys.iter().for_each(|key| assert!(take(*key).is_some()));
            keys.iter().map(|key| entry::parts(*key).1).max().unwrap()
        };
        for _ in 0..100 {
            let highest = std::thread::spawn(operations).join().unwrap();
            // Other tests run beside this one; a leak would be one of ten thousand.
            assert!(highest < 2000, "index {highest} was never used before");
        }
    }

    #[test]
    fn indices_of_operations_that_end_on_another_thread_are_used_again() {
        let place = Location::caller();
        for _ in 0..100 {
            let keys: Vec<_> =
                (0..100).map(|_| insert(std::ptr::dangling_mut::<u8>().cast(), place)).collect();
            let highest = keys.iter().map(|key| entry::parts(*key).1).max().unwrap();
            assert!(highest < 2000, "index {highest} was never used before");
            std::thread::spawn(move || keys.iter().for_each(|key| assert!(take(*key).is_some())))
                .join()
                .unwrap();
        }
    }

    #[test]
    fn place_of_a_finished_operation_is_known_until_the_entry_is_reused() {
        let key = insert(std::ptr::dangling_mut::<u8>().cast(), Location::caller());
        assert!(take(key).is_some());
        // Another test may have reused the entry by now; it is never a wrong place.
        assert!(place(key).is_none_or(|place| place.file() == file!()));
        assert!(take(key).is_none());
    }
}
