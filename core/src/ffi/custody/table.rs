//! Where entries live: chunks that are never moved and never freed, and free lists of their indices.
use super::entry::{self, Entry, Last, Place};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const FIRST_CHUNK: usize = 64;
/// Enough for the indices that fit into half a word: each chunk is twice as long as the one before.
const CHUNKS: usize = (usize::BITS / 2 - FIRST_CHUNK.ilog2()) as usize;
const SHARDS: usize = 8;

static CHUNK: [OnceLock<Box<[Entry]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];
static FREE: [Mutex<Vec<usize>>; SHARDS] = [const { Mutex::new(Vec::new()) }; SHARDS];
static GROWN: AtomicUsize = AtomicUsize::new(0);

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
    let entry = known_entry(index)?;
    // Whoever opens an entry got its index from one of these lists: while all are held, no dead entry comes alive.
    let _held: Vec<_> = FREE.iter().map(lock).collect();
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
    // Nothing panics while it is held but an allocation, which leaves the list as it was.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The list that this thread prefers, so that threads seldom meet.
fn home() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    std::thread_local! {
        // ORDERING: only distributes.
        static HOME: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
    }
    HOME.try_with(Cell::get).unwrap_or(0)
}

fn free_index() -> usize {
    let home = home();
    // Other threads' lists are asked as well: where one thread starts and another completes, one list would grow for ever.
    (0..SHARDS).find_map(|i| lock(&FREE[(home + i) % SHARDS]).pop()).unwrap_or_else(|| {
        // ORDERING: only the number counts; the entry is reached through its `OnceLock`.
        let index = GROWN.fetch_add(1, Ordering::Relaxed);
        let (chunk, _) = location(index);
        assert!(chunk < CHUNKS, "more C operations are pending at once than a key can tell apart");
        CHUNK[chunk].get_or_init(|| (0..FIRST_CHUNK << chunk).map(|_| Entry::new()).collect());
        index
    })
}

fn release(index: usize) {
    lock(&FREE[home()]).push(index);
}

/// Chunk and offset of an index.
fn location(index: usize) -> (usize, usize) {
    let chunk = (index / FIRST_CHUNK + 1).ilog2() as usize;
    (chunk, index - FIRST_CHUNK * ((1 << chunk) - 1))
}

/// The entry of an index that C gave us, which may be anything.
fn known_entry(index: usize) -> Option<&'static Entry> {
    let (chunk, offset) = location(index);
    CHUNK.get(chunk)?.get()?.get(offset)
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
