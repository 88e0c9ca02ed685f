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
