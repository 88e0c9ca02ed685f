//! What the code that `#[uncallback]` writes for `extern` blocks stands on.
use super::list::Step;
use std::ffi::{CString, c_char, c_void};

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
    /// Calls it.
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
/// The pointer stays valid while the buffer is moved, until it is dropped.
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

/// The items of a list, from the type of its steps.
///
/// ```
/// use uncallback::ffi::{Step, StepType};
/// let item: <Step<u8, String> as StepType>::Item = Ok(7);
/// ```
pub trait StepType {
    /// What the stream brings.
    type Item;
}

impl<T, E> StepType for Step<T, E> {
    type Item = Result<T, E>;
}
