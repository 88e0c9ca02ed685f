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

pub fn effect_after_the_first_answer_of_several(x: i64, done: Done<i64>) {
    let done = Rc::new(RefCell::new(Some(done)));
    let done2 = done.clone();
    op(1, x, move |v| {
        if let Some(done) = done.take() {
            done(v);
        }
        emit(v);
//      ^^^^^^^^ UC03
    });
    op(2, x, move |v| {
        if let Some(done) = done2.take() {
            done(v);
        }
    });
}

pub fn effect_after_the_first_answer_where_losers_do_something_else(x: i64, done: Done<i64>) {
    let done = Rc::new(RefCell::new(Some(done)));
    let done2 = done.clone();
    op(1, x, move |v| {
        if let Some(done) = done.take() {
            done(v);
        } else {
            emit(-1);
        }
        emit(v);
//      ^^^^^^^^ UC03
    });
    op(2, x, move |v| {
        let Some(done) = done2.take() else {
            emit(-2);
            return;
        };
        done(v);
        emit(v);
//      ^^^^^^^^ UC03
    });
}

pub fn near_effect_before_the_first_answer_of_several(x: i64, done: Done<i64>) {
    let done = Rc::new(RefCell::new(Some(done)));
    let done2 = done.clone();
    op(1, x, move |v| {
        emit(v);
        if let Some(done) = done.take() {
            done(v);
        }
    });
    op(2, x, move |v| {
        if let Some(done) = done2.take() {
            done(v);
        }
    });
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
