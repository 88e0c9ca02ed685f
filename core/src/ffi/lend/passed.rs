//! How C passes the arguments and results of functions that are made at run time.
use libffi::low::{ffi_arg, ffi_sarg};
use std::ffi::c_void;
use std::ptr::NonNull;

/// How C passes a value: the types that `libffi()` can make functions of.
///
/// ```
/// use uncallback::ffi::{Passed, Scalar};
/// assert_eq!(<*const u8 as Passed>::AS, Scalar::Pointer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type of its name")]
pub enum Scalar {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    /// Data or function.
    Pointer,
}

impl Scalar {
    const fn size(self) -> usize {
        match self {
            Scalar::I8 | Scalar::U8 => 1,
            Scalar::I16 | Scalar::U16 => 2,
            Scalar::I32 | Scalar::U32 | Scalar::F32 => 4,
            Scalar::I64 | Scalar::U64 | Scalar::F64 => 8,
            Scalar::Pointer => size_of::<*const ()>(),
        }
    }
}

/// A type that a function made at run time may take or return: integers, floats, `bool` and thin pointers.
///
/// Structs by value are not among them. Types of your own may be, if C passes them as one that is:
///
/// ```
/// use uncallback::ffi::{Passed, Scalar};
/// #[derive(Clone, Copy)]
/// #[repr(transparent)]
/// struct Status(i32);
/// // SAFETY: it is an `i32`.
/// unsafe impl Passed for Status {
///     const AS: Scalar = Scalar::I32;
/// }
/// ```
///
/// # Safety
///
/// Who implements it promises that C passes the type as `AS`, which has its size, and that all bits that C passes are a
/// value of it.
#[diagnostic::on_unimplemented(
    message = "how C passes a `{Self}` is not known at run time",
    note = "`libffi()` makes functions of integers, floats, `bool` and thin pointers; a type that C passes as one of them may implement `ffi::Passed`"
)]
pub unsafe trait Passed: Copy + 'static {
    /// How C passes it.
    const AS: Scalar;
}

macro_rules! passed {
    ($($ty:ty as $scalar:ident),* $(,)?) => {$(
        // SAFETY: it is what the C types of this name are.
        unsafe impl Passed for $ty {
            const AS: Scalar = Scalar::$scalar;
        }
    )*};
}
passed! {
    i8 as I8, i16 as I16, i32 as I32, i64 as I64, u8 as U8, u16 as U16, u32 as U32, u64 as U64,
    f32 as F32, f64 as F64, bool as U8,
}

#[cfg(target_pointer_width = "64")]
passed!(isize as I64, usize as U64);
#[cfg(target_pointer_width = "32")]
passed!(isize as I32, usize as U32);

macro_rules! pointers {
    ($($ty:ty)*) => {$(
        // SAFETY: a thin pointer, and null where that is a value.
        unsafe impl<T: 'static> Passed for $ty {
            const AS: Scalar = Scalar::Pointer;
        }
    )*};
}
pointers!(*mut T *const T Option<NonNull<T>>);

/// The arguments of a function that is made at run time: a tuple of [`Passed`] types.
///
/// ```
/// fn arguments<A: uncallback::ffi::Arguments>() {}
/// arguments::<(i32, *const u8)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "a function of `{Self}` can't be made at run time",
    note = "`libffi()` makes functions of integers, floats, `bool` and thin pointers; for others use `ffi::slots!`"
)]
pub trait Arguments {
    #[doc(hidden)]
    const AS: &'static [Scalar];
    /// # Safety
    ///
    /// `at` points to a pointer to each argument, of these types.
    #[doc(hidden)]
    unsafe fn read(at: *mut *mut c_void) -> Self;
}

macro_rules! arguments {
    ($([$($a:ident $i:literal)*])*) => {$(
        impl<$($a: Passed),*> Arguments for ($($a,)*) {
            const AS: &'static [Scalar] = &[$($a::AS),*];
            #[allow(unused_unsafe, unused_variables, clippy::unused_unit)]
            unsafe fn read(at: *mut *mut c_void) -> Self {
                const {
                    $(assert!(size_of::<$a>() == $a::AS.size(), "`Passed::AS` has another size than the type");)*
                }
                // SAFETY: by contract.
                unsafe { ($((*at.add($i)).cast::<$a>().read(),)*) }
            }
        }
    )*};
}
arguments! {
    [] [A 0] [A 0 B 1] [A 0 B 1 C 2] [A 0 B 1 C 2 D 3] [A 0 B 1 C 2 D 3 E 4] [A 0 B 1 C 2 D 3 E 4 G 5]
    [A 0 B 1 C 2 D 3 E 4 G 5 H 6] [A 0 B 1 C 2 D 3 E 4 G 5 H 6 I 7] [A 0 B 1 C 2 D 3 E 4 G 5 H 6 I 7 J 8]
}

/// The result of a function that is made at run time: a [`Passed`] type, or nothing.
///
/// ```
/// fn result<R: uncallback::ffi::Returned>() {}
/// result::<()>();
/// result::<i32>();
/// ```
#[diagnostic::on_unimplemented(
    message = "a function that returns `{Self}` can't be made at run time",
    note = "`libffi()` makes functions that return integers, floats, `bool`, thin pointers, or nothing"
)]
pub trait Returned {
    #[doc(hidden)]
    const AS: Option<Scalar>;
    /// # Safety
    ///
    /// There is room for the type at `at`, and for a register.
    #[doc(hidden)]
    unsafe fn write(self, at: *mut c_void);
}

impl Returned for () {
    const AS: Option<Scalar> = None;
    unsafe fn write(self, _at: *mut c_void) {}
}

impl<T: Passed> Returned for T {
    const AS: Option<Scalar> = Some(T::AS);

    unsafe fn write(self, at: *mut c_void) {
        const { assert!(size_of::<T>() == T::AS.size(), "`Passed::AS` has another size than the type") };
        let value = &raw const self;
        // SAFETY: there is room; the value is read as what it is passed as. Integers that are narrower than a register fill it.
        unsafe {
            match T::AS {
                Scalar::I8 => at.cast::<ffi_sarg>().write(value.cast::<i8>().read() as ffi_sarg),
                Scalar::I16 => at.cast::<ffi_sarg>().write(value.cast::<i16>().read() as ffi_sarg),
                Scalar::I32 => at.cast::<ffi_sarg>().write(value.cast::<i32>().read() as ffi_sarg),
                Scalar::U8 => at.cast::<ffi_arg>().write(value.cast::<u8>().read() as ffi_arg),
                Scalar::U16 => at.cast::<ffi_arg>().write(value.cast::<u16>().read() as ffi_arg),
                Scalar::U32 => at.cast::<ffi_arg>().write(value.cast::<u32>().read() as ffi_arg),
                Scalar::I64 | Scalar::U64 | Scalar::F32 | Scalar::F64 | Scalar::Pointer => {
                    at.cast::<T>().write(self);
                }
            }
        }
    }
}
