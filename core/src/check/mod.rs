//! Both styles of a function, run against each other: what `#[uncallback(check)]` is built on (feature `check`).
//!
//! A callback function and its `async` version do the same if nobody can tell them apart: they start the same
//! operations, have the same effects and give the same answer, in the same order and in the same *turn*. A turn is what
//! runs between two deliveries: between the moment when one operation completes and the moment when the next one does.
//!
//! A check decides when operations complete. So the operations have to come from **test doubles**, which hand their
//! callbacks to [`later`] instead of to a network or a timer:
//!
//! ```
//! use uncallback::uncallback;
//! # mod network { pub(crate) fn fetch(_: u64, _: impl FnOnce(u64) + Send + 'static) {} }
//! # use network::fetch;
//!
//! #[uncallback(check(with = doubles, id in [1, 20]))]
//! fn total(id: u64, done: impl FnOnce(u64) + Send + 'static) {
//!     fetch(id, move |a| fetch(a, move |b| done(a + b)));
//! }
//!
//! /// Stands in for `network` in the test that `check` makes: its names hide those of this module.
//! #[cfg(test)]
//! mod doubles {
//!     use uncallback::check::later;
//!
//!     pub(super) fn fetch(id: u64, then: impl FnOnce(u64) + Send + 'static) {
//!         later(format!("fetch {id}"), move || then(id * 2));
//!     }
//! }
//! # drop(total(1));
//! ```
//!
//! The attribute makes a test of it, `total_is_the_same_in_both_styles`. A conversion written by hand is compared by
//! [`assert_same`]. Both try all orders of completion as long as no more than four operations are pending at a time, and
//! a fixed sample of orders above that; and for each of them what happens when the caller loses interest on the way.
//!
//! | for | there is |
//! |---|---|
//! | a function with the attribute | `#[uncallback(check)]`, which makes a test of it |
//! | a conversion written by hand | [`assert_same`] |
//! | an operation that completes when the check says so | [`later`] |
//! | an effect, or a drop, that the check is to see | [`effect`], [`Watched`] |
//! | arguments of a type of your own | [`Sample`] |
//!
//! # What a check sees
//!
//! | happens | is seen if |
//! |---|---|
//! | an operation is started or completes | its double calls [`later`] |
//! | anything else, such as a line in a log | its double calls [`effect`] |
//! | a value is dropped | a [`Watched`] is in it |
//! | the answer | always; it is compared as `Debug` prints it |
//! | a panic | always, with its message |
//!
//! Effects are compared in their order. Drops are compared as a set within each turn, because variables of the last
//! segment die before the caller goes on in direct style and after it in callback style.
//!
//! What is not seen is not checked: other threads, the clock, and effects that no double knows of.
mod compare;
mod orders;
mod report;
mod run;
mod sample;
mod stage;

use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt::{self, Debug, Display};
use core::future::Future;

pub use sample::Sample;

#[doc(hidden)]
pub use compare::{Input, compare};
#[doc(hidden)]
pub use stage::{answered, answered_err, answered_error_or_not, answered_ok, answered_one_of_both};

/// Starts an operation that completes when the check says so: `deliver` is one of the deliveries whose order it varies.
///
/// `what` names the operation in reports, and two operations count as the same if they have the same name: put the
/// arguments into it.
///
/// ```
/// use uncallback::check::later;
///
/// fn fetch(id: u64, then: impl FnOnce(u64) + 'static) {
///     later(format!("fetch {id}"), move || then(id * 2));
/// }
/// # uncallback::check::assert_same(|done| fetch(1, done), || async { uncallback::call!(fetch(1, _)).await });
/// ```
///
/// # Panics
///
/// Outside of a check, because nobody would ever deliver.
#[track_caller]
pub fn later(what: impl Display, deliver: impl FnOnce() + 'static) {
    let what = what.to_string();
    stage::record(stage::Event::Effect(alloc::format!("starts {what}")));
    let is_under_way = stage::enqueue(what, Box::new(deliver));
    assert!(
        is_under_way,
        "`check::later` is for test doubles, while a check runs; nobody delivers outside of one"
    );
}

/// Records something that can be seen from outside, such as a line in a log.
///
/// Outside of a check nothing happens.
///
/// ```
/// use uncallback::check::effect;
///
/// struct Log;
/// impl Log {
///     fn line(&self, text: &str) {
///         effect(format!("log: {text}"));
///     }
/// }
/// # Log.line("");
/// ```
pub fn effect(what: impl Display) {
    stage::record(stage::Event::Effect(what.to_string()));
}

/// A value whose drop a check sees, to be put into what must not die earlier or later than before.
///
/// ```
/// use uncallback::check::Watched;
///
/// struct Connection {
///     _open: Watched,
/// }
/// let connection = Connection { _open: Watched::new("connection") };
/// # drop(connection);
/// ```
pub struct Watched {
    name: alloc::string::String,
}

impl Watched {
    /// A value that is called `name` in reports.
    ///
    /// See the example of [`Watched`].
    pub fn new(name: impl Display) -> Self {
        Watched { name: name.to_string() }
    }
}

impl Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.name).finish()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        stage::record(stage::Event::Drop(alloc::format!("drops {}", self.name)));
    }
}

/// Runs a callback version and an async version under every order of completion, and panics if they differ.
///
/// ```
/// use uncallback::{call, check::{assert_same, effect, later}};
///
/// fn fetch(id: u64, then: impl FnOnce(u64) + 'static) {
///     later(format!("fetch {id}"), move || then(id * 2));
/// }
/// fn callback(id: u64, done: impl FnOnce(u64) + 'static) {
///     fetch(id, move |user| done(user + 1));
///     effect("requested");
/// }
/// // Written by hand, and wrong: what stood behind the call runs after the wait.
/// async fn direct(id: u64) -> u64 {
///     let user = call!(fetch(id, _)).await;
///     effect("requested");
///     user + 1
/// }
/// let difference = std::panic::catch_unwind(|| assert_same(|done| callback(7, done), || direct(7)));
/// assert!(difference.is_err());
/// ```
///
/// # Panics
///
/// If the versions differ: with the order of deliveries, and what each version did, side by side. And if the callback
/// version never answers, because then its operations do not come from [`later`].
#[track_caller]
pub fn assert_same<T, F>(callback: impl Fn(Box<dyn FnOnce(T)>), direct: impl Fn() -> F)
where
    T: Debug + 'static,
    F: Future<Output = T>,
{
    compare("the callback version", &[], || callback(Box::new(|answer| answered(&answer))), direct);
}
