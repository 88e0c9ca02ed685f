//! UC16: the recursion changes the type of the completion.
use super::*;

pub fn answer_grows<T: Default + 'static>(x: T, n: i64, done: Box<dyn FnOnce(T)>) {
    op(1, n, move |left| {
        if left < 3 {
            done(x);
            return;
        }
        answer_grows(vec![x], left - 3, Box::new(move |_: Vec<T>| done(T::default())))
//                                                        ^^^^^^ UC16 `Vec<T>`
    })
}

pub fn near_another_type_that_does_not_grow<T: Default + 'static>(x: T, n: i64, done: Box<dyn FnOnce(T)>) {
    op(1, n, move |left| {
        if left < 3 {
            done(x);
            return;
        }
        near_another_type_that_does_not_grow(left, left - 3, Box::new(move |_: i64| done(T::default())))
    })
}

pub fn near_another_argument_of_an_open_type(text: impl Into<String> + 'static, n: i64, done: Done<String>) {
    op(1, n, move |left| {
        if left < 3 {
            done(text.into());
            return;
        }
        near_another_argument_of_an_open_type("again", left - 3, done)
    })
}
