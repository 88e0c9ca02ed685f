//! C callbacks without user data that stay registered: a fixed number of function pointers, lent out one by one.
use super::cfn::{Absent, CFn, CReturn, Handler};
use super::custody::{self, ByKey, Custody, report_stray};
use super::guard::drop_payload;
use super::outcome::CallbackError;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many slots a pool can have.
pub const MAX_SLOTS: usize = 32;

/// A pool of function pointers; made by [`slots!`](crate::ffi::slots!).
///
/// # Safety
///
/// `keys` gives the same table at every call, and no other pool uses it.
pub unsafe trait SlotPool: Copy + 'static {
    /// The type of the callbacks.
    type F: CFn<Absent>;
    #[doc(hidden)]
    fn keys() -> &'static [AtomicUsize];
}

/// Declares a pool of C callbacks without user data.
///
/// Each slot is a C function of its own, so that C can tell them apart, and finds the closure that it was lent to. A pool has
/// at most 32 slots. When all are taken, [`lend`](crate::ffi::lend) refuses.
///
/// ```
/// use core::ffi::c_int;
/// use uncallback::ffi;
/// ffi::slots! {
///     /// Hooks of the library.
///     Hooks: [unsafe extern "C" fn(c_int) -> c_int; 4]
/// }
/// let factor = 3;
/// // SAFETY: the callback is not called any more when the slot is dropped.
/// let slot = unsafe { ffi::lend(Hooks, move |(n,)| n * factor, 0) }?;
/// // SAFETY: what C would do.
/// assert_eq!(unsafe { slot.callback()(14) }, 42);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
#[macro_export]
macro_rules! slots {
    ($(#[$meta:meta])* $vis:vis $name:ident: [$f:ty; $n:literal]) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;
        // SAFETY: the table is this function's own.
        unsafe impl $crate::ffi::SlotPool for $name {
            type F = $f;
            fn keys() -> &'static [::core::sync::atomic::AtomicUsize] {
                const { assert!($n <= $crate::ffi::MAX_SLOTS, "a pool has at most 32 slots") };
                static KEYS: [::core::sync::atomic::AtomicUsize; $n] =
                    [const { ::core::sync::atomic::AtomicUsize::new(0) }; $n];
                &KEYS
            }
        }
    };
}

/// Lends a slot of a pool to a closure.
///
/// If `f` panics, C gets `on_panic`; the panic has been reported by the panic hook and ends there, because nobody waits.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if all slots are taken.
///
/// # Safety
///
/// 1. When the slot is dropped, C does not call its function pointer any more, until it is lent again.
/// 2. `f` reads through its arguments only what C allows.
///
/// See the example of [`slots!`](crate::ffi::slots!).
#[track_caller]
pub unsafe fn lend<L, A>(
    pool: L,
    f: A,
    on_panic: <L::F as CFn<Absent>>::Ret,
) -> Result<Slot<L>, CallbackError>
where
    L: SlotPool,
    A: Fn(<L::F as CFn<Absent>>::Args) -> <L::F as CFn<Absent>>::Ret + Send + Sync + 'static,
    <L::F as CFn<Absent>>::Ret: Copy + Send + Sync + 'static,
{
    let _ = pool;
    let f: Closure<L> = Box::new(f);
    let lent = Box::into_raw(Box::new(Lent::<L> { f, on_panic }));
    let token = ByKey::deposit(lent.cast(), Location::caller());
    let free = L::keys().iter().position(|slot| {
        // ORDERING: publishes nothing: the closure is published by the key table.
        slot.compare_exchange(0, token.addr(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    });
    let slot = Slot { token, index: free, pool: PhantomData };
    if free.is_some() { Ok(slot) } else { Err(CallbackError::Refused(0)) }
}

type Closure<L> = Box<
    dyn Fn(<<L as SlotPool>::F as CFn<Absent>>::Args) -> <<L as SlotPool>::F as CFn<Absent>>::Ret
        + Send
        + Sync,
>;

struct Lent<L: SlotPool> {
    f: Closure<L>,
    on_panic: <L::F as CFn<Absent>>::Ret,
}

/// A slot that is lent to a closure. Dropped, it is free for the next one.
#[derive(Debug)]
pub struct Slot<L: SlotPool> {
    token: *mut (),
    /// `None` if none was free.
    index: Option<usize>,
    pool: PhantomData<L>,
}

// SAFETY: the token is a key; the closure is `Send` and `Sync`.
unsafe impl<L: SlotPool> Send for Slot<L> {}
// SAFETY: as above.
unsafe impl<L: SlotPool> Sync for Slot<L> {}

macro_rules! trampolines {
    ($pool:ty, $at:expr, [$($i:literal)*]) => {
        match $at {
            $($i => <<$pool as SlotPool>::F as CFn<Absent>>::trampoline::<Run<$pool, $i>>(),)*
            _ => unreachable!("a pool has at most {MAX_SLOTS} slots"),
        }
    };
}

impl<L: SlotPool> Slot<L>
where
    <L::F as CFn<Absent>>::Ret: Copy,
{
    /// The function pointer for C.
    ///
    /// See the example of [`slots!`](crate::ffi::slots!).
    pub fn callback(&self) -> L::F {
        let at = self.index.unwrap_or(MAX_SLOTS);
        trampolines!(L, at, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31])
    }
}

impl<L: SlotPool> Drop for Slot<L> {
    fn drop(&mut self) {
        if let Some(lent) = custody::retire(self.token) {
            free::<L>(lent);
        }
        if let Some(index) = self.index {
            // ORDERING: as in `lend`; a call that still reads the old key finds it retired.
            L::keys()[index].store(0, Ordering::Relaxed);
        }
    }
}

fn free<L: SlotPool>(lent: *mut ()) {
    // SAFETY: retired, nobody is using it, and it is of this type.
    super::guard::drop_quietly(unsafe { Box::from_raw(lent.cast::<Lent<L>>()) });
}

struct Run<L, const I: usize>(PhantomData<L>);

// SAFETY: the closure is caught.
unsafe impl<L, const I: usize> Handler<<L::F as CFn<Absent>>::Args, <L::F as CFn<Absent>>::Ret> for Run<L, I>
where
    L: SlotPool,
    <L::F as CFn<Absent>>::Ret: Copy,
{
    unsafe fn call(_token: *mut (), args: <L::F as CFn<Absent>>::Args) -> <L::F as CFn<Absent>>::Ret {
        // ORDERING: as in `lend`.
        let key = L::keys().get(I).map_or(0, |slot| slot.load(Ordering::Relaxed));
        let token = std::ptr::without_provenance_mut(key);
        let call = |lent: *mut ()| {
            // SAFETY: entered: it lives until we leave; whatever is in this pool's table is of this type.
            let lent = unsafe { &*lent.cast::<Lent<L>>() };
            catch_unwind(AssertUnwindSafe(|| (lent.f)(args))).unwrap_or_else(|payload| {
                drop_payload(payload);
                lent.on_panic
            })
        };
        custody::enter(token, call, free::<L>).unwrap_or_else(|| {
            report_stray(token);
            <L::F as CFn<Absent>>::Ret::neutral()
        })
    }
}
