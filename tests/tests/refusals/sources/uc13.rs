//! UC13: a guard is held while the completion runs. The function is converted, and the difference is named.
use super::*;

pub fn guard_is_alive(m: Arc<Mutex<i64>>, done: Done<i64>) {
    let g = m.lock().unwrap();
    done(*g);
//  ~~~~~~~~ UC13 `g`
}

pub fn near_guard_is_dropped_before(m: Arc<Mutex<i64>>, done: Done<i64>) {
    let g = m.lock().unwrap();
    let n = *g;
    drop(g);
    done(n);
}

pub fn near_guard_ends_before(m: Arc<Mutex<i64>>, done: Done<i64>) {
    let n = {
        let g = m.lock().unwrap();
        *g
    };
    done(n);
}
