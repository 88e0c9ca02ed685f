//! UC20: a borrowed parameter is needed after the first await of a function that has begun when it returns.
//!
//! Options: `eager`
use super::*;

pub fn may_answer_before_the_first_await(name: &str, done: Done<i64>) {
//     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ UC20
    if name.is_empty() {
        done(0);
        return;
    }
    op(1, name.len() as i64, done)
}

pub struct Names(Vec<i64>);

impl Names {
    pub fn self_is_captured(&'static self, x: i64, done: Done<i64>) {
//                          ^^^^^^^^^^^^^ UC20 `self`
        op(1, x, move |v| done(v + self.0.len() as i64))
    }

    pub fn near_self_is_used_before_the_first_await(&self, done: Done<i64>) {
        let n = self.0.len() as i64;
        op(1, n, move |v| done(v + n))
    }
}

pub fn near_the_parameter_is_owned(name: String, done: Done<i64>) {
    if name.is_empty() {
        done(0);
        return;
    }
    op(1, name.len() as i64, done)
}

pub fn near_the_parameter_is_used_before_the_first_await(name: &str, done: Done<i64>) {
    let n = name.len() as i64;
    op(1, n, move |v| done(v + n))
}
