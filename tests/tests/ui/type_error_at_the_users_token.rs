//! A mistake inside a converted function is reported where the user made it.
use uncallback::uncallback;

fn fetch(id: u64, k: impl FnOnce(u64) + 'static) {
    k(id)
}

#[uncallback]
fn profile(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, move |user| {
        let name: String = user;
        done(name.len() as u64)
    })
}

#[uncallback]
fn unknown_name(id: u64, done: Box<dyn FnOnce(u64)>) {
    fetch(id, move |user| done(user + missing))
}

fn main() {
    let _ = (profile(1), unknown_name(1));
}
