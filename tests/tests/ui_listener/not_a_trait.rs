#[uncallback::listener]
struct Listener;

fn uses(_: Listener) {}

fn main() {}
