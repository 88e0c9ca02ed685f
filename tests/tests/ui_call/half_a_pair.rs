fn one(_: impl FnOnce(u32)) {}

fn main() {
    let _ = uncallback::call!(one(ok: _));
    let _ = uncallback::call!(one(err: _));
    let _ = uncallback::call!(one(ok: then));
}
