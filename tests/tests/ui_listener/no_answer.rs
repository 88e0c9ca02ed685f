#[uncallback::listener]
trait Listener {
    fn on_close(&self) -> bool;
    #[listener(answer = 1)]
    fn on_open(&self);
}

fn main() {}
