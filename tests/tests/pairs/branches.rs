//! Branches, early ends and the other tail contexts.

pair! {
    /// IF: one branch answers at once, the other after another operation.
    fn if_else(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| if a % 2 == 0 { done(a) } else { op(2, a, move |b| done(b)) })
    }
}

pair! {
    /// IF in a chain.
    fn else_if_chain(x: i64, done: Box<dyn FnOnce(i64)>) {
        if x == 0 {
            done(0)
        } else if x == 1 {
            op(1, x, done)
        } else if x == 2 {
            op(2, x, move |a| done(a - 1));
        } else {
            emit(x);
            done(x)
        }
    }
}

pair! {
    /// IF LET on the answer of an operation.
    fn if_let(x: i64, done: Box<dyn FnOnce(i64)>) {
        op_option(1, x, move |found| {
            if let Some(v) = found {
                op(2, v, done)
            } else {
                done(-1)
            }
        })
    }
}

pair! {
    /// EARLY: `return` leaves the callback, which is the rest of the function.
    fn early_return_in_a_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            if a > 60 {
                done(-1);
                return;
            }
            emit(a);
            op(2, a, move |b| done(b));
        })
    }
}

pair! {
    /// EARLY: `return done(e)` is one `return`.
    fn return_of_the_completion(x: i64, done: Box<dyn FnOnce(i64)>) {
        if x < 2 {
            return done(0);
        }
        op(1, x, move |a| done(a))
    }
}

pair! {
    /// EARLY: an operation in the branch that leaves.
    fn early_return_after_an_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        if x % 2 == 1 {
            op(5, x, done);
            return;
        }
        op(1, x, move |a| {
            emit(a);
            done(a)
        });
    }
}

pair! {
    /// MATCH: an arm that answers, one that passes the completion on, one with an operation, one with a guard.
    fn match_on_the_input(x: i64, done: Box<dyn FnOnce(i64)>) {
        match x {
            0 => done(7),
            1 => op(1, x, done),
            n if n % 2 == 0 => op(2, n, move |v| done(v - n)),
            n => {
                emit(n);
                op(3, n, move |_| done(n));
            }
        }
    }
}

pair! {
    /// `break` out of a labelled block falls through to its end.
    fn labelled_block_before_the_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        'a: {
            if x == 1 {
                break 'a;
            }
            emit(x);
        }
        op(1, x, move |v| done(v))
    }
}

pair! {
    /// An arm that completes and leaves, inside a `let`.
    fn arm_that_leaves(x: i64, done: Box<dyn FnOnce(i64)>) {
        let n = match x {
            0 => {
                done(0);
                return;
            }
            1 => return done(10),
            n => n * 2,
        };
        op(1, n, done)
    }
}

pair! {
    /// `let .. else` whose other side completes.
    fn let_else_that_leaves(x: i64, done: Box<dyn FnOnce(i64)>) {
        let Some(half) = (x % 2 == 0).then_some(x / 2) else {
            emit(x);
            done(-x);
            return;
        };
        op(1, half, move |v| done(v + half))
    }
}

pair! {
    /// The other path diverges, so nothing is missing there.
    fn branch_that_panics_needs_no_answer(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |v| if v >= 0 { done(v) } else { panic!("{v} is negative") })
    }
}

pair! {
    /// An `unsafe` block stays round all of what it held.
    fn unsafe_block_round_the_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        unsafe fn read(p: *const i64) -> i64 {
            // SAFETY: the caller passes a pointer to a live value.
            unsafe { *p }
        }
        // SAFETY: `x` is alive.
        unsafe { op(1, read(&x), move |v| done(v)) }
    }
}

pair! {
    /// Loops without a completion in them are statements like any other.
    fn loops_beside_the_operations(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut sum = 0;
        for i in 0..x {
            if i == 2 {
                continue;
            }
            sum += i;
            emit(sum);
        }
        op(1, sum, move |v| {
            let mut left = v % 4;
            while left > 0 {
                left -= 1;
                emit(left);
            }
            done(v + sum)
        });
    }
}

pair! {
    /// A loop body that completes and leaves is at most one completion.
    fn loop_that_answers_and_leaves(x: i64, done: Box<dyn FnOnce(i64)>) {
        for i in 0..4 {
            if i * i == x {
                done(i);
                return;
            }
            emit(i);
        }
        op(1, x, done)
    }
}

pair! {
    /// A variable that another one of its name hides dies before the wait all the same.
    fn hidden_variable_dies_before_a_way_that_waits(x: i64, done: Box<dyn FnOnce(i64)>) {
        let u = Tracer(1);
        touch(&u);
        let u = Tracer(2);
        if x % 2 == 0 {
            op(1, x, move |a| {
                touch(&u);
                done(a)
            });
            return;
        }
        touch(&u);
        op(2, x, done);
    }
}

pair! {
    /// What a scrutinee holds dies before the wait of an early way inside of it.
    fn early_way_that_waits_inside_of_a_match(x: i64, done: Box<dyn FnOnce(i64)>) {
        match peek(&Tracer(1), x) {
            2 => op(2, x, done),
            b => {
                let t = Tracer(2);
                if b % 2 == 1 {
                    op(3, b, move |a| done(a));
                    return;
                }
                touch(&t);
                emit(b);
                op(4, b, move |a| {
                    emit(a);
                    done(a)
                })
            }
        }
    }
}

pair! {
    /// What the condition of an early way holds dies before its wait.
    fn early_way_that_waits_behind_a_condition_that_holds(x: i64, done: Box<dyn FnOnce(i64)>) {
        if let 1 | 3 = peek(&Tracer(1), x) {
            op(1, x, done);
            return;
        }
        emit(x);
        op(2, x, done)
    }
}

pair! {
    /// A hidden parameter dies before the wait, also if the variable that hides it has gone elsewhere.
    as with_tracer
    fn hidden_parameter_behind_a_variable_that_was_moved(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        touch(&t);
        let t = Tracer(1);
        op(1, x, move |v| {
            touch(&t);
            emit(v);
        });
        if x % 2 == 0 {
            op(2, x, move |a| {
                emit(a);
                done(a)
            })
        } else {
            done(x)
        }
    }
}

pair! {
    /// The same where the early way is an arm, or what is behind `else`.
    fn early_arm_that_waits_inside_of_a_match(x: i64, done: Box<dyn FnOnce(i64)>) {
        match peek(&Tracer(1), x) {
            1 => op(2, x, done),
            b => {
                let n = match b {
                    2 => {
                        op(3, b, move |a| done(a));
                        return;
                    }
                    other => other + 1,
                };
                let Some(m) = n.checked_sub(2) else {
                    op(4, n, done);
                    return;
                };
                emit(m);
                op(5, m, move |a| {
                    emit(a);
                    done(a)
                })
            }
        }
    }
}

pair! {
    /// EARLY: a way that waits leaves a loop inside of what is held, and other loops inside of that one.
    fn early_way_that_waits_inside_of_loops(x: i64, done: Box<dyn FnOnce(i64)>) {
        match peek(&Tracer(1), x) {
            0 => done(0),
            n => {
                for i in 0..3 {
                    let t = Tracer(2);
                    if i + 1 == n {
                        op(1, i, done);
                        return;
                    }
                    while n > 3 {
                        if i == 1 {
                            op(2, i, move |a| done(a + n));
                            return;
                        }
                        break;
                    }
                    touch(&t);
                }
                emit(n);
                op(3, n, done)
            }
        }
    }
}

pair! {
    /// EARLY: of an `if` with an `else`, both go on, and both may wait inside of what is held.
    fn early_ways_of_both_sides_that_go_on(x: i64, done: Box<dyn FnOnce(i64)>) {
        match peek(&Tracer(1), x) {
            n if n < 4 => {
                let m = if n % 2 == 0 {
                    if n == 2 {
                        return op(1, n, done);
                    }
                    5
                } else {
                    if n == 3 {
                        op(2, n, move |a| done(-a));
                        return;
                    }
                    6
                };
                emit(m);
                done(m)
            }
            _ => op(3, x, done),
        }
    }
}
