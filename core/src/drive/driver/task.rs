//! One task: a future and the callback for its output, in memory of the thread's free lists.

use core::alloc::Layout;
use core::future::Future;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::Context;

use crate::group::slot::Slot;
use crate::oneshot::pool;

/// A future and the callback for its output, whatever their types.
trait Task {
    /// Polls the future. True if it is ready; then the task is not polled again.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool;
    /// Calls the callback with the output of the finished future.
    fn deliver(self: Pin<&mut Self>);
}

struct Work<F: Future, D> {
    /// Pinned with the task.
    future: Slot<F>,
    /// `None` once it was called.
    done: Option<D>,
}

impl<F: Future, D: FnOnce(F::Output)> Task for Work<F, D> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the slot is pinned with the task.
        unsafe { self.map_unchecked_mut(|work| &mut work.future) }.poll(cx)
    }

    fn deliver(mut self: Pin<&mut Self>) {
        // SAFETY: the slot is pinned with the task.
        let output = unsafe { self.as_mut().map_unchecked_mut(|work| &mut work.future) }.take();
        // SAFETY: the callback is not pinned.
        if let Some(done) = unsafe { self.get_unchecked_mut() }.done.take() {
            done(output);
        }
    }
}

/// A task where it stays until it is dropped: a pinned box.
///
/// Its memory comes from where the cells of calls come from, so that a task as small as most are costs no allocation.
pub(super) struct Boxed(NonNull<dyn Task>);

impl Boxed {
    pub(super) fn new<F, D>(future: F, done: D) -> Boxed
    where
        F: Future + 'static,
        D: FnOnce(F::Output) + 'static,
    {
        let layout = Layout::new::<Work<F, D>>();
        assert!(layout.size() > 0, "a slot has more than one state");
        let memory = pool::allocate(layout).cast::<Work<F, D>>();
        // SAFETY: freshly allocated with this very layout.
        unsafe { memory.write(Work { future: Slot::Running(future), done: Some(done) }) };
        Boxed(memory)
    }

    /// Polls the future. True if it is ready; then the task is not polled again.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        self.task().poll(cx)
    }

    /// Calls the callback with the output of the finished future.
    pub(super) fn deliver(mut self) {
        self.task().deliver();
    }

    #[inline]
    fn task(&mut self) -> Pin<&mut dyn Task> {
        // SAFETY: alive and ours alone; it is not moved before it is dropped.
        unsafe { Pin::new_unchecked(self.0.as_mut()) }
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        /// Frees the memory, also if a destructor of the user panics.
        struct Memory(NonNull<u8>, Layout);

        impl Drop for Memory {
            fn drop(&mut self) {
                // SAFETY: allocated in `new` with this layout; what was in it is dropped.
                unsafe { pool::free(self.0, self.1) };
            }
        }

        // SAFETY: alive until it is dropped below.
        let layout = Layout::for_value(unsafe { self.0.as_ref() });
        let _memory = Memory(self.0.cast(), layout);
        // SAFETY: ours alone, and this happens once.
        unsafe { self.0.drop_in_place() };
    }
}
