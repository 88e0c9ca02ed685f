use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires, overflow = Unbounded)]
    fn start(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[ask(data = data @ first, on_panic = 0, refused = nonzero)]
    fn each(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void) -> c_int;
}

fn main() {}
