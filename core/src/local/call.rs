//! The functions of this module. What they return is shared with the root of the crate.

use core::panic::Location;

use super::{Call, Completer, Started};

/// Makes an API call at the first poll, and is the future of its callback: [`call`](crate::call()) on one thread.
///
/// ```
/// # use uncallback::local;
/// # uncallback::__private::block_on(async {
/// let sum = local::call(|done| done.complete(1 + 1)).await;
/// assert_eq!(sum, 2);
/// # });
/// ```
///
/// # Panics
/// As [`call`](crate::call()).
///
/// # Cancel safety
/// See [`Call`](crate::Call#what-happens-when): what happens when the future is dropped, or the callback is called twice,
/// never called, or panics, is the same on one thread.
#[inline]
#[track_caller]
pub fn call<T, H, F>(api: F) -> Call<T, H, F>
where
    F: FnOnce(Completer<T>) -> H,
{
    Call::idle(api, Location::caller(), None)
}

/// Makes an API call now, and returns the future of its callback: [`start`](crate::start()) on one thread.
///
/// # Panics
/// As [`start`](crate::start()).
///
/// ```
/// # use uncallback::local;
/// # uncallback::__private::block_on(async {
/// let sum = local::start(|done| done.complete(1 + 1));
/// assert_eq!(sum.await, 2);
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`](crate::Started#what-happens-when): what happens when the future is dropped, or the callback is called
/// twice, never called, or panics, is the same on one thread.
#[inline]
#[track_caller]
pub fn start<T, H>(api: impl FnOnce(Completer<T>) -> H) -> Started<T, H> {
    Started::begin(api, Location::caller())
}

/// Makes an API call now, and returns what it returned beside the future of its callback:
/// [`start_with`](crate::start_with()) on one thread.
///
/// # Panics
/// As `api` does.
///
/// ```
/// # use uncallback::local;
/// # uncallback::__private::block_on(async {
/// let (id, sum) = local::start_with(|done| { done.complete(1 + 1); 7 });
/// assert_eq!((id, sum.await), (7, 2));
/// # });
/// ```
///
/// # Cancel safety
/// See [`Started`](crate::Started#what-happens-when). Dropping the handle is up to the caller.
#[inline]
#[track_caller]
pub fn start_with<T, H>(api: impl FnOnce(Completer<T>) -> H) -> (H, Started<T, ()>) {
    Started::begin_with(api, Location::caller())
}
