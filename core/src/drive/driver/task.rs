//! One task: a future and the callback for its output, in memory of the thread's free lists.
//!
//! A pinned `Box<dyn ..>` of our own. What it gains: one word instead of two, memory that costs no allocation if the task
//! is as small as most are, and a delivery that knows the types when it frees that memory.

use core::alloc::Layout;
use core::future::Future;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::Context;

use crate::group::slot::Slot;
use crate::oneshot::pool;

/// A task, whatever its future and its callback.
pub(super) struct Task(NonNull<Head>);

/// What can be done with a task. They take the pointer of a live one, of the types that they were made for.
struct Functions {
    /// Polls the future. True if it is ready.
    poll: unsafe fn(NonNull<Head>, &mut Context<'_>) -> bool,
    /// Ends a task that is ready: frees it, and calls the callback with the output.
    deliver: unsafe fn(NonNull<Head>),
    /// Ends a task: drops what is left of it, and frees it.
    drop: unsafe fn(NonNull<Head>),
}

/// How a task begins, whatever its types.
type Head = &'static Functions;

/// What the pointer of a task leads to.
#[repr(C)]
struct Work<F: Future, D> {
    head: Head,
    /// Pinned with the task.
    future: Slot<F>,
    done: D,
}

impl Task {
    pub(super) fn new<F, D>(future: F, done: D) -> Task
    where
        F: Future + 'static,
        D: FnOnce(F::Output) + 'static,
    {
        let work = pool::allocate(Work::<F, D>::LAYOUT).cast::<Work<F, D>>();
        // SAFETY: freshly allocated with this very layout.
        unsafe { work.write(Work { head: &Work::<F, D>::FUNCTIONS, future: Slot::Running(future), done }) };
        Task(work.cast())
    }

    /// Polls the future. True if it is ready; then the task is not to be polled again.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        // SAFETY: alive, and its own function.
        unsafe { (self.0.as_ref().poll)(self.0, cx) }
    }

    /// Ends a task whose future is ready: calls the callback with the output.
    #[inline]
    pub(super) fn deliver(self) {
        let task = ManuallyDrop::new(self).0;
        // SAFETY: alive, and its own function, which ends it: it is not dropped.
        unsafe { (task.as_ref().deliver)(task) };
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: alive, and its own function; nothing is done with it afterwards.
        unsafe { (self.0.as_ref().drop)(self.0) };
    }
}

impl<F: Future, D: FnOnce(F::Output)> Work<F, D> {
    const LAYOUT: Layout = Layout::new::<Self>();
    const FUNCTIONS: Functions = Functions { poll: Self::poll, deliver: Self::deliver, drop: Self::drop };

    /// # Safety
    /// A live task of these types, and this is the only access to it.
    unsafe fn poll(task: NonNull<Head>, cx: &mut Context<'_>) -> bool {
        // SAFETY: ours alone for now (contract).
        let work = unsafe { task.cast::<Self>().as_mut() };
        // SAFETY: a task is not moved before it is dropped.
        unsafe { Pin::new_unchecked(&mut work.future) }.poll(cx)
    }

    /// # Safety
    /// As for `poll`. The future is ready, and the task is not used afterwards.
    unsafe fn deliver(task: NonNull<Head>) {
        let memory = Memory::<F, D>(task.cast());
        let work = memory.0.as_ptr();
        // SAFETY: ours alone (contract). An output is not pinned; what is left of the future has no destructor. The
        // callback is moved out once, because the task ends here.
        let (output, done) =
            unsafe { (Pin::new_unchecked(&mut (*work).future).take(), ptr::read(&raw const (*work).done)) };
        // User code comes when the memory is free for the next task.
        drop(memory);
        done(output);
    }

    /// # Safety
    /// As for `poll`. The task is not used afterwards.
    unsafe fn drop(task: NonNull<Head>) {
        let memory = Memory::<F, D>(task.cast());
        // SAFETY: ours alone, and not used afterwards (contract).
        unsafe { memory.0.drop_in_place() };
    }
}

/// The memory of a task whose content is dropped or moved out. Frees it, also if a destructor of the user panics.
struct Memory<F: Future, D: FnOnce(F::Output)>(NonNull<Work<F, D>>);

impl<F: Future, D: FnOnce(F::Output)> Drop for Memory<F, D> {
    fn drop(&mut self) {
        // SAFETY: allocated in `Task::new` with this layout, and freed once.
        unsafe { pool::free(self.0.cast(), Work::<F, D>::LAYOUT) };
    }
}
