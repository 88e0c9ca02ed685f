use core::ffi::{c_int, c_void};
use uncallback::uncallback;

type Callback = Option<extern "C" fn(*mut c_void, c_int) -> c_int>;

// Behind a name, the compiler has to see that C wants an answer.
#[uncallback]
unsafe extern "C" {
    #[once(cb = cb, data = data @ first, cancelled = fires, result = |n| -> c_int { n })]
    fn start(cb: Callback, data: *mut c_void);
}

fn main() {}
