fn on_click(_: impl FnMut(u8)) {}

fn main() {
    let _ = uncallback::events!(on_click(_), wait);
    let _ = uncallback::events!(on_click(_), spsc::newest);
}
