//! A C callback that is a question, to be answered at once: progress, busy and write callbacks, comparisons, visitors.
//!
//! A question can't be awaited: C waits on the same stack. What can be done is to answer "stop", and to let a panic go
//! around the frames of C instead of through them.
use super::cfn::{CFn, CReturn, Handler, UserData};
use super::custody::{self, ByKey, Custody, report_stray};
use super::exclusive::Exclusive;
use super::guard::{Payload, StoredPanic};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};

/// Makes a C call that asks through a callback until it returns; `f` answers, and may borrow whatever it likes.
///
/// # What happens when
///
/// - C asks **twice**, or more often: each question is answered. One that comes while another is being answered is a panic,
///   as if `f` had panicked.
/// - C **never** asks: nothing; the output is what `call` returns.
/// - C asks after `call` has returned: the question finds nothing, C gets zero, null or nothing, and the call is counted as
///   a [`Stray`](super::Stray).
/// - `f` **panics**: C gets `on_panic` for this and all later questions, and the panic resumes when the C call has returned.
///
/// # Safety
///
/// The caller promises, and a reviewer checks against the C documentation:
///
/// 1. C calls the function pointer with this user data at `at` and with the argument types of `F`, and only on this thread.
/// 2. `f` reads through its arguments only what C allows, and copies what it keeps.
///
/// # Panics
///
/// With the panic of `f`.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First};
/// unsafe extern "C" fn each(n: c_int, cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void) -> c_int {
///     (0..n).map(|i| cb(data, i)).find(|&stop| stop != 0).unwrap_or(0)
/// }
/// let mut rows = Vec::new();
/// // SAFETY: `each` calls back on this thread, with numbers.
/// let stopped = unsafe {
///     ffi::ask(First, |cb, data| each(10, cb, data), |(row,)| { rows.push(row); (row == 2).into() }, -1)
/// };
/// assert_eq!((stopped, rows), (1, vec![0, 1, 2]));
/// ```
#[track_caller]
pub unsafe fn ask<P, F, R, C, A>(at: P, call: C, f: A, on_panic: F::Ret) -> R
where
    F: CFn<P, Ret: Copy, Data: UserData>,
    C: FnOnce(F, F::Data) -> R,
    A: FnMut(F::Args) -> F::Ret,
{
    let _ = at;
    /// Makes sure that no late call finds the question, also if `call` panics.
    struct Over(*mut ());
    impl Drop for Over {
        fn drop(&mut self) {
            // The record is on the stack below: there is nothing to free, and by promise 1 no call is running.
            custody::retire(self.0);
        }
    }
    let question = Question::new(f, on_panic);
    let over = Over(ByKey::deposit((&raw const question).cast_mut().cast(), Location::caller()));
    let answer = call(F::trampoline::<Borrowed<A, F::Ret>>(), F::Data::from_token(over.0));
    drop(over);
    question.resume_panic();
    answer
}

/// A closure with its panic.
pub(super) struct Question<A, R> {
    f: Exclusive<A>,
    panic: StoredPanic,
    on_panic: R,
}

pub(super) trait Panics {
    fn resume_panic(&self);
}

impl<A, R> Panics for Question<A, R> {
    fn resume_panic(&self) {
        self.panic.resume();
    }
}

impl<A, R: Copy> Question<A, R> {
    pub(super) fn new(f: A, on_panic: R) -> Self {
        Self { f: Exclusive::new(f), panic: StoredPanic::default(), on_panic }
    }

    fn answer<Args>(&self, args: Args) -> R
    where
        A: FnMut(Args) -> R,
    {
        if self.panic.is_set() {
            return self.on_panic;
        }
        match catch_unwind(AssertUnwindSafe(|| self.f.try_with(|f| f(args)))) {
            Ok(Some(answer)) => answer,
            Ok(None) => self.panicked(Box::new("C asked again while a question was being answered")),
            Err(payload) => self.panicked(payload),
        }
    }

    fn panicked(&self, payload: Payload) -> R {
        self.panic.store(payload);
        self.on_panic
    }
}

/// Answers with a question on the stack of [`ask`].
struct Borrowed<A, R>(PhantomData<(A, R)>);

// SAFETY: `Question::answer` catches what the closure throws.
unsafe impl<Args, A, R> Handler<Args, R> for Borrowed<A, R>
where
    A: FnMut(Args) -> R,
    R: CReturn + Copy,
{
    unsafe fn call(token: *mut (), args: Args) -> R {
        // SAFETY: as below; a question on the stack is not freed by a call.
        unsafe { answer::<Args, A, R>(token, args, |_| ()) }
    }
}

/// # Safety
///
/// The token was deposited for a question of these types.
pub(super) unsafe fn answer<Args, A, R>(token: *mut (), args: Args, free: impl FnOnce(*mut ())) -> R
where
    A: FnMut(Args) -> R,
    R: CReturn + Copy,
{
    // SAFETY: entered: the question lives until we leave.
    let call = |question: *mut ()| unsafe { &*question.cast::<Question<A, R>>() }.answer(args);
    custody::enter(token, call, free).unwrap_or_else(|| {
        report_stray(token);
        R::neutral()
    })
}
