//! Operations that share one event callback and are told apart by an id: `mid` of mosquitto, a curl easy handle.
mod bound;

pub use bound::{Bound, Reservation};

use super::guard::{Payload, StoredPanic, drop_payload, drop_quietly};
use crate::Completer;
use crate::sync::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, PoisonError};

/// Who waits for which id.
///
/// 1. [`reserve`](Keyed::reserve) before the C call, because the event may come before the call has returned the id;
/// 2. [`bind`](Reservation::bind) to the id after it; dropping the reservation instead means that C has refused;
/// 3. [`finish`](Keyed::finish) from the event callback.
///
/// [`start`](Keyed::start) is 1. and 2. in one, for C calls that return the id or say why there is none.
///
/// No lock is held across a C call or a wake. Clones are handles to the same table.
///
/// # What happens when
///
/// - a future is **dropped**: its id leaves the table; see [`Bound`](Bound#what-happens-when). The table itself lives as long
///   as one of its handles and reservations. When the last one goes, whoever still waits hears
///   [`NeverCalled`](super::CallbackError::NeverCalled): a table in what the callbacks of an object [share](super::Shared)
///   ends with them.
/// - an event comes **twice**, or for an id that nobody knows: while a reservation is open, it is parked for whoever binds to
///   that id. Otherwise, or if nobody does, it is dropped and counted as [`unclaimed`](Keyed::unclaimed).
/// - an event is **never called**: its future waits, until [`fail_all`](Keyed::fail_all) completes it, or the
///   table goes.
/// - what makes an event **panics**: the panic resumes in the awaiter; see [`finish_with`](Keyed::finish_with).
///
/// ```
/// use uncallback::ffi::Keyed;
/// let acks: Keyed<i32, &str> = Keyed::new();
/// let reserved = acks.reserve();
/// acks.finish(7, "published"); // the event, inside the C call
/// let pending = reserved.bind(7); // the id that the C call returned
/// # uncallback::__private::block_on(async {
/// assert_eq!(pending.await, Ok("published"));
/// # });
/// ```
pub struct Keyed<K, V> {
    table: Arc<Mutex<Table<K, V>>>,
}

struct Table<K, V> {
    waiting: HashMap<K, Seat<V>>,
    /// Events that came before their ids were known, oldest first; a panic over one waits like the event itself.
    parked: Vec<(K, Result<V, Payload>)>,
    open_reservations: usize,
    next_seat: u64,
    /// How often everything has failed: reservations from before have failed as well.
    failures: u64,
    unclaimed: u64,
}

struct Seat<V> {
    /// An id may be used again while an old future with the same id is still around.
    number: u64,
    completer: Completer<V>,
}

impl<K: Eq + Hash + Clone, V: Send> Keyed<K, V> {
    /// An empty table.
    ///
    /// See the example of [`Keyed`].
    pub fn new() -> Self {
        Self {
            table: Arc::new(Mutex::new(Table {
                waiting: HashMap::new(),
                parked: Vec::new(),
                open_reservations: 0,
                next_seat: 0,
                failures: 0,
                unclaimed: 0,
            })),
        }
    }

    /// Announces an operation whose id is not known yet.
    ///
    /// See the example of [`Keyed`].
    pub fn reserve(&self) -> Reservation<K, V> {
        let mut table = lock(&self.table);
        table.open_reservations += 1;
        Reservation { table: self.clone(), failures: table.failures }
    }

    /// Starts an operation: makes the C call that returns its id, and gives the future of its event, which may have come already.
    ///
    /// # Errors
    ///
    /// What `call` returns instead of an id: there is no operation.
    ///
    /// ```
    /// use uncallback::ffi::Keyed;
    /// let acks: Keyed<i32, &str> = Keyed::new();
    /// // A C function that returns an id, or a negative code.
    /// let publish = |topic: &str| {
    ///     if topic.is_empty() {
    ///         return Err(-5);
    ///     }
    ///     acks.finish(7, "published"); // the event, inside the call
    ///     Ok(7)
    /// };
    /// let pending = acks.start(|| publish("tides"))?;
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(pending.await, Ok("published"));
    /// # });
    /// assert_eq!(acks.start(|| publish("")).unwrap_err(), -5);
    /// # Ok::<(), i32>(())
    /// ```
    #[track_caller]
    pub fn start<E>(&self, call: impl FnOnce() -> Result<K, E>) -> Result<Bound<K, V>, E> {
        let reserved = self.reserve();
        Ok(reserved.bind(call()?))
    }

    /// Completes the operation with this id. Returns whether somebody waits for it, or may still come to.
    ///
    /// See the example of [`Keyed`].
    pub fn finish(&self, id: K, value: V) -> bool {
        self.finish_with(id, || value)
    }

    /// As [`finish`](Keyed::finish), with what `make` returns; a panic in it resumes in the awaiter, and not here.
    ///
    /// Nothing is made of events that nobody waits for.
    ///
    /// ```
    /// let acks: uncallback::ffi::Keyed<i32, i32> = uncallback::ffi::Keyed::new();
    /// let pending = acks.reserve().bind(7);
    /// assert!(acks.finish_with(7, || 6 * 7));
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(pending.await, Ok(42));
    /// # });
    /// ```
    pub fn finish_with(&self, id: K, make: impl FnOnce() -> V) -> bool {
        let completer = {
            let mut table = lock(&self.table);
            let seat = table.waiting.remove(&id);
            if seat.is_none() && table.open_reservations == 0 {
                table.unclaimed += 1;
                return false;
            }
            seat.map(|seat| seat.completer)
        };
        match completer {
            Some(completer) => completer.complete_with(make),
            None => self.park(id, catch_unwind(AssertUnwindSafe(make))),
        }
        true
    }

    /// Keeps an event until its id is known. While it was made, that may have come about, or become impossible.
    fn park(&self, id: K, made: Result<V, Payload>) {
        let mut table = lock(&self.table);
        match table.waiting.remove(&id) {
            Some(seat) => {
                drop(table);
                complete(seat.completer, made);
            }
            None if table.open_reservations > 0 => table.parked.push((id, made)),
            None => {
                table.unclaimed += 1;
                drop(table);
                drop_made(made);
            }
        }
    }

    /// Completes everything that is outstanding with what `make` makes of its id: what a disconnect callback does.
    ///
    /// Operations that are reserved and not bound yet fail with [`Closed`](super::CallbackError::Closed) when they are bound. Ids may be
    /// used again afterwards.
    ///
    /// # Panics
    ///
    /// With the first panic of a waker, when all have been completed. A panic of `make` resumes in the awaiter.
    ///
    /// ```
    /// let acks: uncallback::ffi::Keyed<i32, Result<(), &str>> = uncallback::ffi::Keyed::new();
    /// let pending = acks.reserve().bind(7);
    /// acks.fail_all(|_id| Err("disconnected"));
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(pending.await, Ok(Err("disconnected")));
    /// # });
    /// ```
    pub fn fail_all(&self, mut make: impl FnMut(&K) -> V) {
        let (waiting, parked) = {
            let mut table = lock(&self.table);
            table.failures += 1;
            (std::mem::take(&mut table.waiting), std::mem::take(&mut table.parked))
        };
        let mut waiting: Vec<_> = waiting.into_iter().collect();
        // In the order in which they were bound.
        waiting.sort_by_key(|(_, seat)| seat.number);
        // A waker that panics must not keep the others from hearing.
        let panic = StoredPanic::default();
        for (id, seat) in waiting {
            let completed = catch_unwind(AssertUnwindSafe(|| seat.completer.complete_with(|| make(&id))));
            if let Err(payload) = completed {
                panic.store(payload);
            }
        }
        parked.into_iter().for_each(|(_, made)| drop_made(made));
        panic.resume();
    }

    /// How many operations wait for an event.
    ///
    /// ```
    /// let acks: uncallback::ffi::Keyed<i32, ()> = uncallback::ffi::Keyed::new();
    /// let pending = acks.reserve().bind(7);
    /// assert_eq!(acks.outstanding(), 1);
    /// drop(pending);
    /// assert_eq!(acks.outstanding(), 0);
    /// ```
    pub fn outstanding(&self) -> usize {
        lock(&self.table).waiting.len()
    }

    /// How many events came for ids that nobody was waiting for.
    ///
    /// ```
    /// let acks: uncallback::ffi::Keyed<i32, ()> = uncallback::ffi::Keyed::new();
    /// assert!(!acks.finish(7, ()));
    /// assert_eq!(acks.unclaimed(), 1);
    /// ```
    pub fn unclaimed(&self) -> u64 {
        lock(&self.table).unclaimed
    }
}

impl<K, V> Drop for Table<K, V> {
    fn drop(&mut self) {
        let mut waiting: Vec<_> = std::mem::take(&mut self.waiting).into_values().collect();
        waiting.sort_by_key(|seat| seat.number);
        // One by one: a waker that panics must not keep the others from hearing.
        waiting.into_iter().for_each(drop_quietly);
    }
}

fn complete<V>(completer: Completer<V>, made: Result<V, Payload>) {
    completer.complete_with(|| made.unwrap_or_else(|payload| resume_unwind(payload)));
}

/// Drops an event that nobody will take.
fn drop_made<V>(made: Result<V, Payload>) {
    match made {
        Ok(value) => drop(value),
        Err(payload) => drop_payload(payload),
    }
}

fn lock<K, V>(table: &Mutex<Table<K, V>>) -> MutexGuard<'_, Table<K, V>> {
    // The only user code under it are `Hash`, `Eq` and `Clone` of ids; if they panic, the table is whole.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V: Send> Default for Keyed<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Clone for Keyed<K, V> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone() }
    }
}

impl<K, V> AsRef<Keyed<K, V>> for Keyed<K, V> {
    fn as_ref(&self) -> &Keyed<K, V> {
        self
    }
}

impl<K, V> std::fmt::Debug for Keyed<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").field("outstanding", &lock(&self.table).waiting.len()).finish_non_exhaustive()
    }
}
