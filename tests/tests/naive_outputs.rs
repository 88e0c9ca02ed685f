//! The harness itself: conversions that leave one rule out must be told apart from the callback version.
//!
//! Each module has a callback function, the direct version that is right, and versions as a hasty person would write
//! them. A harness that let one of those pass would let the rewriter make the same mistake.
#![allow(unused_assignments, clippy::redundant_closure)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use uncallback::{Either, call, events, join, kick, kick_now, local, race, start, start_with, try_join};
use uncallback_tests::trace::ops::*;
use uncallback_tests::trace::*;

/// The right version agrees with the callback version, and each of the others differs from it.
macro_rules! told_apart {
    ($($wrong:ident),*) => {
        #[test]
        fn the_right_version_agrees() {
            if let Err(difference) = compare(callback, |x| Box::pin(right(x))) {
                panic!("{difference}");
            }
        }
        mod told_apart {
            $(
                #[test]
                fn $wrong() {
                    let outcome = super::compare(super::callback, |x| Box::pin(super::$wrong(x)));
                    assert!(outcome.is_err(), "not told apart in {outcome:?}");
                }
            )*
        }
    };
}

mod code_after_the_call {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        op(1, x, move |a| {
            emit(a);
            done(a)
        });
        emit(55);
    }
    async fn right(x: i64) -> i64 {
        let p = start!(op(1, x, _));
        emit(55);
        let a = p.await;
        emit(a);
        a
    }
    /// Awaited in place of the call: the code after it comes last.
    async fn awaited_in_place(x: i64) -> i64 {
        let a = call!(op(1, x, _)).await;
        emit(55);
        emit(a);
        a
    }
    /// The operation starts only at the await.
    async fn started_lazily(x: i64) -> i64 {
        let p = call!(op(1, x, _));
        emit(55);
        let a = p.await;
        emit(a);
        a
    }
    told_apart!(awaited_in_place, started_lazily);
}

mod snapshot {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let mut n = x;
        op(1, x, move |a| done(a + n));
        n = 99;
        emit(n);
    }
    async fn right(x: i64) -> i64 {
        let mut n = x;
        let p = start!(op(1, x, _));
        let captured = n;
        n = 99;
        emit(n);
        let a = p.await;
        a + captured
    }
    /// The later assignment is seen.
    async fn captures_by_name(x: i64) -> i64 {
        let mut n = x;
        let p = start!(op(1, x, _));
        n = 99;
        emit(n);
        let a = p.await;
        a + n
    }
    told_apart!(captures_by_name);
}

mod shadowing_rest {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let n = x;
        op(1, x, move |a| done(a + n));
        let n = 7;
        emit(n);
    }
    async fn right(x: i64) -> i64 {
        let n = x;
        let p = start!(op(1, x, _));
        {
            let n = 7;
            emit(n);
        }
        let a = p.await;
        a + n
    }
    /// The binding of the rest is seen by the callback's code.
    async fn rest_without_a_block(x: i64) -> i64 {
        let n = x;
        emit_nothing(n);
        let p = start!(op(1, x, _));
        let n = 7;
        emit(n);
        let a = p.await;
        a + n
    }
    fn emit_nothing(_: i64) {}
    told_apart!(rest_without_a_block);
}

mod local_of_a_segment {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let g = Tracer(1);
        touch(&g);
        op(1, x, move |a| done(a));
    }
    async fn right(x: i64) -> i64 {
        let p = {
            let g = Tracer(1);
            touch(&g);
            start!(op(1, x, _))
        };
        p.await
    }
    /// The local lives across the wait.
    async fn local_over_the_await(x: i64) -> i64 {
        let g = Tracer(1);
        touch(&g);
        call!(op(1, x, _)).await
    }
    told_apart!(local_over_the_await);
}

mod temporary_of_an_argument {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        converted_callback(peek(&Tracer(1), x), done)
    }
    fn converted_callback(x: i64, done: Done<i64>) {
        op(1, x, done)
    }
    async fn converted(x: i64) -> i64 {
        call!(op(1, x, _)).await
    }
    async fn right(x: i64) -> i64 {
        let future = converted(peek(&Tracer(1), x));
        future.await
    }
    /// The temporary lives to the end of the statement, and so across the wait.
    async fn temporary_over_the_await(x: i64) -> i64 {
        converted(peek(&Tracer(1), x)).await
    }
    told_apart!(temporary_over_the_await);
}

mod parameters_of_a_loop {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        step(0, x, 4, done)
    }
    fn step(a: i64, b: i64, n: u32, done: Done<i64>) {
        if n == 0 {
            done(a);
            return;
        }
        op(1, b, move |v| step(b, a + v % 7, n - 1, done))
    }
    async fn right(x: i64) -> i64 {
        let (mut a, mut b, mut n) = (0, x, 4);
        loop {
            if n == 0 {
                return a;
            }
            let v = call!(op(1, b, _)).await;
            (a, b, n) = (b, a + v % 7, n - 1);
        }
    }
    /// The second parameter is computed from the first one's new value.
    async fn assigned_one_by_one(x: i64) -> i64 {
        let (mut a, mut b, mut n) = (0, x, 4);
        loop {
            if n == 0 {
                return a;
            }
            let v = call!(op(1, b, _)).await;
            a = b;
            b = a + v % 7;
            n -= 1;
        }
    }
    told_apart!(assigned_one_by_one);
}

mod effect_on_the_error_arm {
    use super::*;

    fn callback(x: i64, done: Done<Res>) {
        op_result(1, x, move |r| match r {
            Err(e) => {
                emit(-1);
                done(Err(e))
            }
            Ok(v) => done(Ok(v)),
        })
    }
    async fn right(x: i64) -> Res {
        match call!(op_result(1, x, _)).await {
            Err(e) => {
                emit(-1);
                Err(e)
            }
            Ok(v) => Ok(v),
        }
    }
    /// The effect of the error arm is lost.
    async fn question_mark(x: i64) -> Res {
        let v = call!(op_result(1, x, _)).await?;
        Ok(v)
    }
    told_apart!(question_mark);
}

mod handle {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let h = op_handle(1, x, move |a| done(a));
        touch(&h);
    }
    async fn right(x: i64) -> i64 {
        let p = {
            let (h, p) = start_with!(op_handle(1, x, _));
            touch(&h);
            p
        };
        p.await
    }
    /// The handle lives across the wait.
    async fn handle_over_the_await(x: i64) -> i64 {
        let (h, p) = start_with!(op_handle(1, x, _));
        touch(&h);
        p.await
    }
    told_apart!(handle_over_the_await);
}

mod counted_down {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
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
    async fn right(x: i64) -> i64 {
        let a = start!(op(1, x, _));
        let b = start!(op(2, x, _));
        let (a, b) = join((a, b)).await;
        a * 10 + b
    }
    /// The second operation waits for the first.
    async fn one_after_the_other(x: i64) -> i64 {
        let a = call!(op(1, x, _)).await;
        let b = call!(op(2, x, _)).await;
        a * 10 + b
    }
    told_apart!(one_after_the_other);
}

mod first_error {
    use super::*;

    fn callback(x: i64, done: Done<Res>) {
        let left = Rc::new(Cell::new(2));
        let sum = Rc::new(Cell::new(0));
        let done = Rc::new(RefCell::new(Some(done)));
        for i in [x, x + 1] {
            let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
            op_result(1, i, move |r| match r {
                Err(e) => {
                    if let Some(done) = done.take() {
                        done(Err(e))
                    }
                }
                Ok(v) => {
                    emit(v);
                    sum.set(sum.get() + v);
                    left.set(left.get() - 1);
                    if left.get() == 0 {
                        done.take().unwrap()(Ok(sum.get()))
                    }
                }
            });
        }
    }
    fn children(x: i64, sum: &Rc<Cell<i64>>) -> Vec<Boxed<Result<(), String>>> {
        let child = |i| {
            let sum = sum.clone();
            let pending = start!(op_result(1, i, _));
            let child = async move {
                let v = pending.await?;
                emit(v);
                sum.set(sum.get() + v);
                Ok(())
            };
            Box::pin(child) as Boxed<Result<(), String>>
        };
        vec![child(x), child(x + 1)]
    }
    async fn right(x: i64) -> Res {
        let sum = Rc::new(Cell::new(0));
        local::try_join_detached(children(x, &sum)).await?;
        Ok(sum.get())
    }
    /// What is left when the first error has come is dropped.
    async fn losers_dropped(x: i64) -> Res {
        let sum = Rc::new(Cell::new(0));
        try_join(children(x, &sum)).await?;
        Ok(sum.get())
    }
    /// The error waits until all have answered.
    async fn error_after_all(x: i64) -> Res {
        let sum = Rc::new(Cell::new(0));
        for result in join(children(x, &sum)).await {
            result?;
        }
        Ok(sum.get())
    }
    told_apart!(losers_dropped, error_after_all);
}

mod first_wins {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            emit(v);
            if let Some(d) = done.take() {
                emit(100);
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
    async fn right(x: i64) -> i64 {
        let one = start!(op(1, x, _));
        let one = kick_now(async move {
            let v = one.await;
            emit(v);
            let winner = Either::Left(async move {
                emit(100);
                v
            });
            (winner,)
        });
        let other = start!(op(2, x, _));
        let other = kick_now(async move {
            let v = other.await;
            emit(-v);
            (Either::Right(async move { v }),)
        });
        local::race_detached((one, other)).await.0.await
    }
    /// What the loser does before it finds the cell empty is lost.
    async fn losers_dropped(x: i64) -> i64 {
        let one = start!(op(1, x, _));
        let other = start!(op(2, x, _));
        let one = async move {
            let v = one.await;
            emit(v);
            emit(100);
            v
        };
        let other = async move {
            let v = other.await;
            emit(-v);
            v
        };
        race((one, other)).await
    }
    /// The loser does what only the winner does.
    async fn everybody_does_the_winners_part(x: i64) -> i64 {
        let one = start!(op(1, x, _));
        let other = start!(op(2, x, _));
        let one = async move {
            let v = one.await;
            emit(v);
            emit(100);
            v
        };
        let other = async move {
            let v = other.await;
            emit(-v);
            v
        };
        local::race_detached((one, other)).await
    }
    /// The second operation is started when the first has lost.
    async fn one_after_the_other(x: i64) -> i64 {
        let v = call!(op(1, x, _)).await;
        emit(v);
        emit(100);
        v
    }
    told_apart!(losers_dropped, everybody_does_the_winners_part, one_after_the_other);
}

mod winner_that_waits_again {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let done = Rc::new(RefCell::new(Some(done)));
        let done2 = done.clone();
        op(1, x, move |v| {
            if let Some(d) = done.take() {
                op(3, v, d)
            }
        });
        op(2, x, move |v| {
            if let Some(d) = done2.take() {
                d(v)
            }
        });
    }
    async fn right(x: i64) -> i64 {
        let one = start!(op(1, x, _));
        let one = async move {
            let v = one.await;
            (Either::Left(async move { call!(op(3, v, _)).await }),)
        };
        let other = start!(op(2, x, _));
        let other = async move {
            let v = other.await;
            (Either::Right(async move { v }),)
        };
        race((one, other)).await.0.await
    }
    /// Whoever answers first wins, and not whoever was called back first.
    async fn overtaken(x: i64) -> i64 {
        let one = start!(op(1, x, _));
        let one = async move {
            let v = one.await;
            call!(op(3, v, _)).await
        };
        race((one, start!(op(2, x, _)))).await
    }
    told_apart!(overtaken);
}

mod repeated_events {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        let mut done = Some(done);
        let mut left = 2;
        op_events(1, x, 4, move |v| {
            emit(v);
            left -= 1;
            if left == 0
                && let Some(done) = done.take()
            {
                done(v)
            }
        });
    }
    async fn right(x: i64) -> i64 {
        let (mut done, pending) = start_with!(Some(Box::new(_)));
        let mut left = 2;
        op_events(1, x, 4, move |v| {
            emit(v);
            left -= 1;
            if left == 0
                && let Some(done) = done.take()
            {
                let done: Box<dyn FnOnce(i64)> = done;
                done(v)
            }
        });
        pending.await
    }
    /// The stream is dropped with the answer, and what its callback would still have done is lost.
    async fn stream_until_the_answer(x: i64) -> i64 {
        let mut left = 2;
        let mut events = events!(op_events(1, x, 4, _), unbounded);
        while let Some(v) = events.next().await {
            emit(v);
            left -= 1;
            if left == 0 {
                return v;
            }
        }
        panic!("the callback is dropped after its fourth call")
    }
    /// Only the first event is seen.
    async fn called_back_once(x: i64) -> i64 {
        let v = call!(op_events(1, x, 4, _)).await;
        emit(v);
        v
    }
    told_apart!(stream_until_the_answer, called_back_once);
}

mod callee_may_complete_at_once {
    use super::*;

    fn callback(x: i64, done: Done<i64>) {
        op_maybe_now(
            1,
            x,
            Box::new(move |a| {
                emit(a);
                op(2, a, done)
            }),
        );
        emit(77);
    }
    async fn right(x: i64) -> i64 {
        let rest = kick(async move {
            let a = call!(op_maybe_now(1, x, Box::new(_))).await;
            emit(a);
            call!(op(2, a, _)).await
        })
        .await;
        emit(77);
        rest.await
    }
    /// The code after the call runs before a callback that ran inside it.
    async fn rest_first(x: i64) -> i64 {
        let p = start!(op_maybe_now(1, x, Box::new(_)));
        emit(77);
        let a = p.await;
        emit(a);
        call!(op(2, a, _)).await
    }
    told_apart!(rest_first);
}

mod list_of_operations {
    use super::*;

    fn callback(x: i64, done: Done<Vec<i64>>) {
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
    async fn right(x: i64) -> Vec<i64> {
        let n = (x % 3 + 1) as usize;
        let mut branches: Vec<Boxed<i64>> = vec![];
        for i in 0..n {
            let p = start!(op(1, i as i64, _));
            branches.push(Box::pin(async move {
                let v = p.await;
                emit(v);
                v
            }));
        }
        join(branches).await
    }
    /// The branches run in the order of the list, not in the order of arrival.
    async fn awaited_in_the_order_of_the_list(x: i64) -> Vec<i64> {
        let n = (x % 3 + 1) as usize;
        let started: Vec<_> = (0..n).map(|i| start!(op(1, i as i64, _))).collect();
        let mut out = vec![];
        for p in started {
            let v = p.await;
            emit(v);
            out.push(v);
        }
        out
    }
    told_apart!(awaited_in_the_order_of_the_list);

    #[test]
    fn the_right_version_keeps_the_order_of_arrival_between_two_polls() {
        if let Err(difference) = compare_bursts(callback, |x| Box::pin(right(x))) {
            panic!("{difference}");
        }
    }

    #[test]
    fn the_order_of_the_list_is_not_the_order_of_arrival() {
        assert!(compare_bursts(callback, |x| Box::pin(awaited_in_the_order_of_the_list(x))).is_err());
    }
}
