use core::ffi::c_int;
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[once(data = none, cancelled = fires)]
    fn start(cb: extern "C" fn(c_int));
}

fn main() {}
