//! UC10: an answer now and an answer later.
use super::*;

pub fn returns_the_handle(x: i64, done: Done<i64>) -> Tracer {
//                                                    ^^^^^^ UC10
    op_handle(1, x, done)
}

pub fn returns_a_number(x: i64, done: Done<i64>) -> usize {
//                                                  ^^^^^ UC10
    op(1, x, done);
    7
}

pub fn near_returns_nothing(x: i64, done: Done<i64>) -> () {
    op(1, x, done)
}
