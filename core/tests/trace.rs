//! What feature `tracing` shows of a call.
#![cfg(feature = "tracing")]

use std::{
    cell::RefCell,
    fmt::Debug,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use uncallback::{Completer, call, start};

/// Writes down what happens to spans, one line each.
#[derive(Clone, Default)]
struct Recorder {
    lines: Arc<Mutex<Vec<String>>>,
    ids: Arc<AtomicU64>,
}

impl Recorder {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "uncallback"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        self.note(format!("new {}{}", span.metadata().name(), fields.0));
        Id::from_u64(self.ids.fetch_add(1, SeqCst) + 1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.note(format!("record{}", fields.0));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, _event: &Event<'_>) {}

    fn enter(&self, _span: &Id) {
        self.note("enter".to_owned());
    }

    fn exit(&self, _span: &Id) {
        self.note("exit".to_owned());
    }

    fn try_close(&self, _span: Id) -> bool {
        self.note("close".to_owned());
        true
    }
}

fn recorded(run: impl FnOnce(&Recorder)) -> Vec<String> {
    let recorder = Recorder::default();
    tracing::subscriber::with_default(recorder.clone(), || run(&recorder));
    recorder.lines()
}

#[test]
fn call_is_a_span_around_the_api_call_that_ends_with_its_future() {
    let mut line = 0;
    let lines = recorded(|recorder| {
        line = line!() + 1;
        let request = start(|done: Completer<u8>| {
            recorder.note("api".to_owned());
            done.complete(1);
        });
        recorder.note("await".to_owned());
        assert_eq!(uncallback::__private::block_on(request), 1);
    });
    assert!(lines[0].starts_with(&format!("new call place={}:{line}:", file!())), "{lines:?}");
    assert!(lines[0].ends_with(r#"value="u8""#), "{lines:?}");
    assert_eq!(lines[1..], ["enter", "api", "exit", "await", r#"record outcome="value""#, "close"]);
}

#[test]
fn outcome_tells_loss_panic_and_cancellation_apart() {
    let outcome = |run: fn()| {
        let lines = recorded(|_| run());
        assert_eq!(lines.last().unwrap(), "close");
        lines[lines.len() - 2].clone()
    };
    assert_eq!(
        outcome(|| {
            let lost = start(|done: Completer<u8>| drop(done)).checked();
            assert!(uncallback::__private::block_on(lost).is_err());
        }),
        r#"record outcome="lost""#
    );
    assert_eq!(
        outcome(|| {
            let panicked =
                start(|done: Completer<u8>| done.complete_with(|| std::panic::resume_unwind(Box::new(1))));
            std::panic::catch_unwind(|| uncallback::__private::block_on(panicked)).unwrap_err();
        }),
        r#"record outcome="panic""#
    );
    assert_eq!(
        outcome(|| {
            let mut kept = None;
            drop(start(|done: Completer<u8>| kept = Some(done)));
        }),
        r#"record outcome="cancelled""#
    );
}

#[test]
fn span_closes_once_whether_the_value_comes_inside_the_call_or_later_or_never() {
    let lines = |lazy: bool, inside: bool, later: bool| {
        recorded(|_| {
            let kept = RefCell::new(None);
            let api = |done: Completer<u8>| {
                if inside { done.complete(1) } else { *kept.borrow_mut() = Some(done) }
            };
            let cx = &mut Context::from_waker(Waker::noop());
            let mut future: Pin<Box<dyn Future<Output = u8> + '_>> =
                if lazy { Box::pin(call(api)) } else { Box::pin(start(api)) };
            assert_eq!(future.as_mut().poll(cx).is_ready(), inside);
            if later {
                kept.take().unwrap().complete(2);
                assert_eq!(future.as_mut().poll(cx), Poll::Ready(2));
            }
        })
    };
    for lazy in [true, false] {
        for (inside, later) in [(true, false), (false, true)] {
            let lines = lines(lazy, inside, later);
            assert_eq!(lines[3..], [r#"record outcome="value""#, "close"], "lazy: {lazy}, later: {later}");
        }
        let lines = lines(lazy, false, false);
        assert_eq!(lines[3..], [r#"record outcome="cancelled""#, "close"], "lazy: {lazy}");
    }
}
