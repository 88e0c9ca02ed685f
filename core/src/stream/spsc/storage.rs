//! Where the events of one producer and one consumer lie: linked blocks, or a ring.

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
    unsafe fn write(&self, at: &mut Self::Writer, value: T) -> Result<(), T>;

    /// Takes back the event that the last `write` stored.
    ///
    /// # Safety
    /// As `write`; directly after a `write` that returned `Ok`, and the consumer does not read this event.
    unsafe fn take_back(&self, at: &mut Self::Writer) -> T;

    /// Takes the oldest event.
    ///
    /// # Safety
    /// Called by the only consumer, with the reader of this storage, and only for an event whose `write`
    /// happened before (the gate counted it).
    unsafe fn read(&self, at: &mut Self::Reader) -> T;
}
