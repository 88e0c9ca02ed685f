//! UC14: which callback delivers the answer cannot be seen.
use super::*;

pub fn three_completions(x: i64, found: Done<i64>, missing: Done<i64>, failed: Done<String>) {
//                                                 ^^^^^^^ UC14 `found`, `missing`, `failed`
    op(1, x, found);
    drop((missing, failed));
}

fn op_three(x: i64, first: Done<i64>, second: Done<i64>, third: Done<i64>) {
//                                    ^^^^^^ UC14
    op(1, x, first);
    drop((second, third));
}

pub fn three_callbacks_that_lead_to_the_answer(x: i64, done: Rc<dyn Fn(i64)>) {
    let a = done.clone();
    let b = done.clone();
    op_three(x, Box::new(move |v| a(v)), Box::new(move |v| b(v)), Box::new(move |v| done(v)));
//  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ UC14
}

pub fn near_one_for_success_and_one_for_failure(x: i64, ok: Done<i64>, err: Done<String>) {
    op_pair(1, x, move |v| ok(v), move |e| err(e))
}
