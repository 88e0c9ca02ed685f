//! What `#[uncallback]` on an `extern` block says when a fact is missing: the choices, not a guess.

#[test]
fn missing_facts_are_asked_for() {
    trybuild::TestCases::new().compile_fail("tests/ui_extern/*.rs");
}
