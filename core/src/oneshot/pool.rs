//! Where cells come from, and the tasks of drivers: free lists of each thread, and behind them the global allocator.
//!
//! Three classes of 32, 64 and 128 bytes at 16-byte alignment; what fits none goes to the allocator. A list holds
//! at most [`CELLS`] cells, so a thread keeps at most 56 KiB. A cell that is freed on another thread than it came from
//! stays with that other thread. Free cells hold nothing: neither values nor wakers.
//!
//! The lists themselves have no destructor, which makes reaching them one address computation. A second thread-local,
//! registered by the first cell that a thread frees, closes them when the thread ends. Destructors of other
//! thread-locals may run after that and make calls: these are served by the allocator.
//!
//! Without `std` there are no thread-locals, and in a model run loom wants to see every allocation: both go to the
//! allocator directly.

use core::alloc::Layout;
use core::ptr::NonNull;

#[cfg(not(loom))]
use alloc::alloc as global;
#[cfg(loom)]
use loom::alloc as global;

/// Memory for one cell.
#[inline]
pub(crate) fn allocate(layout: Layout) -> NonNull<u8> {
    #[cfg(all(feature = "std", not(loom)))]
    if let Some(class) = lists::class(layout) {
        return lists::pop(class).unwrap_or_else(|| from_allocator(lists::layout(class)));
    }
    from_allocator(layout)
}

/// Memory for one cell, if this thread has a free one. For paths that leave the allocator to another function.
#[cfg(any(feature = "std", loom))]
#[inline]
pub(crate) fn reuse(layout: Layout) -> Option<NonNull<u8>> {
    #[cfg(not(loom))]
    return lists::class(layout).and_then(lists::pop);
    // In models, so that they go the usual way.
    #[cfg(loom)]
    return Some(from_allocator(layout));
}

/// Gives the memory of a cell back.
///
/// # Safety
/// `memory` came from [`allocate`] with the same `layout`, and nobody uses it any more.
#[inline]
pub(crate) unsafe fn free(memory: NonNull<u8>, layout: Layout) {
    #[cfg(all(feature = "std", not(loom)))]
    if let Some(class) = lists::class(layout) {
        // SAFETY: passed on to the caller; the class follows from the layout alone, so it is the one it came from.
        return unsafe { lists::push(memory, class) };
    }
    // SAFETY: passed on to the caller.
    unsafe { global::dealloc(memory.as_ptr(), layout) };
}

/// Out of line: seldom needed, and in the way of what stands around it.
#[cold]
#[inline(never)]
fn from_allocator(layout: Layout) -> NonNull<u8> {
    // SAFETY: a cell begins with its link, a task with the pointer to its functions: the size is not zero.
    let memory = unsafe { global::alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| alloc::alloc::handle_alloc_error(layout))
}

#[cfg(all(feature = "std", not(loom)))]
mod lists {
    use core::alloc::Layout;
    use core::cell::Cell;
    use core::ptr::{self, NonNull};

    use super::global;

    /// How many free cells a thread keeps of each class.
    const CELLS: usize = 256;
    const CLASSES: usize = 3;
    const ALIGN: usize = 16;

    /// The class of cells with this layout. Folds to a constant, because layouts are.
    #[inline(always)]
    pub(super) const fn class(layout: Layout) -> Option<usize> {
        if layout.align() > ALIGN {
            return None;
        }
        match layout.size() {
            0..=32 => Some(0),
            33..=64 => Some(1),
            65..=128 => Some(2),
            _ => None,
        }
    }

    #[inline(always)]
    pub(super) const fn layout(class: usize) -> Layout {
        // SAFETY: 16 is a power of two; the sizes are multiples of it and small.
        unsafe { Layout::from_size_align_unchecked(32 << class, ALIGN) }
    }

    /// A free cell.
    struct Free {
        next: *mut Free,
    }

    struct List {
        first: Cell<*mut Free>,
        /// How many cells may still be pushed. Zero also while the lists are closed.
        room: Cell<usize>,
    }

    impl List {
        const fn empty() -> Self {
            List { first: Cell::new(ptr::null_mut()), room: Cell::new(0) }
        }
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Phase {
        NeverUsed,
        Open,
        Closed,
    }

    struct Lists {
        of_class: [List; CLASSES],
        phase: Cell<Phase>,
    }

    std::thread_local! {
        static LISTS: Lists = const {
            Lists { of_class: [const { List::empty() }; CLASSES], phase: Cell::new(Phase::NeverUsed) }
        };
        static CLOSER: Closer = const { Closer };
    }

    #[inline]
    pub(super) fn pop(class: usize) -> Option<NonNull<u8>> {
        LISTS.with(|lists| {
            let list = &lists.of_class[class];
            let first = NonNull::new(list.first.get())?;
            // SAFETY: a cell on the list is ours, and `push` has written it.
            list.first.set(unsafe { first.as_ref() }.next);
            list.room.set(list.room.get() + 1);
            Some(first.cast())
        })
    }

    /// # Safety
    /// The memory has the layout of the class, came from the global allocator, and nobody uses it.
    #[inline]
    pub(super) unsafe fn push(memory: NonNull<u8>, class: usize) {
        LISTS.with(|lists| {
            let list = &lists.of_class[class];
            if list.room.get() == 0 {
                // SAFETY: passed on to the caller.
                return unsafe { push_without_room(memory, class) };
            }
            let free = memory.cast::<Free>();
            // SAFETY: at least 32 bytes at 16-byte alignment, and ours from here on.
            unsafe { free.write(Free { next: list.first.get() }) };
            list.first.set(free.as_ptr());
            list.room.set(list.room.get() - 1);
        });
    }

    /// As [`push`], to a list that is full, or not open.
    ///
    /// # Safety
    /// As for [`push`].
    #[cold]
    #[inline(never)]
    unsafe fn push_without_room(memory: NonNull<u8>, class: usize) {
        if LISTS.with(Lists::open) {
            // SAFETY: passed on to the caller.
            unsafe { push(memory, class) };
        } else {
            // SAFETY: as above.
            unsafe { global::dealloc(memory.as_ptr(), layout(class)) };
        }
    }

    impl Lists {
        /// Opens the lists if they were never used, and says whether that made room.
        #[cold]
        fn open(&self) -> bool {
            // Reaching the closer registers its destructor; a thread that is past that must not keep cells.
            if self.phase.get() != Phase::NeverUsed || CLOSER.try_with(|_| ()).is_err() {
                return false;
            }
            self.phase.set(Phase::Open);
            for list in &self.of_class {
                list.room.set(CELLS);
            }
            true
        }
    }

    /// Frees a thread's cells when the thread ends.
    struct Closer;

    impl Drop for Closer {
        fn drop(&mut self) {
            LISTS.with(|lists| {
                lists.phase.set(Phase::Closed);
                for (class, list) in lists.of_class.iter().enumerate() {
                    list.room.set(0);
                    let mut next = list.first.replace(ptr::null_mut());
                    while let Some(free) = NonNull::new(next) {
                        // SAFETY: a cell on the list is ours; allocated with this layout; read before it is freed.
                        unsafe {
                            next = free.as_ref().next;
                            global::dealloc(free.as_ptr().cast(), layout(class));
                        }
                    }
                }
            });
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn cells_beyond_128_bytes_or_over_aligned_bypass_the_lists() {
            let class_of = |size, align| class(Layout::from_size_align(size, align).unwrap());
            assert_eq!(class_of(32, 8), Some(0));
            assert_eq!(class_of(33, 8), Some(1));
            assert_eq!(class_of(128, 16), Some(2));
            assert_eq!(class_of(129, 8), None);
            assert_eq!(class_of(32, 32), None);
        }

        #[test]
        fn a_thread_keeps_a_bounded_number_of_cells() {
            std::thread::spawn(|| {
                let cells: std::vec::Vec<_> =
                    (0..2 * CELLS).map(|_| super::super::allocate(layout(1))).collect();
                for cell in cells {
                    // SAFETY: allocated just above with this layout.
                    unsafe { push(cell, 1) };
                }
                assert_eq!(LISTS.with(|lists| lists.of_class[1].room.get()), 0);
                let kept = core::iter::from_fn(|| pop(1)).collect::<std::vec::Vec<_>>();
                assert_eq!(kept.len(), CELLS);
                for cell in kept {
                    // SAFETY: popped just above.
                    unsafe { push(cell, 1) };
                }
            })
            .join()
            .unwrap();
        }
    }
}
