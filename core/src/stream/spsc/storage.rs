//! Where the events of one producer and one consumer lie: linked blocks, a ring, or places that are written again.

/// A place for events, with a private end for each side. How many events there are is the gate's business.
pub(super) trait Storage<T> {
    /// The producer's private end.
    type Writer;
    /// The consumer's private end.
    type Reader;

    /// Stores an event behind the others, or gives it back if there is no room.
    ///
    /// # Safety
    /// Called by the only producer, with the writer of this storage.
    unsafe fn write(&self, at: &mut Self::Writer, value: T) -> Written<T>;

    /// Takes back the event that the last `write` stored.
    ///
    /// # Safety
    /// As `write`; directly after a `write` that stored the event, and the consumer does not read any more.
    unsafe fn take_back(&self, at: &mut Self::Writer) -> T;

    /// Takes the oldest of `known` events.
    ///
    /// # Safety
    /// Called by the only consumer, with the reader of this storage. `known` is at least 1, and so many events were
    /// written before (the gate counted them) and not yet read.
    unsafe fn read(&self, at: &mut Self::Reader, known: usize) -> Read<T>;
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
pub(super) enum Read<T> {
    Event(T),
    /// So many events, one or more, have made way for later ones.
    MadeWay(usize),
}
