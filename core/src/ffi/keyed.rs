//! Operations that share one event callback and are told apart by an id: `mid` of mosquitto, a curl easy handle.
use super::outcome::CallbackError;
use crate::Completer;
use crate::oneshot::Threads;
use crate::oneshot::generated::Miss;
use crate::oneshot::receiver::{self, Receiver};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Who waits for which id.
///
/// 1. [`reserve`](Keyed::reserve) before the C call, because the event may come before the call has returned the id;
/// 2. [`bind`](Reservation::bind) to the id after it; dropping the reservation instead means that C has refused;
/// 3. [`finish`](Keyed::finish) from the event callback.
///
/// An event for an unknown id is parked while a reservation is open, and otherwise counted as
/// [`unclaimed`](Keyed::unclaimed). No lock is held across a C call or a wake. Clones are handles to the same table.
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
    /// Events that came before their ids were known, oldest first.
    parked: Vec<(K, V)>,
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

    /// Completes the operation with this id. Returns whether somebody waits for it, or may still come to.
    ///
    /// See the example of [`Keyed`].
    pub fn finish(&self, id: K, value: V) -> bool {
        let mut table = lock(&self.table);
        let completer = match table.waiting.remove(&id) {
            Some(seat) => seat.completer,
            None if table.open_reservations > 0 => {
                table.parked.push((id, value));
                return true;
            }
            None => {
                table.unclaimed += 1;
                drop(table);
                drop(value);
                return false;
            }
        };
        drop(table);
        completer.complete(value);
        true
    }

    /// Completes everything that is outstanding with what `make` makes of its id: what a disconnect callback does.
    ///
    /// Operations that are reserved and not bound yet fail with [`Closed`](CallbackError::Closed) when they are bound. Ids may be
    /// used again afterwards.
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
        drop(parked);
        let mut waiting: Vec<_> = waiting.into_iter().collect();
        // In the order in which they were bound.
        waiting.sort_by_key(|(_, seat)| seat.number);
        for (id, seat) in waiting {
            seat.completer.complete_with(|| make(&id));
        }
    }

    /// How many operations wait for an event.
    ///
    /// ```
    /// let acks: uncallback::ffi::Keyed<i32, ()> = uncallback::ffi::Keyed::new();
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

impl<K, V> std::fmt::Debug for Keyed<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").field("outstanding", &lock(&self.table).waiting.len()).finish_non_exhaustive()
    }
}

/// An operation whose id is not known yet. Dropped, it says that there is no operation.
#[derive(Debug)]
pub struct Reservation<K, V> {
    table: Keyed<K, V>,
    failures: u64,
}

impl<K: Eq + Hash + Clone, V: Send> Reservation<K, V> {
    /// Waits for the event with this id, which may be there already.
    ///
    /// If somebody waits for the same id, C has given it away twice: the older one hears
    /// [`NeverCalled`](CallbackError::NeverCalled).
    ///
    /// See the example of [`Keyed`].
    #[track_caller]
    pub fn bind(self, id: K) -> Bound<K, V>
    where
        K: Eq + Hash,
    {
        let place = Location::caller();
        let (receiver, completer) = receiver::begin(|completer| completer, place, None);
        let mut table = lock(&self.table.table);
        table.next_seat += 1;
        let number = table.next_seat;
        let seat = Seat { number, completer };
        let closed = table.failures != self.failures;
        let bound = Bound { receiver, id: id.clone(), number, table: self.table.clone(), closed };
        if closed {
            drop(table);
            return bound;
        }
        let early = table.parked.iter().position(|(parked, _)| *parked == id);
        if let Some(at) = early {
            let (_, value) = table.parked.remove(at);
            drop(table);
            seat.completer.complete(value);
            return bound;
        }
        let before = match table.waiting.entry(id) {
            Entry::Occupied(mut taken) => Some(taken.insert(seat)),
            Entry::Vacant(free) => {
                free.insert(seat);
                None
            }
        };
        drop(table);
        drop(before);
        bound
    }
}

impl<K, V> Drop for Reservation<K, V> {
    fn drop(&mut self) {
        let mut table = lock(&self.table.table);
        table.open_reservations -= 1;
        // What is parked now belongs to nobody: every operation of which we know has found its id.
        let orphans =
            if table.open_reservations == 0 { std::mem::take(&mut table.parked) } else { Vec::new() };
        table.unclaimed += orphans.len() as u64;
        drop(table);
        drop(orphans);
    }
}

/// A future of the event for one id.
///
/// # Cancel safety
///
/// Dropped, it leaves the table; its event is counted as unclaimed.
#[must_use = "futures do nothing unless awaited"]
pub struct Bound<K: Eq + Hash, V> {
    receiver: Receiver<V, Threads>,
    id: K,
    number: u64,
    table: Keyed<K, V>,
    closed: bool,
}

impl<K: Eq + Hash + Unpin, V> Future for Bound<K, V> {
    type Output = Result<V, CallbackError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.closed {
            return Poll::Ready(Err(CallbackError::Closed));
        }
        let Poll::Ready(outcome) = self.receiver.poll(cx) else { return Poll::Pending };
        // SAFETY: `poll` has just announced it.
        Poll::Ready(match unsafe { self.receiver.take(outcome) } {
            Ok(value) => Ok(value),
            Err(Miss::Panic(payload)) => std::panic::resume_unwind(payload),
            Err(Miss::Lost(lost)) => Err(CallbackError::NeverCalled(lost)),
        })
    }
}

impl<K: Eq + Hash, V> Drop for Bound<K, V> {
    fn drop(&mut self) {
        let mut table = lock(&self.table.table);
        let mine = table.waiting.get(&self.id).is_some_and(|seat| seat.number == self.number);
        let seat = if mine { table.waiting.remove(&self.id) } else { None };
        drop(table);
        drop(seat);
    }
}

impl<K: Eq + Hash, V> std::fmt::Debug for Bound<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("pending", &self.receiver.is_pending()).finish_non_exhaustive()
    }
}
