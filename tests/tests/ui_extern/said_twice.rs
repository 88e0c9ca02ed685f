use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, data = reply @ nth(1), cancelled = fires)]
    fn start(cb: extern "C" fn(*mut c_void, *mut c_void, c_int), reply: *mut c_void, data: *mut c_void);
}

fn main() {}
