//! The driver that every thread has for `local::drive`.

use core::future::Future;

use super::{Driver, LocalDriving};

/// Calls a callback with the output of a future that need not be `Send`.
///
/// Like [`drive`](crate::drive), with the thread's own [`Driver`]: the future is polled at once, and each later part runs
/// inside the call that wakes it. A wake from another thread is kept until this thread runs a task of `local::drive`
/// again, or calls [`run_woken`](crate::local::run_woken). When the thread ends, its tasks are dropped.
///
/// What happens when the handle is dropped, and how often the callback is called: see
/// [`LocalDriving`](LocalDriving#what-happens-when).
///
/// # Panics
///
/// As [`Driver::drive`]; also when the thread is ending and its driver is gone.
///
/// # Cancel safety
///
/// Dropping the [`LocalDriving`] cancels: the callback is not called. [`LocalDriving::detach`] lets the future run on.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use uncallback::local;
///
/// fn old_api(done: impl FnOnce(Rc<str>) + 'static) { done("answer".into()) }
///
/// async fn new_style() -> Rc<str> { local::call!(old_api(_)).await }
///
/// // For callers that still pass a callback:
/// fn as_before(done: impl FnOnce(Rc<str>) + 'static) { local::drive(new_style(), done).detach() }
///
/// let seen = Rc::new(Cell::new(0));
/// let count = seen.clone();
/// as_before(move |text| count.set(text.len()));
/// assert_eq!(seen.get(), 6);
/// ```
pub fn drive<F, D>(future: F, done: D) -> LocalDriving
where
    F: Future + 'static,
    D: FnOnce(F::Output) + 'static,
{
    HERE.with(|driver| driver.drive(future, done))
}

/// Runs the tasks of `local::drive` that were woken from other threads.
///
/// Needed only where other threads complete the calls of such tasks. Put it in the thread's event loop.
///
/// # Panics
///
/// With the first panic of a task or a callback, after all others have run.
///
/// # Examples
///
/// ```
/// use uncallback::local;
///
/// let (completer, answer) = uncallback::start_with(|done: uncallback::Completer<u8>| done);
/// let driving = local::drive(answer, |value| assert_eq!(value, 3));
/// std::thread::spawn(move || completer.complete(3)).join().unwrap();
/// assert!(!driving.is_finished());
/// local::run_woken();
/// assert!(driving.is_finished());
/// ```
pub fn run_woken() {
    HERE.with(Driver::run);
}

#[cfg(not(loom))]
std::thread_local! {
    static HERE: Driver = Driver::new();
}
#[cfg(loom)]
loom::thread_local! {
    static HERE: Driver = Driver::new();
}
