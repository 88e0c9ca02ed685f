//! UC07: whether the completion runs is decided by an adapter.
use super::*;

pub fn inside_option_map(found: Option<i64>, done: Done<i64>) {
    found.map(|v| done(v));
//            ^^^^^^^^^^^ UC07
}

pub fn inside_unwrap_or_else(found: Option<()>, done: Done<i64>) {
    found.unwrap_or_else(|| done(0));
//                       ^^^^^^^^^^ UC07
}

pub fn inside_for_each(found: Vec<i64>, done: Rc<dyn Fn(i64)>) {
    found.into_iter().for_each(|v| done(v));
//                             ^^^^^^^^^^^ UC07
}

pub fn near_the_adapter_has_no_completion(found: Option<i64>, done: Done<i64>) {
    done(found.map(|v| v + 1).unwrap_or(0));
}
