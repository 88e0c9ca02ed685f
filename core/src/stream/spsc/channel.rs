//! The two sides over any storage: what is common to blocks and ring.

use core::task::{Context, Poll, Waker};

use super::{
    gate::{ConsumerSide, Gate, Parked, ProducerSide, Seen},
    storage::{HandedOver, Storage, Written},
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
        // SAFETY: there is one producer, and `&mut self` is it.
        match unsafe { self.channel.storage.write_quickly(&mut self.writer, value) } {
            Ok(()) => self.publish(None),
            Err(value) => self.offer_otherwise(value),
        }
    }

    /// There is no place at hand, or nobody to write for.
    #[inline(never)]
    fn offer_otherwise(&mut self, value: T) -> Result<(), T> {
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
            Ok(()) => {
                // Last, because a drop that panics must not cost a wake-up.
                drop(made_way);
                Ok(())
            }
            Err(()) => {
                self.channel.mark.left(1);
                // SAFETY: just written, and the consumer was gone before it was counted.
                let value = unsafe { self.channel.storage.take_back(&mut self.writer) };
                self.finish();
                Err(value)
            }
        }
    }

    /// From here on everything is refused.
    fn finish(&mut self) {
        self.finished = true;
        S::stop(&mut self.writer);
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
        self.finish();
        self.channel.mark.source_gone();
        // SAFETY: there is one producer, and `&mut self` is it.
        unsafe { self.channel.gate.close(&mut self.side) };
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
        if let Some(event) = self.read() {
            return Poll::Ready(Some(event));
        }
        // What is usual, once; everything else apart.
        match self.channel.gate.look(&mut self.side) {
            Seen::Event => {
                if let Some(event) = self.take() {
                    return Poll::Ready(Some(event));
                }
            }
            Seen::Nothing { word } => {
                if self.channel.gate.knows(&self.side, cx.waker()) && self.park_again(word) {
                    return Poll::Pending;
                }
            }
            Seen::Ended => {}
        }
        self.poll_otherwise(cx)
    }

    /// Finds an event, or the end, or parks with another waker than before.
    #[inline(never)]
    fn poll_otherwise(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let word = match self.channel.gate.look(&mut self.side) {
                Seen::Event => match self.take() {
                    Some(event) => return Poll::Ready(Some(event)),
                    None => continue,
                },
                Seen::Ended => return Poll::Ready(self.end()),
                Seen::Nothing { word } => word,
            };
            let parked = if self.channel.gate.knows(&self.side, cx.waker()) {
                self.park_again(word)
            } else {
                self.park(word, cx.waker())
            };
            if parked {
                return Poll::Pending;
            }
            // Something was pushed or closed meanwhile, so that the next look finds it.
        }
    }

    /// Parks with the waker that the gate knows.
    #[inline]
    fn park_again(&mut self, word: usize) -> bool {
        // SAFETY: there is one consumer, and `&mut self` is it; `word` is from its latest look.
        unsafe { self.channel.gate.park_again(&mut self.side, word) }
    }

    /// Leaves another waker than before, or the first one.
    #[cold]
    fn park(&mut self, word: usize, waker: &Waker) -> bool {
        // Cloning is user code, and may push: then this does not park.
        let waker = waker.clone();
        // SAFETY: there is one consumer, and `&mut self` is it; `word` is from its latest look.
        let Parked { parked, unused } = unsafe { self.channel.gate.park(&mut self.side, word, waker) };
        drop(unused);
        parked
    }

    /// Takes the oldest event of those that were handed over.
    #[inline]
    fn read(&mut self) -> Option<T> {
        // SAFETY: there is one consumer, and `&mut self` is it.
        let event = unsafe { self.channel.storage.read(&mut self.reader) };
        if event.is_some() {
            self.channel.mark.left(1);
        }
        event
    }

    /// Takes the oldest event of those that are known, unless it has made way for others.
    #[inline]
    fn take(&mut self) -> Option<T> {
        let known = Gate::known(&self.side);
        debug_assert!(known > 0 && S::handed_over(&self.reader) == 0);
        // SAFETY: there is one consumer, which has read all that it was handed over, and the gate counted the events.
        let (HandedOver::Events(events) | HandedOver::MadeWay(events)) =
            unsafe { self.channel.storage.hand_over(&mut self.reader, known) };
        Gate::took(&mut self.side, events);
        self.read()
    }

    /// Takes the oldest event there is, without looking for new ones.
    fn next_known(&mut self) -> Option<T> {
        loop {
            if let Some(event) = self.read() {
                return Some(event);
            }
            if Gate::known(&self.side) == 0 {
                return None;
            }
            if let Some(event) = self.take() {
                return Some(event);
            }
        }
    }

    #[cold]
    fn end(&mut self) -> Option<T> {
        // SAFETY: there is one consumer, and it has just seen the end.
        drop(unsafe { self.channel.gate.ended(&self.side) });
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
        while let Some(event) = self.next_known() {
            count += 1;
            each(event);
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
        while let Some(event) = self.next_known() {
            drop(event);
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
        let wakers = unsafe { self.channel.gate.leave(&mut self.side) };
        let rest = Rest(self);
        drop(wakers);
        rest.0.drop_known();
    }
}
