//! Several operations at the same time that are counted down.

pair! {
    /// ALL: two operations counted down by hand.
    fn two_operations_counted_down(x: i64, done: Box<dyn FnOnce(i64)>) {
        let left = Rc::new(Cell::new(2));
        let a = Rc::new(Cell::new(0));
        let b = Rc::new(Cell::new(0));
        let done = Rc::new(RefCell::new(Some(done)));
        {
            let (left, a, b, done) = (left.clone(), a.clone(), b.clone(), done.clone());
            op(1, x, move |v| {
                a.set(v);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    done.take().unwrap()(a.get() * 10 + b.get())
                }
            });
        }
        op(2, x, move |v| {
            b.set(v);
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.take().unwrap()(a.get() * 10 + b.get())
            }
        });
    }
}

pair! {
    /// ALL over a list: results by index, effects in the order of arrival.
    fn list_joined_by_index(x: i64, done: Box<dyn FnOnce(Vec<i64>)>) {
        let n = (x % 3 + 1) as usize;
        let out = Rc::new(RefCell::new(vec![0; n]));
        let left = Rc::new(Cell::new(n));
        let done = Rc::new(RefCell::new(Some(done)));
        for i in 0..n {
            let (out, left, done) = (out.clone(), left.clone(), done.clone());
            op(1, i as i64, move |v| {
                emit(v);
                out.borrow_mut()[i] = v;
                left.set(left.get() - 1);
                if left.get() == 0 {
                    let o = out.take();
                    done.take().unwrap()(o)
                }
            });
        }
    }
}

pair! {
    /// ALL over a list: results in the order of arrival.
    fn list_joined_by_arrival(x: i64, done: Box<dyn FnOnce(Vec<i64>)>) {
        let n = (x % 3 + 1) as usize;
        let out = Rc::new(RefCell::new(Vec::new()));
        let left = Rc::new(Cell::new(n));
        let done = Rc::new(RefCell::new(Some(done)));
        for i in 0..n {
            let (out, left, done) = (out.clone(), left.clone(), done.clone());
            op(1, i as i64, move |v| {
                out.borrow_mut().push(v);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    let o = out.take();
                    done.take().unwrap()(o)
                }
            });
        }
    }
}

pair! {
    /// ALL: what only the calls need dies before the wait, and what the end needs leaves with them.
    as with_tracer
    fn counted_down_beside_a_variable_that_dies(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        touch(&t);
        let left = Rc::new(Cell::new(2));
        let first = Rc::new(Cell::new(0));
        let second = Rc::new(Cell::new(0));
        let last = Rc::new(RefCell::new(Some(done)));
        {
            let (left, first, second, last) = (left.clone(), first.clone(), second.clone(), last.clone());
            op(1, x, move |v| {
                first.set(v);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    last.take().unwrap()(first.get() * 10 + second.get())
                }
            });
        }
        op(2, x, move |v| {
            second.set(v);
            left.set(left.get() - 1);
            if left.get() == 0 {
                last.take().unwrap()(first.get() * 10 + second.get())
            }
        });
    }
}

pair! {
    /// ALL, or the first error: what is left runs on.
    fn first_error_ends_a_list(x: i64, done: Box<dyn FnOnce(Res)>) {
        let left = Rc::new(Cell::new(3));
        let sum = Rc::new(Cell::new(0));
        let done = Rc::new(RefCell::new(Some(done)));
        for i in x..x + 3 {
            let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
            op_result(1, i, move |r| match r {
                Err(e) => {
                    if let Some(done) = done.take() {
                        done(Err(e))
                    }
                }
                Ok(v) => {
                    emit(v);
                    sum.set(sum.get() * 3 + v);
                    left.set(left.get() - 1);
                    if left.get() == 0 {
                        if let Some(done) = done.take() {
                            done(Ok(sum.get()))
                        }
                    }
                }
            });
        }
    }
}

pair! {
    /// ALL, or the first error, which leaves early.
    fn first_error_leaves_early(x: i64, done: Box<dyn FnOnce(Result<i64, String>)>) {
        let left = Rc::new(Cell::new(2));
        let a = Rc::new(Cell::new(0));
        let b = Rc::new(Cell::new(0));
        let done = Rc::new(RefCell::new(Some(done)));
        {
            let (left, a, b, done) = (left.clone(), a.clone(), b.clone(), done.clone());
            op_result(1, x, move |r| {
                let v = match r {
                    Ok(v) => v,
                    Err(e) => {
                        emit(1);
                        if let Some(done) = done.take() {
                            done(Err(e))
                        }
                        return;
                    }
                };
                a.set(v);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    done.take().unwrap()(Ok(a.get() * 10 + b.get()))
                }
            });
        }
        op_result(2, x + 1, move |r| {
            emit(2);
            if let Err(e) = r {
                if let Some(done) = done.take() {
                    done(Err(e))
                }
                return;
            }
            b.set(r.unwrap());
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.take().unwrap()(Ok(a.get() * 10 + b.get()))
            }
        });
    }
}

pair! {
    /// ALL, or the first error, beside a variable that dies.
    as with_tracer
    fn first_error_beside_a_variable_that_dies(t: Tracer, x: i64, done: Box<dyn FnOnce(Res)>) {
        touch(&t);
        let left = Arc::new(Mutex::new(2));
        let out = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::new(Mutex::new(Some(done)));
        for i in [x, x + 1] {
            let left = left.clone();
            let (out, done) = (out.clone(), done.clone());
            op_result(1, i, move |r| match r {
                Ok(v) => {
                    out.lock().unwrap().push(v);
                    *left.lock().unwrap() -= 1;
                    if *left.lock().unwrap() == 0 {
                        let sum = out.lock().unwrap().iter().fold(1, |all, one| all * 7 + one);
                        done.lock().unwrap().take().unwrap()(Ok(sum))
                    }
                }
                Err(e) => {
                    let taken = done.lock().unwrap().take();
                    if let Some(done) = taken {
                        done(Err(e))
                    }
                }
            });
        }
    }
}
