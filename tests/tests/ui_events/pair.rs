fn on_data(_: impl Fn(u8), _: impl Fn(u8)) {}

fn main() {
    let _ = uncallback::events!(on_data(ok: _, err: _), unbounded);
}
