fn on_click(_: u8) {}

fn main() {
    let _ = uncallback::events!(on_click(1), unbounded);
    let _ = uncallback::events!();
}
