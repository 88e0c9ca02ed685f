//! Functions that are made at run time.
use crate::probe::Census;
use core::ffi::{CStr, c_char, c_int, c_void};
use uncallback::ffi::{self, CReturn, Libffi, Passed, Scalar, Slot, libffi};
use uncallback_tests::fixture::{
    Lib, fx_add_hook, fx_mix, fx_narrow, fx_remove_hook, fx_run_hooks, fx_same_cb,
};

/// One lender for each use, as the cases want it.
macro_rules! lenders {
    ($($use:ident: $f:ty),* $(,)?) => {$(
        fn $use() -> impl ffi::Lender<F = $f> {
            libffi()
        }
    )*};
}
lenders! {
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

#[test]
fn functions_never_run_out_and_each_has_its_own_closure() {
    let (lib, census) = (Lib::new(), Census::default());
    let slots: Vec<_> = (0..1000)
        .map(|n| {
            let token = census.token();
            let answer = move |(value,): (c_int,)| {
                let _alive = &token;
                value + n
            };
            // SAFETY: the hook is removed before its slot is dropped.
            unsafe { ffi::lend(libffi(), answer, -1) }.unwrap()
        })
        .collect();
    for (slot, n) in slots.iter().zip(0..) {
        // SAFETY: the object is alive.
        unsafe {
            fx_add_hook(lib.raw(), slot.callback());
            assert_eq!(fx_run_hooks(lib.raw(), 5), 5 + n);
            fx_remove_hook(lib.raw(), slot.callback());
        }
    }
    drop(slots);
    assert_eq!(census.alive(), 0);
}

#[test]
fn arguments_of_every_kind_arrive() {
    let check = |arguments: (i8, u8, i16, u16, c_int, u32, i64, *const c_char, f32)| {
        let (a, b, c, d, e, f, g, text, h) = arguments;
        assert_eq!((a, b, c, d), (-8, 200, -1600, 64000));
        assert_eq!((e, f, g), (-320_000, 4_000_000_000, -64_000_000_000));
        // SAFETY: the fixture passes on the string.
        let text = unsafe { CStr::from_ptr(text) };
        assert_eq!(text, c"passed on");
        f64::from(h) + 0.25
    };
    // SAFETY: called below only.
    let slot = unsafe { ffi::lend(libffi(), check, f64::NAN) }.unwrap();
    // SAFETY: as above.
    let said = slot.during(|| unsafe { fx_mix(slot.callback(), c"passed on".as_ptr()) });
    assert_eq!(said, 0.75);
}

/// What C passes as a pointer: a type of one's own.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Address(*mut c_void);

// SAFETY: an address, of which nobody reads what is there.
unsafe impl Send for Address {}
// SAFETY: as above.
unsafe impl Sync for Address {}

// SAFETY: it is a pointer.
unsafe impl Passed for Address {
    const AS: Scalar = Scalar::Pointer;
}

impl CReturn for Address {
    fn neutral() -> Self {
        Self(std::ptr::null_mut())
    }
}

#[test]
fn results_of_every_kind_come_back_with_all_their_bits() {
    // SAFETY: they are called below only.
    let ok = unsafe {
        let i8 = ffi::lend(libffi(), |(n,): (i8,)| -n, 0).unwrap();
        let u8 = ffi::lend(libffi(), |(n,): (u8,)| n.wrapping_neg(), 0).unwrap();
        let i16 = ffi::lend(libffi(), |(n,): (i16,)| -n, 0).unwrap();
        let u16 = ffi::lend(libffi(), |(n,): (u16,)| n.wrapping_neg(), 0).unwrap();
        let yes = ffi::lend(libffi(), |(yes,)| yes, false).unwrap();
        let half = ffi::lend(libffi(), |(n,): (f32,)| n / 2.0, 0.0).unwrap();
        let half_too = ffi::lend(libffi(), |(n,): (f64,)| n / 2.0, 0.0).unwrap();
        let same: Slot<Libffi<fx_same_cb<Address>>> =
            ffi::lend(libffi(), |(at,)| at, Address::neutral()).unwrap();
        let same_too = std::mem::transmute::<fx_same_cb<Address>, fx_same_cb<*mut c_void>>(same.callback());
        fx_narrow(
            i8.callback(),
            u8.callback(),
            i16.callback(),
            u16.callback(),
            yes.callback(),
            half.callback(),
            half_too.callback(),
            same_too,
        )
    };
    assert_eq!(ok, 1);
}

#[test]
fn function_that_was_given_back_is_used_again_instead_of_a_new_one() {
    /// A type that no other test makes functions of.
    type Alone = unsafe extern "C" fn(u16, u16, u16) -> u16;
    // SAFETY: it is not called.
    let address = || unsafe { ffi::lend(libffi::<Alone>(), |_| 0, 0) }.unwrap().callback() as usize;
    let first = address();
    assert!((0..100).all(|_| address() == first));
}
