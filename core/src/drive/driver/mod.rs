//! A run queue for one thread whose wakers cost nothing.

mod handle;
mod here;
mod home;
mod inner;
mod number;
mod task;
mod tasks;

use alloc::rc::Rc;
use core::fmt;
use core::future::Future;
use core::pin::pin;

pub use handle::LocalDriving;
pub use here::{drive as local_drive, run_woken as local_run_woken};
use inner::{Inner, Mode};
use task::Task;

/// Runs futures on one thread, with wakers that are only numbers.
///
/// Cloning and dropping such a waker costs nothing, and a waker that somebody has kept does not keep its task alive.
/// Futures need not be `Send`. There are two kinds:
///
/// - [`Driver::new`]: a wake on the driver's thread runs the task in place, in the turn of the API that completes it, as
///   the callback would have run. Effects come in the order of the callback program.
/// - [`Driver::queued`]: a wake only notes the task, and [`run`](Driver::run) polls it. For libraries that call `wake`
///   with a lock held.
///
/// Either way a wake from within a running task waits until that has returned, as for [`drive`](crate::drive), so
/// chains of any length run in a stack of fixed depth; and a wake from another thread is taken up by the driver's own
/// thread: in [`run`](Driver::run), [`block_on`](Driver::block_on) or whenever it runs a task. Such a wake takes two
/// short locks and stops the thread's nap in `block_on`.
///
/// # What happens when
///
/// - it is **dropped**: its tasks are dropped; callbacks that wait for them are dropped, not called. A waker that outlives
///   the driver does nothing.
/// - a task is woken **twice** before it runs: it is polled once.
/// - a task is **never** woken: it stays until it is cancelled, or the driver goes. A kept waker does not keep the task.
/// - a task or a callback **panics**: the panic leaves the call in which it occurs, when the others have had their turn; the
///   task is dropped.
///
/// # Limits
///
/// | target | drivers at a time | tasks of a driver at a time | tasks in one place until a number comes again |
/// |---|---|---|---|
/// | 64 bit | 65,536 | 16,777,216 | 16,777,216 |
/// | 32 bit | 64 | 16,384 | 4,096 |
///
/// Beyond the first two limits the driver panics. When a number comes again, a waker as old as that can poll a task that
/// is not its own; the task finds nothing new and goes on waiting.
///
/// # Examples
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
/// use uncallback::{Driver, local};
///
/// let driver = Driver::new();
/// let log = Rc::new(RefCell::new(vec![]));
///
/// let (completer, answer) = local::start_with(|done: local::Completer<u8>| done);
/// let inner = log.clone();
/// driver
///     .drive(async move { inner.borrow_mut().push(answer.await) }, |()| println!("done"))
///     .detach();
///
/// // The event loop of the program:
/// completer.complete(7);
/// assert_eq!(*log.borrow(), [7]);
/// ```
pub struct Driver {
    inner: Rc<Inner>,
}

impl Driver {
    /// A driver that runs tasks where they are woken.
    ///
    /// # Panics
    ///
    /// If as many drivers live as can be told apart, see [Limits](Driver#limits).
    ///
    /// # Examples
    ///
    /// ```
    /// let driver = uncallback::Driver::new();
    /// assert_eq!(driver.block_on(async { 42 }), 42);
    /// ```
    pub fn new() -> Driver {
        Driver { inner: Inner::new(Mode::Inline) }
    }

    /// A driver that runs tasks in [`run`](Driver::run) only.
    ///
    /// # Panics
    ///
    /// As [`Driver::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let driver = uncallback::Driver::queued();
    /// let polled = Rc::new(Cell::new(false));
    /// let inner = polled.clone();
    /// driver.drive(async move { inner.set(true) }, |()| ()).detach();
    /// assert!(!polled.get());
    /// driver.run();
    /// assert!(polled.get());
    /// ```
    pub fn queued() -> Driver {
        Driver { inner: Inner::new(Mode::Queued) }
    }

    /// Calls a callback with the output of a future.
    ///
    /// A driver made by [`new`](Driver::new) polls the future before this call returns, one made by
    /// [`queued`](Driver::queued) does not.
    ///
    /// What happens when the handle is dropped, and how often the callback is called: see
    /// [`LocalDriving`](LocalDriving#what-happens-when).
    ///
    /// # Panics
    ///
    /// If the driver is full, see [Limits](Driver#limits). A panic of the future or the callback leaves the call in which
    /// it occurs: this one, the `wake`, or [`run`](Driver::run). The callback is not called then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the [`LocalDriving`] cancels: the callback is not called. [`LocalDriving::detach`] lets the future run on.
    ///
    /// # Examples
    ///
    /// ```
    /// let driver = uncallback::Driver::new();
    /// let driving = driver.drive(async { "value" }, |value| assert_eq!(value, "value"));
    /// assert!(driving.is_finished());
    /// ```
    pub fn drive<F, D>(&self, future: F, done: D) -> LocalDriving
    where
        F: Future + 'static,
        D: FnOnce(F::Output) + 'static,
    {
        self.inner.spawn(Task::new(future, done), |key| LocalDriving::new(&self.inner, key))
    }

    /// Runs all tasks that were woken, until none is left to run.
    ///
    /// # Panics
    ///
    /// With the first panic of a task or a callback, after all others have run.
    ///
    /// # Examples
    ///
    /// ```
    /// let driver = uncallback::Driver::queued();
    /// let (completer, answer) = uncallback::start_with(|done: uncallback::Completer<u8>| done);
    /// let driving = driver.drive(answer, |value| assert_eq!(value, 1));
    /// driver.run();
    /// std::thread::spawn(move || completer.complete(1)).join().unwrap();
    /// assert!(!driving.is_finished());
    /// driver.run();
    /// assert!(driving.is_finished());
    /// ```
    pub fn run(&self) {
        self.inner.run_woken();
    }

    /// Runs a future on this thread, and with it all tasks of the driver. Sleeps when there is nothing to do.
    ///
    /// When the future is ready, this returns; tasks that are not over stay with the driver.
    ///
    /// # Panics
    ///
    /// With a panic of the future, of a task or a callback.
    ///
    /// # Cancel safety
    ///
    /// There is no way to cancel from outside; race the future with a timer or a stop signal.
    ///
    /// # Examples
    ///
    /// ```
    /// fn later(done: impl FnOnce(u8) + Send + 'static) {
    ///     std::thread::spawn(|| done(9));
    /// }
    /// let driver = uncallback::Driver::new();
    /// assert_eq!(driver.block_on(async { uncallback::call!(later(_)).await + 1 }), 10);
    /// ```
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.block_on(pin!(future))
    }

    /// How many tasks are not over.
    ///
    /// # Examples
    ///
    /// ```
    /// let driver = uncallback::Driver::new();
    /// driver.drive(std::future::pending(), |()| ()).detach();
    /// driver.drive(async {}, |()| ()).detach();
    /// assert_eq!(driver.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether all tasks are over.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(uncallback::Driver::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Driver {
    fn default() -> Self {
        Driver::new()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.inner.close();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("tasks", &self.len()).finish_non_exhaustive()
    }
}
