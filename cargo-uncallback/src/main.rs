//! `cargo uncallback`: takes callback code to async/await.
fn main() {}
