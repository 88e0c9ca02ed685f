//! The loop of a C library, on a thread of its own: `GMainContext`, libuv, libevent, libusb.
mod begun;
mod desk;

pub use begun::Begun;
pub use desk::Wakes;

use super::lazy::Launch;
use super::outcome::CallbackError;
use super::owner::Enrolled;
use super::{ByKey, Oneshot};
use crate::{Started, start};
use desk::Desk;
use std::sync::Arc;
use std::thread::JoinHandle;

/// A C library's own loop, run by a thread of its own, where its operations are begun and its callbacks come.
///
/// Many libraries call back on the thread that runs their loop, and want to be called there as well. Other threads ask for
/// that with [`run`](LoopThread::run), and for operations with [`begin`](LoopThread::begin), whose futures may be awaited anywhere.
///
/// # What happens when
///
/// - it is **dropped**: it waits until C has let go of everything, and then for its thread; what takes too long is to be
///   cancelled before. On the loop's own thread it does not wait, and the loop goes on until nothing is outstanding.
/// - C calls **twice**, or too late: it finds nothing, and is counted as a [`Stray`](super::Stray). Operations of a loop go
///   by key in every build.
/// - C calls **never**: the awaiter waits, and so does who drops this. If the loop breaks off, the awaiter hears
///   [`NeverCalled`](CallbackError::NeverCalled).
/// - a closure **panics**: the panic resumes in its awaiter, and the loop goes on. A panic of the loop itself ends it, and
///   fails what is outstanding.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use std::sync::{Condvar, Mutex};
/// use uncallback::ffi::{self, First, LoopThread};
/// # unsafe extern "C" fn twice(n: c_int, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) { cb(data, n * 2) }
///
/// /// A library with a loop, of which we know how to run one turn and how to wake it.
/// #[derive(Default)]
/// struct Library(Mutex<bool>, Condvar);
///
/// impl Library {
///     fn turn(&self) {
///         let asleep = |woken: &mut bool| !*woken;
///         *self.1.wait_while(self.0.lock().unwrap(), asleep).unwrap() = false;
///     }
///
///     fn wake(&self) {
///         *self.0.lock().unwrap() = true;
///         self.1.notify_one();
///     }
/// }
///
/// let run = |library: &Library, is_over: &dyn Fn() -> bool| {
///     while !is_over() {
///         library.turn();
///     }
/// };
/// // SAFETY: the library calls back inside of its turns only.
/// let thread = unsafe { LoopThread::start("library", Library::default(), run, Library::wake) };
/// # uncallback::__private::block_on(async {
/// let doubled = thread.begin(|_library| {
///     // SAFETY: `twice` calls back exactly once, with a number.
///     unsafe { ffi::oneshot(First, |cb, data| twice(21, cb, data), |(n,)| n) }
/// });
/// assert_eq!(doubled.await, Ok(42));
/// # });
/// ```
#[derive(Debug)]
pub struct LoopThread<L: Send + Sync + 'static> {
    desk: Arc<Desk<L>>,
    /// `None` once it has been left to itself.
    thread: Option<JoinHandle<()>>,
}

/// An operation as it is begun on a loop: it wakes the loop when C lets go, and belongs to the loop.
type Taken<T, F, S, X, K, C, M, L> = Oneshot<T, F, S, X, (Enrolled, (Wakes<L>, K)), C, M, ByKey>;

impl<L: Send + Sync + 'static> LoopThread<L> {
    /// Starts a thread of this name, which runs the loop of `library`.
    ///
    /// `run` turns the loop until the function that it gets says that it is over. That function also does what other threads have asked for, so
    /// it is to be called before each turn. `wake` is called on any thread; it makes a turn that waits return, or the next
    /// one, if none waits.
    ///
    /// # Safety
    ///
    /// The caller promises, and a reviewer checks against the C documentation:
    ///
    /// When `run` has returned or panicked, C has let go of the user data and the buffers of all operations that were begun on this loop. As long as
    /// `run` keeps to what is said above, that holds by itself, because it is not over before.
    ///
    /// # Panics
    ///
    /// If the operating system gives no thread.
    ///
    /// See the example of [`LoopThread`].
    pub unsafe fn start(
        name: &str,
        library: L,
        run: impl FnOnce(&L, &dyn Fn() -> bool) + Send + 'static,
        wake: fn(&L),
    ) -> Self {
        /// Dropped also by a panic of `run`: nobody must wait for what never comes.
        struct Over<L>(Arc<Desk<L>>);
        impl<L> Drop for Over<L> {
            fn drop(&mut self) {
                // SAFETY: `run` has ended: by the contract of `start`, C holds nothing any more.
                unsafe { self.0.close() };
            }
        }
        let desk = Arc::new(Desk::new(library, wake));
        let over = Over(desk.clone());
        let serve = move || run(&over.0.library, &|| over.0.is_over());
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(serve);
        Self { desk, thread: Some(thread.expect("no thread for the loop of a library")) }
    }

    /// Runs a closure on the loop's thread: the place for calls of a library that may be called only there.
    ///
    /// The future is not needed for the closure to run.
    ///
    /// # Panics
    ///
    /// The future, with a panic of the closure; and if the loop has ended before the closure ran, which is dropped then: see
    /// [`checked`](Started::checked) to have an error instead.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops what the closure returns, on the loop's thread.
    ///
    /// ```
    /// # use uncallback::ffi::LoopThread;
    /// # let run = |_: &(), is_over: &dyn Fn() -> bool| while !is_over() { std::thread::yield_now() };
    /// // SAFETY: nothing is begun here.
    /// let thread = unsafe { LoopThread::start("library", (), run, |()| ()) };
    /// # uncallback::__private::block_on(async {
    /// let name = thread.run(|()| std::thread::current().name().map(str::to_owned)).await;
    /// assert_eq!(name.as_deref(), Some("library"));
    /// # });
    /// ```
    #[track_caller]
    pub fn run<T: Send + 'static>(&self, f: impl FnOnce(&L) -> T + Send + 'static) -> Started<T, ()> {
        start(|done| self.desk.ask(Box::new(move |desk| done.complete_with(|| f(&desk.library)))))
    }

    /// Begins an operation on the loop's thread, and gives its future.
    ///
    /// `describe` runs on that thread, and makes the operation; it is started there at once. The operation belongs to the
    /// loop, as with [`owned_by`](Oneshot::owned_by): the thread does not end before C has let go of it, and if the loop ends all the same,
    /// the awaiter hears [`NeverCalled`](CallbackError::NeverCalled). If it has ended before, that is [`Closed`](CallbackError::Closed).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the operation as its `cancel_with` says, as soon as it has begun.
    ///
    /// See the example of [`LoopThread`].
    #[track_caller]
    pub fn begin<T, F, S, X, K, C, M, U, P>(
        &self,
        describe: impl FnOnce(&L) -> Oneshot<T, F, S, X, K, C, M, U> + Send + 'static,
    ) -> Begun<P>
    where
        Taken<T, F, S, X, K, C, M, L>: Launch<Future = P>,
        P: Future<Output = Result<T, CallbackError>> + Unpin + Send + 'static,
    {
        let started = start(|done| {
            self.desk.ask(Box::new(move |desk| {
                done.complete_with(|| {
                    let operation = describe(&desk.library).keep(Wakes(desk.clone()));
                    operation.owned_by(&desk.operations).launch()
                });
            }));
        });
        Begun::new(started.checked())
    }
}

impl<L: Send + Sync + 'static> Drop for LoopThread<L> {
    fn drop(&mut self) {
        self.desk.leave();
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != std::thread::current().id() {
            // A panic of the loop was reported when it happened, and has failed what was outstanding.
            if let Err(payload) = thread.join() {
                super::guard::drop_payload(payload);
            }
        }
    }
}
