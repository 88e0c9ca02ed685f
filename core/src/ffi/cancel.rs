//! The cancel closure of an operation, or its absence.
use super::outcome::Cancel;

/// What runs when an operation is cancelled: [`NoCancel`], or the closure given to `cancel_with`.
///
/// See the example of [`Begin`](super::Begin), for code that is generic over it: `C: Canceller<H>`.
pub trait Canceller<H> {
    /// Whether `cancel` may answer [`Silenced`](Cancel::Silenced).
    #[doc(hidden)]
    const SILENCES: bool;
    #[doc(hidden)]
    fn cancel(self, handle: &H) -> Cancel;
}

/// The library can't cancel: dropping the future only stops waiting.
///
/// ```
/// use uncallback::ffi::{NoCancel, Pending};
/// /// What an operation is if nothing is said about cancelling.
/// struct Request { answer: Pending<u8, (), NoCancel> }
/// # fn f(r: Request) -> Pending<u8> { r.answer }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoCancel;

impl<H> Canceller<H> for NoCancel {
    const SILENCES: bool = false;
    #[inline]
    fn cancel(self, _handle: &H) -> Cancel {
        Cancel::Unsupported
    }
}

/// The closure given to `cancel_with`.
///
/// It runs at most once, when the future is dropped before the callback has come, or by [`Pending::cancel`](super::Pending::cancel).
///
/// ```
/// use uncallback::ffi::{Cancel, Pending, With};
/// /// A request that is cancelled by its number.
/// struct Request { answer: Pending<u8, i32, With<fn(&i32) -> Cancel>> }
/// # fn f(mut r: Request) -> Cancel { r.answer.cancel() }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct With<G>(pub(in crate::ffi) G);

impl<H, G: FnOnce(&H) -> Cancel> Canceller<H> for With<G> {
    const SILENCES: bool = true;
    #[inline]
    fn cancel(self, handle: &H) -> Cancel {
        (self.0)(handle)
    }
}

/// The closure given to `cancel_firing`.
///
/// ```
/// use uncallback::ffi::{Firing, Pending};
/// /// A request that is called back when it is cancelled, too.
/// struct Request { answer: Pending<u8, i32, Firing<fn(&i32)>> }
/// # fn f(mut r: Request) { r.answer.cancel(); }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Firing<G>(pub(in crate::ffi) G);

impl<H, G: FnOnce(&H)> Canceller<H> for Firing<G> {
    const SILENCES: bool = false;
    #[inline]
    fn cancel(self, handle: &H) -> Cancel {
        (self.0)(handle);
        Cancel::StillFires
    }
}
