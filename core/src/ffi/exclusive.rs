//! A value that one callback at a time works with: what makes a closure that changes its captures fit for shared state.
use crate::sync::UnsafeCell;
use crate::sync::atomic::{AtomicBool, Ordering};

/// A value for one callback at a time, in what the callbacks of an object [share](super::Shared).
///
/// C calls back one after the other, so there is nothing to wait for; but a callback that calls C may be called again. A
/// mutex would wait for itself there. This refuses instead: [`with`](Exclusive::with) panics, which [`Shared`](super::Shared)
/// passes on around C. It knows no poison either.
///
/// # What happens when
///
/// - a callback is **called twice**, one inside of the other or on two threads at once: the second one panics, or is turned
///   away by [`try_with`](Exclusive::try_with). Callbacks that come on several threads at once want a mutex.
/// - a callback **panics**: the panic goes on, and the next one finds the value as it was left.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{Exclusive, Last, Shared};
/// type Callback = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
/// unsafe extern "C" fn run(cb: Callback, object: *mut c_void) -> c_int { unsafe { cb(40, object) + cb(2, object) } }
///
/// type Ask = Box<dyn FnMut(c_int) -> c_int + Send>;
/// let mut count = 0;
/// let ask: Ask = Box::new(move |n| { count += 1; n * count });
/// let shared = Shared::new(Exclusive::new(ask));
/// // SAFETY: `run` calls back with a number and the object's user data, which is `shared`.
/// let sum = unsafe {
///     shared.register(Last, |cb| run(cb, shared.data()), |ask, (n,)| ask.call(n), || -1)
/// };
/// assert_eq!(sum, 40 + 2 * 2);
/// ```
pub struct Exclusive<T> {
    busy: AtomicBool,
    /// Touched by who has set `busy`.
    value: UnsafeCell<T>,
}

// SAFETY: it is like a mutex: one thread at a time gets at the value, and may take it out.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    /// Nobody works with the value yet.
    ///
    /// See the example of [`Exclusive`].
    pub fn new(value: T) -> Self {
        Self { busy: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Works with the value.
    ///
    /// # Panics
    ///
    /// If somebody does so already: this is a call from inside of another one, or from another thread. A panic of `work` goes on, and
    /// leaves the value to the next.
    ///
    /// ```
    /// let total = uncallback::ffi::Exclusive::new(40);
    /// assert_eq!(total.with(|total| { *total += 2; *total }), 42);
    /// ```
    #[track_caller]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        self.try_with(work).expect("C called back while an earlier callback was still at work")
    }

    /// Calls the value, which is a closure that changes what it captures.
    ///
    /// # Panics
    ///
    /// As [`with`](Exclusive::with).
    ///
    /// See the example of [`Exclusive`].
    #[track_caller]
    pub fn call<Q, A>(&self, question: Q) -> A
    where
        T: FnMut(Q) -> A,
    {
        self.with(|answer| answer(question))
    }

    /// Works with the value, unless somebody does so already.
    ///
    /// # Panics
    ///
    /// With a panic of `work`.
    ///
    /// ```
    /// let total = uncallback::ffi::Exclusive::new(42);
    /// assert_eq!(total.with(|_| total.try_with(|inside| *inside)), None);
    /// assert_eq!(total.try_with(|total| *total), Some(42));
    /// ```
    pub fn try_with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        /// Lets the next one in, also if `work` panics.
        struct Leave<'a>(&'a AtomicBool);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                // ORDERING: releases what was done with the value to the next one.
                self.0.store(false, Ordering::Release);
            }
        }
        // ORDERING: acquires what the one before did with the value, on whatever thread it was. Who is turned away reads nothing.
        self.busy.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).ok()?;
        let _leave = Leave(&self.busy);
        // SAFETY: `busy` was false: nobody else has the value until it is false again.
        Some(self.value.with_mut(|value| work(unsafe { &mut *value })))
    }
}

impl<T: Default> Default for Exclusive<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> std::fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exclusive").finish_non_exhaustive()
    }
}
