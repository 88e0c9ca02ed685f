#[uncallback::listener]
trait Listener {
    #[listener(answer = "yes")]
    fn on_close(&self) -> bool;
}

fn main() {}
