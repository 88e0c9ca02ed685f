//! UC22: the callback runs where its context matters.
use super::*;

thread_local!(static STATE: Cell<i64> = const { Cell::new(3) });

pub fn inside_a_thread_local(x: i64, done: Done<i64>) {
    STATE.with(move |state| done(state.get() + x))
//             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ UC22 `with`
}

pub fn on_another_thread(x: i64, done: Box<dyn FnOnce(i64) + Send>) {
    std::thread::spawn(move || done(x));
//                     ^^^^^^^^^^^^^^^ UC22 `spawn`
}

pub fn inside_catch_unwind(x: i64, done: Done<i64>) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || done(x)));
//                                                                ^^^^^^^^^^^^^^^ UC22
}

pub fn near_the_context_is_left_before(x: i64, done: Done<i64>) {
    let state = STATE.with(|state| state.get());
    op(1, x, move |v| done(v + state))
}
