use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[repr(C)]
struct Request {
    data: *mut c_void,
}

#[uncallback]
unsafe extern "C" {
    #[once(data = object @ object(first), cancelled = fires, handle(object))]
    fn operation_of_an_object(object: *mut c_void, cb: extern "C" fn(*mut c_void, c_int));

    #[list(data = request @ field(data), overflow = Unbounded, handle(request))]
    fn items_of_a_request(request: *mut Request, cb: extern "C" fn(*mut Request));

    #[once(data = request @ field(data), cancelled = fires, handle(request))]
    fn without_result(request: *mut Request, cb: extern "C" fn(*mut Request));

    #[once(cb = field(done), data = data @ first, cancelled = fires)]
    fn whose_field(data: *mut c_void);

    #[once(data = context @ first, cancelled = fires)]
    fn no_such_parameter(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[once(data = data @ first, cancelled = fires, keep(data))]
    fn two_roles(cb: extern "C" fn(*mut c_void, c_int), data: *mut c_void);

    #[stream(data = object @ object(first), destroy = destroy, overflow = Latest, unregister = two_roles(), handle(object))]
    fn destroyed_with_one_callback(object: *mut c_void, cb: extern "C" fn(*mut c_void, c_int), destroy: usize);
}

fn main() {}
