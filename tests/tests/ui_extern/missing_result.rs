use core::ffi::{c_char, c_int, c_void};
use uncallback::uncallback;

// The text is gone when the callback has returned.
#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires)]
    fn start(cb: extern "C" fn(*mut c_void, c_int, *const c_char), data: *mut c_void);
}

fn main() {}
