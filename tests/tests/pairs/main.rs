//! Each rule of the rewriter on the smallest function that needs it.
//!
//! Every function is written once, in callback style. The macro below emits it twice, unchanged and under
//! `#[uncallback]`, and a test that runs both under every order of completion and every point of giving up.

// The functions are input, written as people write them; lints would have them written otherwise.
#![allow(clippy::all)]
// A variable that leaves the block in which it was declared need be `mut` only outside of it.
#![allow(unused_mut)]

/// One function, or one module of functions that are converted together; its last function is the one that is run.
macro_rules! pair {
    ($(#[$doc:meta])* $(as $shape:ident)? fn $name:ident $($rest:tt)*) => {
        $(#[$doc])*
        mod $name {
            mod callback {
                #[allow(unused_imports)]
                use crate::support::*;
                pub(super) fn $name $($rest)*
            }
            mod direct {
                #[allow(unused_imports)]
                use crate::support::*;
                #[uncallback::uncallback]
                pub(super) fn $name $($rest)*
            }

            #[test]
            fn same_under_every_schedule() {
                crate::support::agree!($($shape)? callback::$name, direct::$name);
            }
        }
    };
    ($(#[$doc:meta])* mod $name:ident { $($items:item)* }) => {
        $(#[$doc])*
        mod $name {
            mod callback {
                #[allow(unused_imports)]
                use crate::support::*;
                $($items)*
            }
            #[uncallback::uncallback]
            mod direct {
                #[allow(unused_imports)]
                use crate::support::*;
                $($items)*
            }

            #[test]
            fn same_under_every_schedule() {
                crate::support::agree!(callback::run, direct::run);
            }
        }
    };
}

mod branches;
mod callees;
mod completions;
mod first_wins;
mod join_points;

mod parts;
mod recursion;
mod repeated;
mod results;
mod segments;
mod several;
mod straight;
mod support;
