//! UC17: a parameter of a recursion cannot be assigned.
use super::*;

pub fn parameter_is_a_pattern((at, end): (i64, i64), done: Done<i64>) {
//                            ^^^^^^^^^ UC17
    if at >= end {
        done(at);
        return;
    }
    op(1, at, move |v| parameter_is_a_pattern((v + 1, end), done))
}

pub fn near_the_parameter_has_a_name(range: (i64, i64), done: Done<i64>) {
    let (at, end) = range;
    if at >= end {
        done(at);
        return;
    }
    op(1, at, move |v| near_the_parameter_has_a_name((v + 1, end), done))
}

pub fn near_a_pattern_without_recursion((at, end): (i64, i64), done: Done<i64>) {
    op(1, at, move |v| done(v + end))
}
