//! `events!` against the shapes in which sources take their callbacks.

use std::{cell::Cell, collections::BTreeMap, ops::ControlFlow, rc::Rc, sync::Mutex};

use uncallback::{Events, events, stream::Receive};

fn all<R: Receive, H>(mut stream: Events<R, H>) -> Vec<R::Item> {
    let mut seen = Vec::new();
    stream.drain(|event| seen.push(event));
    seen
}

fn shared(f: impl Fn(u8) + Send + Sync + 'static) {
    std::thread::spawn(move || (1..=3).for_each(f)).join().unwrap();
}

fn exclusive(f: impl FnMut(u8) + Send + 'static) {
    std::thread::spawn(move || (1..=3).for_each(f)).join().unwrap();
}

fn on_this_thread(f: impl FnMut(Rc<u8>)) {
    [1, 2, 3].map(Rc::new).into_iter().for_each(f);
}

#[test]
fn each_variant_fits_the_bound_it_is_for() {
    assert_eq!(all(events!(shared(_), unbounded)), [1, 2, 3]);
    assert_eq!(all(events!(shared(_), mpsc::latest)), [3]);
    assert_eq!(all(events!(exclusive(_), unbounded)), [1, 2, 3]);
    assert_eq!(all(events!(exclusive(_), spsc::unbounded)), [1, 2, 3]);
    assert_eq!(all(events!(exclusive(_), spsc::drop_newest(2))), [1, 2]);
    assert_eq!(all(events!(exclusive(_), spsc::drop_oldest(2))), [2, 3]);
    assert_eq!(all(events!(exclusive(_), spsc::latest)), [3]);
    assert_eq!(all(events!(on_this_thread(_), local::drop_oldest(2))), [Rc::new(2), Rc::new(3)]);
    assert_eq!(all(events!(on_this_thread(_), unbounded)), [1, 2, 3].map(Rc::new));
}

#[test]
fn room_may_be_any_expression() {
    let room = 1;
    assert_eq!(all(events!(shared(_), drop_newest(room + 1))), [1, 2]);
    assert_eq!(all(events!(shared(_), drop_oldest(usize::from(true)),)), [3]);
}

struct Event<'a> {
    name: &'a str,
    at: (i32, i32),
}

type Handler = Box<dyn Fn(&Event<'_>, usize)>;

#[derive(Default)]
struct Window {
    handlers: Vec<Handler>,
}

impl Window {
    fn on_event(&mut self, handler: Handler) -> usize {
        self.handlers.push(handler);
        self.handlers.len() - 1
    }

    fn fire(&self, name: &str) {
        self.handlers.iter().for_each(|handler| handler(&Event { name, at: (1, 2) }, 7));
    }
}

#[test]
fn borrowed_event_is_mapped_within_the_callback() {
    let mut window = Window::default();
    let names = events!(
        window.on_event(Box::new(|event: &Event<'_>, n| => (event.name.to_owned(), n))),
        unbounded
    );
    let places = events!(window.on_event(Box::new(|event: &Event<'_>, _n| => event.at)), local::latest);
    window.fire("a");
    window.fire("b");
    assert_eq!((*names.handle(), *places.handle()), (0, 1));
    assert_eq!(all(names), [("a".to_owned(), 7), ("b".to_owned(), 7)]);
    assert_eq!(all(places), [(1, 2)]);
}

#[test]
fn mapping_may_use_what_is_around_it() {
    let factor = 10;
    let seen = all(events!(shared(|n| => n * factor), unbounded));
    assert_eq!(seen, [10, 20, 30]);
}

#[test]
fn callbacks_of_no_and_of_several_arguments_have_their_marks() {
    fn ticks(mut f: impl FnMut()) {
        f();
        f();
    }
    fn pairs(mut f: impl FnMut(u8, &'static str)) {
        f(1, "a");
        f(2, "b");
    }
    assert_eq!(all(events!(ticks(||), unbounded)), [(), ()]);
    assert_eq!(all(events!(pairs(|_, _|), unbounded)), [(1, "a"), (2, "b")]);
}

#[test]
fn chain_and_generic_arguments_may_stand_around_the_mark() {
    struct Builder;
    impl Builder {
        fn topic<A: Default, B: FromIterator<A>>(self, _name: &str) -> Self {
            drop(B::from_iter([A::default()]));
            Self
        }
        fn on_message(self, mut f: Option<Box<dyn FnMut(u8)>>) -> Self {
            (f.as_mut().unwrap())(9);
            self
        }
        fn start(self) -> Result<u32, String> {
            Ok(5)
        }
    }
    fn watch<A: Default + From<B>, B: Default>(mut f: impl FnMut(A)) {
        f(A::default());
        f(A::from(B::default()));
    }
    let run = || -> Result<_, String> {
        Ok(events!(
            Builder.topic::<BTreeMap<u8, u8>, Vec<_>>("news").on_message(Some(Box::new(_))).start()?,
            unbounded
        ))
    };
    let stream = run().unwrap();
    assert_eq!(*stream.handle(), 5);
    assert_eq!(all(stream), [9]);
    assert_eq!(all(events!(watch::<u16, u8>(_), local::unbounded)), [0, 0]);
}

#[test]
fn guard_of_the_source_lives_as_long_as_the_stream() {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(false);
        }
    }
    fn subscribe(live: &Rc<Cell<bool>>, mut f: impl FnMut(u8)) -> Guard {
        f(1);
        live.set(true);
        Guard(live.clone())
    }
    let live = Rc::new(Cell::new(false));
    let mut stream = events!(subscribe(&live, _), unbounded);
    assert_eq!(stream.drain(|_| ()), 1);
    assert!(live.get());
    drop(stream);
    assert!(!live.get());
}

#[test]
fn source_that_can_be_told_to_stop_is_told_with_the_function_form() {
    // As HTTP clients do that hand over a body in parts.
    type Part = Box<dyn FnMut(u8) -> ControlFlow<()>>;
    let kept = Rc::new(Mutex::new(None::<Part>));
    let stream = uncallback::events(uncallback::stream::local::unbounded(), |emit| {
        let part: Part = Box::new(move |part| match emit.offer(part) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_gone) => ControlFlow::Break(()),
        });
        *kept.lock().unwrap() = Some(part);
    });
    let mut kept = kept.lock().unwrap();
    let source = kept.as_mut().unwrap();
    assert!(source(1).is_continue());
    drop(stream);
    assert!(source(2).is_break());
}

#[cfg(feature = "stream")]
#[test]
fn stream_is_a_stream_to_the_usual_combinators() {
    use futures_util::StreamExt;
    let doubled = events!(shared(_), unbounded).map(|n| n * 2).collect::<Vec<_>>();
    assert_eq!(uncallback::__private::block_on(doubled), [2, 4, 6]);
}
