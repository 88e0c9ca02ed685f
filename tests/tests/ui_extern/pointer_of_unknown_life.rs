use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires)]
    fn read(buffer: *mut u8, length: usize, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
    #[once(data = data @ first, cancelled = fires)]
    fn look(name: &c_int, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
}

fn main() {}
