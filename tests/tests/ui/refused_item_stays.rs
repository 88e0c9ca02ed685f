//! A refused function stays beside the error as it was, so that its callers are not reported as well.
use uncallback::uncallback;

#[uncallback]
fn half(x: u64, done: impl FnOnce(u64)) {
    if x % 2 == 0 {
        done(x / 2)
    }
}

fn main() {
    half(4, |x| println!("{x}"));
}
