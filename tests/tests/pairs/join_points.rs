//! A local continuation that several branches call is the code after the branch.

pair! {
    /// An alias of the completion is the completion.
    fn alias_of_the_completion(x: i64, done: Box<dyn FnOnce(i64)>) {
        let k = done;
        op(1, x, move |a| {
            let finish = k;
            finish(a)
        })
    }
}
pair! {
    /// JOIN: what the join point captured is not touched by the branches.
    fn join_point_has_its_own_captures(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut n = x;
        let k = move |v: i64| done(v + n);
        n += 100;
        if x == 1 {
            emit(n);
            k(n)
        } else {
            op(1, n, k)
        }
    }
}

pair! {
    /// JOIN: an early end inside the branch ends the branch, not the function.
    fn early_end_before_the_join_point(x: i64, done: Box<dyn FnOnce(i64)>) {
        let k = move |v: i64| {
            emit(v);
            done(v)
        };
        op(1, x, move |a| {
            if a > 40 {
                k(a);
                return;
            }
            emit(-1);
            op(2, a, k);
        })
    }
}

pair! {
    /// JOIN with a pattern: it becomes the pattern of the `let`.
    fn join_point_takes_a_tuple(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |v| {
            let k = move |(a, b): (i64, i64)| done(a - b);
            k((v, x))
        })
    }
}

pair! {
    /// JOIN and EARLY: a branch that goes round the join point leaves the function.
    fn a_branch_goes_round_the_join_point(x: i64, done: Box<dyn FnOnce(i64)>) {
        if x == 3 {
            done(-3);
            return;
        }
        let k = move |v: i64| op(9, v, done);
        match x {
            0 => k(0),
            _ => op(1, x, move |a| if a > 50 { k(a) } else { k(-a) }),
        }
    }
}

pair! {
    /// JOIN: both branches go on with the same code.
    fn both_branches_go_on_together(x: i64, done: Box<dyn FnOnce(i64)>) {
        let k = move |v: i64| {
            emit(v);
            op(9, v, done)
        };
        if x % 2 == 0 {
            k(x)
        } else {
            op(1, x, move |a| k(a + 1))
        }
    }
}

pair! {
    /// JOIN: what another variable of the name hides is not taken for the captured one.
    fn join_point_that_captured_one_of_two_of_a_name(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        touch(&t);
        let t = Tracer(2);
        let k = move |v: i64| {
            emit(v);
            op(1, v, move |w| {
                touch(&t);
                done(w)
            })
        };
        if x == 0 {
            k(x)
        } else {
            op(2, x, k)
        }
    }
}

pair! {
    /// JOIN: a join point of a function with two completions is handed on as the closure that it is.
    as ok_err
    fn join_point_between_two_completions(x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>) {
        let end = move |v: i64| {
            emit(v);
            if v % 2 == 0 {
                ok(v)
            } else {
                err(format!("e{v}"))
            }
        };
        if x == 2 {
            end(7);
        } else {
            op(1, x, end)
        }
    }
}

pair! {
    /// JOIN: a join point of two arguments where the completion takes one.
    fn join_point_of_two_arguments(x: i64, done: Box<dyn FnOnce(i64)>) {
        let end = move |v: i64, even: bool| {
            emit(v);
            done(if even { v } else { -v })
        };
        if x == 2 {
            end(7, false);
        } else {
            op_two(1, x, end)
        }
    }
}
