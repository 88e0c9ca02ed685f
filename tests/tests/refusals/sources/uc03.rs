//! UC03: code after the completion.
use super::*;

pub fn effect_after_the_answer(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        done(v);
        emit(v);
//      ^^^^^^^^ UC03
    })
}

pub fn effect_after_the_answer_at_once(x: i64, done: Done<i64>) {
    done(x);
    emit(x);
//  ^^^^^^^^ UC03
}

pub fn operation_after_the_answer(x: i64, done: Done<i64>) {
    done(x);
    op(1, x, |v| emit(v));
//  ^^^^^^^^^^^^^^^^^^^^^^ UC03
}

pub fn effect_after_the_branch_that_answered(x: i64, done: Done<i64>) {
    if x > 1 {
        done(1);
    } else {
        done(2);
    }
    emit(x);
//  ^^^^^^^^ UC03
}

pub fn near_the_answer_ends_the_block(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        done(v);
    });
}

pub fn near_return_after_the_answer(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        emit(v);
        done(v);
        return;
    })
}
