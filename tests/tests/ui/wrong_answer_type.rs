//! An answer of the wrong type is the user's mistake, at the user's value.
use uncallback::uncallback;

fn fetch(id: u64, k: impl FnOnce(u64) + 'static) {
    k(id)
}

#[uncallback]
fn profile(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |user| {
        if user > 3 {
            done("three")
        } else {
            done(user)
        }
    })
}

fn main() {
    let _ = profile(1);
}
