//! Where the events of one producer and one consumer lie: linked blocks, a ring, or places that are written again.

/// A place for events, with a private end for each side. How many events there are is the gate's business.
pub(super) trait Storage<T> {
    /// The producer's private end.
    type Writer;
    /// The consumer's private end.
    type Reader;

    /// Stores an event, if that takes few instructions; otherwise it comes back, for [`write`](Self::write).
    ///
    /// # Safety
    /// As `write`.
    #[inline]
    unsafe fn write_quickly(&self, _at: &mut Self::Writer, value: T) -> Result<(), T> {
        Err(value)
    }

    /// The producer will write no more: sends it to [`write`](Self::write), before which it looks whether it may.
    #[inline]
    fn stop(_at: &mut Self::Writer) {}

    /// Stores an event behind the others, or gives it back if there is no room.
    ///
    /// # Safety
    /// Called by the only producer, with the writer of this storage.
    unsafe fn write(&self, at: &mut Self::Writer, value: T) -> Written<T>;

    /// Takes back the event that the last `write` stored.
    ///
    /// # Safety
    /// As `write`; directly after the event was stored, and the consumer does not read any more.
    unsafe fn take_back(&self, at: &mut Self::Writer) -> T;

    /// Hands the oldest of `known` events over to the reader.
    ///
    /// # Safety
    /// Called by the only consumer, with the reader of this storage, which has taken all that it was handed over.
    /// `known` is at least 1, and so many events were written (the gate counted them) and not yet handed over.
    unsafe fn hand_over(&self, at: &mut Self::Reader, known: usize) -> HandedOver;

    /// Takes the oldest event that was handed over.
    ///
    /// # Safety
    /// Called by the only consumer, with the reader of this storage.
    unsafe fn read(&self, at: &mut Self::Reader) -> Option<T>;

    /// How many events were handed over and not yet taken.
    fn handed_over(at: &Self::Reader) -> usize;
}

/// What became of an event.
pub(super) enum Written<T> {
    Added,
    /// Stored, and this one made way for it.
    InPlaceOf(T),
    /// There is no room.
    Refused(T),
}

/// What the consumer finds.
pub(super) enum HandedOver {
    /// So many events, one or more, are the reader's now.
    Events(usize),
    /// So many events, one or more, have made way for later ones.
    MadeWay(usize),
}
