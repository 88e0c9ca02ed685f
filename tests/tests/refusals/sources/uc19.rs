//! UC19: two callbacks hold the completion, and neither knows of the other.
use super::*;

pub fn two_operations_answer(x: i64, done: Rc<dyn Fn(i64)>) {
    let late = done.clone();
    op(1, x, move |v| late(v));
    op(2, x, move |v| done(v));
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^ UC19 first call here
}

pub fn only_on_one_path(x: i64, done: Rc<dyn Fn(i64)>) {
    if x > 2 {
        let early = done.clone();
        op(1, x, move |v| early(v));
    }
    op(2, x, move |v| done(v));
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^ UC19 `x > 2` is true
}

pub fn near_the_other_callback_does_not_answer(x: i64, done: Rc<dyn Fn(i64)>) {
    op(1, x, move |v| emit(v));
    op(2, x, move |v| done(v));
}

pub fn near_one_operation_on_each_path(x: i64, done: Rc<dyn Fn(i64)>) {
    if x > 2 {
        op(1, x, move |v| done(v));
        return;
    }
    op(2, x, move |v| done(v));
}
