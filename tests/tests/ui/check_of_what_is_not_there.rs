//! `check` names what it cannot make a test of: a parameter that does not exist, a method, a type without samples.
use uncallback::uncallback;

#[uncallback(check(idd = 3))]
fn profile(id: u64, done: impl FnOnce(u64) + 'static) {
    done(id)
}

struct Client;

#[uncallback]
impl Client {
    #[uncallback(check)]
    fn fetch(&self, id: u64, done: Box<dyn FnOnce(u64)>) {
        done(id)
    }
}

#[uncallback(check)]
fn anything<T>(what: T, done: impl FnOnce(T) + 'static) {
    done(what)
}

#[uncallback(check(id))]
fn no_value(id: u64, done: impl FnOnce(u64) + 'static) {
    done(id)
}

fn main() {
    profile(1, |_| ());
    Client.fetch(1, Box::new(|_| ()));
    anything(1, |_| ());
    no_value(1, |_| ());
}
