//! The future of a call made through a slot.

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Slot;
use super::cell::SlotCell;
use crate::Completer;
use crate::oneshot::Threads;
use crate::oneshot::adapt::{Attempt, KeepsHandle, Landed, attempt_is_a_future};
use crate::oneshot::cancel::handle_can_cancel;
use crate::oneshot::cell::Cell;
use crate::oneshot::link::Link;
use crate::oneshot::receiver::{landed, polled_after_completion};
use crate::oneshot::states::Outcome;
use crate::watch::{Mark, Watched};

/// The future of a call that its first poll makes, by [`Slot::call`].
///
/// # What happens when
///
/// - it is **dropped** before the first poll: the API is never called. Later: nothing blocks, the API is not told (see
///   [`cancel_with`](Self::cancel_with)), and the slot gives its cell up to the callback, whose value is dropped when it
///   comes. The slot's next call gets a new cell.
/// - the callback is **called twice**: that does not compile, because completing consumes the [`Completer`].
/// - the callback is **never called**: if it is dropped, the awaiter panics with the place of the call, or gets
///   [`Lost`](crate::Lost) from [`checked`](Self::checked). If the API keeps it for ever, the future waits for ever.
/// - the callback **panics** in [`complete_with`](Completer::complete_with): the panic resumes in the awaiter.
///
/// # Cancel safety
/// Dropping it loses the value, and once made the slot's cell.
///
/// ```
/// # use uncallback::{Completer, Slot};
/// # uncallback::__private::block_on(async {
/// let mut slot = Slot::new();
/// drop(slot.call(|done: Completer<u8>| done.complete(1))); // never made
/// assert_eq!(slot.call(|done| done.complete(2)).await, 2);
/// assert!(slot.call(|done| drop(done)).checked().await.is_err()); // never called
/// # });
/// ```
#[must_use = "futures do nothing unless awaited: the call has not been made"]
pub struct SlotCall<'slot, T, H, F> {
    slot: &'slot mut Slot<T>,
    state: State<T, H, F>,
    place: &'static Location<'static>,
}

enum State<T, H, F> {
    Idle(F, PhantomData<fn(T)>),
    /// The cell is the slot's, and stays so while this future has the slot.
    Made(SlotCell<T>, H, Watched),
    /// The API call panicked.
    Failed,
    Over,
}

impl<'slot, T, H, F> SlotCall<'slot, T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    #[inline]
    pub(super) fn idle(slot: &'slot mut Slot<T>, api: F, place: &'static Location<'static>) -> Self {
        SlotCall { slot, state: State::Idle(api, PhantomData), place }
    }

    #[inline]
    fn make(&mut self, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let State::Idle(..) = self.state else { polled_after_completion(self.place) };
        // User code: if it panics, nothing has happened.
        let cell = self.slot.open(cx.waker());
        let mark = Mark::new();
        let watched = Watched::new(mark, self.place, core::any::type_name::<T>());
        // SAFETY: there is no completer yet: the cell is the slot's alone, and nobody looks into it.
        unsafe { cell.set_mark(mark) };
        // SAFETY: a call was just opened, and this is its one completer.
        let completer = unsafe { Completer::new(cell) };
        let in_call = Threads::enter(cell.link());
        let state = &mut self.state;
        let api = || match mem::replace(state, State::Failed) {
            State::Idle(api, _) => api(completer),
            _ => unreachable!("seen just above"),
        };
        let handle = watched.making(api);
        drop(in_call);
        // `Failed` has no destructor to run.
        mem::forget(mem::replace(&mut self.state, State::Made(cell, handle, watched)));
        // SAFETY: alive: the slot's.
        if unsafe { cell.get() }.link.still_waits() {
            self.watched(Watched::waits);
            return Poll::Pending;
        }
        self.look(cell, cx)
    }

    /// Looks whether the call is over.
    #[inline]
    fn look(&mut self, cell: SlotCell<T>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        // SAFETY: alive: the slot's.
        let Cell { link, contents, .. } = unsafe { cell.get() };
        let Some(unused) = link.value() else { return self.look_closer(cell, cx) };
        self.watched(|watched| watched.landed(Outcome::Value));
        // User code, before the value is taken: if it panics, the slot drops the value.
        drop(mem::replace(&mut self.state, State::Over));
        // SAFETY: seen just above.
        let value = unsafe { contents.take_value() };
        // SAFETY: moved out.
        unsafe { link.rest(unused) };
        // The last step, so that the compiler sees it when it comes to drop the future.
        mem::forget(mem::replace(&mut self.state, State::Over));
        Poll::Ready(Ok(value))
    }

    #[inline(never)]
    fn look_closer(&mut self, cell: SlotCell<T>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        // SAFETY: alive: the slot's.
        let Cell { link, contents, .. } = unsafe { cell.get() };
        let Some(outcome) = link.poll(cx.waker()) else {
            self.watched(Watched::waits);
            return Poll::Pending;
        };
        self.watched(|watched| watched.landed(outcome));
        // As above.
        drop(mem::replace(&mut self.state, State::Over));
        // SAFETY: announced by the poll just above.
        let landing = unsafe { contents.take(outcome) };
        // SAFETY: moved out.
        unsafe { link.rest_closer() };
        Poll::Ready(landed(landing, self.place))
    }
}

impl<T, H, F> SlotCall<'_, T, H, F> {
    /// Tells whoever follows the call, while it is out.
    #[inline]
    fn watched(&self, tell: impl FnOnce(&Watched)) {
        if let State::Made(_, _, watched) = &self.state {
            tell(watched);
        }
    }
}

// SAFETY: the cell is the slot's, which may be sent, and which this future has for itself.
unsafe impl<T: Send, H: Send, F: Send> Send for SlotCall<'_, T, H, F> {}
// SAFETY: everything that reaches the cell takes `&mut self`.
unsafe impl<T: Send, H: Sync, F: Sync> Sync for SlotCall<'_, T, H, F> {}
// Nothing in it is ever pinned.
impl<T, H, F> Unpin for SlotCall<'_, T, H, F> {}

impl<T, H, F> Attempt for SlotCall<'_, T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    type Value = T;

    #[inline]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let this = self.get_mut();
        let State::Made(cell, ..) = this.state else { return this.make(cx) };
        this.look(cell, cx)
    }
}

impl<T, H, F> KeepsHandle for SlotCall<'_, T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    type Handle = H;

    fn interrupt(&mut self) -> Option<H> {
        let State::Made(cell, ..) = self.state else { return None };
        // SAFETY: alive: the slot's.
        if unsafe { cell.get() }.link.outcome().is_some() {
            return None;
        }
        self.watched(Watched::given_up);
        match mem::replace(&mut self.state, State::Failed) {
            State::Made(_, handle, _) => Some(handle),
            _ => None,
        }
    }
}

attempt_is_a_future!(['slot, T, H, F: FnOnce(Completer<T>) -> H] SlotCall<'slot, T, H, F>);
handle_can_cancel!(['slot, T, H, F: FnOnce(Completer<T>) -> H] SlotCall<'slot, T, H, F>, H);

impl<T, H, F> Drop for SlotCall<'_, T, H, F> {
    fn drop(&mut self) {
        if matches!(self.state, State::Made(..) | State::Failed) {
            self.slot.give_up();
        }
        self.watched(Watched::given_up);
    }
}

impl<T, H, F> fmt::Debug for SlotCall<'_, T, H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Idle(..) => "not made",
            State::Made(..) => "made",
            State::Failed => "failed",
            State::Over => "over",
        };
        f.debug_struct("SlotCall")
            .field("place", &format_args!("{}", self.place))
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
