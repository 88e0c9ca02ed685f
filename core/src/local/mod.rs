//! Calls whose completer stays on its thread: no atomics, and values and callbacks need not be `Send`.
//!
//! The same names as at the root of the crate, with the same behaviour; the compiler sees to it that the completer does
//! not leave the thread. The forms at the root accept values that are not `Send` too; what is gained here is speed.
//!
//! | for | there is |
//! |---|---|
//! | a call, at the first poll or now | [`call!`](macro@call), [`start!`](macro@start), [`start_with!`](macro@start_with), and functions of these names |
//! | a callback with the output of a future that is not `Send` | [`drive`], with [`run_woken`] in the thread's event loop |
//! | losers of a group that run on, and are not `Send` | [`race_detached`], [`try_join_detached`] |
//! | a stream of events on one thread | [`stream::local`](crate::stream::local) |
//!
//! ```
//! use std::rc::Rc;
//! use uncallback::local;
//!
//! fn on_idle(then: impl FnOnce(Rc<str>) + 'static) { then("idle".into()) }
//!
//! # uncallback::__private::block_on(async {
//! let state = local::call!(on_idle(_)).await;
//! assert_eq!(&*state, "idle");
//! # });
//! ```

mod call;
mod link;

#[cfg(feature = "std")]
pub use crate::drive::{local_drive as drive, local_run_woken as run_woken};
#[cfg(feature = "std")]
pub use crate::group::local::{race_detached, try_join_detached};
#[doc(inline)]
pub use crate::{local_call as call, local_start as start, local_start_with as start_with};
pub use call::{call, start, start_with};
pub use link::Local;

/// A [`Completer`](crate::Completer) that stays on its thread.
///
/// What happens when it is dropped, or never used: see [there](crate::Completer#what-happens-when).
///
/// ```
/// # use uncallback::local;
/// # uncallback::__private::block_on(async {
/// let sum = local::call(|done: local::Completer<u8>| done.complete(1 + 1)).await;
/// assert_eq!(sum, 2);
/// # });
/// ```
pub type Completer<T> = crate::Completer<T, Local>;

/// A [`Call`](crate::Call) whose completer stays on its thread.
///
/// What happens when it is dropped: see [there](crate::Call#what-happens-when).
///
/// ```
/// # use uncallback::local;
/// fn ask() -> local::Call<u8, (), fn(local::Completer<u8>)> {
///     local::call(|done| done.complete(42))
/// }
/// # uncallback::__private::block_on(async { assert_eq!(ask().await, 42) });
/// ```
pub type Call<T, H, F> = crate::Call<T, H, F, Local>;

/// A [`Started`](crate::Started) whose completer stays on its thread.
///
/// What happens when it is dropped: see [there](crate::Started#what-happens-when).
///
/// ```
/// # use uncallback::local;
/// # uncallback::__private::block_on(async {
/// let started: local::Started<u8, ()> = local::start(|done| done.complete(42));
/// assert_eq!(started.await, 42);
/// # });
/// ```
pub type Started<T, H> = crate::Started<T, H, Local>;
