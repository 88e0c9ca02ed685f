//! The waiter's side of a table of ids: a reservation before the id is known, a future after that.
use super::{Keyed, Seat, Table, complete, drop_made, lock};
use crate::ffi::cancel::{Canceller, NoCancel, With};
use crate::ffi::outcome::{CallbackError, Cancel, Started};
use crate::oneshot::Threads;
use crate::oneshot::generated::Miss;
use crate::oneshot::receiver::{self, Receiver, polled_after_completion};
use crate::sync::Mutex;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

/// An operation whose id is not known yet; made by [`Keyed::reserve`].
///
/// # What happens when
///
/// - it is **dropped**: there is no operation. Events that were parked, for want of a known id, are dropped and counted as
///   [`unclaimed`](Keyed::unclaimed), if this was the last open reservation.
/// - it is **never** bound nor dropped: events for unknown ids pile up.
/// - everything **fails** meanwhile, by [`Keyed::fail_all`]: the future that it is bound to says
///   [`Closed`](CallbackError::Closed).
///
/// ```
/// use uncallback::ffi::{Keyed, Reservation};
/// /// The C call; it refuses to start.
/// fn publish() -> Option<i32> { None }
///
/// let acks: Keyed<i32, ()> = Keyed::new();
/// let reserved: Reservation<i32, ()> = acks.reserve();
/// let pending = publish().map(|id| reserved.bind(id)); // dropped otherwise
/// assert!(pending.is_none());
/// assert_eq!(acks.outstanding(), 0);
/// ```
#[derive(Debug)]
pub struct Reservation<K, V> {
    pub(super) table: Keyed<K, V>,
    pub(super) failures: u64,
}

impl<K: Eq + Hash + Clone, V: Send> Reservation<K, V> {
    /// Waits for the event with this id, which may be there already.
    ///
    /// If somebody waits for the same id, C has given it away twice: the older one hears
    /// [`NeverCalled`](CallbackError::NeverCalled).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the event; see [`Bound`](Bound#what-happens-when).
    ///
    /// See the example of [`Keyed`].
    #[track_caller]
    pub fn bind(self, id: K) -> Bound<K, V> {
        let bound = self.seated(id);
        // Here and not at the end, where what is returned leaks if an event that nobody has claimed panics in its drop.
        drop(self);
        bound
    }

    #[track_caller]
    fn seated(&self, id: K) -> Bound<K, V> {
        let place = Location::caller();
        let (receiver, completer) = receiver::begin(|completer| completer, place, None);
        let mut table = lock(&self.table.table);
        table.next_seat += 1;
        let number = table.next_seat;
        let seat = Seat { number, completer };
        let failed = (table.failures != self.failures).then_some(CallbackError::Closed);
        let seated = Arc::downgrade(&self.table.table);
        let waiting = Waiting { receiver: Some(receiver), place, id: id.clone(), number, table: seated };
        let bound = Bound { waiting: Some(waiting), failed, cancel: Some(NoCancel) };
        if failed.is_some() {
            drop(table);
            return bound;
        }
        let early = table.parked.iter().position(|(parked, _)| *parked == id);
        if let Some(at) = early {
            let (_, made) = table.parked.remove(at);
            drop(table);
            complete(seat.completer, made);
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

    /// [`bind`](Reservation::bind)s to the id, or fails with what C said instead.
    ///
    /// # Errors
    ///
    /// The future says [`Refused`](CallbackError::Refused) if `started` does.
    ///
    /// # Cancel safety
    ///
    /// As for [`bind`](Reservation::bind).
    ///
    /// ```
    /// use uncallback::ffi::{CallbackError, Keyed, Started};
    /// let acks: Keyed<i32, &str> = Keyed::new();
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(acks.reserve().bind_started(Started::nonneg_ok(-5)).await, Err(CallbackError::Refused(-5)));
    /// # });
    /// ```
    #[track_caller]
    pub fn bind_started(self, started: Started<K>) -> Bound<K, V> {
        match started {
            Started::Pending(id) => self.bind(id),
            Started::Refused(code) => {
                Bound { waiting: None, failed: Some(CallbackError::Refused(code)), cancel: None }
            }
        }
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
        orphans.into_iter().for_each(|(_, made)| drop_made(made));
    }
}

/// A future of the event for one id; made by [`Reservation::bind`].
///
/// # What happens when
///
/// - it is **dropped**: the cancel closure runs, if there is one and the event has not come, and the id leaves the table. An
///   event that comes all the same is counted as [`unclaimed`](Keyed::unclaimed).
/// - the event comes **twice**: the first one counts; see [`Keyed`](Keyed#what-happens-when).
/// - the event is **never called**: it waits, until [`Keyed::fail_all`]. If C gives the id away again, or the last handle of
///   the table goes, it says [`NeverCalled`](CallbackError::NeverCalled). It does not keep the table.
/// - what makes the event **panics**: the panic resumes in the awaiter.
///
/// # Cancel safety
///
/// Dropping it loses the event, and nothing else.
///
/// ```
/// use uncallback::ffi::{Bound, Keyed};
/// let acks: Keyed<i32, &str> = Keyed::new();
/// let first: Bound<i32, &str> = acks.reserve().bind(7);
/// drop(first);
/// assert!(!acks.finish(7, "too late"));
/// assert_eq!(acks.unclaimed(), 1);
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Bound<K: Eq + Hash, V, C: Canceller<K> = NoCancel> {
    /// `None` if C has refused.
    waiting: Option<Waiting<K, V>>,
    failed: Option<CallbackError>,
    /// `None` once it has run.
    cancel: Option<C>,
}

/// A seat in the table, given up when it is dropped.
struct Waiting<K: Eq + Hash, V> {
    /// `None` once the outcome was taken.
    receiver: Option<Receiver<V, Threads>>,
    place: &'static Location<'static>,
    id: K,
    number: u64,
    /// Who waits hears of the end of the table, so it does not keep it.
    table: Weak<Mutex<Table<K, V>>>,
}

impl<K: Eq + Hash, V> Bound<K, V> {
    /// Says how to cancel: `cancel` runs when the future is dropped before its event has come.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. The C object is still there whenever the future is dropped.
    /// 2. `cancel` may be called on the thread that drops it, also from within a callback.
    ///
    /// # Cancel safety
    ///
    /// Cancelling is what it is for; see [`Bound`](Bound#what-happens-when).
    ///
    /// ```
    /// # use uncallback::ffi::{Cancel, Keyed};
    /// # unsafe extern "C" fn remove(_transfer: i32) {}
    /// let transfers: Keyed<i32, u32> = Keyed::new();
    /// let transfer = transfers.reserve().bind(7);
    /// // SAFETY: `remove` may be called at any time.
    /// let transfer = unsafe { transfer.cancel_with(|id| { remove(*id); Cancel::Silenced }) };
    /// drop(transfer);
    /// assert_eq!(transfers.outstanding(), 0);
    /// ```
    pub unsafe fn cancel_with<G>(mut self, cancel: G) -> Bound<K, V, With<G>>
    where
        G: FnOnce(&K) -> Cancel,
    {
        Bound { waiting: self.waiting.take(), failed: self.failed, cancel: Some(With(cancel)) }
    }
}

// Nothing in it is ever pinned.
impl<K: Eq + Hash, V, C: Canceller<K>> Unpin for Bound<K, V, C> {}

impl<K: Eq + Hash, V, C: Canceller<K>> Future for Bound<K, V, C> {
    type Output = Result<V, CallbackError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(error) = self.failed {
            return Poll::Ready(Err(error));
        }
        let waiting = self.waiting.as_mut().expect("an operation that has not failed waits");
        let place = waiting.place;
        let Some(receiver) = &mut waiting.receiver else { polled_after_completion(place) };
        let Poll::Ready(outcome) = receiver.poll(cx) else { return Poll::Pending };
        let Some(receiver) = waiting.receiver.take() else { unreachable!("seen just above") };
        // SAFETY: `poll` has just announced it.
        Poll::Ready(match unsafe { receiver.take(outcome, place) } {
            Ok(value) => Ok(value),
            Err(Miss::Panic(payload)) => std::panic::resume_unwind(payload),
            Err(Miss::Lost(lost)) => Err(CallbackError::NeverCalled(lost)),
        })
    }
}

impl<K: Eq + Hash, V, C: Canceller<K>> Drop for Bound<K, V, C> {
    fn drop(&mut self) {
        // The seat is kept meanwhile: the event may come inside of the cancelling function.
        let Some(waiting) = &self.waiting else { return };
        if waiting.is_pending() {
            if let Some(cancel) = self.cancel.take() {
                cancel.cancel(&waiting.id);
            }
        }
    }
}

impl<K: Eq + Hash, V> Waiting<K, V> {
    fn is_pending(&self) -> bool {
        self.receiver.as_ref().is_some_and(Receiver::is_pending)
    }
}

impl<K: Eq + Hash, V> Drop for Waiting<K, V> {
    fn drop(&mut self) {
        let Some(table) = self.table.upgrade() else { return };
        let mut table = lock(&table);
        let mine = table.waiting.get(&self.id).is_some_and(|seat| seat.number == self.number);
        let seat = if mine { table.waiting.remove(&self.id) } else { None };
        drop(table);
        drop(seat);
    }
}

impl<K: Eq + Hash, V, C: Canceller<K>> std::fmt::Debug for Bound<K, V, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pending = self.waiting.as_ref().is_some_and(Waiting::is_pending);
        f.debug_struct("Bound").field("pending", &pending).finish_non_exhaustive()
    }
}
