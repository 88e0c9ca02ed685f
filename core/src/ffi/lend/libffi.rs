//! The lender that always has one more function: what is missing is written at run time.
use super::Lender;
use super::code::Code;
use super::passed::{Arguments, Returned};
use crate::ffi::cfn::{Absent, CFn};
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// Functions of one type, without an end; made by [`libffi()`].
///
/// ```
/// use uncallback::ffi::{Libffi, Slot, lend, libffi};
/// type Hook = extern "C" fn(u8) -> u8;
/// /// A hook that is set, with its closure.
/// struct Set { slot: Slot<Libffi<Hook>> }
///
/// // SAFETY: nobody else calls it.
/// let set = Set { slot: unsafe { lend(libffi(), |(n,)| n + 1, 0) }? };
/// assert_eq!(set.slot.callback()(41), 42);
/// # Ok::<(), uncallback::ffi::CallbackError>(())
/// ```
pub struct Libffi<F>(PhantomData<fn() -> F>);

/// C functions made at run time, as many as are wanted, for callbacks without user data; with feature `libffi`.
///
/// To be passed where a pool of [`slots!`](crate::ffi::slots!) can be: to [`lend`](super::lend), [`lend_once`](super::lend_once),
/// [`lend_events`](super::lend_events) and [`lend_list`](super::lend_list). The type of the function is that of the C function's
/// parameter. Not `extern "system"` on 32-bit Windows.
///
/// What is given back is used again by the next one of the same type, and never unmapped: a function pointer that C has kept never dangles.
/// Called too late, it finds no closure, which is counted as a [`Stray`](crate::ffi::Stray), as with slots. So the memory is that of
/// the largest number there ever was at once.
///
/// What happens when a function is dropped, called twice, never called, or its closure panics: see
/// [`Slot`](super::Slot#what-happens-when).
///
/// Where the system forbids memory for code that is made at run time, there is none: [`Refused(0)`](crate::ffi::CallbackError::Refused).
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::ffi;
/// # static HOOKS: std::sync::Mutex<Vec<Hook>> = std::sync::Mutex::new(Vec::new());
/// type Hook = unsafe extern "C" fn(c_int) -> c_int;
/// /// What a C library offers: no user data.
/// unsafe extern "C" fn add_hook(hook: Hook) { HOOKS.lock().unwrap().push(hook) }
/// unsafe extern "C" fn run_hooks(n: c_int) -> c_int { HOOKS.lock().unwrap().iter().map(|hook| unsafe { hook(n) }).sum() }
///
/// // More than there are slots, each with a closure of its own.
/// let slots: Vec<ffi::Slot<_>> = (1..=100)
///     // SAFETY: the hooks are not called any more when the slots are dropped.
///     .map(|factor| unsafe { ffi::lend(ffi::libffi(), move |(n,)| n * factor, 0) })
///     .collect::<Result<_, _>>()?;
/// for slot in &slots {
///     // SAFETY: as above.
///     unsafe { add_hook(slot.callback()) };
/// }
/// // SAFETY: the slots are there.
/// assert_eq!(unsafe { run_hooks(2) }, 2 * 5050);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
///
/// A type that libffi does not know, or that this crate does not tell it of, does not compile:
///
/// ```compile_fail,E0277
/// use uncallback::ffi;
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// struct Point { x: f64, y: f64 }
/// // SAFETY: it is never called.
/// let slot: ffi::Slot<ffi::Libffi<unsafe extern "C" fn(Point)>> =
///     unsafe { ffi::lend(ffi::libffi(), |(_point,)| (), ()) }.unwrap();
/// ```
pub fn libffi<F>() -> Libffi<F>
where
    F: CFn<Absent, Args: Arguments, Ret: Returned> + 'static,
{
    Libffi(PhantomData)
}

impl<F> Clone for Libffi<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Libffi<F> {}

impl<F> fmt::Debug for Libffi<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Libffi")
    }
}

/// The functions that nobody has, by their types.
fn unused() -> MutexGuard<'static, HashMap<TypeId, Vec<&'static Code>>> {
    static UNUSED: LazyLock<Mutex<HashMap<TypeId, Vec<&'static Code>>>> = LazyLock::new(Mutex::default);
    // No user code runs under the lock.
    UNUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One function that was written, on its way to C.
#[derive(Clone, Copy)]
#[expect(unnameable_types, reason = "a hidden item of `Lender`")]
pub struct Written(&'static Code);

// SAFETY: a function is lent to one at a time, and answers with what the key in its cell stands for.
unsafe impl<F> Lender for Libffi<F>
where
    F: CFn<Absent, Args: Arguments, Ret: Returned> + 'static,
{
    type F = F;
    type Spot = Written;

    fn occupy(self, key: usize) -> Option<Written> {
        let unused = unused().get_mut(&TypeId::of::<F>()).and_then(Vec::pop);
        let code = unused.or_else(Code::write::<F>)?;
        // ORDERING: publishes nothing: what the key stands for is published by the key table.
        code.key.store(key, Ordering::Relaxed);
        Some(Written(code))
    }

    fn function(Written(code): Written) -> F {
        // SAFETY: written as this type.
        unsafe { code.function() }
    }

    fn vacate(Written(code): Written) {
        // ORDERING: as in `occupy`; a call that still reads the old key finds it retired.
        code.key.store(0, Ordering::Relaxed);
        unused().entry(TypeId::of::<F>()).or_default().push(code);
    }
}
