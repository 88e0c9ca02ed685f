//! Methods that call one another through a clone of `self`, converted as an `impl`.
#![allow(clippy::all)]

use std::rc::Rc;

use uncallback_tests::trace::ops::*;
use uncallback_tests::trace::*;

#[allow(unused_imports, unused_macros)]
#[path = "pairs/support.rs"]
mod support;

/// The same `impl` in both styles.
macro_rules! store {
    ($(#[$attribute:meta])?) => {
        pub(super) struct Store {
            pub(super) base: i64,
        }

        $(#[$attribute])?
        impl Store {
            pub(super) fn save(self: &Rc<Self>, x: i64, done: Box<dyn FnOnce(i64)>) {
                let this = Rc::clone(self);
                emit(x);
                self.write(x, Box::new(move |written| match written % 3 {
                    0 if written > 0 => this.save(written - 3, done),
                    1 => this.flush(done),
                    _ => {
                        emit(this.base);
                        done(written)
                    }
                }));
            }

            fn write(&self, x: i64, done: Box<dyn FnOnce(i64)>) {
                op(1, x + self.base, done)
            }

            fn flush(self: &Rc<Self>, done: Box<dyn FnOnce(i64)>) {
                let same = self.clone();
                op(2, self.base, move |v| same.write(v, Box::new(move |w| done(v + w))))
            }
        }
    };
}

mod callback {
    use super::*;
    store!();
}

mod direct {
    use super::*;
    store!(#[uncallback::uncallback]);
}

#[test]
fn methods_of_a_clone_of_self_do_the_same_in_the_same_order() {
    support::expect_agreement(compare(
        |x, done| Rc::new(callback::Store { base: 5 }).save(x, done),
        |x| {
            let store = Rc::new(direct::Store { base: 5 });
            Box::pin(async move { store.save(x).await })
        },
    ));
}
