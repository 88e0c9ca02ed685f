//! C function-pointer types as traits: where the user data stands, which arguments remain, and a trampoline that
//! takes the user data out and hands the rest to Rust.
use core::ffi::c_void;

/// The user data is the `I`-th parameter of the callback, counted from 0.
///
/// Types can't tell: hiredis passes two `void *`, and only one of them is yours. So the position is always said.
///
/// ```
/// use uncallback::ffi::{CFn, Nth};
/// fn arguments<F: CFn<Nth<2>, Args = (i32, u8)>>() {}
/// arguments::<extern "C" fn(i32, u8, *mut core::ffi::c_void)>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nth<const I: usize>;

/// The user data is the first parameter of the callback.
///
/// ```
/// use uncallback::ffi::{CFn, First};
/// fn arguments<F: CFn<First, Args = (i32,)>>() {}
/// arguments::<extern "C" fn(*mut core::ffi::c_void, i32)>();
/// ```
pub type First = Nth<0>;

/// The value of [`First`](type@First), to be passed where a position is asked for.
///
/// ```
/// use uncallback::ffi::{First, Nth};
/// assert_eq!(First, Nth::<0>);
/// ```
#[allow(non_upper_case_globals)]
pub const First: First = Nth::<0>;

/// The user data is the last parameter of the callback.
///
/// ```
/// use uncallback::ffi::{CFn, Last};
/// fn arguments<F: CFn<Last, Args = (i32,)>>() {}
/// arguments::<unsafe extern "C" fn(i32, *mut core::ffi::c_void)>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last;

/// The callback has no user data at all; see [`slots!`](crate::ffi::slots!) and [`scoped`](crate::ffi::scoped()).
///
/// ```
/// use uncallback::ffi::{Absent, CFn};
/// fn arguments<F: CFn<Absent, Args = (i32, i32)>>() {}
/// arguments::<extern "C" fn(i32, i32) -> i32>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent;

/// What passes through C untouched and finds its way back to us: a data pointer or an integer as wide as one.
///
/// # Safety
///
/// `into_token(from_token(token))` gives `token`, with the provenance it had or an exposed one.
///
/// ```
/// use uncallback::ffi::UserData;
/// let mut value = 7_u8;
/// let data = <*mut core::ffi::c_void>::from_token((&raw mut value).cast());
/// assert_eq!(data.into_token(), (&raw mut value).cast());
/// ```
pub unsafe trait UserData: Copy {
    /// The user data that C is given for `token`.
    fn from_token(token: *mut ()) -> Self;
    /// The token that C was given.
    fn into_token(self) -> *mut ();
}

// SAFETY: a cast of thin pointers keeps address and provenance.
unsafe impl<T> UserData for *mut T {
    #[inline]
    fn from_token(token: *mut ()) -> Self {
        token.cast()
    }
    #[inline]
    fn into_token(self) -> *mut () {
        self.cast()
    }
}

// SAFETY: as for `*mut T`; constness does not take part in provenance.
unsafe impl<T> UserData for *const T {
    #[inline]
    fn from_token(token: *mut ()) -> Self {
        token.cast_const().cast()
    }
    #[inline]
    fn into_token(self) -> *mut () {
        self.cast_mut().cast()
    }
}

macro_rules! integer_user_data {
    ($($int:ty)*) => {$(
        // SAFETY: the integer is as wide as a pointer, or wider; the provenance is exposed on the way out.
        unsafe impl UserData for $int {
            #[inline]
            fn from_token(token: *mut ()) -> Self {
                token.expose_provenance() as $int
            }
            #[inline]
            fn into_token(self) -> *mut () {
                core::ptr::with_exposed_provenance_mut(self as usize)
            }
        }
    )*};
}
integer_user_data!(usize isize u64);

/// A C return value that has a neutral form: what C is told when there is no Rust code left to ask.
///
/// ```
/// use uncallback::ffi::CReturn;
/// assert_eq!(i32::neutral(), 0);
/// ```
pub trait CReturn {
    /// Zero, null, false or nothing.
    fn neutral() -> Self;
}

macro_rules! neutral {
    ($($ty:ty = $value:expr),* $(,)?) => {$(
        impl CReturn for $ty {
            #[inline]
            fn neutral() -> Self {
                $value
            }
        }
    )*};
}
neutral! {
    () = (), bool = false, f32 = 0.0, f64 = 0.0,
    i8 = 0, i16 = 0, i32 = 0, i64 = 0, isize = 0, u8 = 0, u16 = 0, u32 = 0, u64 = 0, usize = 0,
}
impl<T> CReturn for *mut T {
    #[inline]
    fn neutral() -> Self {
        core::ptr::null_mut()
    }
}
impl<T> CReturn for *const T {
    #[inline]
    fn neutral() -> Self {
        core::ptr::null()
    }
}

/// Rust code behind a trampoline.
///
/// # Safety
///
/// `call` must not unwind: its caller is a frame of C.
///
/// ```
/// use uncallback::ffi::{CFn, First, Handler};
/// struct Double;
/// // SAFETY: a multiplication that wraps does not panic.
/// unsafe impl Handler<(i32,), i32> for Double {
///     unsafe fn call(_data: *mut (), (x,): (i32,)) -> i32 { x.wrapping_mul(2) }
/// }
/// type Callback = extern "C" fn(*mut core::ffi::c_void, i32) -> i32;
/// let callback = <Callback as CFn<First>>::trampoline::<Double>();
/// assert_eq!(callback(core::ptr::null_mut(), 21), 42);
/// ```
pub unsafe trait Handler<Args, Ret> {
    /// Runs with the token that was given to C as user data, and with the other arguments.
    ///
    /// # Safety
    ///
    /// `token` is what the operation behind this handler gave to C.
    unsafe fn call(token: *mut (), args: Args) -> Ret;
}

/// A C function pointer whose user data stands at position `P`.
///
/// Implemented for `extern "C"`, `"C-unwind"` and `"system"` functions of up to ten parameters, safe and unsafe, and for `Option`s of
/// them: callback typedefs are nullable in C, so bindings often declare `Option<extern "C" fn(..)>`.
///
/// Parameters that are references with a lifetime of their own (`for<'a> extern "C" fn(&'a T)`) are not covered; bindings use
/// raw pointers. Neither are variadic functions, for which no trampoline can be written in Rust.
///
/// # Safety
///
/// It is a function pointer of an ABI of C, or an `Option` of one. `trampoline::<H>()` calls `H::call` exactly once per call, with the
/// token of the parameter at `P`.
///
/// ```
/// use core::ffi::{c_char, c_int, c_void};
/// use uncallback::ffi::{CFn, Last};
/// type Callback = Option<unsafe extern "C" fn(c_int, *const c_char, *mut c_void)>;
/// fn arguments<F: CFn<Last, Args = (c_int, *const c_char), Ret = ()>>() {}
/// arguments::<Callback>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a C callback with its user data at `{P}`",
    label = "not an `extern \"C\"` function pointer of up to ten parameters with user data there",
    note = "positions are `First`, `Last` and `Nth::<I>`; user data is a raw pointer, `usize`, `isize` or `u64`"
)]
pub unsafe trait CFn<P>: Copy {
    /// The parameters without the user data, as a tuple.
    type Args;
    /// What the callback returns.
    type Ret: CReturn;
    /// The type of the user data; `()` if there is none.
    type Data;
    /// The C function that runs `H`.
    ///
    /// See the example of [`Handler`].
    fn trampoline<H: Handler<Self::Args, Self::Ret>>() -> Self;
}

// SAFETY: it is the same function.
unsafe impl<P, F: CFn<P>> CFn<P> for Option<F> {
    type Args = F::Args;
    type Ret = F::Ret;
    type Data = F::Data;
    #[inline]
    fn trampoline<H: Handler<F::Args, F::Ret>>() -> Self {
        Some(F::trampoline::<H>())
    }
}

/// One implementation: `[abi]`, position, parameters before the user data, parameters after it.
macro_rules! with_data {
    ([$($abi:tt)*]; $place:ty; [$($b:ident)*]; [$($a:ident)*]) => {
        // SAFETY: the one call below, with the token of the parameter between `before` and `after`.
        #[allow(non_snake_case)]
        unsafe impl<$($b,)* D: UserData, $($a,)* R: CReturn> CFn<$place> for $($abi)* fn($($b,)* D, $($a,)*) -> R {
            type Args = ($($b,)* $($a,)*);
            type Ret = R;
            type Data = D;
            #[inline]
            fn trampoline<X: Handler<Self::Args, R>>() -> Self {
                #[allow(clippy::too_many_arguments)]
                $($abi)* fn go<$($b,)* D: UserData, $($a,)* R: CReturn, X: Handler<($($b,)* $($a,)*), R>>(
                    $($b: $b,)* data: D, $($a: $a,)*
                ) -> R {
                    // SAFETY: C passes the user data that it was given together with this function.
                    unsafe { X::call(data.into_token(), ($($b,)* $($a,)*)) }
                }
                go::<$($b,)* D, $($a,)* R, X>
            }
        }
    };
}

macro_rules! without_data {
    ([$($abi:tt)*]; [$($a:ident)*]) => {
        // SAFETY: the one call below; there is no parameter at `Absent`, and the token is null.
        #[allow(non_snake_case)]
        unsafe impl<$($a,)* R: CReturn> CFn<Absent> for $($abi)* fn($($a,)*) -> R {
            type Args = ($($a,)*);
            type Ret = R;
            type Data = ();
            #[inline]
            fn trampoline<X: Handler<Self::Args, R>>() -> Self {
                #[allow(clippy::too_many_arguments)]
                $($abi)* fn go<$($a,)* R: CReturn, X: Handler<($($a,)*), R>>($($a: $a,)*) -> R {
                    // SAFETY: handlers of callbacks without user data do not look at the token.
                    unsafe { X::call(core::ptr::null_mut(), ($($a,)*)) }
                }
                go::<$($a,)* R, X>
            }
        }
    };
}

macro_rules! every_abi {
    ($rule:ident; $($rest:tt)*) => {
        $rule! { [extern "C"]; $($rest)* }
        $rule! { [unsafe extern "C"]; $($rest)* }
        $rule! { [extern "C-unwind"]; $($rest)* }
        $rule! { [unsafe extern "C-unwind"]; $($rest)* }
        $rule! { [extern "system"]; $($rest)* }
        $rule! { [unsafe extern "system"]; $($rest)* }
    };
}

macro_rules! count {
    () => { 0 };
    ($first:ident $($rest:ident)*) => { 1 + count!($($rest)*) };
}

/// Slides the user data through the parameters, from the first place to the last.
macro_rules! every_place {
    ([$($b:ident)*]; []) => {
        every_abi! { with_data; Nth<{ count!($($b)*) }>; [$($b)*]; [] }
        every_abi! { with_data; Last; [$($b)*]; [] }
    };
    ([$($b:ident)*]; [$next:ident $($a:ident)*]) => {
        every_abi! { with_data; Nth<{ count!($($b)*) }>; [$($b)*]; [$next $($a)*] }
        every_place! { [$($b)* $next]; [$($a)*] }
    };
}

macro_rules! every_arity {
    ($([$($a:ident)*])*) => {$(
        every_place! { []; [$($a)*] }
        every_abi! { without_data; [$($a)*] }
    )*};
}
every_arity! {
    [] [A] [A B] [A B C] [A B C E] [A B C E F] [A B C E F G] [A B C E F G H] [A B C E F G H I] [A B C E F G H I J]
}

const _: () = {
    const fn pointer_sized<D: UserData>() {
        assert!(size_of::<D>() >= size_of::<*mut ()>());
    }
    pointer_sized::<*mut c_void>();
    pointer_sized::<usize>();
    pointer_sized::<u64>();
};
