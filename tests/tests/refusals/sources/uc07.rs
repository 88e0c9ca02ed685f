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

pub fn inside_option_map_as_a_function(found: Option<i64>, done: Done<i64>) {
    Option::map(found, |v| done(v));
//                     ^^^^^^^^^^^ UC07
}

fn find(x: i64, then: impl FnOnce(i64) + 'static) {
    op(1, x, then)
}

pub fn near_a_function_of_the_same_name(x: i64, done: Done<i64>) {
    find(x, move |v| done(v));
}
