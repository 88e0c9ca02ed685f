use core::ffi::{c_int, c_void};
use std::rc::Rc;
use uncallback::uncallback;

// C may call on any thread, unless it was said that it does not: `thread = same`.
#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = fires, result = |n| -> Rc<c_int> { Rc::new(n) })]
    fn start(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
}

fn main() {}
