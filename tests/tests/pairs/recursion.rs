pair! {
    /// Converted callees are awaited; where code follows they are started at the call.
    mod converted_callees {
        fn first(x: i64, done: Box<dyn FnOnce(i64)>) {
            emit(x);
            op(1, x, move |a| done(a + 1))
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            first(x, Box::new(move |a| first(a, done)));
            emit(x + 1);
        }
    }
}

pair! {
    /// Two functions that call each other.
    mod mutual_recursion {
        fn even(n: i64, done: Box<dyn FnOnce(bool)>) {
            if n == 0 {
                return done(true);
            }
            op(1, n, move |_| odd(n - 1, done))
        }
        fn odd(n: i64, done: Box<dyn FnOnce(bool)>) {
            if n == 0 {
                return done(false);
            }
            op(2, n, move |_| even(n - 1, done))
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(bool)>) {
            even(x, done)
        }
    }
}

pair! {
    /// LOOP over an iterator that is a parameter: it is advanced in place, the accumulator is assigned.
    mod walk_over_a_list {
        fn step(mut it: std::vec::IntoIter<i64>, sum: i64, done: Box<dyn FnOnce(i64)>) {
            match it.next() {
                None => done(sum),
                Some(v) => op(1, v, move |w| step(it, sum + w, done)),
            }
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            step(vec![x, 2, 3].into_iter(), 0, done)
        }
    }
}

pair! {
    /// NONTAIL: something remains to be done after the recursive call.
    fn recursion_with_something_left_to_do(n: i64, done: Box<dyn FnOnce(i64)>) {
        if n <= 0 {
            done(1);
            return;
        }
        op(1, n, move |v| recursion_with_something_left_to_do(n - 1, Box::new(move |w| done(v % 5 + w))))
    }
}

pair! {
    /// LOOP: each round drops its own locals and captures.
    mod each_round_drops_its_own {
        fn step(n: i64, t: Tracer, done: Box<dyn FnOnce(i64)>) {
            let _round = Tracer(1);
            if n == 0 {
                done(n);
                return;
            }
            op(1, n, move |v| {
                touch(&t);
                op(2, v, move |_| step(n - 1, Tracer(10), done))
            })
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            step(x, Tracer(9), done)
        }
    }
}

pair! {
    /// LOOP: the new parameters are computed from the old ones, so they are assigned at once.
    mod parameters_change_simultaneously {
        fn step(a: i64, b: i64, n: u32, done: Box<dyn FnOnce(i64)>) {
            if n == 0 {
                done(a);
                return;
            }
            op(1, b, move |v| step(b, a + v % 7, n - 1, done))
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            step(0, x, 4, done)
        }
    }
}

pair! {
    /// LOOP: a tail call of the function itself with the same completion.
    fn recursion_becomes_a_loop(n: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, n, move |v| {
            emit(v);
            if n >= 5 {
                done(v)
            } else {
                recursion_becomes_a_loop(n + 1, done)
            }
        })
    }
}

pair! {
    /// CONVERTED: what an argument makes for the moment dies before the wait.
    mod temporary_in_an_argument_of_a_converted_callee {
        fn first(x: i64, done: Box<dyn FnOnce(i64)>) {
            op(1, x, done)
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            first(peek(&Tracer(1), x), done);
        }
    }
}

pair! {
    /// JOIN: what the join point took along is not bound again by a way that waits.
    fn join_point_that_took_a_variable_along(x: i64, done: Box<dyn FnOnce(i64)>) {
        let u = Tracer(1);
        let k = move |v: i64| {
            touch(&u);
            op(1, v, done)
        };
        if x == 0 {
            let t = Tracer(2);
            touch(&t);
            op(2, x, Box::new(k));
            emit(7);
        } else {
            k(x)
        }
    }
}

pair! {
    /// LOOP: a turn that ends early does not run on.
    fn turn_that_ends_early(n: i64, done: Box<dyn FnOnce(i64)>) {
        if n > 5 {
            done(n);
            return;
        }
        op(1, n, move |v| {
            if v % 2 == 0 {
                turn_that_ends_early(n + 1, done);
                return;
            }
            emit(v);
            turn_that_ends_early(n + 2, done)
        })
    }
}

pair! {
    /// LOOP is not for a parameter whose type the caller chooses: the next turn may have another one.
    mod another_argument_of_an_open_type {
        fn spell(text: impl Into<String> + 'static, n: i64, done: Box<dyn FnOnce(String)>) {
            op(1, n, move |v| {
                if v < 100 {
                    spell(v.to_string(), v, done)
                } else if v < 200 {
                    spell("high", v, done)
                } else {
                    done(text.into())
                }
            })
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(String)>) {
            spell('x', x, done)
        }
    }
}

pair! {
    /// The turns of a recursion may answer with different types.
    mod another_type_of_answer {
        fn turn<T: Default + 'static>(value: T, n: i64, done: Box<dyn FnOnce(T)>) {
            op(1, n, move |v| {
                if v > 200 {
                    done(value)
                } else {
                    turn(v, v, Box::new(move |w: i64| {
                        emit(w);
                        done(T::default())
                    }))
                }
            })
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(String)>) {
            turn(String::from("first"), x, done)
        }
    }
}
