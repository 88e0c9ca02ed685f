//! UC05: the completion is kept for later.
use super::*;

pub struct Client {
    pending: Option<Done<i64>>,
}

impl Client {
    pub fn stored_in_a_field(&mut self, done: Done<i64>) {
        self.pending = Some(done);
//                     ^^^^^^^^^^ UC05
    }
}

pub fn pushed_to_a_queue(queue: &mut Vec<Done<i64>>, done: Done<i64>) {
    queue.push(Box::new(done));
//             ^^^^^^^^^^^^^^ UC05
}

pub fn sent_through_a_channel(queue: mpsc::Sender<Done<i64>>, done: Done<i64>) {
    let _ = queue.send(done);
//                     ^^^^ UC05
}

pub fn near_boxed_and_passed_on(x: i64, done: Done<i64>) {
    op(1, x, Box::new(done));
}
