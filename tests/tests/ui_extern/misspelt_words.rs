use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ middle, cancelled = fires)]
    fn a(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ object, cancelled = fires)]
    fn b(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, unwind = cross)]
    fn c(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, inside = sometimes)]
    fn d(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, thread = main)]
    fn e(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, refused = zero)]
    fn f(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void) -> c_int;

    #[once(data = data @ first, cancelled = fires, result = |n| { n })]
    fn g(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[notify(data = none, slots = many, unregister = c())]
    fn h(cb: extern "C" fn(c_int));
}

fn main() {}
