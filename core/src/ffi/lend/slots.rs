//! Pools of C functions that the compiler has written: a fixed number, of one type.
use super::{Lender, answer};
use crate::ffi::cfn::{Absent, CFn, Handler};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many slots a pool can have.
///
/// ```
/// uncallback::ffi::slots! { All: [extern "C" fn(); 32] }
/// # let _ = All;
/// assert_eq!(uncallback::ffi::MAX_SLOTS, 32);
/// ```
pub const MAX_SLOTS: usize = 32;

/// A pool of function pointers; made by [`slots!`](crate::ffi::slots!).
///
/// # Safety
///
/// Who implements it promises that `keys` gives the same table at every call, and that no other pool uses it.
/// [`slots!`](crate::ffi::slots!) does so.
///
/// ```
/// use uncallback::ffi::{self, Slot, SlotPool};
/// /// Hooks of a library, from whatever pool.
/// struct Hooks<P: SlotPool> { lent: Vec<Slot<P>> }
///
/// ffi::slots! { Pool: [extern "C" fn(); 2] }
/// // SAFETY: nobody calls it.
/// let hooks = Hooks { lent: vec![unsafe { ffi::lend(Pool, |()| (), ()) }?] };
/// # drop(hooks.lent);
/// # Ok::<(), ffi::CallbackError>(())
/// ```
pub unsafe trait SlotPool: Copy + 'static {
    /// The type of the callbacks.
    type F: CFn<Absent>;
    #[doc(hidden)]
    fn keys() -> &'static [AtomicUsize];
}

/// Declares a pool of C callbacks without user data.
///
/// Each slot is a C function of its own, so that C can tell them apart, and finds the closure that it was lent to. A pool has
/// at most 32 slots. When all are taken, [`lend`](crate::ffi::lend) and its siblings refuse.
///
/// What happens when a slot is dropped, called twice, never called, or its closure panics:
/// see [`Slot`](crate::ffi::Slot#what-happens-when).
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
/// let slot: ffi::Slot<Hooks> = unsafe { ffi::lend(Hooks, move |(n,)| n * factor, 0) }?;
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

macro_rules! trampolines {
    ($pool:ty, $at:expr, [$($i:literal)*]) => {
        match $at {
            $($i => <<$pool as SlotPool>::F as CFn<Absent>>::trampoline::<Run<$pool, $i>>(),)*
            _ => unreachable!("a pool has at most {MAX_SLOTS} slots"),
        }
    };
}

// SAFETY: each index has a function of its own, which answers with what the key at this index stands for.
unsafe impl<L: SlotPool> Lender for L {
    type F = L::F;
    type Spot = usize;

    fn occupy(self, key: usize) -> Option<usize> {
        L::keys().iter().position(|slot| {
            // ORDERING: publishes nothing: what the key stands for is published by the key table.
            slot.compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        })
    }

    fn function(at: usize) -> L::F {
        trampolines!(L, at, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31])
    }

    fn vacate(at: usize) {
        // ORDERING: as in `occupy`; a call that still reads the old key finds it retired.
        L::keys()[at].store(0, Ordering::Relaxed);
    }
}

struct Run<L, const I: usize>(PhantomData<L>);

// SAFETY: `answer` does not unwind.
unsafe impl<L, const I: usize> Handler<<L::F as CFn<Absent>>::Args, <L::F as CFn<Absent>>::Ret> for Run<L, I>
where
    L: SlotPool,
{
    unsafe fn call(_token: *mut (), args: <L::F as CFn<Absent>>::Args) -> <L::F as CFn<Absent>>::Ret {
        // ORDERING: as in `occupy`.
        let key = L::keys().get(I).map_or(0, |slot| slot.load(Ordering::Relaxed));
        answer::<L::F>(key, args)
    }
}
