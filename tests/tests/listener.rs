//! `#[listener]`: traits of event methods in the shapes that sources ask for.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use uncallback::{
    Events, listener,
    stream::{Receive, events, local, mpsc, spsc},
};

fn all<R: Receive, H>(stream: &mut Events<R, H>) -> Vec<R::Item> {
    let mut seen = Vec::new();
    stream.drain(|event| seen.push(event));
    seen
}

#[derive(Debug, PartialEq)]
enum Button {
    Left,
    Right,
}

#[listener(derive(Debug, PartialEq))]
trait MouseListener {
    fn on_move(&mut self, x: i32, y: i32);
    fn on_click(&mut self, button: Button) {
        assert_ne!(button, Button::Left);
    }
    fn on_leave(&mut self);
}

#[test]
fn every_method_is_an_event_with_its_arguments() {
    let mut stream = events(mpsc::unbounded(), |emit| {
        let mut listener: Box<dyn MouseListener> = Box::new(emit);
        listener.on_move(1, -2);
        listener.on_click(Button::Right);
        listener.on_click(Button::Left);
        listener.on_leave();
    });
    assert_eq!(
        all(&mut stream),
        [
            MouseEvent::Move { x: 1, y: -2 },
            MouseEvent::Click { button: Button::Right },
            MouseEvent::Click { button: Button::Left },
            MouseEvent::Leave,
        ]
    );
    let end = stream.poll_event(&mut Context::from_waker(Waker::noop()));
    assert_eq!(end, Poll::Ready(None), "the source dropped its listener");
}

#[listener(answer = Default::default(), derive(Debug, PartialEq))]
trait GateKeeper: Send + Sync + 'static {
    #[listener(answer = who.starts_with('a'))]
    fn may_enter(&self, who: String) -> bool;
    fn count(&self) -> usize;
    fn on_done(&self) -> ();
}

#[test]
fn answer_is_given_at_once_and_may_look_at_the_arguments() {
    let mut stream = events(mpsc::unbounded(), |emit| {
        let keeper: Arc<dyn GateKeeper> = Arc::new(emit);
        assert!(keeper.may_enter("anna".into()));
        assert!(!keeper.may_enter("bert".into()));
        assert_eq!(keeper.count(), 0);
        keeper.on_done();
    });
    assert_eq!(
        all(&mut stream),
        [
            GateKeeperEvent::MayEnter { who: "anna".into() },
            GateKeeperEvent::MayEnter { who: "bert".into() },
            GateKeeperEvent::Count,
            GateKeeperEvent::Done,
        ]
    );
}

struct Packet {
    bytes: Vec<u8>,
}

#[listener(event = Traffic, owned, variant = local, derive(Debug, PartialEq, Clone))]
trait LinkObserver {
    fn on_name(&self, name: &str, aliases: &[Rc<u8>]);
    fn on_static(&self, text: &'static str);
    #[listener(keep(first: u8 = packet.bytes[0], length: usize = packet.bytes.len()))]
    fn on_packet(&self, packet: &Packet);
    #[listener(keep(), name = Silence)]
    fn on_nothing(&self, _scratch: &mut Vec<u8>);
    #[listener(skip)]
    fn priority(&self) -> u8 {
        3
    }
}

#[test]
fn borrowed_arguments_are_copied_or_what_is_needed_of_them_is_kept() {
    let mut stream = events(local::unbounded(), |emit| {
        emit.on_name("eth0", &[Rc::new(1)]);
        emit.on_static("up");
        emit.on_packet(&Packet { bytes: vec![7, 8] });
        emit.on_nothing(&mut Vec::new());
        assert_eq!(emit.priority(), 3);
    });
    assert_eq!(
        all(&mut stream),
        [
            Traffic::Name { name: "eth0".to_owned(), aliases: vec![Rc::new(1)] },
            Traffic::Static { text: "up" },
            Traffic::Packet { first: 7, length: 2 },
            Traffic::Silence,
        ]
    );
}

#[test]
fn panic_in_what_is_kept_reaches_the_reader_and_not_the_source() {
    let mut stream = events(local::unbounded(), |emit| emit.on_packet(&Packet { bytes: vec![] }));
    let polled =
        catch_unwind(AssertUnwindSafe(|| stream.poll_event(&mut Context::from_waker(Waker::noop()))));
    let message = *polled.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("index out of bounds"), "{message}");
}

#[listener(variant = spsc, derive(Debug, PartialEq))]
trait Download {
    fn on_part(&mut self, part: Vec<u8>);
    #[listener(answer = part_count > 1)]
    fn on_end(self: Box<Self>, part_count: usize) -> bool;
    fn on_abort(self)
    where
        Self: Sized;
}

#[test]
fn exclusive_emitters_listen_too_also_when_they_are_used_up() {
    let mut stream = events(spsc::unbounded(), |emit| {
        let mut download: Box<dyn Download + Send> = Box::new(emit);
        download.on_part(vec![1]);
        assert!(download.on_end(2));
    });
    assert_eq!(
        all(&mut stream),
        [DownloadEvent::Part { part: vec![1] }, DownloadEvent::End { part_count: 2 }]
    );
    let mut stream = events(spsc::drop_newest(1), |mut emit: spsc::BoundedEmitter<DownloadEvent>| {
        emit.on_part(vec![1]);
        emit.on_abort();
    });
    assert_eq!(all(&mut stream), [DownloadEvent::Part { part: vec![1] }]);
    assert_eq!(stream.lagged(), 1);
    let mut stream = events(spsc::latest(), |mut emit: spsc::OverwritingEmitter<DownloadEvent>| {
        emit.on_part(vec![1]);
        emit.on_part(vec![2]);
    });
    assert_eq!(all(&mut stream), [DownloadEvent::Part { part: vec![2] }]);
    assert_eq!(stream.lagged(), 1);
}

/// The helper attributes and the words of the language keep out of each other's way.
#[listener(derive(Debug, PartialEq))]
trait OddHandler {
    const KIND: u8 = 1;
    /// Documented.
    #[cfg(not(any()))]
    fn r#match(&self, r#type: u8, _: u8, _ignored: u8);
    #[cfg(any())]
    fn never_there(&self, of: NoSuchType);
    fn emit(&self, value: u8);
    fn answer(&self, this: u8, event: u8);
    fn helper() -> u8
    where
        Self: Sized,
    {
        Self::KIND
    }
}

#[test]
fn odd_names_do_not_collide() {
    fn odd(emit: &impl OddHandler) {
        emit.r#match(1, 2, 3);
        emit.emit(4);
        emit.answer(5, 6);
    }
    let mut stream = events(mpsc::unbounded(), |emit: mpsc::Emitter<OddEvent>| odd(&emit));
    assert_eq!(
        all(&mut stream),
        [
            OddEvent::Match { r#type: 1, value_1: 2, ignored: 3 },
            OddEvent::Emit { value: 4 },
            OddEvent::Answer { this: 5, event: 6 },
        ]
    );
    assert_eq!(<mpsc::Emitter<OddEvent> as OddHandler>::helper(), 1);
}

#[listener]
trait Sink {
    fn on_callback(&self, callback: Box<dyn Fn(&str) -> bool + Send>);
    fn on_pointer(&self, f: fn(&u8) -> u8);
}

#[test]
fn argument_that_is_itself_a_callback_is_no_borrow() {
    let seen = RefCell::new(Vec::new());
    let mut stream = events(mpsc::unbounded(), |emit| {
        emit.on_callback(Box::new(str::is_empty));
        emit.on_pointer(|n| n + 1);
    });
    stream.drain(|event| match event {
        SinkEvent::Callback { callback } => seen.borrow_mut().push(u8::from(callback(""))),
        SinkEvent::Pointer { f } => seen.borrow_mut().push(f(&1)),
    });
    assert_eq!(seen.into_inner(), [1, 2]);
}
