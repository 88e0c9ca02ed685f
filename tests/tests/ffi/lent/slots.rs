//! Functions of pools that the compiler has written.
use core::ffi::{c_char, c_int};
use uncallback::ffi;

/// One pool for each use, so that no case waits for the functions of another.
macro_rules! pools {
    ($($use:ident: $f:ty),* $(,)?) => {$(
        fn $use() -> impl ffi::Lender<F = $f> {
            ffi::slots!(Pool: [$f; 32]);
            Pool
        }
    )*};
}
pools! {
    statuses: unsafe extern "C" fn(c_int),
    watchers: Option<unsafe extern "C" fn(c_int)>,
    answers: Option<unsafe extern "C" fn(c_int) -> c_int>,
    hooks: unsafe extern "C" fn(c_int) -> c_int,
    items: unsafe extern "C" fn(c_int, *const c_char),
    wakeups: Option<unsafe extern "C" fn()>,
    comparisons: unsafe extern "C" fn(*const c_int, *const c_int) -> c_int,
}

#[allow(clippy::duplicate_mod, reason = "each lender has its own copy")]
#[path = "cases.rs"]
mod cases;
