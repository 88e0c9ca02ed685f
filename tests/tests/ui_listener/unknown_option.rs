#[uncallback::listener(queue = big)]
trait Trait {
    fn on_value(&self);
}

#[uncallback::listener(variant = fast)]
trait Variant {
    fn on_value(&self);
}

#[uncallback::listener]
trait Method {
    #[listener(anwser = 1)]
    fn on_value(&self) -> u8;
}

fn main() {}
