//! Functions of a module that call one another, converted together.
#![allow(clippy::all)]

use uncallback_tests::trace::ops::*;
use uncallback_tests::trace::*;

#[allow(unused_imports, unused_macros)]
#[path = "pairs/support.rs"]
mod support;

/// The same functions in both styles.
macro_rules! functions {
    ($(#[$attribute:meta])? $name:ident) => {
        $(#[$attribute])?
        mod $name {
            use super::*;

            /// Is called once by a callback that leads nowhere, which stays, and so this stays, too.
            fn stays(x: i64, done: Box<dyn FnOnce(i64)>) {
                emit(x);
                goes(x + 1, done)
            }

            fn goes(x: i64, done: Box<dyn FnOnce(i64)>) {
                op(1, x, move |v| done(v + 1))
            }

            pub(super) fn both(x: i64, done: Box<dyn FnOnce(i64)>) {
                stays(x, Box::new(|v| emit(v)));
                stays(x + 1, Box::new(move |v| op(2, v, done)));
            }
        }
    };
}

functions!(callback);
functions!(
    #[uncallback::uncallback]
    direct
);

#[test]
fn private_functions_that_are_still_called_in_callback_style_stay_and_are_awaited_elsewhere() {
    support::expect_agreement(compare(callback::both, |x| Box::pin(direct::both(x))));
}
