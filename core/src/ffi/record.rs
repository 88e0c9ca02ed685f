//! What C holds for one call: the completer, the closure, and what must live until C lets go.
//!
//! If closure and kept values have no size, the record *is* the completer's cell: nothing is allocated beside it.
use super::affinity::Affinity;
use super::cfn::{CReturn, Handler};
use super::custody::{Custody, report_stray};
use super::guard::{drop_quietly, quietly};
use super::stray::{self, Stray};
use crate::Completer;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// What runs inside the callback: makes a value of C's arguments, and the answer for C.
///
/// ```
/// use uncallback::ffi::{Answering, Plain, Reaction};
/// fn reacts<X: Reaction<(i32,), Value = u8, Ret = R>, R>() {}
/// reacts::<Plain<fn((i32,)) -> u8>, ()>(); // of `oneshot`
/// reacts::<Answering<fn((i32,)) -> (u8, bool), bool>, bool>(); // of `oneshot_answering`
/// ```
pub trait Reaction<Args> {
    /// What the awaiter gets.
    type Value;
    /// What C gets.
    type Ret: CReturn;
    /// What C gets if `react` panics.
    #[doc(hidden)]
    fn on_panic(&self) -> Self::Ret;
    /// Runs the user's closure.
    #[doc(hidden)]
    fn react(self, args: Args) -> (Self::Value, Self::Ret);
}

/// A closure whose callback returns nothing to C.
///
/// See the example of [`Reaction`].
#[derive(Debug)]
pub struct Plain<O>(pub(super) O);

impl<Args, T, O: FnOnce(Args) -> T> Reaction<Args> for Plain<O> {
    type Value = T;
    type Ret = ();
    #[inline]
    fn on_panic(&self) {}
    #[inline]
    fn react(self, args: Args) -> (T, ()) {
        ((self.0)(args), ())
    }
}

/// A closure whose callback returns a value to C.
///
/// See the example of [`Reaction`].
#[derive(Debug)]
pub struct Answering<O, R> {
    pub(super) on: O,
    pub(super) on_panic: R,
}

impl<Args, T, R: CReturn + Copy, O: FnOnce(Args) -> (T, R)> Reaction<Args> for Answering<O, R> {
    type Value = T;
    type Ret = R;
    #[inline]
    fn on_panic(&self) -> R {
        self.on_panic
    }
    #[inline]
    fn react(self, args: Args) -> (T, R) {
        (self.on)(args)
    }
}

/// The part of a record beside the completer.
struct Rest<X, K, M: Affinity> {
    home: M::Home,
    reaction: X,
    keep: K,
}

pub(super) struct Record<T, X, K, M: Affinity> {
    completer: Completer<T>,
    rest: Rest<X, K, M>,
}

impl<T, X, K, M: Affinity> Record<T, X, K, M> {
    /// Whether the completer's cell can stand for the whole record.
    const BARE: bool = size_of::<Rest<X, K, M>>() == 0;

    pub(super) fn new(completer: Completer<T>, home: M::Home, reaction: X, keep: K) -> Self {
        Self { completer, rest: Rest { home, reaction, keep } }
    }

    #[inline]
    pub(super) fn into_raw(self) -> *mut () {
        if Self::BARE {
            // `from_raw` makes it again; until then it must not be dropped.
            std::mem::forget(self.rest);
            self.completer.into_raw().cast()
        } else {
            Box::into_raw(Box::new(self)).cast()
        }
    }

    /// # Safety
    ///
    /// `raw` came from `into_raw` of the same type, and comes back once.
    #[inline]
    unsafe fn from_raw(raw: *mut ()) -> Self {
        if Self::BARE {
            // SAFETY: the pointer is that of a completer.
            let completer = unsafe { Completer::from_raw(raw.cast::<c_void>()) };
            // SAFETY: a value without size is read from any aligned address; `into_raw` forgot it, so that there is one.
            let rest = unsafe { std::ptr::dangling::<Rest<X, K, M>>().read() };
            Self { completer, rest }
        } else {
            // SAFETY: it is the box of `into_raw`, once.
            *unsafe { Box::from_raw(raw.cast::<Self>()) }
        }
    }

    /// Lets go without a call: the awaiter hears that the callback never came.
    ///
    /// # Safety
    ///
    /// As for `from_raw`.
    pub(super) unsafe fn abandon(raw: *mut ()) {
        // SAFETY: passed on.
        let Self { completer, rest: Rest { home, reaction, keep } } = unsafe { Self::from_raw(raw) };
        drop_quietly(completer);
        M::release(&home, (reaction, keep));
    }

    /// Runs `react` for a call of C, and releases what was kept.
    ///
    /// # Safety
    ///
    /// As for `from_raw`.
    #[inline]
    pub(super) unsafe fn fire<R>(
        raw: *mut (),
        on_panic: impl FnOnce(&X) -> R,
        react: impl FnOnce(X) -> (T, R),
    ) -> R
    where
        R: CReturn,
    {
        // SAFETY: passed on.
        let (answer, kept) = unsafe { Self::fire_keeping(raw, on_panic, react) };
        drop(kept);
        answer
    }

    /// As `fire`, but hands back what was kept, for a callback that is not the last that C says.
    ///
    /// # Safety
    ///
    /// As for `from_raw`.
    #[inline]
    pub(super) unsafe fn fire_keeping<R>(
        raw: *mut (),
        on_panic: impl FnOnce(&X) -> R,
        react: impl FnOnce(X) -> (T, R),
    ) -> (R, Kept<K, M>)
    where
        R: CReturn,
    {
        // SAFETY: passed on.
        let Self { completer, rest: Rest { home, reaction, keep } } = unsafe { Self::from_raw(raw) };
        if let Some(place) = M::foreign(&home) {
            // The closure may not be touched on this thread. The awaiter is told, the closure is leaked.
            std::mem::forget(reaction);
            drop_quietly(completer);
            stray::report(Stray::on_foreign_thread(place));
            return (R::neutral(), Kept { home, keep: ManuallyDrop::new(keep) });
        }
        let mut answer = on_panic(&reaction);
        // A panic of the closure is caught by the completer and travels to the awaiter; those of wakers, and of a
        // value that nobody waits for any more, end here.
        quietly(|| {
            completer.complete_with(|| {
                let (value, said) = react(reaction);
                answer = said;
                value
            });
        });
        (answer, Kept { home, keep: ManuallyDrop::new(keep) })
    }
}

/// What was kept, until its drop; on a foreign thread it is leaked instead.
pub(super) struct Kept<K, M: Affinity> {
    home: M::Home,
    keep: ManuallyDrop<K>,
}

impl<K, M: Affinity> Kept<K, M> {
    pub(super) fn home(&self) -> &M::Home {
        &self.home
    }
}

impl<K, M: Affinity> Drop for Kept<K, M> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: taken once, here.
        M::release(&self.home, unsafe { ManuallyDrop::take(&mut self.keep) });
    }
}

/// The trampoline's way to a record.
pub(super) struct Fire<T, X, K, M, U>(PhantomData<(T, X, K, M, U)>);

// SAFETY: everything that runs user code in `fire` is guarded; nothing else panics.
unsafe impl<Args, T, X, K, M, U> Handler<Args, X::Ret> for Fire<T, X, K, M, U>
where
    X: Reaction<Args, Value = T>,
    M: Affinity,
    U: Custody,
{
    #[inline]
    unsafe fn call(token: *mut (), args: Args) -> X::Ret {
        // SAFETY: the token is the one that C was given; with `ByPointer`, C calls once by the contract.
        match unsafe { U::claim(token) } {
            // SAFETY: claimed: it is ours, and of this type, because handler and token are made together.
            Some(record) => unsafe {
                Record::<T, X, K, M>::fire(record, X::on_panic, |reaction| reaction.react(args))
            },
            None => {
                report_stray(token);
                X::Ret::neutral()
            }
        }
    }
}
