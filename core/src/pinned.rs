//! Calls whose state lies inside the pinned future: nothing is allocated.
//!
//! The cell is the one of `oneshot/cell.rs`, and so is the protocol. What differs is who owns the memory: the future
//! alone. So the completer may never find its receiver gone, and it is the user who promises that.

use core::ffi::c_void;
use core::fmt;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::ManuallyDrop;
use core::panic::Location;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

use crate::oneshot::adapt::{Attempt, Landed, attempt_is_a_future};
use crate::oneshot::cell::Cell;
use crate::oneshot::completer::{catch, lost_outcome};
use crate::oneshot::contents::Payload;
use crate::oneshot::link::{Cancel, Finish, Link};
use crate::oneshot::receiver::{landed, polled_after_completion};
use crate::oneshot::states::Outcome;
use crate::oneshot::threads::Threads;
use crate::watch::{Mark, Watched};

/// Makes a call at the first poll, with its state inside the future.
///
/// `start` makes the call; what it returns is dropped when the outcome is in, or passed to `cancel` when the future is
/// dropped before that.
///
/// What happens when the future is dropped, or the callback is called twice, never called, or panics:
/// see [`Pinned`](Pinned#what-happens-when).
///
/// # Safety
/// The caller promises, and a reviewer checks against the documentation of the API:
///
/// 1. When `cancel` returns, the callback has run, or will not run any more and is not running: not on another thread, and
///    not further up on this one.
/// 2. The same holds when `start` panics.
/// 3. That includes the callback's destructor: the [`PinnedCompleter`] is neither completed nor dropped after that, nor is
///    a pointer that was made of it used.
///
/// A `cancel` that panics gives no such assurance and aborts the process. The future itself may be forgotten: being pinned,
/// its memory then stays.
///
/// # Panics
/// The future panics if the callback is dropped without being called (see [`Pinned::checked`]), and resumes a panic that
/// was caught in it. A panic of `start` leaves the poll.
///
/// ```
/// # use std::thread;
/// use uncallback::{pinned, PinnedCompleter};
///
/// fn measure(done: PinnedCompleter<u32>) -> thread::JoinHandle<()> {
///     thread::spawn(move || done.complete(21))
/// }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: after the join, the callback has run.
/// let measured = unsafe { pinned(measure, |thread| thread.join().unwrap()) };
/// assert_eq!(measured.await, 21);
/// # });
/// ```
///
/// # Cancel safety
/// Dropped before the first poll, nothing has happened. Dropped later, `cancel` runs, and may block if it must.
#[track_caller]
pub unsafe fn pinned<T, H, S, C>(start: S, cancel: C) -> Pinned<T, H, S, C>
where
    S: FnOnce(PinnedCompleter<T>) -> H,
    C: FnOnce(H),
{
    Pinned {
        cell: Cell::new(Threads::new(), Mark::new()),
        state: State::Idle(start, cancel),
        place: Location::caller(),
        _pinned: PhantomPinned,
    }
}

/// The future of a call whose state it holds itself, made by [`pinned`].
///
/// # What happens when
///
/// - it is **dropped** before its first poll: nothing; both closures are dropped. Later, and before the callback has come:
///   `cancel` runs, and may block until the callback can't come any more. After the callback has come: its value is dropped,
///   and `cancel` does not run.
/// - the callback is **called twice**: that does not compile, because completing consumes the [`PinnedCompleter`].
/// - the callback is **never called**: if it is dropped, the awaiter panics with the place of the call, or gets
///   [`Lost`](crate::Lost) from [`checked`](Self::checked). If the API keeps it, the future waits until it is dropped.
/// - the callback **panics** in [`complete_with`](PinnedCompleter::complete_with): the panic resumes in the awaiter.
/// - `cancel` **panics**: the process aborts, because whether the callback still runs is not known.
///
/// # Cancel safety
/// Dropping it loses the value, after `cancel` has returned.
///
/// ```
/// use std::task::{Context, Waker};
/// use std::thread;
/// use uncallback::{PinnedCompleter, pinned};
///
/// let measure = |done: PinnedCompleter<u32>| thread::spawn(move || done.complete(21));
/// // SAFETY: after the join, the callback has run.
/// let mut measured = Box::pin(unsafe { pinned(measure, |thread| thread.join().unwrap()) });
/// let _ = measured.as_mut().poll(&mut Context::from_waker(Waker::noop())); // makes the call
/// drop(measured); // joins the thread, unless the value was there already
/// ```
#[must_use = "futures do nothing unless awaited: the call has not been made"]
pub struct Pinned<T, H, S, C>
where
    C: FnOnce(H),
{
    cell: Cell<T, Threads>,
    state: State<H, S, C>,
    place: &'static Location<'static>,
    _pinned: PhantomPinned,
}

enum State<H, S, C> {
    Idle(S, C),
    Made(H, C, Watched),
    /// The outcome was taken, or the API call panicked.
    Over,
}

impl<T, H, S, C> Attempt for Pinned<T, H, S, C>
where
    S: FnOnce(PinnedCompleter<T>) -> H,
    C: FnOnce(H),
{
    type Value = T;

    #[inline]
    fn poll_landed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Landed<T>> {
        // SAFETY: nothing is moved out of the cell's place, and the rest is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if let State::Idle(..) = this.state {
            this.make();
        }
        let State::Made(_, _, watched) = &this.state else { polled_after_completion(this.place) };
        if this.cell.link.has_plain_value() {
            watched.landed(Outcome::Value);
            // As in `end`, for the end that nearly all calls take.
            let over = core::mem::replace(&mut this.state, State::Over);
            // SAFETY: DONE with a value, and taken once: the state was Made.
            let value = unsafe { this.cell.contents.take_value() };
            drop(over);
            return Poll::Ready(Ok(value));
        }
        let Some(outcome) = this.cell.link.poll(cx.waker()) else {
            watched.waits();
            return Poll::Pending;
        };
        // SAFETY: announced just above, and taken once: the state was Made.
        Poll::Ready(unsafe { this.end(outcome) })
    }
}

impl<T, H, S, C> Pinned<T, H, S, C>
where
    S: FnOnce(PinnedCompleter<T>) -> H,
    C: FnOnce(H),
{
    /// Takes an outcome that came in the middle of a poll, or is no value.
    ///
    /// # Safety
    /// The state is Made, and `outcome` is the link's.
    #[cold]
    unsafe fn end(&mut self, outcome: Outcome) -> Landed<T> {
        let over = core::mem::replace(&mut self.state, State::Over);
        if let State::Made(_, _, watched) = &over {
            watched.landed(outcome);
        }
        // SAFETY: DONE, and taken once (contract).
        let landing = unsafe { self.cell.contents.take(outcome) };
        // SAFETY: DONE, and asked once.
        let unused = unsafe { self.cell.link.take_unused_waker() };
        // The handle is user code: if its destructor panics, the value goes with this future.
        drop((over, unused));
        landed(landing, self.place)
    }

    #[inline]
    fn make(&mut self) {
        let State::Idle(start, cancel) = core::mem::replace(&mut self.state, State::Over) else { return };
        let watched = Watched::new(self.cell.mark, self.place, core::any::type_name::<T>());
        let cell = NonNull::from(&self.cell);
        let _in_call = Threads::enter(cell.cast());
        let handle = watched.making(|| start(PinnedCompleter { cell, owns: PhantomData }));
        self.state = State::Made(handle, cancel, watched);
    }
}

impl<T, H, S, C> Drop for Pinned<T, H, S, C>
where
    C: FnOnce(H),
{
    #[inline]
    fn drop(&mut self) {
        if let State::Made(..) = self.state {
            self.give_up();
        }
    }
}

impl<T, H, S, C> Pinned<T, H, S, C>
where
    C: FnOnce(H),
{
    /// Ends a call whose outcome was not taken.
    #[cold]
    fn give_up(&mut self) {
        let State::Made(handle, cancel, watched) = core::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        if self.cell.link.outcome().is_none() {
            // Unwinding from here would free memory that the callback may still write to.
            let abort = AbortOnUnwind;
            cancel(handle);
            core::mem::forget(abort);
        } else {
            drop((handle, cancel));
        }
        // SAFETY: the completer is gone, or will not be used any more (contract of `pinned`).
        match unsafe { Threads::cancel(NonNull::from(&self.cell.link)) } {
            Cancel::Pending(waker) => drop(waker),
            Cancel::Done(outcome) => {
                // SAFETY: DONE, and taken once: the state was Made.
                let landing = unsafe { self.cell.contents.take(outcome) };
                // SAFETY: DONE, and asked once.
                let unused = unsafe { self.cell.link.take_unused_waker() };
                drop((landing, unused));
            }
        }
        // User code of a tracing subscriber: it must not come before `cancel`.
        watched.given_up();
    }
}

/// A panic while unwinding aborts, with `std` and without.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        panic!("the cancellation of a pinned call panicked: whether its callback still runs is unknown");
    }
}

attempt_is_a_future!([T, H, S: FnOnce(PinnedCompleter<T>) -> H, C: FnOnce(H)] Pinned<T, H, S, C>);

impl<T, H, S, C: FnOnce(H)> fmt::Debug for Pinned<T, H, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pinned").field("place", &format_args!("{}", self.place)).finish_non_exhaustive()
    }
}

/// The callback's side of a call that was made by [`pinned`].
///
/// # What happens when
///
/// - it is **dropped** without completing: the awaiter panics with the place of the call, or gets [`Lost`](crate::Lost) if
///   it asked with [`checked`](Pinned::checked).
/// - it completes **twice**: that does not compile, because completing consumes it.
/// - it is **never** completed nor dropped: the future waits until it is dropped itself, and `cancel` has to make sure that
///   nothing comes any more.
/// - the callback **panics**: as for [`Completer`](crate::Completer#what-happens-when).
///
/// ```
/// # use uncallback::{pinned, PinnedCompleter};
/// # uncallback::__private::block_on(async {
/// // SAFETY: the callback runs inside the call.
/// let sum = unsafe { pinned(|done: PinnedCompleter<u8>| done.complete(1 + 1), |()| ()) };
/// assert_eq!(sum.await, 2);
///
/// // SAFETY: the callback is dropped inside the call.
/// let lost = unsafe { pinned(|done: PinnedCompleter<u8>| drop(done), |()| ()) };
/// assert!(lost.checked().await.is_err());
/// # });
/// ```
#[must_use = "a completer that is dropped tells the awaiter that the callback is lost"]
pub struct PinnedCompleter<T> {
    cell: NonNull<Cell<T, Threads>>,
    owns: PhantomData<T>,
}

// SAFETY: the completer writes a `T` on its thread that the future reads on another; the link orders the two.
unsafe impl<T: Send> Send for PinnedCompleter<T> {}
// SAFETY: nothing can be done with a shared one.
unsafe impl<T: Send> Sync for PinnedCompleter<T> {}

impl<T> PinnedCompleter<T> {
    /// Completes the call: the future's output is `value`.
    ///
    /// See the example of [`PinnedCompleter`].
    #[inline]
    pub fn complete(self, value: T) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the future and its cell are alive (contract of `pinned`), and we finish right below.
        unsafe {
            this.cell.as_ref().contents.write_value(value);
            finish(this.cell, Outcome::Value);
        }
    }

    /// Completes the call with what `make` returns; a panic in `make` resumes in the awaiter.
    ///
    /// ```
    /// # use uncallback::{pinned, PinnedCompleter};
    /// # uncallback::__private::block_on(async {
    /// // SAFETY: the callback runs inside the call.
    /// let sum = unsafe { pinned(|done: PinnedCompleter<u8>| done.complete_with(|| 1 + 1), |()| ()) };
    /// assert_eq!(sum.await, 2);
    /// # });
    /// ```
    pub fn complete_with(self, make: impl FnOnce() -> T) {
        // SAFETY: as in `complete`.
        match unsafe { self.cell.as_ref() }.mark.run(|| catch(make)) {
            Ok(value) => self.complete(value),
            Err(payload) => self.resume_in_awaiter(payload),
        }
    }

    /// Turns the completer into a pointer that a C API can carry as its user data.
    ///
    /// ```
    /// # use uncallback::{pinned, PinnedCompleter};
    /// # uncallback::__private::block_on(async {
    /// let through_c = |done: PinnedCompleter<u8>| {
    ///     let user_data = done.into_raw();
    ///     // SAFETY: from `into_raw` of the same type, once.
    ///     unsafe { PinnedCompleter::<u8>::from_raw(user_data) }.complete(7);
    /// };
    /// // SAFETY: the callback runs inside the call.
    /// assert_eq!(unsafe { pinned(through_c, |()| ()) }.await, 7);
    /// # });
    /// ```
    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).cell.as_ptr().cast()
    }

    /// Takes back the completer that [`into_raw`](Self::into_raw) gave away.
    ///
    /// # Safety
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// 1. `raw` came from [`into_raw`](Self::into_raw) of a `PinnedCompleter` of this very `T`: C hands the user data back
    ///    as it got it.
    /// 2. It is taken back at most once, and not after `cancel` has returned, as promised to [`pinned`].
    /// 3. If `T` is not `Send`, this is the thread of `into_raw`.
    ///
    /// See the example of [`into_raw`](Self::into_raw).
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: never null, because it came from a `NonNull`.
        PinnedCompleter { cell: unsafe { NonNull::new_unchecked(raw.cast()) }, owns: PhantomData }
    }

    fn resume_in_awaiter(self, payload: Payload) {
        let this = ManuallyDrop::new(self);
        // SAFETY: as in `complete`.
        unsafe {
            this.cell.as_ref().contents.write_payload(payload);
            finish(this.cell, Outcome::Panic);
        }
    }
}

impl<T> Drop for PinnedCompleter<T> {
    fn drop(&mut self) {
        // SAFETY: as in `complete`; completing takes it by value, past this destructor.
        unsafe { finish(self.cell, lost_outcome()) };
    }
}

impl<T> fmt::Debug for PinnedCompleter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedCompleter").finish_non_exhaustive()
    }
}

/// # Safety
/// The cell is alive, the caller is its only completer, has written the contents of `outcome`, and forgets the cell.
#[inline]
unsafe fn finish<T>(cell: NonNull<Cell<T, Threads>>, outcome: Outcome) {
    // SAFETY: alive (contract).
    let mark = unsafe { cell.as_ref() }.mark;
    let ending = mark.finishing(outcome);
    // SAFETY: passed on to the caller.
    match unsafe { Threads::finish(cell.cast(), outcome) } {
        Finish::Delivered(Some(waker)) => mark.run(|| waker.wake()),
        Finish::Delivered(None) => {}
        Finish::Abandoned => unreachable!("the future of a pinned call went before its callback"),
    }
    ending.report();
}
