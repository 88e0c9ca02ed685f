//! The attribute says what it is for when it stands on something else.
use uncallback::uncallback;

#[uncallback]
fn no_completion(x: u64) -> u64 {
    x
}

#[uncallback]
struct Settings;

fn main() {
    let _ = (no_completion(1), Settings);
}
