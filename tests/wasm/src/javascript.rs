//! The other side: what JavaScript offers, and calls.

#[link(wasm_import_module = "javascript")]
unsafe extern "C" {
    /// Calls `fire` with the token, in so many milliseconds.
    safe fn set_timeout(milliseconds: u32, token: usize);
    /// Says how many tests have passed.
    safe fn end(tests: usize);
    fn log(text: *const u8, length: usize);
}

type Callback = Box<dyn FnOnce()>;

/// Calls back in so many milliseconds, as `setTimeout` does.
pub(crate) fn after(milliseconds: u32, then: impl FnOnce() + 'static) {
    let callback: Box<Callback> = Box::new(Box::new(then));
    set_timeout(milliseconds, Box::into_raw(callback) as usize);
}

/// Calls back once a millisecond, with 1, 2, .. to `count`, and then forgets the callback.
pub(crate) fn tick(count: u32, each: impl FnMut(u32) + 'static) {
    fn next(now: u32, count: u32, mut each: Box<dyn FnMut(u32)>) {
        each(now);
        if now < count {
            after(1, move || next(now + 1, count, each));
        }
    }
    after(1, move || next(1, count, Box::new(each)));
}

pub(crate) fn finished(tests: usize) {
    end(tests);
}

pub(crate) fn print(text: &str) {
    // SAFETY: JavaScript reads these bytes before it returns.
    unsafe { log(text.as_ptr(), text.len()) };
}

/// A timer has come to its end.
#[unsafe(no_mangle)]
extern "C" fn fire(token: usize) {
    // SAFETY: the box of `after`; each timer fires once.
    let callback = unsafe { Box::from_raw(token as *mut Callback) };
    callback();
}
