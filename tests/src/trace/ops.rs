//! Callback-style operations that the programs under test call.
//!
//! All of them keep what callback APIs promise: they call back at most once (apart from [`op_events`]), do nothing
//! visible after it, and only those named `maybe_now` may call back before they return.

use super::world::{Event, Tracer, record};
use std::cell::RefCell;
use std::rc::Rc;

pub(super) type Delivery = Box<dyn FnOnce()>;

thread_local! {
    static PENDING: RefCell<Vec<Delivery>> = const { RefCell::new(Vec::new()) };
}

fn enqueue(delivery: Delivery) {
    PENDING.with_borrow_mut(|pending| pending.push(delivery));
}

pub(super) fn pending() -> usize {
    PENDING.with_borrow(Vec::len)
}

pub(super) fn take_pending(index: usize) -> Delivery {
    PENDING.with_borrow_mut(|pending| pending.remove(index))
}

/// Drops all pending operations, and with them the callbacks: what happens when nobody ever completes.
pub(super) fn abandon() {
    let all = PENDING.take();
    drop(all);
}

fn answer(tag: u32, x: i64) -> i64 {
    // Bounded, so that chains of any length do arithmetic without overflow.
    (x.wrapping_mul(31).wrapping_add(i64::from(tag))).rem_euclid(1009)
}

/// Whether the answer `v` counts as a failure in the operations that can fail.
fn fails(v: i64) -> bool {
    v % 3 == 0
}

/// What an operation that can fail delivers.
pub type Res = Result<i64, String>;

/// An error type of a program, into which the operations' errors convert.
#[derive(Debug, Clone, PartialEq)]
pub enum MyErr {
    /// The operation failed.
    Io(String),
    /// The program did not like the answer.
    Negative,
}

impl From<String> for MyErr {
    fn from(error: String) -> Self {
        MyErr::Io(error)
    }
}

/// The basic operation: never completes before it returns, calls back once.
pub fn op(tag: u32, x: i64, k: impl FnOnce(i64) + 'static) {
    record(Event::Start(tag, x));
    let v = answer(tag, x);
    enqueue(Box::new(move || k(v)));
}

/// The basic operation with a boxed callback: compiles much faster in large numbers.
pub fn op_boxed(tag: u32, x: i64, k: Box<dyn FnOnce(i64)>) {
    record(Event::Start(tag, x));
    let v = answer(tag, x);
    enqueue(Box::new(move || k(v)));
}

/// An operation that can fail.
pub fn op_result(tag: u32, x: i64, k: impl FnOnce(Res) + 'static) {
    op(tag, x, move |v| k(if fails(v) { Err(format!("e{v}")) } else { Ok(v) }));
}

/// An operation that can find nothing.
pub fn op_option(tag: u32, x: i64, k: impl FnOnce(Option<i64>) + 'static) {
    op(tag, x, move |v| k((!fails(v)).then_some(v)));
}

/// An operation without an answer.
pub fn op_unit(tag: u32, x: i64, k: impl FnOnce() + 'static) {
    op(tag, x, move |_| k());
}

/// An operation whose callback has two arguments.
pub fn op_two(tag: u32, x: i64, k: impl FnOnce(i64, bool) + 'static) {
    op(tag, x, move |v| k(v, v % 2 == 0));
}

/// Two callbacks, of which one is called.
pub fn op_pair(tag: u32, x: i64, ok: impl FnOnce(i64) + 'static, err: impl FnOnce(String) + 'static) {
    op_result(tag, x, move |r| match r {
        Ok(v) => ok(v),
        Err(e) => err(e),
    });
}

/// Error-first callback: `(Some(error), None)` or `(None, Some(value))`.
pub fn op_error_first(tag: u32, x: i64, k: impl FnOnce(Option<String>, Option<i64>) + 'static) {
    op_result(tag, x, move |r| match r {
        Ok(v) => k(None, Some(v)),
        Err(e) => k(Some(e), None),
    });
}

/// The callback receives a reference that dies when the callback returns.
pub fn op_str(tag: u32, x: i64, k: impl FnOnce(&str) + 'static) {
    op(tag, x, move |v| k(&v.to_string()));
}

/// Returns a handle, whose drop is visible.
pub fn op_handle(tag: u32, x: i64, k: impl FnOnce(i64) + 'static) -> Tracer {
    op(tag, x, k);
    Tracer(900 + tag)
}

/// Completes before it returns when `x` is even.
pub fn op_maybe_now(tag: u32, x: i64, k: Box<dyn FnOnce(i64)>) {
    if x % 2 == 0 {
        record(Event::Start(tag, x));
        k(x + i64::from(tag));
    } else {
        op_boxed(tag, x, k);
    }
}

/// Calls back `times` times, each time as a delivery of its own.
pub fn op_events(tag: u32, x: i64, times: u32, k: impl FnMut(i64) + 'static) {
    record(Event::Start(tag, x));
    next_event(answer(tag, x), times, Rc::new(RefCell::new(k)));
}

/// The source does nothing behind a call back, so the event after it is arranged before it.
fn next_event(v: i64, left: u32, k: Rc<RefCell<impl FnMut(i64) + 'static>>) {
    if left > 0 {
        enqueue(Box::new(move || {
            next_event(v + 1, left - 1, k.clone());
            (k.borrow_mut())(v);
        }));
    }
}

/// A client object, for the shapes of calls that have a receiver.
#[derive(Debug, Clone)]
pub struct Client {
    /// Added to the tag of each operation.
    pub base: u32,
    /// A client inside the client, for calls through a field.
    pub inner: Inner,
}

/// The part of a [`Client`] that is reached through its field.
#[derive(Debug, Clone)]
pub struct Inner(u32);

/// A request that waits for its callback: the builder shape `client.get(x).on_done(k).send()`.
pub struct Request {
    tag: u32,
    x: i64,
    k: Option<Box<dyn FnOnce(i64)>>,
}

impl Client {
    /// A client whose operations carry tags from `base` on.
    pub fn new(base: u32) -> Self {
        Client { base, inner: Inner(base + 5) }
    }

    /// The basic operation as a method.
    pub fn op(&self, tag: u32, x: i64, k: impl FnOnce(i64) + 'static) {
        op(self.base + tag, x, k);
    }

    /// Begins a request.
    pub fn get(&self, x: i64) -> Request {
        Request { tag: self.base, x, k: None }
    }
}

impl Inner {
    /// The basic operation of the inner client.
    pub fn op(&self, x: i64, k: impl FnOnce(i64) + 'static) {
        op(self.0, x, k);
    }
}

impl Request {
    /// Sets the callback.
    pub fn on_done(mut self, k: impl FnOnce(i64) + 'static) -> Self {
        self.k = Some(Box::new(k));
        self
    }

    /// Starts the request.
    pub fn send(self) {
        op_boxed(self.tag, self.x, self.k.expect("a request has a callback before it is sent"));
    }
}
