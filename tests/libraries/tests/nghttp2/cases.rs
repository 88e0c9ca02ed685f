//! What must hold for nghttp2, whoever writes the glue.

use super::Session;
use crate::plain::{Question, REFUSE, Raw, Side};
use core::ffi::c_int;
use libnghttp2_sys::{NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// What a side has heard, in order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A side that notes everything and sends `body`.
fn side(side: Side, body: &'static str) -> (Session, Heard) {
    let heard = Heard::default();
    let notes = heard.clone();
    let session = Session::new(side, move |question| {
        match question {
            Question::Header { name, value, .. } => {
                notes.note(format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)));
            }
            Question::Data { stream, bytes } => {
                notes.note(format!("{stream}: {}", String::from_utf8_lossy(bytes)));
            }
            Question::End { stream } => notes.note(format!("end {stream}")),
            Question::Body { room, .. } => {
                room[..body.len()].copy_from_slice(body.as_bytes());
                return body.len() as c_int;
            }
        }
        0
    });
    (session, heard)
}

/// Carries bytes between the two until both are silent.
fn talk(client: &Session, server: &Session) -> Result<(), c_int> {
    loop {
        let asked = client.during(Raw::send)?;
        server.during(|raw| raw.receive(&asked))?;
        let answered = server.during(Raw::send)?;
        client.during(|raw| raw.receive(&answered))?;
        if asked.is_empty() && answered.is_empty() {
            return Ok(());
        }
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it should have come by now"),
    }
}

fn panic_of(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    (*payload.downcast_ref::<&str>().expect("a text")).to_owned()
}

#[test]
fn request_and_response_pass_in_memory_and_the_awaiter_hears_the_end() {
    let (client, reply) = side(Side::Client, "to the boat");
    let (server, heard) = side(Side::Server, "from the boat");
    let closed = client.request("/tides").unwrap();
    talk(&client, &server).unwrap();
    assert_eq!(
        heard.all(),
        [":method=POST", ":scheme=http", ":authority=boat", ":path=/tides", "1: to the boat", "end 1"]
    );
    server.during(|raw| raw.respond(1, "200"));
    talk(&client, &server).unwrap();
    assert_eq!(reply.all(), [":status=200", "1: from the boat", "end 1"]);
    assert_eq!(now(closed), Ok(NGHTTP2_NO_ERROR));
}

#[test]
fn two_requests_at_once_are_told_apart() {
    let (client, _) = side(Side::Client, "");
    let (server, _) = side(Side::Server, "");
    let (first, second) = (client.request("/1").unwrap(), client.request("/3").unwrap());
    talk(&client, &server).unwrap();
    server.during(|raw| raw.respond(3, "200"));
    talk(&client, &server).unwrap();
    assert_eq!(now(second), Ok(NGHTTP2_NO_ERROR));
    server.during(|raw| raw.respond(1, "404"));
    talk(&client, &server).unwrap();
    assert_eq!(now(first), Ok(NGHTTP2_NO_ERROR));
}

#[test]
fn refused_header_resets_its_stream_and_leaves_the_others_alone() {
    let (client, _) = side(Side::Client, "");
    let server = Session::new(Side::Server, |question| match question {
        Question::Header { stream: 1, name: b":path", .. } => REFUSE,
        _ => 0,
    });
    let (refused, other) = (client.request("/no").unwrap(), client.request("/yes").unwrap());
    talk(&client, &server).unwrap();
    assert_eq!(now(refused), Ok(NGHTTP2_INTERNAL_ERROR));
    server.during(|raw| raw.respond(3, "200"));
    talk(&client, &server).unwrap();
    assert_eq!(now(other), Ok(NGHTTP2_NO_ERROR));
}

#[test]
fn body_is_asked_for_until_it_ends() {
    let (client, reply) = side(Side::Client, "");
    let mut left = 40_000_usize;
    let server = Session::new(Side::Server, move |question| match question {
        Question::Body { room, .. } => {
            let length = left.min(room.len());
            room[..length].fill(b'x');
            left -= length;
            length as c_int
        }
        _ => 0,
    });
    let closed = client.request("/long").unwrap();
    talk(&client, &server).unwrap();
    server.during(|raw| raw.respond(1, "200"));
    talk(&client, &server).unwrap();
    assert_eq!(now(closed), Ok(NGHTTP2_NO_ERROR));
    let chunks: Vec<_> =
        reply.all().iter().filter_map(|line| line.strip_prefix("1: ").map(str::len)).collect();
    assert!(chunks.len() > 1, "one question was enough");
    assert_eq!(chunks.iter().sum::<usize>(), 40_000);
}

#[test]
fn panic_in_any_question_goes_around_the_library_which_gets_the_declared_answer() {
    for bad in ["header", "data", "end"] {
        let (client, _) = side(Side::Client, "a body");
        let after = Arc::new(Mutex::new(None));
        let count = after.clone();
        let server = Session::new(Side::Server, move |question| {
            let what = match question {
                Question::Header { .. } => "header",
                Question::Data { .. } => "data",
                Question::End { .. } => "end",
                Question::Body { .. } => "body",
            };
            let mut after = count.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(after) = after.as_mut() {
                *after += 1;
            }
            if what == bad {
                after.get_or_insert(0);
                std::panic::panic_any(bad);
            }
            0
        });
        let _closed = client.request("/").unwrap();
        let request = client.during(Raw::send).unwrap();
        assert_eq!(panic_of(|| _ = server.during(|raw| raw.receive(&request))), bad);
        assert_eq!(
            *after.lock().unwrap_or_else(PoisonError::into_inner),
            Some(0),
            "the answer ends the session"
        );
    }
}

#[test]
fn waker_that_panics_when_its_stream_closes_goes_around_the_library() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in the waker");
        }
    }
    let (client, _) = side(Side::Client, "");
    let (server, _) = side(Side::Server, "");
    let mut closed = pin!(client.request("/").unwrap());
    let waker = Waker::from(Arc::new(Panics));
    assert!(closed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    talk(&client, &server).unwrap();
    server.during(|raw| raw.respond(1, "200"));
    assert_eq!(panic_of(|| _ = talk(&client, &server)), "in the waker");
    assert_eq!(now(closed), Ok(NGHTTP2_NO_ERROR), "it has its value all the same");
}

#[test]
fn panic_while_a_body_is_written_goes_around_the_library() {
    let client = Session::new(Side::Client, |_| panic!("no body"));
    let _closed = client.request("/").unwrap();
    assert_eq!(panic_of(|| drop(client.during(Raw::send))), "no body");
}

#[test]
fn request_that_is_dropped_leaves_nothing_behind() {
    let (client, _) = side(Side::Client, "");
    let (server, _) = side(Side::Server, "");
    drop(client.request("/1").unwrap());
    let kept = client.request("/3").unwrap();
    assert_eq!(client.outstanding(), 1);
    talk(&client, &server).unwrap();
    server.during(|raw| raw.respond(1, "200"));
    server.during(|raw| raw.respond(3, "200"));
    talk(&client, &server).unwrap();
    assert_eq!((client.outstanding(), now(kept)), (0, Ok(NGHTTP2_NO_ERROR)));
}

#[test]
fn session_that_goes_tells_whoever_waits_and_drops_what_it_asked() {
    let token = Arc::new(());
    let held = token.clone();
    let client = Session::new(Side::Client, move |_| {
        let _alive = &held;
        0
    });
    let waits = client.request("/").unwrap();
    drop(client.request("/").unwrap());
    drop(client);
    assert!(now(waits).is_err());
    assert_eq!(Arc::strong_count(&token), 1);
}
