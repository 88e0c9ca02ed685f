//! The cancel closure of an operation, or its absence.
use super::outcome::Cancel;

/// What runs when an operation is cancelled.
pub trait Canceller<H> {
    #[doc(hidden)]
    fn cancel(self, handle: &H) -> Cancel;
}

/// The library can't cancel: dropping the future only stops waiting.
#[derive(Clone, Copy, Debug)]
pub struct NoCancel;

impl<H> Canceller<H> for NoCancel {
    #[inline]
    fn cancel(self, _handle: &H) -> Cancel {
        Cancel::Unsupported
    }
}

/// The closure given to `cancel_with`.
#[derive(Clone, Copy, Debug)]
pub struct With<G>(pub(in crate::ffi) G);

impl<H, G: FnOnce(&H) -> Cancel> Canceller<H> for With<G> {
    #[inline]
    fn cancel(self, handle: &H) -> Cancel {
        (self.0)(handle)
    }
}
