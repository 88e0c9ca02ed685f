//! What the code that `#[uncallback]` writes for `extern` blocks stands on.
use super::list::Step;
use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

/// A function of several arguments, applied to a tuple of them.
///
/// ```
/// use uncallback::ffi::Apply;
/// fn add(a: i32, b: i32) -> i32 { a + b }
/// assert_eq!(add.apply((40, 2)), 42);
/// ```
pub trait Apply<Args> {
    /// What it returns.
    type Output;
    /// Calls it, with the parts of the tuple as its arguments.
    fn apply(self, args: Args) -> Self::Output;
}

macro_rules! apply {
    ($([$($a:ident)*])*) => {$(
        #[allow(non_snake_case)]
        impl<$($a,)* T, F: FnOnce($($a),*) -> T> Apply<($($a,)*)> for F {
            type Output = T;
            #[inline]
            fn apply(self, ($($a,)*): ($($a,)*)) -> T {
                self($($a),*)
            }
        }
    )*};
}
apply! {
    [] [A] [A B] [A B C] [A B C D] [A B C D E] [A B C D E G] [A B C D E G H] [A B C D E G H I] [A B C D E G H I J]
}

/// Memory that C uses until its callback has come: what a `keep(..)` parameter takes.
///
/// # Safety
///
/// Who implements it promises that what [`pointer`](Buffer::pointer) gives stays valid for C's reads and writes, as far as the
/// pointer's type allows them, while the buffer is moved, until it is dropped.
///
/// ```
/// use uncallback::ffi::Buffer;
/// let mut buffer = vec![0_u8; 4];
/// let at: *mut u8 = buffer.pointer();
/// let moved = buffer;
/// assert_eq!(moved.as_ptr(), at.cast_const());
/// ```
pub unsafe trait Buffer<P> {
    /// Where C finds it.
    fn pointer(&mut self) -> P;
}

macro_rules! buffer {
    ($({$($t:ident)?} $buffer:ty => $pointer:ty = |$this:ident| $at:expr;)*) => {$(
        // SAFETY: the elements are on the heap, and moving their owner does not move them.
        unsafe impl $(<$t>)? Buffer<$pointer> for $buffer {
            fn pointer(&mut self) -> $pointer {
                let $this = self;
                $at
            }
        }
    )*};
}
buffer! {
    {T} Vec<T> => *mut T = |v| v.as_mut_ptr();
    {T} Vec<T> => *const T = |v| v.as_mut_ptr().cast_const();
    {} Vec<u8> => *mut c_void = |v| v.as_mut_ptr().cast();
    {} Vec<u8> => *const c_void = |v| v.as_mut_ptr().cast_const().cast();
    {} CString => *const c_char = |s| s.as_ptr();
}

/// The arguments of a C function on their way to another thread: that of its loop, or that on which a question of C's is answered.
///
/// ```
/// use uncallback::ffi::Sent;
/// let object = std::ptr::dangling_mut::<u8>();
/// // SAFETY: an address may be used on any thread.
/// let sent = unsafe { Sent::new((object, 7)) };
/// let there = std::thread::spawn(move || {
///     let (object, number) = sent.into_inner();
///     (object.addr(), number)
/// });
/// assert_eq!(there.join().unwrap(), (object.addr(), 7));
/// ```
#[derive(Debug)]
pub struct Sent<T>(T);

// SAFETY: the promise of `new`.
unsafe impl<T> Send for Sent<T> {}

impl<T> Sent<T> {
    /// Takes them along.
    ///
    /// # Safety
    ///
    /// They may be used on the thread to which they are sent: objects of the library are still there then, and belong to that
    /// thread or to any.
    ///
    /// See the example of [`Sent`].
    pub unsafe fn new(arguments: T) -> Self {
        Self(arguments)
    }

    /// Takes them out.
    ///
    /// See the example of [`Sent`].
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// A buffer of which C and the way to cancel have a handle each, so that a cancelling function finds it there, even if the callback comes
/// at the same time, or inside. The last handle drops it.
///
/// ```
/// use uncallback::ffi::Kept;
/// let buffer = std::sync::Arc::new([0_u8; 16]);
/// let of_c = Kept::new(buffer.clone());
/// let of_the_future = of_c.clone();
/// drop(of_c);
/// assert_eq!(std::sync::Arc::strong_count(&buffer), 2);
/// drop(of_the_future);
/// assert_eq!(std::sync::Arc::strong_count(&buffer), 1);
/// ```
#[derive(Debug)]
pub struct Kept<B>(Arc<Untouched<B>>);

/// Nobody gets at it until it is dropped.
#[derive(Debug)]
struct Untouched<B>(#[allow(dead_code, reason = "it is there to be dropped")] B);

// SAFETY: shared, it gives access to nothing; who drops it is the only one left, and may have it, because it is `Send`.
unsafe impl<B: Send> Sync for Untouched<B> {}

impl<B> Kept<B> {
    /// The first handle.
    ///
    /// See the example of [`Kept`].
    pub fn new(buffer: B) -> Self {
        Self(Arc::new(Untouched(buffer)))
    }
}

impl<B> Clone for Kept<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The items of a list, from the type of its steps.
///
/// ```
/// use uncallback::ffi::{Step, StepType};
/// let item: <Step<u8, String> as StepType>::Item = Ok(7);
/// ```
pub trait StepType {
    /// What the stream brings: a `Result`.
    type Item;
}

impl<T, E> StepType for Step<T, E> {
    type Item = Result<T, E>;
}

/// What may be handed on as it is, because nothing in it can point to what C lends for the call only.
///
/// ```
/// fn handed_on<T: uncallback::ffi::ByValue>(_value: T) {}
/// handed_on(7_i32);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` may point to what C lends for the time of the callback only",
    note = "say `result = |arguments| -> Type {{ .. }}`, and copy there what is kept"
)]
pub trait ByValue: Copy + Send + 'static {}

impl<T: Copy + Send + 'static> ByValue for T {}

/// What may be passed to C without a word about how long C uses it: it is no pointer, or what it points to lives for ever.
///
/// ```
/// fn passed<T: uncallback::ffi::NoPointer>(_value: T) {}
/// passed(7_i32);
/// ```
///
/// ```compile_fail,E0277
/// fn passed<T: uncallback::ffi::NoPointer>(_value: T) {}
/// passed(std::ptr::null::<u8>());
/// ```
#[diagnostic::on_unimplemented(
    message = "how long does C use this `{Self}`, which is or has a pointer?",
    label = "say `borrowed`, `keep` or `handle` of this parameter",
    note = "`borrowed(parameter)`: only until the function returns",
    note = "`keep(parameter)`: until the callback; the async function takes the buffer by value and keeps it",
    note = "`handle(parameter)`: it is an object of the library, which outlives the operation"
)]
pub trait NoPointer: Copy + Send + 'static {}

impl<T: Copy + Send + 'static> NoPointer for T {}

/// What a callback returns that C does not ask anything.
///
/// ```
/// fn returned<T: uncallback::ffi::NoAnswer>(_value: T) {}
/// returned(());
/// ```
#[diagnostic::on_unimplemented(
    message = "this callback returns a `{Self}` to C, so C wants an answer",
    label = "returns a `{Self}`",
    note = "a callback that comes once says `answer = expression` and `on_panic = expression`",
    note = "one that comes again is a question: `#[ask(..)]`, or `#[hook(..)]` if it stays registered"
)]
pub trait NoAnswer {}

impl NoAnswer for () {}

/// Runs what C has called; ends the process if it panics. For `unwind = abort`.
///
/// ```
/// assert_eq!(uncallback::ffi::or_abort(|| 7), 7);
/// ```
pub fn or_abort<R>(f: impl FnOnce() -> R) -> R {
    /// Dropped by a panic only, which has been reported by then.
    struct Abort;
    impl Drop for Abort {
        fn drop(&mut self) {
            std::process::abort();
        }
    }
    let abort = Abort;
    let value = f();
    std::mem::forget(abort);
    value
}

/// Holds a C function to its word that it never calls back before it returns: `inside = never`. Checked with debug assertions.
///
/// ```
/// use uncallback::ffi::NeverInside;
/// let answer = NeverInside("lookup").during(|| 7); // the C function
/// NeverInside("lookup").check(); // its callback
/// # assert_eq!(answer, 7);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NeverInside(
    /// The name of the function.
    pub &'static str,
);

std::thread_local! {
    /// The functions of this kind that are running on this thread.
    static RUNNING: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl NeverInside {
    /// Calls the function.
    ///
    /// See the example of [`NeverInside`].
    pub fn during<R>(self, call: impl FnOnce() -> R) -> R {
        struct Over;
        impl Drop for Over {
            fn drop(&mut self) {
                RUNNING.with_borrow_mut(|running| running.pop());
            }
        }
        let _over = cfg!(debug_assertions).then(|| {
            RUNNING.with_borrow_mut(|running| running.push(self.0));
            Over
        });
        call()
    }

    /// Looks whether the function is running.
    ///
    /// # Panics
    ///
    /// If it is. In a callback, the panic resumes in the awaiter.
    ///
    /// See the example of [`NeverInside`].
    pub fn check(self) {
        let Self(name) = self;
        assert!(
            !cfg!(debug_assertions) || RUNNING.with_borrow(|running| !running.contains(&name)),
            "`{name}` called back before it had returned, and was said to do that never (`inside = never`)"
        );
    }
}
