//! UC11: a counter of pending callbacks has another use. The function is converted, and its callbacks stay.
use super::*;

pub fn counter_is_read_behind_the_calls(x: i64, done: Done<i64>) {
    let left = Rc::new(Cell::new(2));
    let sum = Rc::new(Cell::new(0));
    let done = Rc::new(RefCell::new(Some(done)));
    for tag in [1, 2] {
        let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
        op(tag, x, move |v| {
            sum.set(sum.get() + v);
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.take().unwrap()(sum.get())
            }
        });
    }
    emit(left.get());
//       ~~~~ UC11 `left` counts the pending callbacks
}

pub fn near_another_counter_is_read(x: i64, done: Done<i64>) {
    let started = Cell::new(0);
    let left = Rc::new(Cell::new(2));
    let sum = Rc::new(Cell::new(0));
    let done = Rc::new(RefCell::new(Some(done)));
    {
        let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
        op(1, x, move |v| {
            sum.set(sum.get() + v);
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.take().unwrap()(sum.get())
            }
        });
    }
    started.set(1);
    {
        let (left, sum, done) = (left.clone(), sum.clone(), done.clone());
        op(2, x, move |v| {
            sum.set(sum.get() + v);
            left.set(left.get() - 1);
            if left.get() == 0 {
                done.take().unwrap()(sum.get())
            }
        });
    }
    emit(started.get());
}
