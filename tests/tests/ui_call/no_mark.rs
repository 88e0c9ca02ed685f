fn fetch(_id: u32, then: impl FnOnce(u32)) {
    then(1);
}

fn main() {
    let _ = uncallback::call!(fetch(1, |n| drop(n)));
    let _ = uncallback::start!(fetch(1, |_| ()));
    let _ = uncallback::start_with!();
}
