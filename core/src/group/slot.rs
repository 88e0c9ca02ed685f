//! The place of one child: the future while it runs, then its output until someone collects it.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A child of a group.
///
/// The future is pinned with the slot; the output is not. Nothing but the methods below gets at the future.
#[doc(hidden)]
pub enum Slot<F: Future> {
    Running(F),
    Finished(F::Output),
    Empty,
}

impl<F: Future> Slot<F> {
    /// Polls the child if it still runs. True if this poll finished it.
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: the future is only polled in place here and dropped in place by `set` below.
        let running = match unsafe { self.as_mut().get_unchecked_mut() } {
            // SAFETY: the slot is pinned, so its future is.
            Slot::Running(future) => unsafe { Pin::new_unchecked(future) },
            // The late wake of a child that is done.
            Slot::Finished(_) | Slot::Empty => return false,
        };
        match running.poll(cx) {
            Poll::Ready(output) => {
                self.set(Slot::Finished(output));
                true
            }
            Poll::Pending => false,
        }
    }

    /// The output of a finished child, without taking it.
    pub(crate) fn output(self: Pin<&mut Self>) -> Option<&mut F::Output> {
        // SAFETY: only the output is handed out, and it is not pinned.
        match unsafe { self.get_unchecked_mut() } {
            Slot::Finished(output) => Some(output),
            Slot::Running(_) | Slot::Empty => None,
        }
    }

    /// Takes the output of a finished child.
    pub(crate) fn take(self: Pin<&mut Self>) -> F::Output {
        // SAFETY: the slot is replaced only if it holds an output, which is not pinned.
        let slot = unsafe { self.get_unchecked_mut() };
        match slot {
            Slot::Finished(_) => match core::mem::replace(slot, Slot::Empty) {
                Slot::Finished(output) => output,
                Slot::Running(_) | Slot::Empty => unreachable!("the slot was just seen to be finished"),
            },
            Slot::Running(_) | Slot::Empty => unreachable!("only a finished child is collected, and once"),
        }
    }
}
