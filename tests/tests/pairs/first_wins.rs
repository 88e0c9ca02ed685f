//! Several operations at the same time of which the first one wins, and timeouts.

pair! {
    /// ANY: the first answer wins, the other callback finds nothing left to call.
    fn first_answer_wins(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                d(v)
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
}

pair! {
    /// ANY with a timer.
    fn timeout(x: i64, done: Box<dyn FnOnce(Option<i64>)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                d(Some(v))
            }
        });
        op(2, 0, move |_| {
            if let Some(d) = done2.take() {
                d(None)
            }
        });
    }
}

pair! {
    /// ANY: what the other callback does before it finds the cell empty happens all the same.
    fn losers_do_what_they_did(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            emit(v);
            if let Some(d) = done.take() {
                d(v)
            }
        });
        op(2, x, move |v| {
            emit(-v);
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
}

pair! {
    /// ANY: what stands beside the answer is done by the winner alone.
    fn only_the_winner_does_its_part(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(Cell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            emit(v);
            let Some(d) = done.take() else { return };
            emit(100);
            d(v)
        });
        op(2, x, move |v| {
            emit(-v);
            match done2.take() {
                Some(d) => {
                    emit(200);
                    d(-v)
                }
                None => {}
            }
        });
    }
}

pair! {
    /// ANY: the first one has won, even if it has to wait again before it answers.
    fn winner_that_waits_again_is_not_overtaken(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                op(3, v, move |w| d(v + w))
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
}

pair! {
    /// TIMEOUT of two operations in a row: the second one is started even if the time is over.
    fn chain_runs_on_after_its_timeout(x: i64, done: Box<dyn FnOnce(Option<i64>)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let late = done.clone();
        op(1, x, move |a| {
            op(3, a, move |b| {
                emit(b);
                if let Some(d) = done.take() {
                    d(Some(a + b))
                }
            })
        });
        op(2, 0, move |_| {
            if let Some(d) = late.take() {
                d(None)
            }
        });
    }
}

pair! {
    /// ANY over a list.
    fn first_of_a_list(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        for i in 0..x % 3 + 1 {
            let done = done.clone();
            op(1, i, move |v| {
                emit(v);
                if let Some(d) = done.take() {
                    d(v)
                }
            });
        }
    }
}

pair! {
    /// ANY between threads, with the lock released before the answer.
    as sendable
    fn cell_behind_a_lock(x: i64, done: Box<dyn FnOnce(i64) + Send>) {
        let done = Arc::new(Mutex::new(Some(done)));
        let done2 = Arc::clone(&done);
        op(1, x, move |v| {
            emit(v);
            let taken = done.lock().unwrap().take();
            if let Some(d) = taken {
                d(v)
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.lock().unwrap().take() {
                d(v)
            }
        });
    }
}

pair! {
    /// ANY: what a loser has captured dies with its callback and not with the race.
    as with_tracer
    fn capture_of_a_loser_dies_with_its_callback(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                touch(&t);
                d(v)
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
}

pair! {
    /// ANY: what no callback has captured dies before the wait.
    as with_tracer
    fn raced_beside_a_variable_that_dies(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        touch(&t);
        op(1, x, {
            let done = done.clone();
            move |v| {
                if let Some(d) = done.take() {
                    d(v)
                }
            }
        });
        emit(55);
        op(2, x, move |v| {
            if let Some(d) = done.take() {
                d(v)
            }
        });
        emit(66);
    }
}

pair! {
    /// ANY after a first wait, on one way of several, with code behind the call.
    fn race_inside_of_a_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(9, x, move |a| {
            let t = Tracer(1);
            if a % 2 == 0 {
                done(a);
                return;
            }
            let first = Rc::new(RefCell::new(Some(done)));
            let second = first.clone();
            op(1, a, move |v| {
                emit(v);
                if let Some(d) = first.take() {
                    d(v)
                }
            });
            touch(&t);
            op(2, a, move |v| {
                if let Some(d) = second.take() {
                    d(v)
                }
            });
        });
        emit(7);
    }
}

pair! {
    /// ANY: a callee that calls back at once goes on at once, before the others are called.
    fn child_that_is_called_back_at_once_goes_on_at_once(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op_maybe_now(1, x, Box::new(move |a| {
            emit(a);
            op(3, a, move |b| {
                if let Some(d) = done.take() {
                    d(b)
                }
            })
        }));
        emit(5);
        op_maybe_now(2, x, Box::new(move |v| {
            emit(v);
            if let Some(d) = done2.take() {
                d(v)
            }
        }));
    }
}

pair! {
    /// ANY: a converted function that loses goes on with what it does.
    mod converted_loser_goes_on {
        fn chain(x: i64, done: Box<dyn FnOnce(i64)>) {
            op(1, x, move |a| {
                emit(a);
                op(2, a, done)
            })
        }
        pub(super) fn run(x: i64, done: Box<dyn FnOnce(i64)>) {
            let done = Rc::new(RefCell::new(Some(done)));
            let late = done.clone();
            chain(x, Box::new(move |v| {
                if let Some(done) = done.take() {
                    done(v)
                }
            }));
            op(3, x, move |_| {
                if let Some(done) = late.take() {
                    done(-1)
                }
            });
        }
    }
}

pair! {
    /// ANY: what a callback does where it finds the cell empty is done, and by nobody else.
    fn loser_says_that_it_came_too_late(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                d(v)
            } else {
                emit(-1)
            }
        });
        op(2, x, move |v| {
            let Some(d) = done2.take() else {
                emit(-2);
                return;
            };
            d(v)
        });
    }
}

pair! {
    /// ANY, where one of them answers on some paths only: another one does then.
    fn callback_that_does_not_always_take_part(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op_option(1, x, move |v| {
            let Some(v) = v else { return };
            if let Some(d) = done.take() {
                d(v)
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
}
