//! UC04: callee and callback may both finish before the code after the call.
use super::*;

fn cached(x: i64, done: Done<i64>) {
    if x % 2 == 0 {
        done(x)
    } else {
        op(1, x, done)
    }
}

pub fn callee_in_view_may_answer_at_once(x: i64, done: Done<i64>) {
    cached(x, Box::new(move |a| done(a)));
    emit(1);
//  ^^^^^^^ UC04
}

pub fn near_the_callback_waits_again(x: i64, done: Done<i64>) {
    cached(x, Box::new(move |a| op(2, a, done)));
    emit(1);
}

pub fn near_nothing_follows_the_call(x: i64, done: Done<i64>) {
    cached(x, Box::new(move |a| done(a)));
}

pub fn near_the_callee_is_unknown(x: i64, done: Done<i64>) {
    op_maybe_now(1, x, Box::new(move |a| done(a)));
    emit(1);
//  ~~~~~~~ UC04 `op_maybe_now` must not call back before it returns
}
