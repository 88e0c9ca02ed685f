//! UC18: functions that have no callback style to leave.
use super::*;

pub async fn already_async(x: i64, done: Done<i64>) {
//  ^^^^^ UC18
    op(1, x, done)
}

pub extern "C" fn called_from_c(x: i64, done: Done<i64>) {
//  ^^^^^^^^^^ UC18
    op(1, x, done)
}

pub fn near_an_ordinary_function(x: i64, done: Done<i64>) {
    op(1, x, done)
}
