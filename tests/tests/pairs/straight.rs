//! Nesting becomes sequence.

pair! {
    /// SUSP and DONE: one operation, then an expression.
    fn one_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| done(a + 1))
    }
}

pair! {
    /// SUSP twice.
    fn nested_operations(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| op(2, a, move |b| done(a + b)))
    }
}

pair! {
    /// SUSP with blocks and statements between the operations.
    fn statements_between_operations(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x + 1, move |a| {
            emit(a);
            let doubled = a * 2;
            op(2, doubled, move |b| {
                emit(b);
                op(3, doubled + b, move |c| {
                    done(a + b + c);
                });
            });
        });
    }
}

pair! {
    /// ETA: the completion itself is the argument.
    fn completion_passed_on(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x, done)
    }
}

pair! {
    /// ETA: a box round the completion is seen through.
    fn completion_boxed_and_passed_on(x: i64, done: impl FnOnce(i64) + 'static) {
        op_boxed(1, x, Box::new(done));
    }
}

pair! {
    /// ETA: a box stays a box for a callee that wants one.
    fn box_passed_on(x: i64, done: Box<dyn FnOnce(i64)>) {
        op_boxed(1, x, done)
    }
}

pair! {
    /// A callback parameter that shadows becomes a `let` that shadows; nothing is renamed.
    fn shadowing_parameters(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |x| op(2, x * 2, move |x| done(x)))
    }
}

pair! {
    /// Format strings capture names that only the compiler sees: renaming one would change the text or not compile.
    fn names_in_format_strings(x: i64, done: Box<dyn FnOnce(i64)>) {
        let total = x + 1;
        op(1, x, move |x| {
            say(format!("{x} of {total}"));
            let total = total + x;
            op(2, total, move |x| {
                say(format!("{x:>5} {total}"));
                done(x)
            })
        })
    }
}

pair! {
    /// Parameter patterns and an ignored answer.
    fn patterns_as_parameters(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |_| op_two(2, x, move |mut v, even| {
            v += i64::from(even);
            done(v)
        }))
    }
}

pair! {
    /// The whole call expression goes along: methods, fields, parentheses.
    fn methods_as_callees(x: i64, done: Box<dyn FnOnce(i64)>) {
        let client = Client::new(10);
        let second = client.clone();
        client.op(1, x, move |a| {
            let third = second.clone();
            second.inner.op(a, move |b| (third.clone()).op(2, b, move |c| done(a + b + c)))
        })
    }
}

pair! {
    /// The callback stands in the middle of a chain.
    fn callback_inside_a_method_chain(x: i64, done: Box<dyn FnOnce(i64)>) {
        Client::new(20).get(x).on_done(move |a| Client::new(21).get(a).on_done(done).send()).send()
    }
}

pair! {
    /// The names that generated code would like to use are the user's.
    fn user_names_that_generated_code_would_like(x: i64, done: Box<dyn FnOnce(i64)>) {
        let (p, q, future, kick, value) = (x, x + 1, x + 2, x + 3, x + 4);
        op(1, p, move |start| {
            emit(q);
            op(2, start, move |call| done(call + future + kick + value));
        });
        emit(p + q);
    }
}

pair! {
    /// DONE: where a statement can stand, an expression that begins with a block would end with it.
    fn answer_begins_with_a_block(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| match a {
            0 => done({ a } + 1),
            _ => done({ a } * 2),
        })
    }
}
