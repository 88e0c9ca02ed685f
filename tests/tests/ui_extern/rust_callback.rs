use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires)]
    fn start(cb: fn(*mut c_void, c_int), data: *mut c_void);
}

fn main() {}
