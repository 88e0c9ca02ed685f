//! The heart of every group: the next child to finish, in the order of arrival.

use core::pin::Pin;
use core::task::{Context, Poll};

use super::children::Children;
use super::queue::Queue;

/// Children under way.
///
/// The first polls happen in program order, so that children whose callback fires inside finish in the order in
/// which the program wrote them. After that a child is polled once for each time it is woken, in the order of
/// the wakes.
pub(super) struct Arrivals<C: Children> {
    slots: C::Slots,
    /// Number of children, kept beside the slots: a shared reference to slots that hold started futures would
    /// invalidate the references that those futures hold into themselves.
    len: usize,
    /// Made by the first poll: a group that is never polled allocates nothing.
    queue: Option<Queue>,
    /// Children that had their first poll.
    started: usize,
    /// Children that have not finished.
    running: usize,
    stage: Stage,
}

enum Stage {
    Idle,
    /// A child is being polled. Seen from outside only if that child panicked.
    Polling {
        index: usize,
    },
    Over,
}

impl<C: Children> Arrivals<C> {
    pub(super) fn new(children: C) -> Self {
        let slots = children.into_slots();
        let len = C::len(&slots);
        Arrivals { slots, len, queue: None, started: 0, running: len, stage: Stage::Idle }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running == 0
    }

    /// Whether all children had their first poll.
    pub(super) fn all_started(&self) -> bool {
        self.started == self.len
    }

    /// The slots, for collecting outputs.
    pub(super) fn slots(self: Pin<&mut Self>) -> Pin<&mut C::Slots> {
        // SAFETY: the slots are pinned with the group; no other method moves them.
        unsafe { self.map_unchecked_mut(|group| &mut group.slots) }
    }

    /// The index of the next child that finishes, or `None` when all have.
    pub(super) fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        // SAFETY: only `slots` is pinned, and it is pinned again below.
        let group = unsafe { self.get_unchecked_mut() };
        match group.stage {
            Stage::Idle => {}
            Stage::Polling { .. } => panic!("polled again after one of the children panicked"),
            Stage::Over => panic!("polled after completion"),
        }
        if group.running == 0 {
            return Poll::Ready(None);
        }
        // SAFETY: the slots are pinned with the group.
        let mut slots = unsafe { Pin::new_unchecked(&mut group.slots) };
        let len = group.len;
        let queue = group.queue.get_or_insert_with(|| Queue::new(len));
        queue.open();
        // Children that keep waking one another would hold the executor's thread for ever.
        let mut budget = len.saturating_add(32);
        let mut yielded = false;
        loop {
            let index = if group.started < len {
                group.started += 1;
                group.started - 1
            } else if budget == 0 || (yielded && queue.batch_is_over()) {
                // Someone asked to let others run. The queue stays open: nobody else would wake us for what is in it.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            } else if let Some(index) = queue.pop() {
                budget -= 1;
                index
            } else if queue.park(cx.waker()) {
                return Poll::Pending;
            } else {
                continue;
            };
            group.stage = Stage::Polling { index };
            let waker = queue.waker(index);
            let finished = C::poll_at(slots.as_mut(), index, &mut Context::from_waker(&waker));
            group.stage = Stage::Idle;
            if finished {
                group.running -= 1;
                return Poll::Ready(Some(index));
            }
            // A child that woke itself while it was polled has yielded: the executor's other tasks come first.
            yielded |= queue.is_woken(index);
        }
    }

    /// Like `poll_next`, for children whose outputs nobody wants: one whose callback is lost is finished, too.
    pub(super) fn poll_loser(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        match crate::quiet::catch_lost(|| self.as_mut().poll_next(cx)) {
            Ok(poll) => poll,
            Err(_) => {
                // SAFETY: the slots are not touched.
                let group = unsafe { self.get_unchecked_mut() };
                let Stage::Polling { index } = group.stage else {
                    unreachable!("a child awaited the callback")
                };
                group.stage = Stage::Idle;
                group.running -= 1;
                Poll::Ready(Some(index))
            }
        }
    }

    /// Ends the group: drops the children that still run, in program order, and lets go of the parent's waker.
    pub(super) fn finish(mut self: Pin<&mut Self>) {
        // SAFETY: the slots are not moved.
        let group = unsafe { self.as_mut().get_unchecked_mut() };
        group.stage = Stage::Over;
        group.running = 0;
        // The queue goes last: the drop of a child may wake another, which must find the parent no more.
        let queue = group.queue.take();
        for index in 0..group.len {
            C::discard(self.as_mut().slots(), index);
        }
        drop(queue);
    }
}
