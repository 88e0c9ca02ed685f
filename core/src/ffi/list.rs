//! A C callback that brings the items of a list one by one, and then says that it is over.
use super::cfn::{CFn, Handler, UserData};
use super::custody::{self, report_stray};
use super::guard::quietly;
use super::outcome::{CallbackError, IntoStarted};
use super::subscribe::{Subscription, free, register};
use crate::stream::mpsc;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What one call of a list's callback means.
///
/// ```
/// use uncallback::ffi::Step;
/// // What most lists say: a null pointer ends them.
/// fn step(item: *const u8) -> Step<usize> {
///     if item.is_null() { Step::End } else { Step::Item(item.addr()) }
/// }
/// assert_eq!(step(std::ptr::null()), Step::End);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<T, E = std::convert::Infallible> {
    /// One more item.
    Item(T),
    /// The list is complete: C does not call again.
    End,
    /// The list breaks off: C does not call again.
    Fail(E),
}

/// Adapts a C function that calls back once for each item of a list: a stream that ends when the list does.
///
/// The stream's items are `Result<T, E>`: a list that fails after some items ends with an `Err`.
///
/// # What happens when
///
/// - the stream is **dropped**, before the end or after it: `cancel` runs, once. Calls that come later find nothing, and are
///   counted as [`Stray`](super::Stray)s.
/// - the callback is called again after the end: the same.
/// - the callback is **never called** again, and C breaks the list off without a word: the stream waits, until its
///   [owner](crate::Events::owned_by) closes, if it has one.
/// - `on` **panics**: that ends the list. The panic resumes in the consumer, after the items before it.
///
/// For functions that call back only until they return, such as `sqlite3_exec`, [`ask`](super::ask()) is simpler.
///
/// # Errors
///
/// [`Refused`](CallbackError::Refused) if `start` says so.
///
/// # Safety
///
/// The promises of [`subscribe`](super::subscribe()), with `cancel` in place of `unregister`.
///
/// ```
/// use core::ffi::{c_int, c_void};
/// use uncallback::ffi::{self, First, Started, Step};
/// use uncallback::stream::mpsc;
/// unsafe extern "C" fn digits(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) { for n in [3, 1, -1] { cb(data, n) } }
///
/// # uncallback::__private::block_on(async {
/// // SAFETY: `digits` calls back with numbers, the last one being negative.
/// let mut digits = unsafe {
///     ffi::list(
///         First,
///         mpsc::unbounded(),
///         |cb, data| digits(cb, data),
///         |()| {},
///         |(n,)| if n < 0 { Step::<c_int>::End } else { Step::Item(n) },
///     )
/// }?;
/// assert_eq!(digits.next().await, Some(Ok(3)));
/// assert_eq!(digits.next().await, Some(Ok(1)));
/// assert_eq!(digits.next().await, None);
/// # Ok::<(), ffi::CallbackError>(()) }).unwrap();
/// ```
#[track_caller]
pub unsafe fn list<P, F, H, Said, S, G, O, T, E>(
    at: P,
    policy: mpsc::Policy,
    start: S,
    cancel: G,
    on: O,
) -> Result<Subscription<Result<T, E>, H, G>, CallbackError>
where
    F: CFn<P, Ret = (), Data: UserData>,
    S: FnOnce(F, F::Data) -> Said,
    Said: IntoStarted<Handle = H>,
    G: FnOnce(H),
    O: Fn(F::Args) -> Step<T, E> + Send + Sync + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    let _ = at;
    let record = |emitter| Rows { emitter, on };
    register(policy, record, cancel, |made| {
        start(F::trampoline::<Add<O, T, E>>(), F::Data::from_token(made.token)).into_started()
    })
}

pub(super) struct Rows<O, T, E> {
    pub(super) emitter: mpsc::Emitter<Result<T, E>>,
    pub(super) on: O,
}

pub(super) struct Add<O, T, E>(PhantomData<(O, T, E)>);

// SAFETY: the closure is caught here; wakers and unwanted values are guarded.
unsafe impl<Args, O, T, E> Handler<Args, ()> for Add<O, T, E>
where
    O: Fn(Args) -> Step<T, E>,
{
    unsafe fn call(token: *mut (), args: Args) {
        let call = |record: *mut ()| {
            // SAFETY: entered: the record lives until we leave, and is shared, as its parts allow.
            let rows = unsafe { &*record.cast::<Rows<O, T, E>>() };
            let last = catch_unwind(AssertUnwindSafe(|| (rows.on)(args)));
            let over = !matches!(last, Ok(Step::Item(_)));
            quietly(|| match last {
                Ok(Step::Item(item)) => rows.emitter.emit(Ok(item)),
                Ok(Step::Fail(error)) => rows.emitter.emit(Err(error)),
                Ok(Step::End) => {}
                Err(payload) => rows.emitter.emit_with(|| resume_unwind(payload)),
            });
            if over {
                // The emitter goes with the record when this call leaves: that ends the stream.
                custody::retire(token);
            }
        };
        // SAFETY: the last user of a retired record owns it, and it is of this type.
        if custody::enter(token, call, |record| unsafe { free::<Rows<O, T, E>>(record) }).is_none() {
            report_stray(token);
        }
    }
}
