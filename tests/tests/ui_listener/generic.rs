#[uncallback::listener]
trait Listener<T> {
    fn on_value(&self, value: T);
}

#[uncallback::listener]
trait Methods {
    fn on_value<T>(&self, value: T);
    fn on_impl(&self, value: impl Send);
    async fn on_later(&self);
    fn make() -> u8;
    #[listener(skip)]
    fn skipped(&self);
    const ID: u8;
    type Kind;
}

fn main() {}
