fn two(_: impl FnOnce(u32), _: impl FnOnce(u32)) {}

fn main() {
    let _ = uncallback::call!(two(_, _));
    let _ = uncallback::call!(two(_, ok: _));
    let _ = uncallback::call!(two(ok: _, ok: _));
}
