//! UC06: the callback gets a reference that must not outlive it.
use super::*;

fn op_buffer(k: impl FnOnce(&mut Vec<i64>) + 'static) {
//                          ^^^^^^^^^^^^^ UC06
    op(1, 0, move |v| k(&mut vec![v]))
}

pub fn mutable_reference(done: Done<i64>) {
    op_buffer(move |buffer: &mut Vec<i64>| {
//                  ^^^^^^^^^^^^^^^^^^^^^ UC06
        buffer.push(1);
        let n = buffer.len() as i64;
        op(2, n, move |v| done(v))
    })
}

pub fn near_shared_reference_used_before_the_first_operation(x: i64, done: Done<i64>) {
    op_str(1, x, move |text: &str| {
        let n = text.len() as i64;
        op(2, n, done)
    })
}
