//! What the pairs share: the operations and the comparison.

pub(crate) use std::cell::{Cell, RefCell};
pub(crate) use std::rc::Rc;
pub(crate) use std::sync::{Arc, Mutex};
pub(crate) use uncallback_tests::trace::ops::*;
pub(crate) use uncallback_tests::trace::*;

/// Compares the two versions, after giving the callback version the plain completion that `compare` passes.
macro_rules! agree {
    ($callback:path, $direct:path) => {
        crate::support::expect_agreement(crate::support::compare(
            |x, done| $callback(x, done),
            |x| Box::pin($direct(x)),
        ))
    };
    (with_tracer $callback:path, $direct:path) => {
        crate::support::expect_agreement(crate::support::compare(
            |x, done| $callback(crate::support::Tracer(70), x, done),
            |x| Box::pin($direct(crate::support::Tracer(70), x)),
        ))
    };
    ($shape:ident $callback:path, $direct:path) => {
        crate::support::expect_agreement(crate::support::compare(
            uncallback_tests::shapes::$shape($callback),
            |x| Box::pin($direct(x)),
        ))
    };
}
pub(crate) use agree;

pub(crate) fn expect_agreement(outcome: Result<Agreement, Box<Difference>>) {
    if let Err(difference) = outcome {
        panic!("the versions differ\n{difference}");
    }
}
