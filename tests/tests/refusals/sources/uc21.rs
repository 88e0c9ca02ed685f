//! UC21: the rest waits for the callback.
use super::*;

pub fn waits_on_a_channel(x: i64, done: Done<i64>) {
    let (tx, rx) = mpsc::channel();
    op(1, x, move |v| tx.send(v).unwrap());
    let v = rx.recv().unwrap();
//          ^^^^^^^^^ UC21
    done(v)
}

pub fn near_does_not_wait(x: i64, done: Done<i64>) {
    let (tx, rx) = mpsc::channel();
    op(1, x, move |v| tx.send(v).unwrap());
    let v = rx.try_recv().unwrap_or(0);
    done(v)
}

pub fn near_waits_for_something_else(rx: mpsc::Receiver<i64>, x: i64, done: Done<i64>) {
    let v = rx.recv().unwrap_or(x);
    op(1, v, done)
}
