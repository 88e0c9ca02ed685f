use core::ffi::{c_int, c_void};
use uncallback::uncallback;

enum Question {}

#[uncallback]
unsafe extern "C" {
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop())]
    fn no_question(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1))]
    fn no_send(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1), send = |n| answer(question, n))]
    fn no_type(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1), send = |n: c_int| answer(question, n))]
    fn no_fallback(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1), send = |n: c_int| answer(question, n),
            dropped = -1)]
    fn no_result(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1), send = |n: c_int| answer(question, n),
            dropped = -1, result = |_question, n| -> c_int { n })]
    fn no_thread(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = first, send = |n: c_int| answer(question, n),
            dropped = -1, result = |_question, n| -> c_int { n }, thread = any)]
    fn user_data_as_question(cb: extern "C" fn(*mut c_void, *mut Question, c_int), data: *mut c_void);
    #[reply(data = data @ first, overflow = Unbounded, unregister = stop(), question = nth(1), send = |n: c_int| answer(question, n),
            dropped = -1, result = |_question, n| -> c_int { n }, thread = any)]
    fn answers_at_once(cb: extern "C" fn(*mut c_void, *mut Question, c_int) -> c_int, data: *mut c_void);
    fn answer(question: *mut Question, answer: c_int);
    fn stop();
}

fn main() {}
