//! The future of a call made through a slot.

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::{Slot, SlotCompleter};
use crate::oneshot::adapt::{Attempt, KeepsHandle, Landed, attempt_is_a_future};
use crate::oneshot::cancel::handle_can_cancel;
use crate::oneshot::inside;
use crate::oneshot::receiver::{landed, polled_after_completion};
use crate::watch::{Mark, Watched};

/// The future of a call that its first poll makes, by [`Slot::call`].
///
/// # Cancel safety
/// Dropped before the first poll, nothing has happened. Dropped later, the slot gives its cell up to the callback, whose
/// value is dropped when it comes; the slot's next call gets a new cell.
///
/// ```
/// # use uncallback::{Slot, SlotCompleter};
/// # uncallback::__private::block_on(async {
/// let mut slot = Slot::new();
/// drop(slot.call(|done: SlotCompleter<u8>| done.complete(1))); // never made
/// assert_eq!(slot.call(|done| done.complete(2)).await, 2);
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
    Made(H, Watched),
    /// The API call panicked.
    Failed,
    Over,
}

impl<'slot, T, H, F> SlotCall<'slot, T, H, F>
where
    F: FnOnce(SlotCompleter<T>) -> H,
{
    #[inline]
    pub(super) fn idle(slot: &'slot mut Slot<T>, api: F, place: &'static Location<'static>) -> Self {
        SlotCall { slot, state: State::Idle(api, PhantomData), place }
    }

    #[inline]
    fn make(&mut self, waker: &Waker) {
        let State::Idle(api, _) = mem::replace(&mut self.state, State::Failed) else {
            polled_after_completion(self.place)
        };
        let mark = Mark::new();
        let watched = Watched::new(mark, self.place, core::any::type_name::<T>());
        let cell = self.slot.idle_cell();
        // SAFETY: the cell is IDLE; the completer is the only one of the call.
        let completer = unsafe {
            cell.as_ref().open(waker);
            SlotCompleter::new(cell, mark)
        };
        let _in_call = inside::enter(cell.as_ptr().cast());
        let handle = watched.making(|| api(completer));
        self.state = State::Made(handle, watched);
    }
}

impl<T, H, F> SlotCall<'_, T, H, F> {
    /// Tells whoever follows the call, while it is out.
    #[inline]
    fn watched(&self, tell: impl FnOnce(&Watched)) {
        if let State::Made(_, watched) = &self.state {
            tell(watched);
        }
    }
}

// Nothing in it is ever pinned.
impl<T, H, F> Unpin for SlotCall<'_, T, H, F> {}

impl<T, H, F> Attempt for SlotCall<'_, T, H, F>
where
    F: FnOnce(SlotCompleter<T>) -> H,
{
    type Value = T;

    #[inline]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        let this = self.get_mut();
        if !matches!(this.state, State::Made(..)) {
            this.make(cx.waker());
        }
        let cell = this.slot.open_cell();
        // SAFETY: the state is Made: a call is open, and not taken.
        let polled = unsafe { cell.poll(cx.waker()) };
        let Some(outcome) = polled else {
            this.watched(Watched::waits);
            return Poll::Pending;
        };
        this.watched(|watched| watched.landed(outcome));
        // User code, before the outcome is taken: if it panics, the slot drops the outcome.
        drop(mem::replace(&mut this.state, State::Over));
        // SAFETY: announced by the poll just above.
        Poll::Ready(landed(unsafe { this.slot.open_cell().take(outcome) }, this.place))
    }
}

impl<T, H, F> KeepsHandle for SlotCall<'_, T, H, F>
where
    F: FnOnce(SlotCompleter<T>) -> H,
{
    type Handle = H;

    fn interrupt(&mut self) -> Option<H> {
        if !matches!(self.state, State::Made(..)) || self.slot.open_cell().outcome().is_some() {
            return None;
        }
        self.watched(Watched::given_up);
        match mem::replace(&mut self.state, State::Failed) {
            State::Made(handle, _) => Some(handle),
            _ => None,
        }
    }
}

attempt_is_a_future!(['slot, T, H, F: FnOnce(SlotCompleter<T>) -> H] SlotCall<'slot, T, H, F>);
handle_can_cancel!(['slot, T, H, F: FnOnce(SlotCompleter<T>) -> H] SlotCall<'slot, T, H, F>, H);

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
