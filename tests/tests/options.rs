//! What the attribute's options promise, each by running it.
#![allow(clippy::all)]

use std::cell::RefCell;
use std::rc::Rc;

use uncallback::uncallback;
use uncallback_tests::trace::ops::*;
use uncallback_tests::trace::*;

use support::agree;

#[allow(unused_imports)]
#[path = "pairs/support.rs"]
mod support;

thread_local!(static WAITING: RefCell<Vec<Box<dyn FnOnce(i64)>>> = const { RefCell::new(Vec::new()) });

mod callback {
    use super::*;
    pub(super) fn stored(x: i64, done: Box<dyn FnOnce(i64)>) {
        WAITING.with(|waiting| waiting.borrow_mut().push(done));
        op(1, x, |v| {
            let done = WAITING.with(|waiting| waiting.borrow_mut().pop().unwrap());
            done(v)
        })
    }
    pub(super) fn plain(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x, move |v| done(v + 1))
    }
}

mod direct {
    use super::*;

    #[uncallback(wrap)]
    pub(super) fn stored(x: i64, done: Box<dyn FnOnce(i64)>) {
        WAITING.with(|waiting| waiting.borrow_mut().push(done));
        op(1, x, |v| {
            let done = WAITING.with(|waiting| waiting.borrow_mut().pop().unwrap());
            done(v)
        })
    }

    #[uncallback(keep)]
    pub(super) fn kept(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x, move |v| done(v + 1))
    }

    #[uncallback(name = "renamed")]
    pub(super) fn named(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x, move |v| done(v + 1))
    }

    #[uncallback(eager)]
    pub(super) fn eager(x: i64, done: Box<dyn FnOnce(i64)>) {
        emit(x);
        op(1, x, move |v| done(v + 1))
    }
}

#[test]
fn wrapped_completion_that_is_stored_is_still_awaited() {
    agree!(callback::stored, direct::stored);
}

#[test]
fn kept_function_stays_beside_its_async_sibling() {
    agree!(callback::plain, direct::kept_async);
    agree!(direct::kept, direct::kept_async);
}

#[test]
fn renamed_function_does_the_same() {
    agree!(callback::plain, direct::renamed);
}

#[test]
fn eager_function_does_the_same() {
    agree!(callback::plain, direct::eager);
}

thread_local!(static SEEN: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) });

#[uncallback(eager)]
fn seen_at_once(x: i64, done: Box<dyn FnOnce(i64) + Send>) {
    SEEN.with(|seen| seen.borrow_mut().push(x));
    std::thread::spawn(|| ()).join().unwrap();
    answer_later(x, move |v| done(v))
}

fn answer_later(x: i64, then: impl FnOnce(i64) + Send + 'static) {
    drop(std::thread::spawn(move || then(x + 1)));
}

#[test]
fn eager_function_has_begun_when_it_returns_and_can_be_sent() {
    fn is_send<F: Send>(future: F) -> F {
        future
    }
    let begun = is_send(seen_at_once(7));
    assert_eq!(SEEN.with(|seen| seen.borrow().clone()), [7]);
    assert_eq!(uncallback::__private::block_on(begun), 8);
}

struct Client {
    pending: Option<Box<dyn FnOnce(i64)>>,
    log: Rc<RefCell<Vec<i64>>>,
}

#[uncallback]
impl Client {
    fn twice(&self, x: i64, done: Box<dyn FnOnce(i64)>) {
        self.log.borrow_mut().push(x);
        self.once(x, Box::new(move |a| done(a * 2)))
    }

    fn once(&self, x: i64, done: Box<dyn FnOnce(i64)>) {
        op(1, x, done)
    }

    /// Borrows the client for the call only, so that the answer can be given while the future waits.
    #[uncallback(wrap)]
    fn wait(&mut self, done: Box<dyn FnOnce(i64)>) {
        self.pending = Some(done);
    }

    #[uncallback(wrap)]
    fn ticket(&mut self, done: Box<dyn FnOnce(i64)>) -> usize {
        self.pending = Some(done);
        41
    }
}

#[test]
fn methods_of_an_impl_await_one_another() {
    let client = Client { pending: None, log: Rc::default() };
    let mut twice = Box::pin(client.twice(3));
    let waker = std::task::Waker::noop();
    let mut cx = std::task::Context::from_waker(waker);
    assert!(twice.as_mut().poll(&mut cx).is_pending());
    assert_eq!(*client.log.borrow(), [3]);
}

#[test]
fn wrapped_method_lets_go_of_self_while_it_waits() {
    let mut client = Client { pending: None, log: Rc::default() };
    let waiting = client.wait();
    client.pending.take().expect("the completion is stored")(5);
    assert_eq!(uncallback::__private::block_on(waiting), 5);
    let (ticket, waiting) = client.ticket();
    client.pending.take().expect("the completion is stored")(6);
    assert_eq!((ticket, uncallback::__private::block_on(waiting)), (41, 6));
}

#[uncallback]
trait Source {
    /// Reads a number.
    fn read(&self, x: i64, done: Box<dyn FnOnce(i64)>);

    fn pair(&self, x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>);

    fn ticket(&self, x: i64, done: Box<dyn FnOnce(i64)>) -> usize {
        self.read(x, done);
        12
    }

    /// Not a completion: it visits.
    fn each(&self, visit: &mut dyn FnMut(i64)) {
        visit(1);
    }
}

struct Doubling;

impl Source for Doubling {
    fn read(&self, x: i64, done: Box<dyn FnOnce(i64)>) {
        done(x * 2)
    }
    fn pair(&self, x: i64, ok: Box<dyn FnOnce(i64)>, err: Box<dyn FnOnce(String)>) {
        if x > 0 { ok(x) } else { err("small".into()) }
    }
}

#[test]
fn trait_objects_have_the_async_siblings_too() {
    let source: Box<dyn Source> = Box::new(Doubling);
    source.each(&mut |x| assert_eq!(x, 1));
    let reading = source.read_async(4);
    let ticket = source.ticket_async(5);
    let failing = source.pair_async(-1);
    drop(source);
    assert_eq!(uncallback::__private::block_on(reading), 8);
    assert_eq!(ticket.0, 12);
    assert_eq!(uncallback::__private::block_on(ticket.1), 10);
    assert_eq!(uncallback::__private::block_on(failing), Err("small".into()));
}
