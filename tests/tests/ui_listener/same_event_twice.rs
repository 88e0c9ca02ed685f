#[uncallback::listener]
trait Listener {
    fn on_close(&self);
    fn close(&self);
}

#[uncallback::listener]
trait Empty {}

#[uncallback::listener]
unsafe trait Promise {
    fn on_close(&self);
}

fn main() {}
