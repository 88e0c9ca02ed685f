//! On which threads C may call back.
use super::custody::Place;
use super::guard::drop_quietly;
use std::thread::ThreadId;

/// Where the callback of an operation may run: [`Anywhere`] or [`Local`].
///
/// ```
/// use uncallback::ffi::{Affinity, Anywhere, Local};
/// fn may_run<M: Affinity>() {}
/// may_run::<Anywhere>(); // what holds if nothing is said
/// may_run::<Local>(); // after `.local()`
/// ```
pub trait Affinity: sealed::Sealed {
    /// What the record remembers of the thread that started.
    #[doc(hidden)]
    type Home;
    #[doc(hidden)]
    fn here(place: Place) -> Self::Home;
    /// The place of the operation, if this is a thread on which it may not be called.
    #[doc(hidden)]
    fn foreign(home: &Self::Home) -> Option<Place>;
    /// Drops what belongs to an operation; leaks it if this is a thread on which it may not be touched.
    #[doc(hidden)]
    #[inline]
    fn release<Z>(home: &Self::Home, value: Z) {
        match Self::foreign(home) {
            None => drop_quietly(value),
            Some(_) => std::mem::forget(value),
        }
    }
}

/// Whether a value may take part in an operation with this affinity.
///
/// ```
/// use std::rc::Rc;
/// use uncallback::ffi::{Admits, Anywhere, Local};
/// fn admits<M: Admits<Z>, Z>() {}
/// admits::<Anywhere, String>();
/// admits::<Local, Rc<str>>(); // `Anywhere` does not admit it: an `Rc` can't be sent
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Z}` can't be sent to the thread on which C calls back",
    note = "if C calls back on the thread that starts the operation, say `.local()`"
)]
pub trait Admits<Z>: Affinity {}

/// C may call back on any thread, so that everything in the operation must be `Send`.
///
/// ```
/// fn affinity<M: uncallback::ffi::Affinity>() {}
/// affinity::<uncallback::ffi::Anywhere>();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Anywhere;

/// C calls back on the thread that started the operation; the record checks it.
///
/// ```
/// fn affinity<M: uncallback::ffi::Affinity>() {}
/// affinity::<uncallback::ffi::Local>();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Local(std::marker::PhantomData<*const ()>);

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Anywhere {}
    impl Sealed for super::Local {}
}

impl Affinity for Anywhere {
    type Home = ();
    #[inline]
    fn here(_place: Place) {}
    #[inline]
    fn foreign((): &()) -> Option<Place> {
        None
    }
}

impl<Z: Send> Admits<Z> for Anywhere {}

impl Affinity for Local {
    type Home = (ThreadId, Place);
    fn here(place: Place) -> Self::Home {
        (std::thread::current().id(), place)
    }
    fn foreign((thread, place): &Self::Home) -> Option<Place> {
        (std::thread::current().id() != *thread).then_some(*place)
    }
}

impl<Z> Admits<Z> for Local {}
