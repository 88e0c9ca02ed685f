//! The two sides over any storage: what is common to blocks and ring.

use core::task::{Context, Poll};

use super::{
    gate::{ConsumerSide, Gate, Parked, ProducerSide, Seen},
    storage::{Read, Storage, Written},
};
use crate::{
    stream::{
        queue::Payload,
        variant::{catch, resume},
    },
    sync::{
        Arc, UnsafeCell,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    watch::StreamMark,
};

/// What the two sides share. The last of them frees it.
struct Channel<S> {
    gate: Gate,
    storage: S,
    lost: AtomicUsize,
    /// Written by the producer before it closes the gate, taken by the consumer after it found it closed.
    panic: UnsafeCell<Option<Payload>>,
    mark: StreamMark,
}

// SAFETY: the payload is `Send` and is handed over through the gate; the other fields say for themselves.
unsafe impl<S: Sync + Send> Sync for Channel<S> {}

/// Makes the two sides of a channel.
pub(super) fn open<T, S: Storage<T>>(
    storage: S,
    writer: S::Writer,
    reader: S::Reader,
) -> (Producer<T, S>, Consumer<T, S>) {
    let channel = Arc::new(Channel {
        gate: Gate::new(),
        storage,
        lost: AtomicUsize::new(0),
        panic: UnsafeCell::new(None),
        mark: StreamMark::new(),
    });
    let producer =
        Producer { channel: channel.clone(), writer, side: ProducerSide::default(), finished: false };
    (producer, Consumer { channel, reader, side: ConsumerSide::default() })
}

/// The callback's side.
pub(super) struct Producer<T, S: Storage<T>> {
    channel: Arc<Channel<S>>,
    writer: S::Writer,
    side: ProducerSide,
    /// The consumer was found gone, or the gate is closed: the queue is not touched any more.
    finished: bool,
}

impl<T, S: Storage<T>> Producer<T, S> {
    #[inline]
    pub(super) fn offer(&mut self, value: T) -> Result<(), T> {
        if self.finished {
            return Err(value);
        }
        // SAFETY: there is one producer, and `&mut self` is it.
        match unsafe { self.channel.storage.write(&mut self.writer, value) } {
            Written::Added => self.publish(None),
            Written::InPlaceOf(oldest) => {
                self.count_lost();
                self.channel.mark.left(1);
                self.publish(Some(oldest))
            }
            Written::Refused(value) => {
                self.count_lost();
                Err(value)
            }
        }
    }

    /// Publishes the event that was just written.
    #[inline]
    fn publish(&mut self, made_way: Option<T>) -> Result<(), T> {
        self.channel.mark.pushed();
        // SAFETY: there is one producer, and the event was written.
        let before = unsafe { self.channel.gate.push() };
        if Gate::is_quiet(&self.side, before) {
            drop(made_way);
            return Ok(());
        }
        self.published(before, made_way)
    }

    /// The consumer waits, or is gone. Apart, so that the usual way needs no registers for it.
    #[inline(never)]
    fn published(&mut self, before: usize, made_way: Option<T>) -> Result<(), T> {
        // SAFETY: the one producer, and `before` is what its push found.
        match unsafe { self.channel.gate.pushed(&mut self.side, before) } {
            Ok(waker) => {
                if let Some(waker) = waker {
                    waker.wake();
                }
                // Last, because a drop that panics must not cost a wake-up.
                drop(made_way);
                Ok(())
            }
            Err(()) => {
                self.finished = true;
                self.channel.mark.left(1);
                // SAFETY: just written, and the consumer was gone before it was counted.
                Err(unsafe { self.channel.storage.take_back(&mut self.writer) })
            }
        }
    }

    #[inline]
    pub(super) fn offer_with(&mut self, make: impl FnOnce() -> T) {
        match catch(make) {
            Ok(value) => drop(self.offer(value)),
            Err(payload) if self.finished => drop(payload),
            Err(payload) => {
                // SAFETY: the gate is open, so the consumer does not look here yet.
                self.channel.panic.with_mut(|place| unsafe { *place = Some(payload) });
                self.close();
            }
        }
    }

    fn count_lost(&self) {
        // ORDERING: a counter; nothing is published by it.
        self.channel.lost.fetch_add(1, Relaxed);
        self.channel.mark.lost();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.channel.gate.is_gone()
    }

    fn close(&mut self) {
        self.finished = true;
        self.channel.mark.source_gone();
        // SAFETY: there is one producer, and `&mut self` is it.
        if let Some(waker) = unsafe { self.channel.gate.close(&mut self.side) } {
            waker.wake();
        }
    }
}

impl<T, S: Storage<T>> Drop for Producer<T, S> {
    fn drop(&mut self) {
        if !self.finished {
            self.close();
        }
    }
}

/// The stream's side.
pub(super) struct Consumer<T, S: Storage<T>> {
    channel: Arc<Channel<S>>,
    reader: S::Reader,
    side: ConsumerSide,
}

impl<T, S: Storage<T>> Consumer<T, S> {
    #[inline]
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let word = match self.channel.gate.look(&mut self.side) {
                Seen::Event => match self.take() {
                    Some(event) => return Poll::Ready(Some(event)),
                    None => continue,
                },
                Seen::Ended => return Poll::Ready(self.end()),
                Seen::Nothing { word } => word,
            };
            if Gate::is_parked_with(&self.side, cx.waker()) {
                return Poll::Pending;
            }
            let waker = cx.waker().clone();
            // SAFETY: there is one consumer, and `&mut self` is it; `word` is from the look above.
            match unsafe { self.channel.gate.park(&mut self.side, word, waker) } {
                Parked::Yes { before } => {
                    drop(before);
                    return Poll::Pending;
                }
                // Something was pushed or closed meanwhile, so that the next look finds it.
                Parked::No { unused } => drop(unused),
            }
        }
    }

    /// Takes the oldest event of those that are known, unless it has made way for others.
    #[inline]
    fn take(&mut self) -> Option<T> {
        let known = Gate::known(&self.side);
        debug_assert!(known > 0);
        // SAFETY: there is one consumer, and the gate counted the events.
        match unsafe { self.channel.storage.read(&mut self.reader, known) } {
            Read::Event(event) => {
                Gate::took(&mut self.side, 1);
                self.channel.mark.left(1);
                Some(event)
            }
            Read::MadeWay(events) => {
                Gate::took(&mut self.side, events);
                None
            }
        }
    }

    #[cold]
    fn end(&mut self) -> Option<T> {
        // SAFETY: the gate is closed, so the producer is past writing here.
        let panic = self.channel.panic.with_mut(|place| unsafe { (*place).take() });
        match panic {
            Some(payload) => resume(payload),
            None => None,
        }
    }

    pub(super) fn drain(&mut self, mut each: impl FnMut(T)) -> usize {
        let mut count = 0;
        // Those that were there at the beginning, unless `each` has made them make way.
        self.channel.gate.refresh(&mut self.side);
        while Gate::known(&self.side) > 0 {
            if let Some(event) = self.take() {
                count += 1;
                each(event);
            }
        }
        count
    }

    pub(super) fn mark(&self) -> StreamMark {
        self.channel.mark
    }

    pub(super) fn lagged(&mut self) -> u64 {
        // ORDERING: a counter; nothing is published by it.
        self.channel.lost.swap(0, Relaxed) as u64
    }

    fn drop_known(&mut self) {
        while Gate::known(&self.side) > 0 {
            drop(self.take());
        }
    }
}

impl<T, S: Storage<T>> Drop for Consumer<T, S> {
    fn drop(&mut self) {
        /// Drops the rest also if the drop of one event panics.
        struct Rest<'a, T, S: Storage<T>>(&'a mut Consumer<T, S>);
        impl<T, S: Storage<T>> Drop for Rest<'_, T, S> {
            fn drop(&mut self) {
                self.0.drop_known();
            }
        }

        self.channel.mark.dropped();
        // SAFETY: there is one consumer, and `&mut self` is it.
        let waker = unsafe { self.channel.gate.leave(&mut self.side) };
        let rest = Rest(self);
        drop(waker);
        rest.0.drop_known();
    }
}
