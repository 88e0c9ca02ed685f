//! How much a case asks of the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The system's allocator, which counts on demand.
///
/// While nobody counts it costs one relaxed load per request, so that timed slices pay nearly nothing for it.
pub struct CountingAllocator {
    counting: AtomicBool,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// What was asked of the allocator while a piece of work ran, on any thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocations {
    /// Requests for new or larger memory.
    pub requests: u64,
    /// The sum of the requested sizes.
    pub bytes: u64,
}

impl CountingAllocator {
    /// An allocator that does not count yet.
    pub const fn new() -> Self {
        Self { counting: AtomicBool::new(false), requests: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Counts what `work` asks for.
    pub fn count(&self, work: impl FnOnce()) -> Allocations {
        // ORDERING: relaxed throughout. The counters publish no other memory; work that goes on in other
        // threads is handed over by channels, which order these accesses too.
        self.requests.store(0, Relaxed);
        self.bytes.store(0, Relaxed);
        self.counting.store(true, Relaxed);
        work();
        self.counting.store(false, Relaxed);
        Allocations { requests: self.requests.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }

    fn note(&self, bytes: usize) {
        // ORDERING: relaxed, as in `count`.
        if self.counting.load(Relaxed) {
            self.requests.fetch_add(1, Relaxed);
            self.bytes.fetch_add(bytes as u64, Relaxed);
        }
    }
}

impl Default for CountingAllocator {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: every request is passed on to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.note(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `memory` came from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.note(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same one.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.note(size.saturating_sub(layout.size()));
        // SAFETY: the caller keeps the contract of `realloc`, and `memory` came from `System`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_only_while_somebody_counts() {
        let allocator = CountingAllocator::new();
        let layout = Layout::from_size_align(48, 8).unwrap();
        // SAFETY: the layout has a size, and every block is given back with the layout it came with.
        let take_and_return = || unsafe { allocator.dealloc(allocator.alloc(layout), layout) };

        take_and_return();
        let counted = allocator.count(|| {
            take_and_return();
            take_and_return();
        });
        take_and_return();

        assert_eq!(counted, Allocations { requests: 2, bytes: 96 });
        assert_eq!(allocator.count(|| ()), Allocations { requests: 0, bytes: 0 });
    }

    #[test]
    fn growth_counts_the_bytes_that_were_added() {
        let allocator = CountingAllocator::new();
        let small = Layout::from_size_align(16, 8).unwrap();
        let large = Layout::from_size_align(40, 8).unwrap();
        let counted = allocator.count(|| {
            // SAFETY: the block is grown and given back with the layouts it has at that time.
            unsafe {
                let block = allocator.realloc(allocator.alloc(small), small, large.size());
                allocator.dealloc(block, large);
            }
        });
        assert_eq!(counted, Allocations { requests: 2, bytes: 40 });
    }
}
