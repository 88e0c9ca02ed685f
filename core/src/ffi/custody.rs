//! How the record of an operation crosses into C and back: as a pointer, or as a key that is checked on return.
//!
//! A pointer costs nothing and believes the contract: after the callback has run, C has forgotten it. A key believes
//! nothing: a second call, a late call or garbage find no record, and are counted as strays.
mod entry;
#[cfg(all(test, loom))]
mod models;
mod table;

use super::stray;
use std::panic::Location;

pub(crate) use entry::Place;

/// A way to give a record to C for a callback that comes once.
///
/// [`ByPointer`] and [`ByKey`] are the ways to choose from; [`ByEnvelope`](super::ByEnvelope) and
/// [`ByRequest`](super::ByRequest) are what some functions need.
///
/// | C calls | by pointer | by key |
/// |---|---|---|
/// | once | the operation completes | the same |
/// | twice, or too late | undefined: promise 1 of [`oneshot`](super::oneshot()) | a counted [`Stray`](super::Stray) |
///
/// ```
/// use uncallback::ffi::{ByKey, ByPointer, Custody};
/// fn a_way<C: Custody>() {}
/// a_way::<ByPointer>();
/// a_way::<ByKey>();
/// ```
pub trait Custody: Sealed {
    /// Whether operations may have an owner, who takes the record back when it closes.
    #[doc(hidden)]
    const OWNABLE: bool = true;

    /// Gives the record away. The token goes to C.
    #[doc(hidden)]
    fn deposit(record: *mut (), place: &'static Location<'static>) -> *mut ();

    /// Takes the record back. `None` means that it is gone already, and that this call is a stray.
    ///
    /// # Safety
    ///
    /// `token` came from `deposit`. With [`ByPointer`], this is the only time.
    #[doc(hidden)]
    unsafe fn claim(token: *mut ()) -> Option<*mut ()>;
}

/// The user data is a pointer to the record.
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::ByPointer>();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByPointer;

/// The user data is a key, checked when it comes back.
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::ByKey>();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByKey;

/// What operations use that do not say otherwise: [`ByKey`] with feature `ffi-tracked` or debug assertions, else [`ByPointer`].
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::DefaultCustody>();
/// ```
#[cfg(any(feature = "ffi-tracked", debug_assertions))]
pub type DefaultCustody = ByKey;
/// What operations use that do not say otherwise: [`ByKey`] with feature `ffi-tracked` or debug assertions, else [`ByPointer`].
///
/// ```
/// fn a_way<C: uncallback::ffi::Custody>() {}
/// a_way::<uncallback::ffi::DefaultCustody>();
/// ```
#[cfg(not(any(feature = "ffi-tracked", debug_assertions)))]
pub type DefaultCustody = ByPointer;

/// Seals `Custody`.
#[expect(unnameable_types, reason = "this is what seals `Custody`")]
pub trait Sealed {}
impl Sealed for ByPointer {}
impl Sealed for ByKey {}

impl Custody for ByPointer {
    const OWNABLE: bool = false;

    #[inline]
    fn deposit(record: *mut (), _place: &'static Location<'static>) -> *mut () {
        record
    }
    #[inline]
    unsafe fn claim(token: *mut ()) -> Option<*mut ()> {
        Some(token)
    }
}

impl Custody for ByKey {
    fn deposit(record: *mut (), place: &'static Location<'static>) -> *mut () {
        // Never dereferenced, so it needs no provenance.
        std::ptr::without_provenance_mut(table::insert(record, place))
    }
    unsafe fn claim(token: *mut ()) -> Option<*mut ()> {
        table::take(token.addr())
    }
}

/// Runs `call` with the record of `token`, which stays alive meanwhile, whatever else happens to it. If it was retired
/// meanwhile, `free` gets it afterwards. `None` if there is no such record.
pub(crate) fn enter<R>(
    token: *mut (),
    call: impl FnOnce(*mut ()) -> R,
    free: impl FnOnce(*mut ()),
) -> Option<R> {
    let record = table::enter(token.addr())?;
    let answer = call(record);
    // SAFETY: entered above. `call` does not unwind: all of them run in handlers.
    if let Some(record) = unsafe { table::leave(token.addr()) } {
        free(record);
    }
    Some(answer)
}

/// Lets no call enter with `token` any more. Gives the record to the caller, unless a running call frees it.
pub(crate) fn retire(token: *mut ()) -> Option<*mut ()> {
    table::retire(token.addr())
}

/// Counts a call that found no record.
#[cold]
pub(crate) fn report_stray(token: *mut ()) {
    stray::report(stray::Stray::late(table::place(token.addr())));
}
