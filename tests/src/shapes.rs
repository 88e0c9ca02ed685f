//! The shapes in which functions declare their completion, brought to the one shape that is compared.

use crate::trace::Done;
use crate::trace::ops::Res;
use std::cell::Cell;
use std::rc::Rc;

/// A callback function with a plain completion.
pub type Run<T> = Box<dyn Fn(i64, Done<T>)>;

/// A completion that gets an error or a value.
pub type ErrorFirst = Box<dyn FnOnce(Option<String>, Option<i64>)>;

/// A completion of two arguments.
pub type Two = Box<dyn FnOnce(i64, bool)>;

/// Two completions, of which one is called.
pub fn ok_err(f: fn(i64, Done<i64>, Done<String>)) -> Run<Res> {
    Box::new(move |x, done| {
        let ok = Rc::new(Cell::new(Some(done)));
        let err = ok.clone();
        let take = |cell: &Cell<Option<Done<Res>>>| cell.take().expect("one of the two is called");
        f(x, Box::new(move |v| take(&ok)(Ok(v))), Box::new(move |e| take(&err)(Err(e))))
    })
}

/// An error-first completion.
pub fn error_first(f: fn(i64, ErrorFirst)) -> Run<Res> {
    Box::new(move |x, done| {
        f(x, Box::new(move |e, v| done(e.map_or_else(|| Ok(v.expect("a value or an error")), Err))))
    })
}

/// A completion that gets an error, or none.
pub fn error_or_not(f: fn(i64, Done<Option<String>>)) -> Run<Result<(), String>> {
    Box::new(move |x, done| f(x, Box::new(move |e| done(e.map_or(Ok(()), Err)))))
}

/// A completion of two arguments.
pub fn two(f: fn(i64, Two)) -> Run<(i64, bool)> {
    Box::new(move |x, done| f(x, Box::new(move |a, b| done((a, b)))))
}

/// A completion that may go to another thread; in these tests it stays on its own.
pub fn sendable(f: fn(i64, Box<dyn FnOnce(i64) + Send>)) -> Run<i64> {
    thread_local! {
        static STAYS: Cell<Option<Done<i64>>> = const { Cell::new(None) };
    }
    Box::new(move |x, done| {
        STAYS.set(Some(done));
        f(x, Box::new(|v| STAYS.take().expect("called once, on its thread")(v)))
    })
}

/// A completion without argument.
pub fn unit(f: fn(i64, Box<dyn FnOnce()>)) -> Run<()> {
    Box::new(move |x, done| f(x, Box::new(move || done(()))))
}

/// An optional completion, as APIs with a default have it.
pub fn optional(f: fn(i64, Option<Done<i64>>)) -> Run<i64> {
    Box::new(move |x, done| f(x, Some(done)))
}

/// A shared completion, of which one clone is called.
pub fn shared(f: fn(i64, Rc<dyn Fn(i64)>)) -> Run<i64> {
    Box::new(move |x, done| {
        let done = Cell::new(Some(done));
        f(x, Rc::new(move |v| done.take().expect("called once")(v)))
    })
}

/// A completion that is not the last parameter.
pub fn completion_first(f: fn(Done<i64>, i64)) -> Run<i64> {
    Box::new(move |x, done| f(done, x))
}
