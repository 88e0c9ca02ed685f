use core::ffi::c_void;
use uncallback::uncallback;

type Text = *const u8;

// Behind a name, the compiler has to see that it is a pointer.
#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires, thread = same)]
    fn start(cb: extern "C" fn(*mut c_void, Text), data: *mut c_void);
}

fn main() {}
