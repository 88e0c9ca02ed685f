//! C callbacks on real-time threads: audio, motor control, packet capture. They may not wait, and not allocate.
//!
//! What runs on the real-time thread for one call, and what it may cost:
//!
//! | step | cost |
//! |---|---|
//! | find the closure behind the key | two atomic operations, which only the end of the stream contends for |
//! | run the closure | its own |
//! | put a value into the ring | a copy, and one atomic operation; a value that finds no room is dropped and counted |
//! | wake the consumer, if it waits | one `write(2)` to an eventfd, which does not block |
//!
//! Another thread, one for the process, reads the eventfds and wakes the tasks: a waker is somebody's code, and may take
//! locks and as long as it likes.
//!
//! ```
//! use core::ffi::c_void;
//! use uncallback::ffi::{self, First};
//! # type Process = extern "C" fn(*mut c_void, f32);
//! # fn activate(process: Process, data: *mut c_void) { process(data, 0.5) }
//! # uncallback::__private::block_on(async {
//! // SAFETY: `activate` calls back on one thread at a time, with numbers.
//! let mut levels = unsafe {
//!     ffi::realtime(First, 64, |cb: Process, data| activate(cb, data), |()| (), |(n,), ring| ring.emit(n), ())
//! }?;
//! assert_eq!(levels.next().await, Some(0.5));
//! # Ok::<(), ffi::CallbackError>(()) }).unwrap();
//! ```
mod bell;

use super::cfn::{CFn, CReturn, Handler, UserData};
use super::custody::{self, report_stray};
use super::outcome::{CallbackError, IntoStarted, Started};
use super::subscribe::{Registration, free};
use crate::stream::variant::sealed::Sealed;
use crate::stream::{Events, Receive, events, spsc};
use bell::Bell;
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// A stream of what a real-time callback emits; made by [`realtime()`].
///
/// What happens when it is dropped, or the callback is never called, or panics: see [`realtime()`].
///
/// ```
/// use uncallback::ffi::Realtime;
/// /// A wrapper: the values, what `start` returns, and what unregisters.
/// struct Meter { levels: Realtime<f32, (), fn(())> }
/// impl Meter {
///     async fn level(&mut self) -> Option<f32> { self.levels.next().await }
/// }
/// # fn f(mut m: Meter) { drop(m.level()) }
/// ```
pub type Realtime<T, H, G> = Events<RealtimeReceiver<T>, Registration<H, G>>;

/// Adapts a C callback that runs on a real-time thread: JACK, PortAudio, PipeWire.
///
/// `on` runs on that thread, with C's arguments and the emitter of a ring with room for `capacity` values, and returns what C wants to
/// hear. Values are plain data (`Copy`), so that nothing is freed there. See the [module](self) for what a call costs. The
/// consumer is an ordinary stream, on any executor.
///
/// Linux and Android only, for the eventfd.
///
/// # What happens when
///
/// - the stream is **dropped**: `unregister` runs, once. Calls that come later find nothing: C gets zero, null or nothing, and
///   they are counted as [`Stray`](super::Stray)s.
/// - the callback is called again and again: values that find no room are dropped, and counted by
///   [`lagged`](Events::lagged). A call during another one is against promise 1; C gets `on_panic`, and `on` does not run.
/// - the callback is **never called**: the stream waits. It ends when its [owner](Events::owned_by) closes, if it has one.
/// - `on` **panics**: C gets `on_panic` for this and all later calls, and the panic resumes in the consumer after the values
///   before it. A panic allocates; there is no other way.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so.
///
/// # Panics
///
/// If `capacity` is 0, or the operating system gives no eventfd or no thread.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`, on one thread at a time.
/// 2. `on` reads through its arguments only what C allows, and copies what it emits.
/// 3. `unregister` may be called on any thread on which the stream may be dropped, and the C object is still there then, or the
///    stream is [owned](Events::owned_by) by it.
///
/// When `unregister` returns, no call should be running, as real-time APIs promise of their stop functions. One that is running all
/// the same is safe, but frees what it finds itself the last to use, on its thread.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, Last};
/// type Process = unsafe extern "C" fn(frames: *const f32, n: usize, data: *mut c_void) -> c_int;
/// /// Processes one period of four frames, on a thread with a deadline.
/// unsafe extern "C" fn activate(process: Process, data: *mut c_void) {
///     let data = data.expose_provenance();
///     let period = [0.5, -2.0, 1.0, 0.25];
///     let play = move || unsafe { process(period.as_ptr(), 4, std::ptr::with_exposed_provenance_mut(data)) };
///     assert_eq!(std::thread::spawn(play).join().unwrap(), 0);
/// }
/// unsafe extern "C" fn deactivate() {}
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `activate` calls back with as many frames as it says, on one thread, until `deactivate`.
/// let mut peaks = unsafe {
///     ffi::realtime(
///         Last,
///         64,
///         |process, data| activate(process, data),
///         |()| deactivate(),
///         |(frames, n), peaks| {
///             let frames = std::slice::from_raw_parts(frames, n);
///             peaks.emit(frames.iter().fold(0.0_f32, |peak, frame| peak.max(frame.abs())));
///             0
///         },
///         1,
///     )
/// }?;
/// assert_eq!(peaks.next().await, Some(2.0));
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn realtime<P, F, H, Said, S, G, O, T>(
    at: P,
    capacity: usize,
    start: S,
    unregister: G,
    on: O,
    on_panic: F::Ret,
) -> Result<Realtime<T, H, G>, CallbackError>
where
    F: CFn<P, Ret: Copy + Send + 'static, Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: FnMut(F::Args, &mut spsc::BoundedEmitter<T>) -> F::Ret + Send + 'static,
    T: Copy + Send + 'static,
{
    let _ = at;
    let place = Location::caller();
    let mut refused = None;
    let stream = events(Ringing(spsc::drop_newest(capacity)), |(emitter, bell)| {
        let source = Source {
            inside: UnsafeCell::new((on, emitter)),
            busy: AtomicBool::new(false),
            on_panic,
            _bell: bell,
        };
        let (mut registration, _) = Registration::of(source, place);
        let start = start(F::trampoline::<Tick<O, T>>(), F::Data::from_token(registration.token));
        match start.into_started() {
            Started::Pending(handle) => registration.ending = Some((handle, unregister)),
            Started::Refused(code) => refused = Some(CallbackError::Refused(code)),
        }
        registration
    });
    refused.map_or(Ok(stream), Err)
}

/// What C has the key to.
struct Source<O, T, R> {
    /// The closure and its emitter; touched by who has set `busy`.
    inside: UnsafeCell<(O, spsc::BoundedEmitter<T>)>,
    /// Set during a call, and for good by a panic.
    busy: AtomicBool,
    on_panic: R,
    /// A call that wakes is never the last to know the bell: it would have to free it.
    _bell: Arc<Bell>,
}

impl<O, T, R: Copy> Source<O, T, R> {
    fn tick<Args>(&self, args: Args) -> R
    where
        O: FnMut(Args, &mut spsc::BoundedEmitter<T>) -> R,
    {
        // ORDERING: acquires what the call before did with the closure, on whatever thread it was.
        if self.busy.swap(true, Ordering::Acquire) {
            return self.on_panic;
        }
        // SAFETY: `busy` was false: nobody else has the closure.
        let (on, emitter) = unsafe { &mut *self.inside.get() };
        match catch_unwind(AssertUnwindSafe(|| on(args, emitter))) {
            Ok(answer) => {
                // ORDERING: releases the closure to the next call.
                self.busy.store(false, Ordering::Release);
                answer
            }
            Err(payload) => {
                // Ends the stream; `busy` stays, so the closure never runs again.
                emitter.emit_with(|| resume_unwind(payload));
                self.on_panic
            }
        }
    }
}

struct Tick<O, T>(PhantomData<(O, T)>);

// SAFETY: the closure is caught; the emitter wakes a bell, which does not panic, and values have no `Drop`.
unsafe impl<Args, R, O, T> Handler<Args, R> for Tick<O, T>
where
    O: FnMut(Args, &mut spsc::BoundedEmitter<T>) -> R,
    R: CReturn + Copy,
{
    unsafe fn call(token: *mut (), args: Args) -> R {
        // SAFETY: entered: the record lives until we leave; handler and token are made together.
        let call = |record: *mut ()| unsafe { &*record.cast::<Source<O, T, R>>() }.tick(args);
        // SAFETY: the last user of a retired record owns it, and it is of this type.
        let entered = custody::enter(token, call, |record| unsafe { free::<Source<O, T, R>>(record) });
        entered.unwrap_or_else(|| {
            report_stray(token);
            R::neutral()
        })
    }
}

/// A ring whose consumer is woken through a bell.
struct Ringing(spsc::DropNewest);

impl Sealed for Ringing {}
impl crate::stream::Overflow for Ringing {
    type Emitter<T> = (spsc::BoundedEmitter<T>, Arc<Bell>);
    type Receiver<T> = RealtimeReceiver<T>;

    fn open<T>(self) -> (Self::Emitter<T>, RealtimeReceiver<T>) {
        let (emitter, ring) = self.0.open();
        let bell = Bell::hang();
        let waker = Waker::from(bell.clone());
        ((emitter, bell.clone()), RealtimeReceiver { ring, waker, bell })
    }
}

/// The stream's side of a real-time callback; [`Events`] holds it.
///
/// Dropping it drops the values that wait.
///
/// ```
/// use uncallback::ffi::{Realtime, RealtimeReceiver, Registration};
/// use uncallback::stream::Events;
/// /// The two are the same.
/// fn written_out(
///     stream: Realtime<f32, (), fn(())>,
/// ) -> Events<RealtimeReceiver<f32>, Registration<(), fn(())>> {
///     stream
/// }
/// # let _ = written_out;
/// ```
#[derive(Debug)]
pub struct RealtimeReceiver<T> {
    ring: spsc::BoundedReceiver<T>,
    /// Rings the bell: what the real-time thread wakes.
    waker: Waker,
    bell: Arc<Bell>,
}

impl<T> Sealed for RealtimeReceiver<T> {}
impl<T> Receive for RealtimeReceiver<T> {
    type Item = T;

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // The task first, the ring second: a value that comes in between rings for this task.
        self.bell.wakes(cx.waker());
        self.ring.poll_event(&mut Context::from_waker(&self.waker))
    }

    fn drain(&mut self, each: impl FnMut(T)) -> usize {
        self.ring.drain(each)
    }

    fn opened_at(&self, place: &'static Location<'static>) {
        self.ring.opened_at(place);
    }

    fn lagged(&mut self) -> u64 {
        self.ring.lagged()
    }
}

impl<T> Drop for RealtimeReceiver<T> {
    fn drop(&mut self) {
        self.bell.take_down();
    }
}
