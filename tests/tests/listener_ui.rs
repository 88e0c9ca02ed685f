//! What the compiler says where `#[listener]` and `events!` refuse: the place, the cause, the next step.

#[test]
fn refusals_name_the_place_the_cause_and_the_next_step() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui_listener/*.rs");
    cases.compile_fail("tests/ui_events/*.rs");
}
