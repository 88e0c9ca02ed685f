use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[notify(data = data @ first, slots = 2, unregister = stop())]
    fn start(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
    fn stop();
}

fn main() {}
