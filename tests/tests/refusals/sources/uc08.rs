//! UC08: the caller would have to answer.
use super::*;

pub fn answer_of_the_caller(x: i64, done: Box<dyn FnOnce(i64) -> bool>) {
    op(1, x, move |v| {
        let more = done(v);
//                 ^^^^^^^ UC08
        if more {
            emit(v)
        }
    })
}

pub fn answer_as_an_operand(x: i64, done: Box<dyn FnOnce(i64) -> bool>) {
    if done(x) {
//     ^^^^^^^ UC08
        emit(x)
    }
}

pub fn near_the_answer_is_thrown_away(x: i64, done: Box<dyn FnOnce(i64) -> bool>) {
    op(1, x, move |v| {
        let _ = done(v);
    })
}

pub fn near_the_answer_ends_as_a_statement(x: i64, done: Box<dyn FnOnce(i64) -> bool>) {
    op(1, x, move |v| {
        done(v);
    })
}
