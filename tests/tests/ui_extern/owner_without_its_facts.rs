use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback(owner = Client)]
unsafe extern "C" {
    fn close_a(object: *mut c_void);
}

#[uncallback(on_close = close_b)]
unsafe extern "C" {
    fn close_b(object: *mut c_void);
}

#[uncallback(owner = Client, on_close = close)]
unsafe extern "C" {
    fn close_c(object: *mut c_void);
}

#[uncallback(owner = Client, on_close = close_d)]
unsafe extern "C" {
    fn close_d(object: *mut c_void, hard: c_int);
}

#[uncallback(destroy = close_e)]
unsafe extern "C" {
    fn close_e(object: *mut c_void);
}

struct Object;

#[uncallback(owner = Owner, on_close = close_f)]
unsafe extern "C" {
    #[once(data = data @ first, cancelled = none)]
    fn of_no_object(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = none, owner)]
    fn of_two_owners(object: *mut Object, cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    fn close_f(object: *mut Object);
}

fn main() {}
