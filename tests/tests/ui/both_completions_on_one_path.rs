//! Two completions are taken for success and failure, of which a path calls one.
use uncallback::uncallback;

#[uncallback]
fn two(x: u64, first: impl FnOnce(u64), second: impl FnOnce(u64)) {
    first(x);
    second(x);
}

fn main() {
    two(1, |_| (), |_| ());
}
