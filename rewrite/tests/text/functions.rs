//! Which functions of a file are converted, and which are left alone.
use uncallback_rewrite::text::Status;

use crate::{checked, rewrites};

#[test]
fn functions_that_call_each_other_are_converted_together() {
    rewrites(
        "\
use uncallback::call;

fn outer(id: u64, done: impl FnOnce(u64) + 'static) {
    inner(id, move |a| done(a + 1))
}

fn inner(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use uncallback::call;

async fn outer(id: u64) -> u64 {
    let a = inner(id).await;
    a + 1
}

async fn inner(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn methods_are_functions_too_and_a_trait_keeps_its_signatures() {
    rewrites(
        "\
use uncallback::call;

impl<T: Clone> Client<T> {
    pub(crate) fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        self.fetch(id, done)
    }
}

trait Loads {
    fn fetch(&self, id: u64, done: Box<dyn FnOnce(u64)>);

    fn load(&self, id: u64, done: Box<dyn FnOnce(u64)>) {
        self.fetch(id, Box::new(move |a| done(a + 1)))
    }
}
",
        "\
use uncallback::call;

impl<T: Clone> Client<T> {
    pub(crate) async fn load(&self, id: u64) -> u64 {
        call!(self.fetch(id, _)).await
    }
}

trait Loads {
    fn fetch(&self, id: u64, done: Box<dyn FnOnce(u64)>);

    fn load(&self, id: u64, done: Box<dyn FnOnce(u64)>) {
        self.fetch(id, Box::new(move |a| done(a + 1)))
    }
}
",
    );
}

#[test]
fn a_function_inside_of_one_that_stays_is_converted() {
    rewrites(
        r#"
use uncallback::call;

fn main() {
    fn load(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, move |a| done(a + 1))
    }
    load(1, |a| println!("{a}"));
}
"#,
        r#"
use uncallback::call;

fn main() {
    async fn load(id: u64) -> u64 {
        let a = call!(fetch(id, _)).await;
        a + 1
    }
    load(1, |a| println!("{a}"));
}
"#,
    );
}

#[test]
fn a_function_inside_of_a_converted_one_is_left_for_the_next_run_but_keeps_its_place() {
    rewrites(
        "\
use uncallback::call;

fn outer(id: u64, done: impl FnOnce(u64) + 'static) {
    fn helper(x: u64) -> u64 {
        x + 1 // one
    }
    fetch(id, move |a| done(helper(a)))
}
",
        "\
use uncallback::call;

async fn outer(id: u64) -> u64 {
    fn helper(x: u64) -> u64 {
        x + 1 // one
    }
    let a = call!(fetch(id, _)).await;
    helper(a)
}
",
    );
}

#[test]
fn a_refused_function_stays_to_the_byte_beside_a_converted_one() {
    rewrites(
        "\
use uncallback::call;

fn refused(id:u64 , done : impl FnOnce(u64)+'static) {
  done( id ) ;
      tick( );
}

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
",
        "\
use uncallback::call;

fn refused(id:u64 , done : impl FnOnce(u64)+'static) {
  done( id ) ;
      tick( );
}

async fn load(id: u64) -> u64 {
    call!(fetch(id, _)).await
}
",
    );
}

#[test]
fn what_a_refused_function_calls_stays_with_it() {
    let source = "\
fn stored(id: u64, done: Box<dyn FnOnce(u64)>) {
    WAITING.with(|waiting| waiting.borrow_mut().push(done));
    step(id, |_| wake());
}

fn step(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
";
    rewrites(source, source);
}

#[test]
fn a_function_that_a_converted_one_still_calls_in_callback_style_stays() {
    let text = "\
use uncallback::start_with;

fn first(id: u64, done: impl FnOnce(u64) + Send + 'static) {
    let done = Arc::new(Mutex::new(Some(done)));
    for id in [id, id + 1] {
        let done = done.clone();
        load(id, move |size| {
            if size == 0 {
                return;
            }
            if let Some(done) = done.lock().unwrap().take() {
                done(size)
            }
        });
    }
}

fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
";
    let (rewritten, after) = checked(text);
    let fns: Vec<_> =
        rewritten.fns.iter().map(|function| (function.name.as_str(), function.status)).collect();
    let stays = Status::LeftAlone("called-in-callback-style");
    assert_eq!(fns, [("first", Status::Converted), ("load", stays)], "{after}");
}

#[test]
fn a_method_of_the_same_name_on_something_else_is_another_one() {
    rewrites(
        "\
use uncallback::call;

impl Client {
    fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        self.inner.load(id, move |load| done(load + 1))
    }
}
",
        "\
use uncallback::call;

impl Client {
    async fn load(&self, id: u64) -> u64 {
        let load = call!(self.inner.load(id, _)).await;
        load + 1
    }
}
",
    );
}

#[test]
fn methods_of_a_clone_of_self_are_awaited_like_those_of_self() {
    rewrites(
        "\
use uncallback::call;

enum Error { Busy, Broken }

impl Store {
    fn save(self: &Rc<Self>, n: u64, done: Box<dyn FnOnce(Result<(), Error>)>) {
        let this = self.clone();
        self.write(n, Box::new(move |written| match written {
            Ok(()) => this.flush(done),
            Err(error) if error.is_busy() => this.save(n, done),
            Err(error) => done(Err(error)),
        }));
    }

    fn write(&self, n: u64, done: Box<dyn FnOnce(Result<(), Error>)>) {
        backend_write(n, done)
    }

    fn flush(&self, done: Box<dyn FnOnce(Result<(), Error>)>) {
        backend_flush(done)
    }
}
",
        "\
use uncallback::call;

enum Error { Busy, Broken }

impl Store {
    async fn save(self: &Rc<Self>, n: u64) -> Result<(), Error> {
        let this = self.clone();
        let written = self.write(n).await;
        match written {
            Ok(()) => this.flush().await,
            Err(error) if error.is_busy() => Box::pin(this.save(n)).await,
            Err(error) => Err(error),
        }
    }

    async fn write(&self, n: u64) -> Result<(), Error> {
        call!(backend_write(n, Box::new(_))).await
    }

    async fn flush(&self) -> Result<(), Error> {
        call!(backend_flush(Box::new(_))).await
    }
}
",
    );
}

#[test]
fn a_name_that_is_not_always_a_clone_of_self_is_taken_for_anything() {
    for other in ["let this = other();", "for this in others() {}"] {
        let (_, text) = checked(&format!(
            "use uncallback::{{call, start}};
            impl Store {{
                fn save(&self, n: u64, done: Box<dyn FnOnce(u64)>) {{
                    let this = self.clone();
                    {other}
                    this.write(n, done)
                }}
                fn write(&self, n: u64, done: Box<dyn FnOnce(u64)>) {{ backend_write(n, done) }}
            }}"
        ));
        assert!(text.contains("this.write(n, Box::new(_))"), "{text}");
    }
}
