//! What the compiler shows when a function with `#[uncallback]` is refused, or has a mistake of the user's in it.
//!
//! The expected output belongs to one version of the compiler; `TRYBUILD=overwrite cargo test -p uncallback-tests --test ui`
//! writes it anew.

#[test]
fn errors_are_shown_at_the_users_own_code() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
