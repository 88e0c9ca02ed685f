use core::ffi::c_int;
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[pair(cb = (ok, err), data = none, ok = |n| -> c_int { n }, err = |n| -> c_int { n }, cancelled = fires)]
    fn start(ok: extern "C" fn(c_int), err: extern "C" fn(c_int));
}

fn main() {}
