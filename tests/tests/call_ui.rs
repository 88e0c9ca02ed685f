//! What the compiler says where `call!`, `start!` and `start_with!` can't do what is asked.

#[test]
fn a_mark_that_is_missing_doubled_or_half_is_named() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui_call/*.rs");
}
