use core::ffi::{c_int, c_void};
use uncallback::uncallback;

type Buffer = *mut u8;
type Name = Option<&'static c_int>;

// Behind a name, the compiler has to see that it is a pointer.
#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires)]
    fn read(buffer: Buffer, length: usize, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
    // What lives for ever is no question.
    #[once(data = data @ first, cancelled = fires)]
    fn open(name: Name, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
}

fn main() {}
