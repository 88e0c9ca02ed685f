#[uncallback::listener]
trait Listener {
    fn on_name(&self, name: &str);
    fn on_maybe(&self, name: Option<&str>);
    fn on_event(&self, event: std::borrow::Cow<'_, str>);
    fn on_fill(&self, buffer: &mut Vec<u8>);
}

// The trait is still there, so this is no second error.
fn uses(listener: &dyn Listener) {
    listener.on_name("a");
}

fn main() {}
