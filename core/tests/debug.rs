//! What feature `debug` lists and reports.
#![cfg(feature = "debug")]

use std::{
    cell::Cell,
    pin::pin,
    sync::{Mutex, OnceLock},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use uncallback::{
    Completer, PinnedCompleter, Slot, call,
    debug::{self, PendingCall, Report, WaitsFor},
    local, pinned, start, stream,
};

/// Reports of this whole process: the tests run side by side and look for their own.
fn reports() -> &'static Mutex<Vec<Report>> {
    static REPORTS: OnceLock<Mutex<Vec<Report>>> = OnceLock::new();
    REPORTS.get_or_init(|| {
        debug::on_report(|report| reports().lock().unwrap().push(report.clone()));
        Mutex::default()
    })
}

/// The report of the call that was made in this line.
fn report_of(line: u32) -> Option<Report> {
    let found = |report: &&Report| match report {
        Report::Lost { made, .. } | Report::CalledAgain { made, .. } | Report::Blocked { made, .. } => {
            made.line() == line
        }
        _ => false,
    };
    reports().lock().unwrap().iter().find(found).cloned()
}

fn listed<T>() -> Option<PendingCall> {
    debug::pending().into_iter().find(|call| call.value() == std::any::type_name::<T>())
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn call_is_listed_from_the_api_call_until_its_callback_is_called() {
    struct Reply;
    let kept = Cell::new(None);
    let mut request = pin!(call(|done: Completer<Reply>| kept.set(Some(done))));
    assert!(listed::<Reply>().is_none(), "a lazy call was not made yet");
    assert!(poll(request.as_mut()).is_pending());
    assert!(listed::<Reply>().is_some());
    kept.take().unwrap().complete(Reply);
    assert!(listed::<Reply>().is_none(), "it waits for its task now, not for the callback");
    assert!(poll(request).is_ready());
}

#[test]
fn list_says_where_the_call_was_made_and_which_await_waits() {
    struct Reply;
    let mut kept = None;
    let made = line!() + 1;
    let request = start(|done: Completer<Reply>| kept = Some(done));
    let call = listed::<Reply>().unwrap();
    assert_eq!((call.place().file(), call.place().line()), (file!(), made));
    assert_eq!(call.waits_for(), WaitsFor::Poll);

    let awaited = line!() + 1;
    let mut task = pin!(async { matches!(request.await, Reply) });
    assert!(poll(task.as_mut()).is_pending());
    match listed::<Reply>().unwrap().waits_for() {
        WaitsFor::Callback { awaited: place } => assert_eq!((place.file(), place.line()), (file!(), awaited)),
        other => panic!("{other:?}"),
    }
    let text = listed::<Reply>().unwrap().to_string();
    assert!(
        text.contains(&format!("debug.rs:{made}:")) && text.contains(&format!("debug.rs:{awaited}:")),
        "{text}"
    );
    kept.take().unwrap().complete(Reply);
    assert!(poll(task).is_ready());
}

#[test]
fn await_through_checked_is_found_too() {
    struct Reply;
    let mut kept = None;
    let request = start(|done: Completer<Reply>| kept = Some(done)).checked();
    let awaited = line!() + 1;
    let mut task = pin!(async { request.await.is_ok() });
    assert!(poll(task.as_mut()).is_pending());
    assert!(
        matches!(listed::<Reply>().unwrap().waits_for(), WaitsFor::Callback { awaited: place } if place.line() == awaited)
    );
    kept.take().unwrap().complete(Reply);
    assert_eq!(poll(task), Poll::Ready(true));
}

#[test]
fn callback_that_outlives_its_future_is_listed_until_the_api_lets_go() {
    struct Reply;
    let mut kept = None;
    drop(local::start(|done: local::Completer<Reply>| kept = Some(done)));
    assert_eq!(listed::<Reply>().unwrap().waits_for(), WaitsFor::Release);
    drop(kept);
    assert!(listed::<Reply>().is_none());
}

#[test]
fn calls_through_a_slot_and_within_a_pinned_future_are_listed_too() {
    struct SlotReply;
    let kept = Cell::new(None);
    let mut slot = Slot::new();
    let mut request = pin!(slot.call(|done: Completer<SlotReply>| kept.set(Some(done))));
    assert!(listed::<SlotReply>().is_none());
    assert!(poll(request.as_mut()).is_pending());
    assert!(matches!(listed::<SlotReply>().unwrap().waits_for(), WaitsFor::Callback { .. }));
    kept.take().unwrap().complete(SlotReply);
    assert!(listed::<SlotReply>().is_none());
    assert!(poll(request).is_ready());

    struct PinnedReply;
    let kept = Cell::new(None);
    let start = |done: PinnedCompleter<PinnedReply>| kept.set(Some(done));
    // SAFETY: `cancel` completes the call if nothing else has.
    let mut request = pin!(unsafe { pinned(start, |()| kept.take().unwrap().complete(PinnedReply)) });
    assert!(poll(request.as_mut()).is_pending());
    assert!(matches!(listed::<PinnedReply>().unwrap().waits_for(), WaitsFor::Callback { .. }));
    kept.take().unwrap().complete(PinnedReply);
    assert!(listed::<PinnedReply>().is_none());
    assert!(poll(request).is_ready());
}

#[test]
fn lost_callback_is_reported_with_all_three_places() {
    reports();
    let mut kept = None;
    let made = line!() + 1;
    let request = start(|done: Completer<u8>| kept = Some(done)).checked();
    let awaited = line!() + 1;
    let mut task = pin!(async move { request.await.is_err() });
    assert!(poll(task.as_mut()).is_pending());
    let dropped = line!() + 1;
    drop(kept.take());
    assert_eq!(poll(task), Poll::Ready(true));

    match report_of(made) {
        Some(Report::Lost {
            awaited: Some(place), dropped: Some(text), callback_panicked: false, ..
        }) => {
            assert_eq!(place.line(), awaited);
            assert!(text.contains(&format!("debug.rs:{dropped}")), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn second_call_is_reported_with_the_place_it_came_from() {
    fn twice(mut then: impl FnMut(u16)) -> u32 {
        then(1);
        then(2); // here
        line!() - 1
    }
    reports();
    let mut second = 0;
    let made = line!() + 1;
    let request = uncallback::start!(note(&mut second, twice(_)));
    fn note(place: &mut u32, line: u32) {
        *place = line;
    }
    assert_eq!(uncallback::__private::block_on(request), 1);
    match report_of(made) {
        Some(Report::CalledAgain { called: Some(text), .. }) => {
            assert!(text.contains(&format!("debug.rs:{second}")), "{text}, expected line {second}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn callback_that_blocks_is_reported_when_it_is_over() {
    reports();
    debug::report_blocking_callbacks(Duration::from_millis(20));
    let made = line!() + 1;
    let request = start(|done: Completer<u32>| {
        done.complete_with(|| {
            thread::sleep(Duration::from_millis(30));
            1
        })
    });
    assert_eq!(uncallback::__private::block_on(request), 1);
    assert!(matches!(report_of(made), Some(Report::Blocked { took, .. }) if took.as_millis() >= 20));
}

#[test]
fn slow_call_is_reported_once_while_it_is_still_under_way() {
    struct Reply;
    reports();
    let mut kept = None;
    let made = line!() + 1;
    let request = start(|done: Completer<Reply>| kept = Some(done));
    debug::report_slow_calls(Duration::from_millis(5));
    let slow = || {
        let reports = reports().lock().unwrap();
        let slow = reports.iter().filter(|report| {
            matches!(report, Report::Slow { call, .. } if call.place().line() == made && call.value().ends_with("Reply"))
        });
        slow.count()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while slow() == 0 {
        assert!(Instant::now() < deadline, "never reported");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(20));
    assert_eq!(slow(), 1);
    drop(request);
}

#[test]
fn reporter_that_panics_hurts_nobody() {
    // In a process of its own, because there is one reporter.
    if std::env::var_os("UNCALLBACK_TEST_CHILD").is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "reporter_that_panics_hurts_nobody"])
            .env("UNCALLBACK_TEST_CHILD", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        return;
    }
    debug::on_report(|_| panic!("a bad reporter"));
    let lost = start(|done: Completer<u8>| drop(done)).checked();
    assert!(uncallback::__private::block_on(lost).is_err());
}

#[test]
fn calls_under_way_are_printed_when_the_process_exits() {
    struct ReplyThatNeverComes;
    if std::env::var_os("UNCALLBACK_TEST_CHILD").is_none() {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "calls_under_way_are_printed_when_the_process_exits", "--nocapture"])
            .env("UNCALLBACK_TEST_CHILD", "1")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("ReplyThatNeverComes") && stderr.contains("not polled yet"), "{stderr}");
        return;
    }
    debug::print_pending_at_exit();
    std::mem::forget(start(std::mem::forget::<Completer<ReplyThatNeverComes>>));
    std::process::exit(0);
}

/// The stream of events of this type.
fn stream_of<T>() -> Option<debug::OpenStream> {
    debug::streams().into_iter().find(|stream| stream.event() == std::any::type_name::<T>())
}

macro_rules! stream_is_listed {
    ($($name:ident: $policy:expr, [$($mutable:ident)?], waiting $waiting:expr, lost $lost:expr;)*) => { $(
        #[test]
        fn $name() {
            struct Event;
            let mut emitter = None;
            // Within a macro, that of its use.
            let line = line!();
            let mut stream = stream::events($policy, |emit| emitter = Some(emit));
            let $($mutable)? emit = emitter.unwrap();
            assert_eq!(stream_of::<Event>().unwrap().place().line(), line);
            (0..3).for_each(|_| emit.emit(Event));
            let listed = stream_of::<Event>().unwrap();
            assert_eq!((listed.waiting(), listed.lost()), ($waiting, $lost));
            assert!(!listed.source_gone());
            assert!(poll(pin!(stream.next())).is_ready());
            assert_eq!(stream_of::<Event>().unwrap().waiting(), $waiting - 1);
            assert_eq!(stream.drain(|_| ()), $waiting - 1);
            drop(emit);
            let listed = stream_of::<Event>().unwrap();
            assert_eq!((listed.waiting(), listed.lost()), (0, $lost));
            assert!(listed.source_gone());
            drop(stream);
            assert!(stream_of::<Event>().is_none());
        }
    )* };
}

stream_is_listed! {
    local_stream_is_listed_with_what_waits: stream::local::unbounded(), [], waiting 3, lost 0;
    local_stream_is_listed_with_what_it_lost: stream::local::drop_oldest(2), [], waiting 2, lost 1;
    spsc_stream_is_listed_with_what_waits: stream::spsc::unbounded(), [mut], waiting 3, lost 0;
    ring_is_listed_with_what_it_refused: stream::spsc::drop_newest(2), [mut], waiting 2, lost 1;
    written_over_events_of_an_spsc_stream_are_listed_as_lost: stream::spsc::drop_oldest(2), [mut], waiting 2, lost 1;
    mpsc_stream_is_listed_with_what_waits: stream::mpsc::unbounded(), [], waiting 3, lost 0;
    mpsc_stream_is_listed_with_what_it_lost: stream::mpsc::drop_newest(2), [], waiting 2, lost 1;
    latest_event_is_listed_and_those_before_as_lost: stream::mpsc::latest(), [], waiting 1, lost 2;
}

#[test]
fn stream_of_the_macro_is_listed_with_the_place_of_the_macro() {
    struct Tick;
    fn on_tick(f: impl Fn(Tick) + 'static) -> Box<dyn Fn(Tick)> {
        Box::new(f)
    }
    let line = line!() + 1;
    let ticks = uncallback::events!(on_tick(_), unbounded);
    (ticks.handle())(Tick);
    let listed = stream_of::<Tick>().unwrap();
    assert_eq!((listed.place().file(), listed.place().line()), (file!(), line));
    let text = listed.to_string();
    assert!(text.contains("debug.rs") && text.contains("1 waiting, 0 lost"), "{text}");
}

#[cfg(feature = "ffi")]
#[test]
fn c_operation_is_listed_until_its_callback_comes() {
    use std::ffi::c_void;
    use uncallback::ffi::{First, oneshot};
    type Callback = unsafe extern "C" fn(*mut c_void, u8);
    struct Answer;
    let kept = Cell::new(None);
    let keep = |callback: Callback, data: *mut c_void| kept.set(Some((callback, data)));
    // SAFETY: called once below, with this user data.
    let mut operation = pin!(unsafe { oneshot(First, keep, |(_,)| Answer) }.start());
    assert_eq!(listed::<Answer>().unwrap().waits_for(), WaitsFor::Poll);
    assert!(poll(operation.as_mut()).is_pending());
    let WaitsFor::Callback { awaited } = listed::<Answer>().unwrap().waits_for() else {
        panic!("it is awaited")
    };
    assert_eq!(awaited.file(), file!());
    let (callback, data) = kept.take().unwrap();
    // SAFETY: the user data that belongs to it, once.
    unsafe { callback(data, 1) };
    assert!(listed::<Answer>().is_none());
    assert!(poll(operation).is_ready());
}
