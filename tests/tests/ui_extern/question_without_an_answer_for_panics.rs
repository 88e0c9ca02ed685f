use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[ask(data = data @ first)]
    fn each(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void) -> c_int;
}

fn main() {}
