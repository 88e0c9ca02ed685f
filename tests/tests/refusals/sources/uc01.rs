//! UC01: a path on which nobody is told.
use super::*;

pub fn branch_without_answer(c: bool, done: Done<i64>) {
    if c {
//  ^^ UC01 path: `c` is false -> end of function
        done(1)
    }
}

pub fn branch_without_answer_in_a_callback(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        if v > 0 {
//      ^^ UC01 path: callback of `op` -> `v > 0` is false -> end of callback
            done(v)
        }
    })
}

pub fn early_return_without_answer(x: i64, done: Done<i64>) {
    if x == 0 {
        emit(x);
        return;
//      ^^^^^^ UC01 path: `x == 0` is true
    }
    op(1, x, done)
}

pub fn match_arm_without_answer(x: i64, done: Done<i64>) {
    op_result(1, x, move |r| match r {
        Ok(v) => done(v),
        Err(_) => emit(-1),
//                ^^^^^^^^ UC01
    })
}

pub fn let_else_without_answer(x: i64, done: Done<i64>) {
    op_option(1, x, move |found| {
        let Some(v) = found else {
            return;
//          ^^^^^^ UC01
        };
        done(v)
    })
}

pub fn two_paths_are_reported_together(x: i64, done: Done<i64>) {
    match x {
        0 => emit(0),
//           ^^^^^^^ UC01
        1 => done(1),
        _ => { emit(2); }
//           ^^^^^^^^^^^^ UC01
    }
}

pub fn near_the_other_path_diverges(c: bool, done: Done<i64>) {
    if c { done(1) } else { panic!("never without c") }
}

pub fn near_process_exit(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        if v < 0 {
            std::process::exit(3);
        }
        done(v)
    })
}

pub fn near_endless_loop(x: i64, done: Done<i64>) {
    if x > 1_000_000 {
        loop {
            emit(x);
        }
    }
    op(1, x, done)
}
