use core::ffi::{c_int, c_void};
use uncallback::uncallback;

// As hiredis has it: two pointers, and the types don't tell which is ours.
#[uncallback]
unsafe extern "C" {
    #[once(cancelled = fires, refused = nonzero)]
    fn command(
        cb: extern "C" fn(*mut c_void, *mut c_void, *mut c_void),
        privdata: *mut c_void,
        timeout: c_int,
    ) -> c_int;
}

fn main() {}
