//! What `events!` expands to.

use core::panic::Location;

use super::{
    events::Events,
    variant::{Overflow, Receive},
};

/// The two sides of a policy, for a registering call that is written out between them.
#[inline]
#[track_caller]
pub fn open_events<T, O: Overflow>(overflow: O) -> (O::Emitter<T>, O::Receiver<T>) {
    let (emitter, receiver) = overflow.open();
    receiver.opened_at(Location::caller());
    (emitter, receiver)
}

/// The stream, once the callback is registered.
pub fn registered_events<R, H>(receiver: R, handle: H) -> Events<R, H> {
    Events { receiver, handle }
}

/// Gives an emitter the names under which the marks of all macros hand over their value. `$this` is the `self` of the
/// place of use, because a macro's own `self` would not be the method's.
macro_rules! fits_a_mark {
    ($emitter:ident, [$($borrow:tt)+] $this:ident) => {
        impl<T> $emitter<T> {
            #[doc(hidden)]
            #[inline]
            pub fn complete($($borrow)+ $this, value: T) {
                $this.emit(value);
            }

            #[doc(hidden)]
            #[inline]
            pub fn complete_with($($borrow)+ $this, make: impl FnOnce() -> T) {
                $this.emit_with(make);
            }
        }
    };
}
pub(super) use fits_a_mark;
