//! Arguments for checks that are given none.
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Values of a type that a check tries when it is not told which to use.
///
/// ```
/// use uncallback::check::Sample;
///
/// # #[derive(Debug, PartialEq)]
/// enum Mode {
///     Fast,
///     Careful,
/// }
/// impl Sample for Mode {
///     fn samples() -> Vec<Self> {
///         vec![Mode::Fast, Mode::Careful]
///     }
/// }
/// assert_eq!(<(bool, Mode)>::samples().len(), 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "a check does not know which values of `{Self}` to try",
    label = "no samples of this",
    note = "give the parameter a value, as in `check(name = value)` or `check(name in [one, other])`",
    note = "or implement `uncallback::check::Sample` for the type"
)]
pub trait Sample: Sized {
    /// A few values, the ordinary ones and those at which code likes to branch.
    fn samples() -> Vec<Self>;
}

macro_rules! samples {
    ($($ty:ty => $values:expr;)*) => {$(
        impl Sample for $ty {
            fn samples() -> Vec<Self> {
                $values.into_iter().collect()
            }
        }
    )*};
}

samples! {
    u8 => [0, 1, 2, 7];
    u16 => [0, 1, 2, 7];
    u32 => [0, 1, 2, 7];
    u64 => [0, 1, 2, 7];
    u128 => [0, 1, 2, 7];
    usize => [0, 1, 2, 7];
    i8 => [0, 1, 2, -7];
    i16 => [0, 1, 2, -7];
    i32 => [0, 1, 2, -7];
    i64 => [0, 1, 2, -7];
    i128 => [0, 1, 2, -7];
    isize => [0, 1, 2, -7];
    f32 => [0.0, 1.5, -7.0];
    f64 => [0.0, 1.5, -7.0];
    bool => [false, true];
    char => ['a', 'ä'];
    () => [()];
    &'static str => ["", "text"];
    String => <&str>::samples().iter().map(ToString::to_string);
}

impl<T: Sample> Sample for Option<T> {
    fn samples() -> Vec<Self> {
        core::iter::once(None).chain(T::samples().into_iter().map(Some)).collect()
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn samples() -> Vec<Self> {
        [Vec::new(), T::samples()].into()
    }
}

impl<T: Sample, E: Sample> Sample for Result<T, E> {
    fn samples() -> Vec<Self> {
        T::samples().into_iter().map(Ok).chain(E::samples().into_iter().map(Err)).collect()
    }
}

impl<A: Sample + Clone, B: Sample> Sample for (A, B) {
    fn samples() -> Vec<Self> {
        A::samples().into_iter().flat_map(|a| B::samples().into_iter().map(move |b| (a.clone(), b))).collect()
    }
}
