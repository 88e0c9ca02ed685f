fn two(_: impl FnOnce(u32, u32)) {}

fn main() {
    let _ = uncallback::call!(two(|a, b|));
    let _ = uncallback::call!(two(_ + 1));
    let _ = uncallback::call!(two(_), 5);
}
