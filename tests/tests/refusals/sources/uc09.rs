//! UC09: the completion inside a macro.
use super::*;

pub fn inside_println(x: i64, done: Done<i64>) {
    op(1, x, move |v| println!("{:?}", done(v)))
//                                     ^^^^ UC09
}

pub fn near_the_macro_has_no_completion(x: i64, done: Done<i64>) {
    op(1, x, move |v| {
        println!("{v}");
        done(v)
    })
}
