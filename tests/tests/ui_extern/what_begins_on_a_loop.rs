// With `thread = loop` the C function is called later, on the thread of an `ffi::LoopThread`.
use core::ffi::{c_char, c_int, c_void};
use uncallback::uncallback;

type Done = unsafe extern "C" fn(*mut c_void, c_int);

#[uncallback]
unsafe extern "C" {
    #[once(cb = cb, data = data @ first, cancelled = fires, result = |status| -> c_int { status }, thread = loop, borrowed(name))]
    fn lookup(name: *const c_char, cb: Done, data: *mut c_void);

    #[once(cb = cb, data = data @ first, cancelled = none, result = |status| -> c_int { status }, thread = loop, owner)]
    fn wait(cb: Done, data: *mut c_void);
}

#[uncallback(owner = Client, on_close = client_free)]
unsafe extern "C" {
    fn client_free(client: c_int);
    #[once(cb = cb, data = data @ first, cancelled = none, result = |status| -> c_int { status }, thread = loop)]
    fn client_wait(client: c_int, cb: Done, data: *mut c_void);
}

fn main() {}
