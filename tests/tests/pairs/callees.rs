//! What the called operation is like: references, handles, callees that may complete at once.

pair! {
    /// REF: the part of the callback before its first operation stays inside it.
    fn callback_gets_a_reference(x: i64, done: Box<dyn FnOnce(i64)>) {
        op_str(1, x, move |s: &str| {
            let n = s.len() as i64;
            op(2, n, move |b| done(b))
        })
    }
}

pair! {
    /// REF without an operation after it.
    fn answer_computed_from_a_reference(x: i64, done: Box<dyn FnOnce(String)>) {
        op_str(1, x, move |s: &str| done(s.to_owned() + "!"))
    }
}

pair! {
    /// HANDLE: the operation returns a handle that dies in the first segment.
    fn handle_dies_with_its_segment(x: i64, done: Box<dyn FnOnce(i64)>) {
        let h = op_handle(1, x, move |a| done(a));
        touch(&h);
    }
}

pair! {
    /// A handle that nobody keeps dies at once.
    fn unused_handle_dies_at_once(x: i64, done: Box<dyn FnOnce(i64)>) {
        op_handle(1, x, move |a| done(a));
        emit(x);
    }
}

pair! {
    /// DETACH: a callback that has nothing to do with the completion stays a callback.
    fn detached_callback(x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, |v| emit(v));
        op(2, x, done)
    }
}

pair! {
    /// DETACH: a callback that fires repeatedly.
    fn detached_events(x: i64, done: Box<dyn FnOnce(i64)>) {
        let mut sum = 0;
        op_events(1, x, 2, move |v| {
            sum += v;
            emit(sum);
        });
        op(2, x, done)
    }
}

pair! {
    /// REST, F3: the callee may complete before it returns.
    fn callee_may_complete_at_once(x: i64, done: Box<dyn FnOnce(i64)>) {
        op_maybe_now(1, x, Box::new(move |a| {
            emit(a);
            op(2, a, done)
        }));
        emit(77);
    }
}

pair! {
    /// Without code after it nothing tells whether the callee completed at once.
    fn callee_may_complete_at_once_and_nothing_follows(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op_maybe_now(1, x, Box::new(move |a| {
            emit(a);
            op_maybe_now(2, a + 1, done)
        }));
    }
}

pair! {
    /// REF: code behind a call whose callback is lent something still runs before the callback.
    fn lent_argument_and_code_behind_the_call(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op_str(1, x, move |s: &str| {
            touch(&t);
            let n = s.len() as i64;
            op(2, n, move |b| done(b))
        });
        emit(5);
    }
}

pair! {
    /// REF: what only the first segment needs dies before the wait.
    fn lent_argument_and_a_local_that_dies_first(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        touch(&t);
        op_str(1, x, move |s: &str| done(s.len() as i64));
    }
}

pair! {
    /// REF: a captured value that both parts of the callback need leaves the first one.
    fn lent_argument_and_a_shared_capture(x: i64, done: Box<dyn FnOnce(i64)>) {
        let t = Tracer(1);
        op_str(1, x, move |s: &str| {
            touch(&t);
            let n = s.len() as i64;
            op(2, n, move |b| {
                touch(&t);
                done(b)
            })
        })
    }
}

pair! {
    /// ETA: both halves of a pair are passed on.
    as ok_err
    fn both_completions_passed_on(x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>) {
        op_pair(1, x, ok, err)
    }
}
