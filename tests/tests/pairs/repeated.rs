//! Callbacks that come again and again, of which one call answers.

pair! {
    /// EVENTS: the first event is the answer.
    fn first_event_answers(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut done = Some(done);
        op_events(1, x, 3, move |v| {
            if let Some(done) = done.take() {
                emit(v);
                done(v)
            }
        });
        emit(55);
    }
}

pair! {
    /// EVENTS: one of them is the answer, the others are counted.
    fn events_are_counted_until_one_answers(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut done = Some(done);
        let mut seen = 0;
        let mut sum = 0;
        op_events(1, x, 4, move |v| {
            seen += 1;
            sum += v;
            if seen == 3 {
                if let Some(done) = done.take() {
                    emit(sum);
                    done(v)
                }
            }
        });
        emit(55);
    }
}

pair! {
    /// EVENTS: what the callback does when it comes again is seen, so it stays.
    fn events_behind_the_answer_are_still_seen(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut done = Some(done);
        op_events(1, x, 3, move |v| {
            emit(v);
            if let Some(done) = done.take() {
                done(v)
            }
        });
    }
}

pair! {
    /// EVENTS: the same where not every event answers.
    fn events_before_and_behind_the_answer_are_seen(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut left = 2;
        let done = Rc::new(Cell::new(Some(done)));
        op_events(1, x, 4, move |v| {
            emit(v);
            left -= 1;
            if left == 0 {
                if let Some(done) = done.take() {
                    done(v)
                }
            }
        });
        emit(55);
    }
}

pair! {
    /// EVENTS: what counts is shared with someone else, who may look at it later.
    fn shared_count_goes_on_behind_the_answer(x: i64, done: Box<dyn FnOnce(i64)>) {
        let count = Rc::new(Cell::new(0));
        let seen = count.clone();
        let mut done = Some(done);
        op_events(1, x, 3, move |v| {
            count.set(count.get() + 1);
            if let Some(done) = done.take() {
                done(v)
            }
        });
        op_events(2, x, 3, move |_| emit(seen.get()));
    }
}

pair! {
    /// EVENTS: what the callback has captured dies with it, and not with the answer.
    as with_tracer
    fn capture_dies_with_the_callback_and_not_with_the_answer(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut done = Some(done);
        op_events(1, x, 3, move |v| {
            if let Some(done) = done.take() {
                touch(&t);
                done(v)
            }
        });
    }
}

pair! {
    /// EVENTS: while the answer waits, events come that nobody looks at.
    as with_tracer
    fn answer_waits_while_events_come(t: Tracer, x: i64, done: Box<dyn FnOnce(i64)>) {
        touch(&t);
        let mut done = Some(done);
        let mut last = -1;
        op_events(1, x, 4, move |v| {
            let before = last;
            last = v;
            if before != -1 {
                let Some(done) = done.take() else { return };
                op(2, before, move |w| done(w + v))
            }
        });
        let last = 7;
        emit(last);
    }
}

pair! {
    /// EVENTS inside of a callback, beside a way that answers at once.
    fn events_after_a_first_wait(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(9, x, move |a| {
            if a % 2 == 0 {
                done(a);
                return;
            }
            let mut waiting = Some(done);
            let mut left = 2;
            op_events(1, a, 3, move |v| match left {
                0 => {}
                1 => {
                    left = 0;
                    if let Some(done) = waiting.take() {
                        done(v * a)
                    }
                }
                _ => left -= 1,
            });
        });
        emit(7);
    }
}

pair! {
    /// EVENTS: a boxed completion is still in its box when it is handed on from the cell.
    fn completion_in_a_cell_keeps_its_box(x: i64, done: Box<dyn FnOnce(i64)>) {
        let done = Rc::new(RefCell::new(Some(done)));
        op_events(1, x, 3, move |v| {
            emit(v);
            if let Some(done) = done.take() {
                op_boxed(2, v, done)
            }
        });
    }
}

pair! {
    /// EVENTS: a variable of the callback's that is seen to die at each of them.
    fn variable_of_each_event_is_seen_to_die(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut done = Some(done);
        let mut left = 2;
        op_events(1, x, 4, move |v| {
            let _t = Tracer(1);
            left -= 1;
            if left == 0 {
                if let Some(done) = done.take() {
                    done(v)
                }
            }
        });
    }
}
