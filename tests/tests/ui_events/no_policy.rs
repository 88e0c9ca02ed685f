fn on_click(_: impl Fn(u8)) {}

fn main() {
    let _ = uncallback::events!(on_click(_));
}
