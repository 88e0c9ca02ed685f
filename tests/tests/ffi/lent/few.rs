//! What becomes of a pool's only function.
use crate::probe::block_on;
use core::ffi::c_int;
use uncallback::ffi::{self, CallbackError, Started};
use uncallback_tests::fixture::{Lib, NEVER, OK, fx_cancel_firing, fx_once_bare};

ffi::slots!(One: [unsafe extern "C" fn(c_int); 1]);

#[test]
fn function_is_not_lent_again_while_c_may_still_call_it() {
    let lib = Lib::new();
    let mut ids = Vec::new();
    let mut start = || {
        // SAFETY: the fixture calls back once with a number.
        let described = unsafe {
            ffi::lend_once(
                One,
                |cb| {
                    ids.push(fx_once_bare(lib.raw(), NEVER, cb));
                    Started::nonneg_ok(ids[ids.len() - 1])
                },
                |(status,)| status,
            )
        };
        described.start()
    };
    drop(start());
    assert_eq!(block_on(start()), Err(CallbackError::Refused(0)), "the first one may still come");
    // SAFETY: the object is alive.
    unsafe { fx_cancel_firing(lib.raw(), 1) };
    let third = start();
    // SAFETY: as above.
    unsafe { fx_cancel_firing(lib.raw(), 2) };
    assert_eq!(ids, [1, 2]);
    assert_ne!(block_on(third), Ok(OK), "it has the status of the cancellation");
}
