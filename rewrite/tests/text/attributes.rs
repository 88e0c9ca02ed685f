//! What the attribute asks for is honoured where the conversion is made permanent.
use crate::rewrites;

#[test]
fn a_function_that_is_kept_gets_its_conversion_beside_it() {
    rewrites(
        "\
use uncallback::uncallback;

impl Client {
    /// Loads it.
    #[uncallback(keep)]
    #[inline]
    pub fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        // go
        fetch(id, move |a| {
            done(a + 1) // sum
        });
    }
}
",
        "\
use uncallback::call;

impl Client {
    /// Loads it.
    #[inline]
    pub fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        // go
        fetch(id, move |a| {
            done(a + 1) // sum
        });
    }

    /// Loads it.
    #[inline]
    pub async fn load_async(&self, id: u64) -> u64 {
        // go
        let a = call!(fetch(id, _)).await;
        a + 1 // sum
    }
}
",
    );
}

#[test]
fn the_attribute_of_a_group_goes_when_all_of_it_is_converted() {
    rewrites(
        "\
use uncallback::uncallback;

#[uncallback]
impl Client {
    fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }

    fn plain(&self) {}
}

/// Loads.
#[uncallback] // all of it
mod inner {
    #[uncallback(done = reply)]
    fn load(id: u64, other: impl FnOnce(u64) + 'static, reply: impl FnOnce(u64) + 'static) {
        log(other);
        fetch(id, reply)
    }
}
",
        "\
use uncallback::call;

impl Client {
    async fn load(&self, id: u64) -> u64 {
        call!(fetch(id, _)).await
    }

    fn plain(&self) {}
}

/// Loads.
// all of it
mod inner {
    use uncallback::call;

    async fn load(id: u64, other: impl FnOnce(u64) + 'static) -> u64 {
        log(other);
        call!(fetch(id, _)).await
    }
}
",
    );
}

#[test]
fn the_attribute_of_a_group_stays_while_a_function_in_it_needs_it() {
    rewrites(
        "\
use uncallback::uncallback;

#[uncallback]
impl Client {
    fn load(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }

    fn refused(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        done(id);
        tick();
    }
}

#[uncallback]
mod inner {
    #[uncallback(skip)]
    fn skipped(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }
}
",
        "\
use uncallback::{call, uncallback};

#[uncallback]
impl Client {
    async fn load(&self, id: u64) -> u64 {
        call!(fetch(id, _)).await
    }

    fn refused(&self, id: u64, done: impl FnOnce(u64) + 'static) {
        done(id);
        tick();
    }
}

#[uncallback]
mod inner {
    #[uncallback(skip)]
    fn skipped(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id, done)
    }
}
",
    );
}

#[test]
fn the_options_of_a_group_are_those_of_its_functions() {
    rewrites(
        "\
use uncallback::uncallback;

#[uncallback(done = reply)]
impl Client {
    fn load(&self, id: u64, reply: impl FnOnce(u64)) {
        fetch(id, reply)
    }
}
",
        "\
use uncallback::call;

impl Client {
    async fn load(&self, id: u64) -> u64 {
        call!(fetch(id, _)).await
    }
}
",
    );
}

#[test]
fn wrapped_and_eager_bodies_keep_their_comments() {
    rewrites(
        "\
use uncallback::uncallback;

#[uncallback(wrap)]
fn stored(slot: &mut Slot, done: Box<dyn FnOnce(u64)>) {
    // for later
    slot.pending = Some(done); // here
}

#[uncallback(eager)]
fn load(id: u64, done: impl FnOnce(u64) + Send + 'static) {
    let key = id + 1; // key
    fetch(key, move |a| {
        // then
        step(a, move |b| done(a + b));
    })
}
",
        "\
use uncallback::{call, kick_now};

fn stored(slot: &mut Slot) -> uncallback::Started<u64, ()> {
    uncallback::start_with(move |completer| {
        let done = Box::new(move |value| completer.complete(value)) as Box<dyn FnOnce(_)>;
        // for later
        slot.pending = Some(done); // here
    }).1
}

fn load(id: u64) -> impl ::core::future::Future<Output = u64> + Send {
    kick_now(async move {
        let key = id + 1; // key
        let a = call!(fetch(key, _)).await;
        // then
        let b = call!(step(a, _)).await;
        a + b
    })
}
",
    );
}
