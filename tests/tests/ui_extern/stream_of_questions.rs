use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[stream(data = data @ first, unregister = stop(), overflow = Unbounded)]
    fn watch(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void);
    fn stop();
}

fn main() {}
