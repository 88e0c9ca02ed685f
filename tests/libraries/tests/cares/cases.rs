//! What must hold for c-ares, whoever writes the glue.

use super::Resolver;
use crate::plain::{EBADNAME, ECANCELLED, EDESTRUCTION, ENOTFOUND, ETIMEOUT};
use crate::responder::{ADDRESS, NAME, Responder};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Runs `work` with a resolver whose sockets are watched beside it, on this thread, with a deadline.
fn with_resolver<T>(work: impl AsyncFnOnce(Resolver) -> T) -> T {
    with_resolver_that_waits(Duration::from_secs(60), work)
}

fn with_resolver_that_waits<T>(wait: Duration, work: impl AsyncFnOnce(Resolver) -> T) -> T {
    let responder = Responder::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (resolver, driver) = Resolver::new((responder.port(), wait));
        let mut driver = pin!(driver);
        let mut work = pin!(tokio::time::timeout(Duration::from_secs(60), work(resolver)));
        tokio::select! {
            done = &mut work => done.expect("done in time"),
            // It ends with the resolver, which the work may drop.
            _ended = &mut driver => work.await.expect("done in time"),
        }
    })
}

fn now<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    match pin!(&mut future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn names_and_addresses_are_resolved_at_once() {
    with_resolver(async |resolver| {
        let (packet, addresses, name) = tokio::join!(
            resolver.query(c"one.example"),
            resolver.addresses(c"two.example"),
            resolver.name(ADDRESS)
        );
        let packet = packet.unwrap();
        assert_eq!(simple_dns::Packet::parse(&packet).unwrap().answers.len(), 1);
        assert_eq!((addresses, name.as_deref()), (Ok(vec![ADDRESS]), Ok(NAME)));
    });
}

#[test]
fn answers_that_come_in_another_order_find_their_own_questions() {
    with_resolver(async |resolver| {
        let slow = resolver.query(c"slow.example");
        let missing = resolver.query(c"nx.example");
        assert_eq!(missing.await, Err(ENOTFOUND));
        assert!(slow.await.is_ok());
    });
}

#[test]
fn question_without_an_answer_ends_by_the_timer() {
    with_resolver_that_waits(Duration::from_millis(20), async |resolver| {
        assert_eq!(resolver.addresses(c"never.example").await, Err(ETIMEOUT));
        assert_eq!(resolver.query(c"never.example").await, Err(ETIMEOUT));
    });
}

#[test]
fn bad_name_is_refused_inside_of_the_call() {
    with_resolver(async |resolver| {
        let name = std::ffi::CString::new(format!("{}.example", "x".repeat(80))).unwrap();
        assert_eq!(now(Box::pin(resolver.query(&name))), Some(Err(EBADNAME)));
    });
}

#[test]
fn cancelling_calls_back_before_it_returns() {
    with_resolver(async |resolver| {
        let mut pending = Box::pin(resolver.query(c"never.example"));
        assert_eq!(now(&mut pending), None);
        resolver.cancel();
        assert_eq!(now(&mut pending), Some(Err(ECANCELLED)));
        assert!(resolver.query(c"after.example").await.is_ok());
    });
}

#[test]
fn destroying_calls_back_for_what_is_outstanding() {
    with_resolver(async |resolver| {
        let mut pending = Box::pin(resolver.query(c"never.example"));
        assert_eq!(now(&mut pending), None);
        drop(resolver);
        assert_eq!(now(&mut pending), Some(Err(EDESTRUCTION)));
    });
}

#[test]
fn dropped_future_leaves_its_callback_to_the_library_and_the_others_alone() {
    with_resolver(async |resolver| {
        drop(resolver.query(c"never.example"));
        let slow = resolver.query(c"slow.example");
        drop(resolver.query(c"soon.example"));
        assert!(slow.await.is_ok());
        drop(resolver.query(c"never.example"));
    });
}
