//! The future of an operation that C is busy with.
use super::affinity::Anywhere;
use super::cancel::{Canceller, NoCancel};
use super::custody::Place;
use super::outcome::{CallbackError, Cancel, Started};
use crate::oneshot::Threads;
use crate::oneshot::generated::Miss;
use crate::oneshot::receiver::Receiver;
use crate::oneshot::states::Outcome;
use crate::watch::awaited_here;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of a started operation: `Result<T, CallbackError>`.
///
/// Who may touch the record in C's hands: C, through its callback, once; the owner, when it closes; and this future, if
/// cancelling said [`Silenced`](Cancel::Silenced). Nobody else: dropping the future leaves the record to C.
///
/// # What happens when
///
/// - it is **dropped** before the callback has come: the cancel closure runs, if there is one. Unless it says `Silenced`, C
///   keeps the user data; when it calls back, the closure runs, its value is dropped, and so is what was kept. Dropped after
///   that, the future drops the value.
/// - the callback is **called twice**: behind a key, a counted [`Stray`](super::Stray). Behind a pointer it is undefined,
///   and ruled out by promise 1 of [`oneshot`](super::oneshot()).
/// - the callback is **never called**: where C lets go of it visibly, [`NeverCalled`](CallbackError::NeverCalled); see
///   [`oneshot_destroying`](super::oneshot_destroying()) and [`Owner`](super::Owner). Otherwise the future waits for ever.
/// - the closure that reads C's arguments **panics**: C gets a normal return; the panic resumes in the awaiter.
/// - it is **polled again** after it was ready: that panics.
///
/// # Cancel safety
///
/// Dropping it loses the value, and never blocks.
///
/// ```
/// use core::ffi::c_void;
/// use uncallback::ffi::{self, First, Pending};
/// # type Callback = extern "C" fn(*mut c_void, u8);
/// # std::thread_local! { static KEPT: std::cell::Cell<Option<(Callback, *mut c_void)>> = const { std::cell::Cell::new(None) } }
/// # fn later(cb: Callback, data: *mut c_void) { KEPT.set(Some((cb, data))) }
/// # fn turn_of_the_event_loop() {
/// #     let (cb, data) = KEPT.take().unwrap();
/// #     cb(data, 7);
/// # }
/// // SAFETY: `later` calls back exactly once.
/// let ask = || unsafe { ffi::oneshot(First, |cb, data| later(cb, data), |(n,)| n) }.start();
///
/// let dropped: Pending<u8> = ask();
/// drop(dropped);
/// turn_of_the_event_loop(); // C calls all the same, and nobody hears
///
/// let awaited: Pending<u8> = ask();
/// turn_of_the_event_loop();
/// # uncallback::__private::block_on(async {
/// assert_eq!(awaited.await, Ok(7));
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Pending<T, H = (), C = NoCancel, M = Anywhere>
where
    C: Canceller<H>,
{
    state: State<T, H, C>,
    affinity: PhantomData<M>,
}

enum State<T, H, C> {
    Waiting(Waiting<T, H, C>),
    Failed(CallbackError),
    Finished,
}

struct Waiting<T, H, C> {
    receiver: Receiver<T, Threads>,
    place: Place,
    /// For a canceller that may silence C.
    reclaim: Option<Reclaim>,
    handle: H,
    /// `None` once it has run.
    cancel: Option<C>,
    /// Cancelled with success: what comes is the loss that we caused.
    silenced: bool,
}

/// How to take a record back.
#[derive(Clone, Copy)]
pub(super) struct Reclaim {
    pub(super) token: *mut (),
    pub(super) reclaim: unsafe fn(*mut ()),
}

// SAFETY: the token is a name for what C holds. It is used by `Pending` only, which is `Send` for `Anywhere` only, where
// everything in the record was demanded to be `Send`.
unsafe impl Send for Reclaim {}
// SAFETY: used through `&mut` only.
unsafe impl Sync for Reclaim {}

impl<T, H, C: Canceller<H>, M> Unpin for Pending<T, H, C, M> {}

impl<T, H, C: Canceller<H>, M> Pending<T, H, C, M> {
    pub(super) fn failed(error: CallbackError) -> Self {
        Self { state: State::Failed(error), affinity: PhantomData }
    }

    #[inline]
    pub(super) fn started(
        receiver: Receiver<T, Threads>,
        place: Place,
        reclaim: Reclaim,
        started: Started<H>,
        cancel: C,
    ) -> Self {
        let state = match started {
            Started::Pending(handle) => {
                let reclaim = C::SILENCES.then_some(reclaim);
                State::Waiting(Waiting {
                    receiver,
                    place,
                    reclaim,
                    handle,
                    cancel: Some(cancel),
                    silenced: false,
                })
            }
            Started::Refused(code) => {
                // A library that calls back *and* refuses has consumed the record: there is nothing to take back.
                if receiver.is_pending() {
                    // SAFETY: refused: by the contract C has not kept the token and does not use it.
                    receiver.within_call(|| unsafe { (reclaim.reclaim)(reclaim.token) });
                }
                State::Failed(CallbackError::Refused(code))
            }
        };
        Self { state, affinity: PhantomData }
    }

    /// Cancels now, and goes on waiting for what C makes of it.
    ///
    /// After [`Silenced`](Cancel::Silenced) the output is [`Cancelled`](CallbackError::Cancelled); after
    /// [`StillFires`](Cancel::StillFires) it is what the callback brings. Runs the closure at most once.
    ///
    /// ```
    /// # use core::ffi::{c_int, c_void};
    /// # use uncallback::ffi::{self, Cancel, CallbackError, First, Started};
    /// # unsafe extern "C" fn later(_cb: extern "C" fn(*mut c_void, u8), _d: *mut c_void) -> c_int { 3 }
    /// # unsafe extern "C" fn remove(id: c_int) -> c_int { 1 }
    /// // SAFETY: `later` calls back at most once; after `remove` has returned 1, it does not.
    /// let mut pending = unsafe {
    ///     ffi::oneshot(First, |cb, data| Started::nonneg_ok(later(cb, data)), |(n,)| n)
    ///         .cancel_with(|id| Cancel::silenced_if(remove(*id) == 1))
    /// }.start();
    /// assert_eq!(pending.cancel(), Cancel::Silenced);
    /// # uncallback::__private::block_on(async {
    /// assert_eq!(pending.await, Err(CallbackError::Cancelled));
    /// # });
    /// ```
    pub fn cancel(&mut self) -> Cancel {
        match &mut self.state {
            State::Waiting(waiting) => waiting.cancel(),
            State::Failed(_) | State::Finished => Cancel::TooLate,
        }
    }

    /// Whether the callback has not come yet.
    ///
    /// ```
    /// # use core::ffi::c_void;
    /// # use uncallback::ffi::{self, First, Started};
    /// # unsafe extern "C" fn work(cb: extern "C" fn(*mut c_void, u8), d: *mut c_void) { cb(d, 1) }
    /// // SAFETY: `work` calls back exactly once.
    /// let pending = unsafe { ffi::oneshot(First, |cb, data| work(cb, data), |(n,)| n) }.start();
    /// assert!(!pending.is_pending());
    /// ```
    pub fn is_pending(&self) -> bool {
        matches!(&self.state, State::Waiting(waiting) if waiting.receiver.is_pending())
    }
}

impl<T, H, C: Canceller<H>> Waiting<T, H, C> {
    fn cancel(&mut self) -> Cancel {
        // A future that has its outcome must not cancel: the id may belong to another operation by now.
        if !self.receiver.is_pending() {
            return Cancel::TooLate;
        }
        let Some(cancel) = self.cancel.take() else { return Cancel::TooLate };
        let said = cancel.cancel(&self.handle);
        // The callback may have come inside the closure, or on another thread before C could silence it. The outcome is
        // published before the record goes, so "still pending" after "no call is running" means that it is still there.
        if said == Cancel::Silenced && self.receiver.is_pending() {
            self.silenced = true;
            if let Some(Reclaim { token, reclaim }) = self.reclaim {
                // SAFETY: `Silenced` promises that C does not use the token any more.
                unsafe { reclaim(token) };
            }
        }
        said
    }
}

impl<T, H, C: Canceller<H>, M> Future for Pending<T, H, C, M> {
    type Output = Result<T, CallbackError>;

    // Always: the part that most polls run is short, and what is cold stands apart.
    #[inline(always)]
    #[cfg_attr(feature = "debug", track_caller)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _here = awaited_here();
        let this = self.get_mut();
        if let State::Waiting(waiting) = &mut this.state {
            if waiting.receiver.has_value() {
                // SAFETY: seen just above.
                return Poll::Ready(Ok(unsafe { this.take_value() }));
            }
            let Poll::Ready(outcome) = waiting.receiver.poll(cx) else { return Poll::Pending };
            return Poll::Ready(this.land(outcome));
        }
        Poll::Ready(this.fail())
    }
}

impl<T, H, C: Canceller<H>, M> Pending<T, H, C, M> {
    /// Takes the value that is there.
    ///
    /// # Safety
    ///
    /// The receiver's `has_value` has just said so.
    #[inline]
    unsafe fn take_value(&mut self) -> T {
        let Waiting { receiver, handle, cancel, .. } = self.leave();
        // SAFETY: there (contract).
        let value = unsafe { receiver.take_value() };
        // The handle goes now, after the value has come.
        drop((handle, cancel));
        value
    }

    /// The value, if it is there. Then nothing is left here that would have to be dropped.
    #[inline]
    pub(super) fn take_value_if_there(&mut self) -> Option<Result<T, CallbackError>> {
        let State::Waiting(waiting) = &self.state else { return None };
        // SAFETY: `has_value` has just said so.
        waiting.receiver.has_value().then(|| Ok(unsafe { self.take_value() }))
    }

    /// Whether C has not called back, and the waker is in place that was left before the start.
    #[inline]
    pub(super) fn still_waits(&self) -> bool {
        matches!(&self.state, State::Waiting(waiting) if waiting.receiver.still_waits())
    }

    /// Takes what a poll has just announced, if that is not a plain value.
    #[cold]
    #[inline(never)]
    fn land(&mut self, outcome: Outcome) -> Result<T, CallbackError> {
        let Waiting { receiver, place, handle, cancel, silenced, .. } = self.leave();
        // SAFETY: `poll` has just announced it.
        let landed = unsafe { receiver.take(outcome, place) };
        // The handle goes now, after the value has come.
        drop((handle, cancel));
        match landed {
            Ok(value) => Ok(value),
            Err(Miss::Panic(payload)) => std::panic::resume_unwind(payload),
            Err(Miss::Lost(_)) if silenced => Err(CallbackError::Cancelled),
            Err(Miss::Lost(lost)) => Err(CallbackError::NeverCalled(lost)),
        }
    }

    /// Ends the wait of an operation whose outcome is there.
    #[inline]
    fn leave(&mut self) -> Waiting<T, H, C> {
        match std::mem::replace(&mut self.state, State::Finished) {
            State::Waiting(waiting) => waiting,
            _ => unreachable!("only an operation lands"),
        }
    }

    /// The operation was never under way, or is over.
    #[cold]
    #[inline(never)]
    fn fail(&mut self) -> Result<T, CallbackError> {
        match std::mem::replace(&mut self.state, State::Finished) {
            State::Failed(error) => Err(error),
            _ => polled_after_completion(),
        }
    }
}

#[cold]
pub(super) fn polled_after_completion() -> ! {
    panic!("the future of a C operation was polled after completion")
}

impl<T, H, C: Canceller<H>, M> Drop for Pending<T, H, C, M> {
    #[inline]
    fn drop(&mut self) {
        if let State::Waiting(waiting) = &mut self.state {
            waiting.cancel();
        }
    }
}

impl<T, H, C: Canceller<H>, M> std::fmt::Debug for Pending<T, H, C, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("pending", &self.is_pending()).finish_non_exhaustive()
    }
}
