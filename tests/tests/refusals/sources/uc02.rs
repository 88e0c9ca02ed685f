//! UC02 and UC15: a path on which somebody is told twice.
use super::*;

pub fn two_answers(x: i64, done: &dyn Fn(i64)) {
    if x == 1 {
        done(1);
    }
    done(2);
//  ^^^^^^^ UC02 path: `x == 1` is true
}

pub fn answer_and_passed_on(x: i64, done: Rc<dyn Fn(i64)>) {
    done(x);
    op(1, x, move |v| done(v));
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^ UC02
}

pub fn two_clones_are_called(x: i64, done: Rc<dyn Fn(i64)>) {
    let again = done.clone();
    op(1, x, move |v| {
        done(v);
        again(v);
//      ^^^^^^^^ UC15
    })
}

pub fn near_one_answer_on_each_path(x: i64, done: Rc<dyn Fn(i64)>) {
    if x == 1 {
        done(1);
        return;
    }
    done(2);
}

pub fn near_one_clone_on_each_path(x: i64, done: Rc<dyn Fn(i64)>) {
    let other = done.clone();
    op_result(1, x, move |r| match r {
        Ok(v) => done(v),
        Err(_) => other(-1),
    })
}
