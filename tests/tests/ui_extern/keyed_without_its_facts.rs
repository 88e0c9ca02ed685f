use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[keyed(refused = nonzero, cancelled = none)]
    fn without_id(id: *mut c_int) -> c_int;

    #[keyed(id = id, refused = nonzero, cancelled = none)]
    fn without_result(id: *mut c_int) -> c_int;

    #[keyed(id = id, refused = nonzero, cancelled = none, result = |n| -> c_int { n })]
    fn without_event(id: *mut c_int) -> c_int;

    #[keyed(id = id, event = set_event, refused = nonzero, cancelled = none, result = |_object, n| -> c_int { n })]
    fn without_data(id: *mut c_int) -> c_int;

    #[keyed(id = id, event = set_event, data = object @ object(nth(1)), refused = nonzero, cancelled = none,
            result = |_object, n| -> c_int { n })]
    fn without_key(id: *mut c_int) -> c_int;

    #[keyed(id = id, event = set_event, data = object @ object(nth(1)), key = last, refused = nonzero,
            result = |_object, n| -> c_int { n })]
    fn without_class(id: *mut c_int) -> c_int;

    #[keyed(id = id, event = events, data = object @ object(nth(1)), key = last, refused = nonzero, cancelled = none,
            result = |_object, n| -> c_int { n })]
    fn without_setter(id: *mut c_int) -> c_int;

    #[keyed(id = id, event = set_event, data = object @ object(last), key = last, refused = nonzero, cancelled = none,
            result = |_object, n| -> c_int { n })]
    fn id_where_the_data_is(id: *mut c_int) -> c_int;

    #[keyed(id = return, event = set_event, data = object @ object(nth(1)), key = last, cancelled = none,
            result = |_object, n| -> c_int { n })]
    fn returns_nothing();

    #[keyed(key = job, drain = next(), cancelled = none, result = |message| -> c_int { 0 })]
    fn drained_to_no_pair(job: usize);

    fn set_event(object: *mut c_void, cb: extern "C" fn(*mut c_void, *mut c_void, c_int));
    fn next() -> *const c_void;
}

fn main() {}
