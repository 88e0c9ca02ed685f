//! Where entries live: chunks that are never moved and never freed, and free lists of their indices.
use super::entry::{self, Entry, Last, Place};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, MutexGuard};
use std::sync::{OnceLock, PoisonError};

#[cfg(not(loom))]
const FIRST_CHUNK: usize = 64;
#[cfg(not(loom))]
const SHARDS: usize = 8;
// A model needs few entries, and one list makes for fewer interleavings without changing what can go wrong.
#[cfg(loom)]
const FIRST_CHUNK: usize = 2;
#[cfg(loom)]
const SHARDS: usize = 1;

/// Enough for the indices that fit into half a word: each chunk is twice as long as the one before.
const CHUNKS: usize = (usize::BITS / 2 - FIRST_CHUNK.ilog2()) as usize;

struct Table {
    chunks: [OnceLock<Box<[Entry]>>; CHUNKS],
    free: [Mutex<Vec<usize>>; SHARDS],
    /// How many indices there are.
    grown: AtomicUsize,
}

#[cfg(not(loom))]
fn table() -> &'static Table {
    static TABLE: Table = Table {
        chunks: [const { OnceLock::new() }; CHUNKS],
        free: [const { Mutex::new(Vec::new()) }; SHARDS],
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
            free: std::array::from_fn(|_| Mutex::new(Vec::new())),
            grown: AtomicUsize::new(0),
        };
    }
    &TABLE
}

/// Files a record under a new key.
pub(super) fn insert(record: *mut (), place: Place) -> usize {
    let (table, home) = (table(), home());
    // Under a lock: whoever holds all of them knows that no dead entry comes alive meanwhile.
    let open = |index| {
        // SAFETY: an index from a free list, or a new one, is owned by who got it.
        let generation = unsafe { entry_at(index).open(record, place) };
        entry::key(generation, index)
    };
    // Other threads' lists are asked as well: where one thread starts and another completes, one list would grow for ever.
    for i in 0..SHARDS {
        let mut list = lock(&table.free[(home + i) % SHARDS]);
        if let Some(index) = list.pop() {
            return open(index);
        }
    }
    let _held = lock(&table.free[home]);
    // ORDERING: only the number counts; the entry is reached through its `OnceLock`.
    let index = table.grown.fetch_add(1, Ordering::Relaxed);
    let (chunk, _) = location(index);
    assert!(chunk < CHUNKS, "more C operations are pending at once than a key can tell apart");
    table.chunks[chunk].get_or_init(|| (0..FIRST_CHUNK << chunk).map(|_| Entry::new()).collect());
    open(index)
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
    let entry = known_entry(index)?;
    // Entries are opened under one of these locks: while all are held, no dead entry comes alive.
    let _held: Vec<_> = table().free.iter().map(lock).collect();
    entry.place(generation)
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

fn lock(list: &Mutex<Vec<usize>>) -> MutexGuard<'_, Vec<usize>> {
    // What panics while it is held (an allocation, too many operations) leaves the list whole.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The list that this thread prefers, so that threads seldom meet.
fn home() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    std::thread_local! {
        // ORDERING: only distributes.
        static HOME: std::cell::Cell<usize> = std::cell::Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
    }
    HOME.try_with(std::cell::Cell::get).unwrap_or(0)
}

fn release(index: usize) {
    lock(&table().free[home()]).push(index);
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
    fn place_of_a_finished_operation_is_known_until_the_entry_is_reused() {
        let key = insert(std::ptr::dangling_mut::<u8>().cast(), Location::caller());
        assert!(take(key).is_some());
        // Another test may have reused the entry by now; it is never a wrong place.
        assert!(place(key).is_none_or(|place| place.file() == file!()));
        assert!(take(key).is_none());
    }
}
