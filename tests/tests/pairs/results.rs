//! Results, options, and when `?` means the same.

pair! {
    /// `?`: spellings of "hand the error on unchanged".
    fn errors_handed_on_unchanged(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| {
            let v = match r {
                Ok(v) => v,
                Err(e) => {
                    done(Err(e));
                    return;
                }
            };
            op_result(2, v, move |r| match r {
                Err(e) => done(Err(e)),
                Ok(w) => done(Ok(v + w)),
            })
        })
    }
}

pair! {
    /// `?`: the guard form.
    fn guard_and_unwrap(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| {
            if let Err(e) = r {
                done(Err(e));
                return;
            }
            let v = r.unwrap();
            op_result(2, v, done)
        })
    }
}

pair! {
    /// `?` is refused: an arm with a guard.
    fn arm_with_a_guard(x: i64, done: Box<dyn FnOnce(Result<i64, MyErr>)>) {
        op_result(1, x, move |r| match r {
            Err(e) => done(Err(e.into())),
            Ok(v) if v < 40 => done(Err(MyErr::Negative)),
            Ok(v) => done(Ok(v)),
        })
    }
}

pair! {
    /// `?` converts the error as the arm did.
    fn error_converted_by_into(x: i64, done: Box<dyn FnOnce(Result<i64, MyErr>)>) {
        op_result(1, x, move |r| match r {
            Err(e) => done(Err(e.into())),
            Ok(v) => op_result(2, v, move |r| match r {
                Err(e) => done(Err(From::from(e))),
                Ok(w) => done(Ok(v + w)),
            }),
        })
    }
}

pair! {
    /// `map_err`: the error is wrapped by a path.
    fn error_wrapped_by_a_variant(x: i64, done: Box<dyn FnOnce(Result<i64, MyErr>)>) {
        op_result(1, x, move |r| match r {
            Err(e) => done(Err(MyErr::Io(e))),
            Ok(v) => {
                emit(v);
                done(Ok(v))
            }
        })
    }
}

pair! {
    /// `?` is refused: the error arm has an effect of its own.
    fn effect_on_the_error_arm(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| match r {
            Err(e) => {
                emit(-1);
                done(Err(e))
            }
            Ok(v) => done(Ok(v)),
        })
    }
}

pair! {
    /// `?` is refused: the error arm recovers with another operation.
    fn recovery_by_another_operation(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| match r {
            Err(_) => op_result(2, x + 1, done),
            Ok(v) => done(Ok(v)),
        })
    }
}

pair! {
    /// `?` is refused: the error becomes a value.
    fn error_becomes_a_value(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| match r {
            Err(e) => done(Ok(e.len() as i64)),
            Ok(v) => done(Ok(v)),
        })
    }
}

pair! {
    /// `?` on an option.
    fn nothing_handed_on(x: i64, done: Box<dyn FnOnce(Option<i64>)>) {
        op_option(1, x, move |o| {
            let Some(v) = o else {
                done(None);
                return;
            };
            done(Some(v + 1))
        })
    }
}

pair! {
    /// An option that is absent for another reason is not `?`.
    fn nothing_answered_with_a_value(x: i64, done: Box<dyn FnOnce(Option<i64>)>) {
        op_option(1, x, move |o| match o {
            None => done(Some(0)),
            Some(v) => op_option(2, v, done),
        })
    }
}

pair! {
    /// A result without value.
    fn result_of_nothing(x: i64, done: Box<dyn FnOnce(Result<(), String>)>) {
        op_result(1, x, move |r| match r {
            Ok(_) => done(Ok(())),
            Err(e) => done(Err(e)),
        })
    }
}

pair! {
    /// `?` is refused: the error arm of a `let` has an effect of its own.
    fn effect_on_the_error_arm_of_a_let(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        op_result(1, x, move |r| {
            let v = match r {
                Ok(v) => v,
                Err(e) => {
                    emit(-1);
                    done(Err(e));
                    return;
                }
            };
            emit(v);
            done(Ok(v))
        })
    }
}
