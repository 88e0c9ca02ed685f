//! The shapes in which a function declares its completion.

pair! {
    /// A type parameter with its bound inline.
    fn type_parameter<F: FnOnce(i64) + 'static>(x: i64, done: F) {
        op(1, x, move |a| done(a))
    }
}

pair! {
    /// A type parameter with its bound in the where clause.
    fn where_clause<F>(x: i64, done: F)
    where
        F: FnOnce(i64) + 'static,
    {
        op(1, x, move |a| op(2, a, done))
    }
}

pair! {
    /// An anonymous type.
    fn impl_fn_once(x: i64, done: impl FnOnce(i64) + 'static) {
        op(1, x, move |a| done(a - 1))
    }
}

pair! {
    /// A box, written out.
    fn boxed_completion(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| done(a - 1))
    }
}

pair! {
    /// The completion stands first or in the middle.
    as completion_first
    fn completion_is_not_the_last_parameter(done: Box<dyn FnOnce(i64)>, x: i64) {
        op(1, x, move |a| done(a - x))
    }
}

pair! {
    /// No value.
    as unit
    fn completion_without_argument(x: i64, done: Box<dyn FnOnce()>) {
        op_unit(1, x, move || {
            emit(x);
            op_unit(2, x, done)
        })
    }
}

pair! {
    /// Two values are a tuple.
    as two
    fn completion_of_two_arguments(x: i64, done: Box<dyn FnOnce(i64, bool)>) {
        if x == 0 {
            done(0, true);
            return;
        }
        op_two(1, x, move |v, even| if even { op_two(2, v, done) } else { done(v, even) })
    }
}

pair! {
    /// DONE-OK and DONE-ERR: each path calls one of two completions.
    as ok_err
    fn success_and_failure(x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>) {
        op_result(1, x, move |r| match r {
            Ok(v) => ok(v),
            Err(e) => err(e),
        })
    }
}

pair! {
    /// PAIR: the operation takes two callbacks as well.
    as ok_err
    fn success_and_failure_of_the_callee(x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>) {
        op_pair(1, x, move |v| ok(v * 2), move |e| err(e))
    }
}

pair! {
    /// A shared completion: the clone is one too, and each path calls one of them.
    as shared
    fn shared_completion(x: i64, done: Rc<dyn Fn(i64)>) {
        let done2 = done.clone();
        op_result(1, x, move |r| match r {
            Ok(v) => done(v),
            Err(_) => done2(-1),
        })
    }
}

pair! {
    /// A completion in a cell, from which it is taken.
    fn completion_in_a_cell(x: i64, done: Box<dyn FnOnce(i64)>) {
        let cell = Rc::new(RefCell::new(Some(done)));
        op(1, x, move |v| {
            let done = cell.take().unwrap();
            done(v)
        })
    }
}
pair! {
    /// Optional completions are taken out before they are called.
    as optional
    fn optional_completion(x: i64, mut done: Option<Box<dyn FnOnce(i64)>>) {
        op(1, x, move |v| {
            if let Some(done) = done.take() {
                done(v)
            }
        })
    }
}

pair! {
    /// Error-first with exactly one of both at every call is a result; the callee keeps its tuple.
    as error_first
    fn error_first_completion(x: i64, done: Box<dyn FnOnce(Option<String>, Option<i64>)>) {
        op_error_first(1, x, move |e, v| {
            if let Some(e) = e {
                done(Some(e), None);
                return;
            }
            let v = v.unwrap();
            op_error_first(2, v, done)
        })
    }
}

pair! {
    /// An optional completion that is matched: the way without one is nobody's any more.
    as optional
    fn optional_completion_is_matched(x: i64, done: Option<Box<dyn FnOnce(i64)>>) {
        op(1, x, move |v| match done {
            None => {}
            Some(done) => {
                emit(v);
                op(2, v, move |w| done(v + w))
            }
        });
    }
}

pair! {
    /// An optional completion without which nothing happens.
    as optional
    fn nothing_happens_without_a_completion(x: i64, done: Option<Box<dyn FnOnce(i64)>>) {
        emit(x);
        let Some(done) = done else { return };
        op(1, x, move |v| done(v + 1));
        emit(x + 1);
    }
}

pair! {
    /// An optional error alone is a result, if the completion's name says that it is one.
    as error_or_not
    fn error_or_nothing(x: i64, on_error: Box<dyn FnOnce(Option<String>)>) {
        op_result(1, x, move |r| match r {
            Ok(v) => {
                emit(v);
                on_error(None)
            }
            Err(e) => on_error(Some(e)),
        })
    }
}

pair! {
    /// Another name, and an optional value is a value.
    fn optional_value(x: i64, done: Box<dyn FnOnce(Option<String>)>) {
        op_result(1, x, move |r| match r {
            Ok(_) => done(None),
            Err(e) => done(Some(e)),
        })
    }
}

pair! {
    /// Error-first functions that call one another, with closures that look at both halves.
    mod error_first_callee {
        fn read(x: i64, done: Box<dyn FnOnce(Option<String>, Option<i64>)>) {
            op_result(1, x, move |r| match r {
                Ok(v) => done(None, Some(v)),
                Err(e) => done(Some(e), None),
            })
        }
        fn read_on(x: i64, done: Box<dyn FnOnce(Option<String>, Option<i64>)>) {
            read(x, done)
        }
        fn both(x: i64, done: Box<dyn FnOnce(Option<String>, Option<i64>)>) {
            if x == 3 {
                done(None, None);
                return;
            }
            read_on(x, done)
        }
        fn save(x: i64, on_error: Box<dyn FnOnce(Option<String>)>) {
            read(x, Box::new(move |e, v| {
                if let Some(e) = e {
                    on_error(Some(e));
                    return;
                }
                emit(v.unwrap());
                on_error(None)
            }))
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            both(x, Box::new(move |e, v| {
                emit(e.map_or(0, |e| e.len() as i64));
                let v = v.unwrap_or(-1);
                save(v, Box::new(move |e| match e {
                    Some(_) => done(-2),
                    None => done(v),
                }))
            }))
        }
    }
}
