//! UC23: nothing is known of the callee, and only exact conversions are wanted.
//!
//! Options: `exact, callees(later(op, Client::op), at_once(op_maybe_now))`
use super::*;

pub fn nobody_knows_the_callee(x: i64, done: Done<i64>) {
    op_boxed(1, x, Box::new(move |v| done(v)));
//  ^^^^^^^^ UC23 callees(later(op_boxed))
}

pub fn nobody_knows_the_second_callee(x: i64, done: Done<i64>) {
    op(1, x, move |v| op_boxed(2, v, done));
//                    ^^^^^^^^ UC23
}

pub fn nobody_knows_the_method(client: Client, x: i64, done: Done<i64>) {
    client.get(x).on_done(move |v| done(v)).send()
//                                          ^^^^ UC23
}

pub fn declared_to_answer_at_once(x: i64, done: Done<i64>) {
    op_maybe_now(1, x, Box::new(move |a| done(a)));
    emit(1);
//  ^^^^^^^ UC04
}

pub fn named_difference(m: Arc<Mutex<i64>>, done: Done<i64>) {
    let g = m.lock().unwrap();
    done(*g);
//  ^^^^^^^^ UC13 `g`
}

fn cached(x: i64, done: Done<i64>) {
    if x % 2 == 0 { done(x) } else { op(1, x, done) }
}

pub fn near_declared_callees(client: Client, x: i64, done: Done<i64>) {
    op(1, x, move |v| client.op(2, v, done));
    emit(x);
}

pub fn near_nothing_follows_a_callee_that_answers_at_once(x: i64, done: Done<i64>) {
    op_maybe_now(1, x, Box::new(move |a| done(a)));
}

pub fn near_the_callee_is_in_view(x: i64, done: Done<i64>) {
    cached(x, Box::new(move |v| done(v)))
}
