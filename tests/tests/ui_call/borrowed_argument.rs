fn rows(then: impl FnOnce(&str)) {
    then("a,b");
}

fn main() {
    // `|row: &str| => row.to_owned()` is what this API needs.
    let _ = uncallback::call!(rows(_));
}
