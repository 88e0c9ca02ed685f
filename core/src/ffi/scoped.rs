//! A C callback without user data that is called only until the C function returns: `qsort`.
use super::cfn::{Absent, CFn, CReturn, Handler};
use super::guard::StoredPanic;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

std::thread_local! {
    /// The closure of the innermost call on this thread.
    static CURRENT: Cell<*const ()> = const { Cell::new(std::ptr::null()) };
}

struct Scope<A, R> {
    f: RefCell<A>,
    panic: StoredPanic,
    on_panic: R,
}

/// Makes a C call whose callback has no user data, and is called on this thread until the call returns.
///
/// The closure is found through a thread-local, so nothing is allocated, and it may borrow. Calls may nest.
///
/// # What happens when
///
/// - C calls **twice**, or more often: each call runs `f`. One from within `f` is a panic, as if `f` had panicked.
/// - C **never** calls: nothing; the output is what `call` returns.
/// - `f` **panics**: C gets `on_panic` for this and all later calls, and the panic resumes when the C call has returned.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer only until `call` returns, only on this thread, and not from within another `scoped` call
///    that is nested in this one.
/// 2. C uses the argument types of `F`, and `f` reads through its arguments only what C allows.
///
/// # Panics
///
/// With the panic of `f`.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi;
/// unsafe extern "C" {
///     fn qsort(base: *mut c_void, n: usize, size: usize, cmp: unsafe extern "C" fn(*const c_void, *const c_void) -> c_int);
/// }
/// let mut values = [3, 1, 2];
/// let at = values.as_mut_ptr().cast();
/// let mut compared = 0;
/// // SAFETY: `qsort` compares elements of the array, on this thread, until it returns.
/// unsafe {
///     ffi::scoped(
///         |cmp| qsort(at, 3, size_of::<i32>(), cmp),
///         |(a, b)| {
///             compared += 1;
///             (*a.cast::<i32>()).cmp(&*b.cast::<i32>()) as c_int
///         },
///         0,
///     );
/// }
/// assert_eq!(values, [1, 2, 3]);
/// assert!(compared >= 2);
/// ```
pub unsafe fn scoped<F, R, A>(call: impl FnOnce(F) -> R, f: A, on_panic: F::Ret) -> R
where
    F: CFn<Absent, Ret: Copy>,
    A: FnMut(F::Args) -> F::Ret,
{
    /// Names the outer closure again.
    struct Restore(*const ());
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let scope = Scope { f: RefCell::new(f), panic: StoredPanic::default(), on_panic };
    let restore = Restore(CURRENT.replace((&raw const scope).cast()));
    let answer = call(F::trampoline::<Current<A, F::Ret>>());
    drop(restore);
    scope.panic.resume();
    answer
}

struct Current<A, R>(PhantomData<(A, R)>);

// SAFETY: the closure is caught, and so is the drop of a surplus payload.
unsafe impl<Args, R, A> Handler<Args, R> for Current<A, R>
where
    A: FnMut(Args) -> R,
    R: CReturn + Copy,
{
    unsafe fn call(_token: *mut (), args: Args) -> R {
        let current = CURRENT.get();
        if current.is_null() {
            return R::neutral();
        }
        // SAFETY: by the contract, the innermost scope of this thread, which is alive and of this type.
        let scope = unsafe { &*current.cast::<Scope<A, R>>() };
        if scope.panic.is_set() {
            return scope.on_panic;
        }
        let answer = catch_unwind(AssertUnwindSafe(|| (scope.f.borrow_mut())(args)));
        answer.unwrap_or_else(|payload| {
            scope.panic.store(payload);
            scope.on_panic
        })
    }
}
