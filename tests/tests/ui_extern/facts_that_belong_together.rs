use core::ffi::{c_char, c_int, c_void};
use uncallback::uncallback;

type Cb = extern "C" fn(*mut c_void, c_int);

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, data = data @ last, cancelled = fires)]
    fn twice(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);
}

#[uncallback]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = silent_then_destroy, cancel = stop())]
    fn without_destroy(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, on_panic = 0)]
    fn without_answer(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, answer = 0)]
    fn without_on_panic(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void);

    #[ask(data = data @ first, on_panic = 0, unwind = abort)]
    fn nobody_to_answer(cb: extern "C" fn(*mut c_void, c_int) -> c_int, data: *mut c_void);

    #[pair(cb = (good, bad), data = data @ first, cancelled = fires, ok = |n| -> c_int { n })]
    fn without_err(good: Cb, bad: Cb, data: *mut c_void);

    #[list(data = data @ first, overflow = Unbounded)]
    fn without_steps(cb: extern "C" fn(*mut c_void, *const c_char), data: *mut c_void);

    #[stream(data = data @ first, overflow = Unbounded)]
    fn without_end(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, refused = nonzero)]
    fn returns_nothing(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    fn stop();
}

fn main() {}
