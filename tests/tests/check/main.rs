//! `#[uncallback(check)]`: the tests that it makes run here, and conversions that are wrong are told apart.
#![allow(clippy::all)]

mod by_attribute;
mod by_hand;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Stand in for an API that no test could steer.
mod doubles {
    pub(crate) use uncallback::check::{Watched, effect as log, later};

    pub(crate) fn fetch(id: u64, then: impl FnOnce(u64) + 'static) {
        later(format!("fetch {id}"), move || then(id * 2));
    }

    pub(crate) fn find(name: &str, then: Box<dyn FnOnce(Result<u64, String>)>) {
        let name = name.to_owned();
        later(format!("find {name:?}"), move || match name.as_str() {
            "" => then(Err("no name".into())),
            name => then(Ok(name.len() as u64)),
        });
    }

    /// Its last effect comes after its callback, so that no async function can keep the order.
    pub(crate) fn babble(id: u64, then: impl FnOnce(u64) + 'static) {
        later(format!("babble {id}"), move || {
            then(id);
            log("said more");
        });
    }
}

/// What a check says of versions that differ.
fn said(check: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(check)).expect_err("the versions differ");
    *panic.downcast::<String>().expect("a report is text")
}
