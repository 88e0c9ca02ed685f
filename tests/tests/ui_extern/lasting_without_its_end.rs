use core::ffi::{c_int, c_void};
use uncallback::uncallback;

#[uncallback]
unsafe extern "C" {
    #[notify(data = data @ first)]
    fn set_wakeup(cb: extern "C" fn(*mut c_void), data: *mut c_void);
    #[hook(data = data @ first, on_panic = 1)]
    fn set_progress(cb: extern "C" fn(*mut c_void) -> c_int, data: *mut c_void);
    #[hook(data = data @ first, unregister = stop())]
    fn set_busy(cb: extern "C" fn(*mut c_void) -> c_int, data: *mut c_void);
    #[notify(data = data @ first, unregister = stop())]
    fn set_asking(cb: extern "C" fn(*mut c_void) -> c_int, data: *mut c_void);
    fn stop();
}

fn main() {}
