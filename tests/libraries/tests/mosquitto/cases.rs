//! What must hold for libmosquitto, whoever writes the glue.

use super::{Client, Messages};
use crate::broker::{Broker, CUT, FORBIDDEN, HELD, NOBODY};
use crate::plain::{Failed, Message};
use core::ffi::CStr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Runs a test on this thread, with a deadline.
fn in_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(60), work).await.expect("done in time") })
}

fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A client that is connected, with a thread of the library.
async fn connected(broker: &Broker, id: &CStr) -> (Client, Messages) {
    let (client, messages) = Client::new(id);
    let connecting = client.begin(|raw| raw.connect(broker.port()));
    client.raw().start_thread();
    connecting.await.unwrap();
    (client, messages)
}

fn message(topic: &str, payload: &[u8]) -> Message {
    Message { topic: topic.to_owned(), payload: payload.to_owned() }
}

#[test]
fn publications_of_both_kinds_reach_the_stream_of_a_subscriber() {
    let broker = Broker::start();
    in_time(async {
        let (listener, mut messages) = connected(&broker, c"listener").await;
        let (speaker, _) = connected(&broker, c"speaker").await;
        listener.begin(|raw| raw.subscribe("tides/+")).await.unwrap();
        speaker.begin(|raw| raw.publish("tides/high", b"06:12", 0)).await.unwrap();
        speaker.begin(|raw| raw.publish("weather", b"west", 1)).await.unwrap();
        speaker.begin(|raw| raw.publish("tides/low", b"", 1)).await.unwrap();
        assert_eq!(messages.next().await, Some(message("tides/high", b"06:12")));
        assert_eq!(messages.next().await, Some(message("tides/low", b"")));
    });
}

#[test]
fn many_publications_at_once_each_hear_their_own_acknowledgement() {
    let broker = Broker::start();
    in_time(async {
        let (client, _) = connected(&broker, c"busy").await;
        let held = client.begin(|raw| raw.publish(HELD, b"", 1));
        // As many as the library sends without waiting for an acknowledgement, less the one that is held.
        let all: Vec<_> = (0..19).map(|_| client.begin(|raw| raw.publish("boat", b"x", 1))).collect();
        for published in all {
            published.await.unwrap();
        }
        assert_eq!(now(held), None, "it heard the acknowledgement of another");
    });
}

#[test]
fn event_inside_of_the_call_finds_its_operation_though_the_id_is_not_known_yet() {
    let broker = Broker::start();
    let (client, _messages) = Client::new(c"alone");
    let mut connecting = Box::pin(client.begin(|raw| raw.connect(broker.port())));
    in_time(async {
        while now(&mut connecting).is_none() {
            client.raw().turn();
        }
    });
    // Without a thread, a publication that needs no acknowledgement is over before the call returns.
    assert_eq!(now(client.begin(|raw| raw.publish("boat", b"", 0))), Some(Ok(())));
    assert_eq!(now(client.begin(|raw| raw.publish("boat", b"", 1))), None);
}

#[test]
fn refusals_of_library_and_broker_are_errors() {
    let broker = Broker::start();
    in_time(async {
        let (stranger, _) = Client::new(c"stranger");
        let no_connection = stranger.begin(|raw| raw.publish("boat", b"", 0)).await;
        assert!(matches!(no_connection, Err(Failed::Refused(_))), "{no_connection:?}");
        let (nobody, _) = Client::new(&std::ffi::CString::new(NOBODY).unwrap());
        let refused = nobody.begin(|raw| raw.connect(broker.port()));
        nobody.raw().start_thread();
        assert_eq!(refused.await, Err(Failed::Refused(5)));
        let (client, _) = connected(&broker, c"client").await;
        assert_eq!(client.begin(|raw| raw.subscribe(FORBIDDEN)).await, Err(Failed::Refused(128)));
    });
}

#[test]
fn dead_port_is_a_refusal_and_not_a_hang() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (client, _) = Client::new(c"early");
    let refused = in_time(client.begin(|raw| raw.connect(free)));
    assert!(matches!(refused, Err(Failed::Refused(_))), "{refused:?}");
}

#[test]
fn disconnecting_fails_what_is_outstanding() {
    let broker = Broker::start();
    in_time(async {
        let (client, _) = connected(&broker, c"leaving").await;
        let held: Vec<_> = (0..3).map(|_| client.begin(|raw| raw.publish(HELD, b"", 1))).collect();
        client.raw().disconnect();
        for held in held {
            assert_eq!(held.await, Err(Failed::Disconnected));
        }
    });
}

#[test]
fn operation_that_is_dropped_leaves_nothing_behind() {
    let broker = Broker::start();
    in_time(async {
        let (client, _) = connected(&broker, c"forgetful").await;
        let (held, kept) =
            (client.begin(|raw| raw.publish(HELD, b"", 1)), client.begin(|raw| raw.publish(HELD, b"", 1)));
        assert_eq!(client.outstanding(), 2);
        drop(held);
        assert_eq!(client.outstanding(), 1);
        client.raw().disconnect();
        assert_eq!(kept.await, Err(Failed::Disconnected));
        assert_eq!(client.outstanding(), 0);
    });
}

#[test]
fn messages_to_a_stream_that_was_dropped_go_nowhere_and_the_client_goes_on() {
    let broker = Broker::start();
    in_time(async {
        let (client, messages) = connected(&broker, c"deaf").await;
        client.begin(|raw| raw.subscribe("tides/+")).await.unwrap();
        drop(messages);
        for _ in 0..3 {
            client.begin(|raw| raw.publish("tides/high", b"06:12", 1)).await.unwrap();
        }
    });
}

#[test]
fn client_that_connects_again_hears_of_its_new_connection() {
    let broker = Broker::start();
    let (client, _messages) = Client::new(c"again");
    in_time(async {
        for _ in 0..2 {
            let mut connecting = Box::pin(client.begin(|raw| raw.connect(broker.port())));
            while now(&mut connecting).is_none() {
                client.raw().turn();
            }
            let held = client.begin(|raw| raw.publish(HELD, b"", 1));
            client.raw().disconnect();
            assert_eq!(held.await, Err(Failed::Disconnected));
            assert_eq!(client.outstanding(), 0);
        }
    });
}

#[test]
fn broker_that_hangs_up_fails_what_is_outstanding() {
    let broker = Broker::start();
    in_time(async {
        let (client, _) = connected(&broker, c"cut").await;
        let held = client.begin(|raw| raw.publish(HELD, b"", 1));
        let cut = client.begin(|raw| raw.publish(CUT, b"", 1));
        assert_eq!(held.await, Err(Failed::Disconnected));
        assert_eq!(cut.await, Err(Failed::Disconnected));
    });
}

#[test]
fn client_that_goes_tells_whoever_waits_and_ends_its_stream() {
    let broker = Broker::start();
    in_time(async {
        let (client, mut messages) = connected(&broker, c"gone").await;
        let waits = client.begin(|raw| raw.publish(HELD, b"", 1));
        drop(client.begin(|raw| raw.publish(HELD, b"", 1)));
        drop(client);
        assert_eq!(waits.await, Err(Failed::Disconnected));
        assert_eq!(messages.next().await, None);
    });
}
