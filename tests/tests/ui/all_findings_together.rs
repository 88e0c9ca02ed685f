//! All that is wrong with a function is reported at once.
use uncallback::uncallback;

fn fetch(id: u64, k: impl FnOnce(u64) + 'static) {
    k(id)
}

#[uncallback]
fn two_mistakes(x: u64, done: impl FnOnce(u64) + 'static) {
    match x {
        0 => println!("nothing"),
        _ => fetch(x, move |user| {
            done(user);
            println!("after");
        }),
    }
}

fn main() {
    two_mistakes(1, |_| ());
}
