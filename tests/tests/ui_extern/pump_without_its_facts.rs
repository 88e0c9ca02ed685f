use core::ffi::{c_int, c_long, c_void};
use uncallback::uncallback;

type Timer = extern "C" fn(*mut c_void, c_long);

#[uncallback]
unsafe extern "C" {
    #[fd_interest(data = data @ first)]
    fn without_descriptor(cb: extern "C" fn(*mut c_void, c_int, c_int), data: *mut c_void);

    #[timer(data = data @ first)]
    fn without_time(cb: extern "C" fn(*mut c_void, c_long), data: *mut c_void);

    #[timer(result = |ms| -> Option<std::time::Duration> { None })]
    fn without_data(cb: extern "C" fn(*mut c_void, c_long), data: *mut c_void);

    #[timer(data = data @ first, result = |ms| -> Option<std::time::Duration> { None })]
    fn without_answer(cb: extern "C" fn(*mut c_void, c_long) -> c_int, data: *mut c_void);

    #[fd_interest(data = data @ first, result = |fd| -> (c_int, Interest) { (fd, Interest::READ) }, ready = |fd| tell(fd))]
    fn ready_for_one_thing(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[timer(cb = one, data = data @ first, result = |ms| -> Option<std::time::Duration> { None })]
    #[timer(cb = two, data = other @ first, result = |ms| -> Option<std::time::Duration> { None })]
    fn two_kinds_of_data(one: Timer, two: Timer, data: *mut c_void, other: *mut c_void);
}

fn main() {}
