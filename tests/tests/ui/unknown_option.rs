//! A misspelt option is named, with the ones that exist.
use uncallback::uncallback;

#[uncallback(egaer)]
fn profile(id: u64, done: impl FnOnce(u64)) {
    done(id)
}

fn main() {
    profile(1, |_| ());
}
