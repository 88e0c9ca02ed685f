//! Code that stays in callback style cannot call a converted function: that is said, with the way out.
use uncallback::uncallback;

#[uncallback]
mod network {
    pub fn fetch(id: u64, done: impl FnOnce(u64) + 'static) {
        super::later(move || done(id * 2))
    }

    pub fn both(id: u64, done: impl FnOnce(u64) + 'static) {
        fetch(id + 1, |other| println!("{other}"));
        fetch(id, done)
    }

    pub fn print(id: u64) {
        fetch(id, |size| println!("{size}"))
    }

    #[uncallback(keep)]
    pub fn kept(id: u64, done: impl FnOnce(u64) + 'static) {
        super::later(move || done(id))
    }

    pub fn print_kept(id: u64) {
        kept(id, |size| println!("{size}"))
    }
}

fn later(deliver: impl FnOnce() + 'static) {
    deliver()
}

fn main() {
    network::print(1);
    network::print_kept(1);
}
