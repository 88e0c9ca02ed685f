//! What runs, is copied and dies between two operations.

pair! {
    /// REST: what follows the call runs before the callback.
    fn code_after_the_call(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            emit(a);
            done(a)
        });
        emit(55);
    }
}

pair! {
    /// REST at two levels.
    fn code_after_the_call_at_two_levels(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            op(2, a, move |b| {
                emit(b);
                done(a + b)
            });
            emit(a);
        });
        emit(x);
    }
}

pair! {
    /// REST that starts an operation of its own.
    fn detached_operation_after_the_call(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            emit(a);
            op(3, a, done);
        });
        op(2, x, |v| emit(v));
    }
}

pair! {
    /// SNAP: the closure copied `n` when it was created.
    fn assignment_after_the_call_is_not_seen(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut n = x;
        op(1, x, move |a| done(a + n));
        n = 99;
        emit(n);
    }
}

pair! {
    /// SNAP: the copy is the callback's own and may change there.
    fn captured_copy_changes_in_the_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut n = x;
        op(1, x, move |a| {
            n += a;
            op(2, n, move |b| {
                n -= b;
                done(n)
            });
            n += 1000;
            emit(n);
        });
        n += 50;
        emit(n);
    }
}

pair! {
    /// SNAP for a name that only a format string mentions.
    fn name_in_a_format_string_is_a_capture(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut n = x;
        op(1, x, move |a| {
            say(format!("{n}"));
            done(a)
        });
        n += 7;
        say(format!("{n}"));
    }
}

pair! {
    /// SCOPE: the rest shadows what the callback captured.
    fn rest_shadows_a_capture(x: i64, done: Box<dyn FnOnce(i64)>) {
        let n = x;
        op(1, x, move |a| done(a + n));
        let n = 7;
        emit(n);
    }
}

pair! {
    /// SCOPE: a local that no callback captures dies before the wait.
    fn local_dies_before_the_wait(x: i64, done: Box<dyn FnOnce(i64)>) {
        let g = Tracer(1);
        touch(&g);
        op(1, x, move |a| done(a));
    }
}

pair! {
    /// SCOPE: the same in a callback, with a local of the rest.
    fn locals_of_each_segment_die_with_it(x: i64, done: Box<dyn FnOnce(i64)>) {
        let _first = Tracer(1);
        op(1, x, move |a| {
            let _second = Tracer(2);
            op(2, a, move |b| {
                let _third = Tracer(3);
                done(b)
            });
            let _rest = Tracer(4);
        });
        let _rest = Tracer(5);
    }
}

pair! {
    /// SCOPE: a shadowed local lives as long as its scope.
    fn shadowed_local_dies_with_its_segment(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        touch(&t);
        let t = Tracer(2);
        op(1, x, move |a| {
            touch(&t);
            done(a)
        });
    }
}

pair! {
    /// A captured value lives until the end of the callback.
    fn capture_lives_until_the_callback_ends(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op(1, x, move |a| {
            touch(&t);
            done(a)
        });
    }
}

pair! {
    /// A capture of the first callback that the second does not use dies between them.
    fn capture_dies_with_the_last_callback_that_has_it(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op(1, x, move |a| {
            touch(&t);
            op(2, a, move |b| done(b))
        });
    }
}

pair! {
    /// A capture that only one branch uses dies in the other at its first operation.
    fn capture_of_one_branch_dies_in_the_other(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op(1, x, move |a| {
            if a % 2 == 0 {
                op(2, a, move |b| {
                    touch(&t);
                    done(b)
                })
            } else {
                op(3, a, done)
            }
        });
    }
}

pair! {
    /// A parameter that no callback captures dies when the function returned.
    as with_tracer
    fn unused_parameter_dies_before_the_wait(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        touch(&t);
        op(1, x, move |a| op(2, a, done))
    }
}

pair! {
    /// A parameter that a callback captures lives on.
    as with_tracer
    fn captured_parameter_lives_on(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            touch(&t);
            op(2, a, done)
        })
    }
}

pair! {
    /// A temporary of an argument dies with its statement, not with the wait.
    fn temporary_of_an_argument_dies_at_once(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, peek(&Tracer(1), x), move |a| op(2, peek(&Tracer(2), a), done));
    }
}

pair! {
    /// A temporary of a scrutinee must not live over the operations in the arms.
    fn temporary_of_a_scrutinee_dies_with_its_turn(x: i64, done: Box<dyn FnOnce(i64)>) {
        match peek(&Tracer(1), x) {
            0 => done(0),
            n => op(1, n, move |a| {
                if let 40.. = peek(&Tracer(2), a) {
                    op(2, a, done)
                } else {
                    op(3, a, done)
                }
            }),
        }
    }
}

pair! {
    /// A borrow of the scrutinee ends with its turn: the callback may borrow again.
    fn borrow_of_a_scrutinee_is_over_in_the_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        let cache = Rc::new(RefCell::new(vec![x]));
        let at = cache.clone();
        match cache.borrow().first() {
            Some(&1) => done(1),
            _ => op(1, x, move |v| {
                at.borrow_mut().push(v);
                done(v + at.borrow().len() as i64)
            }),
        }
    }
}

pair! {
    /// CLONE: the clone for the callback is made before the call, the original is used after it.
    fn clone_for_the_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        let s = Rc::new(x);
        op(1, x, {
            let s = s.clone();
            move |a| done(a + *s)
        });
        emit(*s);
    }
}

pair! {
    /// CLONE as a statement of its own, and the count of owners shows in each turn.
    fn owners_are_counted_the_same(x: i64, done: Box<dyn FnOnce(i64)>) {
        let s = Rc::new(x);
        let s2 = s.clone();
        op(1, x, move |a| {
            emit(Rc::strong_count(&s2) as i64);
            done(a + *s2)
        });
        emit(Rc::strong_count(&s) as i64);
    }
}

pair! {
    /// A block that holds the operation ends before the callback runs.
    fn block_round_the_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        {
            let t = Tracer(1);
            touch(&t);
            op(1, x, move |a| done(a));
        }
        emit(9);
    }
}

pair! {
    /// SCOPE: a `match` has taken the option apart, and the callback has what was in it: nothing dies before the wait.
    fn option_taken_apart_before_the_next_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            let guard = if a % 2 == 0 { Some(Tracer(1)) } else { None };
            let guard = match guard {
                Some(guard) => guard,
                None => {
                    done(-a);
                    return;
                }
            };
            op(2, a, move |b| {
                touch(&guard);
                done(b)
            })
        })
    }
}

pair! {
    /// SCOPE: a `match` that only looks leaves the option as it was; it dies before the wait.
    fn option_only_looked_at_before_the_next_operation(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            let guard = if a % 2 == 0 { Some(Tracer(1)) } else { None };
            let n = match guard {
                Some(_) => 1,
                None => {
                    done(-a);
                    return;
                }
            };
            op(2, a, move |b| done(b + n))
        })
    }
}

pair! {
    /// REST: a `return` behind the call leaves what stands there, and the callback is still to come.
    fn return_behind_the_call(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, move |a| {
            emit(a);
            done(a)
        });
        if x > 2 {
            return;
        }
        emit(x);
    }
}

pair! {
    /// A local that one branch captures and the other does not.
    fn local_of_one_branch(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        if x % 2 == 0 {
            op(1, x, move |a| {
                touch(&t);
                done(a)
            })
        } else {
            op(2, x, done)
        }
    }
}

pair! {
    /// A local that the scrutinee borrows cannot be moved out of the way in an arm.
    fn scrutinee_borrows_a_local(x: i64, done: Box<dyn FnOnce(i64)>) {
        let name = x.to_string();
        match name.as_str() {
            "0" => done(0),
            text => op(1, text.len() as i64, done),
        }
    }
}

pair! {
    /// A local that another one refers to cannot be moved out of the way in a branch.
    fn reference_to_a_local(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        let r = &t;
        if x % 2 == 0 {
            touch(r);
            op(1, peek(r, x), done)
        } else {
            op(2, peek(r, x + 1), done)
        }
    }
}

pair! {
    /// SCOPE: a hidden variable that is handed over on one path dies before the wait on the other.
    fn hidden_variable_is_handed_over_on_one_path(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        if x > 2 {
            drop(t);
        }
        let t = Tracer(2);
        if x % 2 == 0 {
            op(1, x, move |v| done(v));
            return;
        }
        touch(&t);
        op(2, x, move |v| done(v - 1))
    }
}

pair! {
    /// SCOPE: a captured variable that is handed over on one path dies before the next wait on the other.
    fn captured_variable_is_handed_over_on_one_path(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op(1, x, move |v| {
            if v % 2 == 0 {
                drop(t);
            }
            op(2, v, done)
        })
    }
}
