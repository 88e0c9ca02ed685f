//! UC12: a completion per turn of a loop.
use super::*;

pub fn once_per_element(xs: Vec<i64>, done: Rc<dyn Fn(i64)>) {
    for x in xs {
//  ^^^ UC12
        let done = done.clone();
        op(1, x, move |v| done(v));
    }
}

pub fn at_once_per_element(xs: Vec<i64>, done: &dyn Fn(i64)) {
    for x in xs {
//  ^^^ UC12
        done(x);
    }
}

pub fn while_something_is_left(mut x: i64, done: Rc<dyn Fn(i64)>) {
    while x > 0 {
//  ^^^^^ UC12
        done(x);
        x -= 1;
//      ^^^^^^^ UC03
    }
}

pub fn near_answers_and_leaves(xs: Vec<i64>, done: Done<i64>) {
    for x in xs {
        if x > 3 {
            done(x);
            return;
        }
    }
    done(0)
}
