//! What a file may begin with, how its lines may end, and what cannot be read.
use uncallback_rewrite::text::{Status, Unreadable, rewrite};

use crate::{checked, readable, rewrites, stays};

const BEFORE: &str = "\
use uncallback::call;

/// Loads it.
fn load(id: u64, done: impl FnOnce(u64) + 'static) {
    // ünïcödé 𝒞
    fetch(id, move |a| {
        let text = \"𝒞 // no comment\";
        done(a + 1) // ß
    });
}
";
const AFTER: &str = "\
use uncallback::call;

/// Loads it.
async fn load(id: u64) -> u64 {
    // ünïcödé 𝒞
    let a = call!(fetch(id, _)).await;
    let text = \"𝒞 // no comment\";
    a + 1 // ß
}
";

#[test]
fn a_byte_order_mark_stays_and_moves_no_edit() {
    rewrites(&format!("\u{feff}{BEFORE}"), &format!("\u{feff}{AFTER}"));
}

#[test]
fn an_interpreter_line_stays_and_moves_no_edit() {
    rewrites(
        &format!("#!/usr/bin/env -S cargo run\n{BEFORE}"),
        &format!("#!/usr/bin/env -S cargo run\n{AFTER}"),
    );
    rewrites(&format!("\u{feff}#!x\n{BEFORE}"), &format!("\u{feff}#!x\n{AFTER}"));
}

#[test]
fn inner_attributes_are_no_interpreter_line() {
    rewrites(&format!("#![allow(unused)]\n{BEFORE}"), &format!("#![allow(unused)]\n{AFTER}"));
}

#[test]
fn line_endings_stay_and_new_lines_get_those_of_the_file() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    rewrites(&crlf(BEFORE), &crlf(AFTER));
    let one_line =
        "fn load(id: u64, done: impl FnOnce(u64) + 'static) { fetch(id, move |a| done(a + 1)) }\r\n";
    let lines = "use uncallback::call;\n\nasync fn load(id: u64) -> u64 {\n    let a = call!(fetch(id, _)).await;\n    a + 1\n}\n";
    rewrites(one_line, &crlf(lines));
}

#[test]
fn mixed_line_endings_stay_where_they_are() {
    let before = "use uncallback::call;\r\n\nfn load(id: u64, done: impl FnOnce(u64) + 'static) {\r\n    tick();\n    tock();\r\n    fetch(id, done)\n}\r\n";
    let after = "use uncallback::call;\r\n\nasync fn load(id: u64) -> u64 {\r\n    tick();\n    tock();\r\n    call!(fetch(id, _)).await\r\n}\r\n";
    rewrites(before, after);
}

#[test]
fn a_file_without_a_last_newline_gets_none() {
    rewrites(BEFORE.trim_end(), AFTER.trim_end());
}

#[test]
fn files_without_callback_functions_stay_to_the_byte() {
    stays("");
    stays("// nothing\n");
    stays("#![allow(x)]\n\n\n");
    stays(
        "fn  f( ){ }\n\tasync fn g(){let x=1 ;}  \nmacro_rules! m { ($x:expr) => { fn h(done: impl FnOnce(u8)) {} } }",
    );
    stays("async fn load(id: u64, done: impl FnOnce(u64) + 'static) { fetch(id).await; done(1) }");
}

#[test]
fn a_macro_body_is_never_touched() {
    stays("m! { fn load(id: u64, done: impl FnOnce(u64) + 'static) { fetch(id, done) } }\n");
}

#[test]
fn every_callback_function_is_mentioned_once() {
    let text = "\
fn converted(id: u64, done: impl FnOnce(u64) + 'static) {
    fetch(id, done)
}
mod inner {
    fn refused(id: u64, done: impl FnOnce(u64) + 'static) {
        done(id);
        tick();
    }
}
impl Client {
    fn scoped(&self, each: impl FnOnce(&str)) {
        each(&self.name)
    }
    fn plain(&self) {}
}
";
    let (rewritten, _) = checked(text);
    let fns: Vec<_> =
        rewritten.fns.iter().map(|function| (function.name.as_str(), function.status)).collect();
    assert_eq!(
        fns,
        [
            ("converted", Status::Converted),
            ("inner::refused", Status::Refused),
            ("Client::scoped", Status::LeftAlone("scoped")),
        ]
    );
    let [finding] = &rewritten.findings[..] else { panic!("{:?}", rewritten.findings) };
    assert_eq!(finding.code.name(), "UC03");
    assert_eq!(&text[finding.range.clone()], "tick();");
    assert_eq!(finding.function, 1);
}

#[test]
fn places_are_counted_from_the_beginning_of_the_file() {
    let text = "\u{feff}#!x\nfn refused(id: u64, done: impl FnOnce(u64) + 'static) {\n    if id > 0 {\n        done(id);\n    }\n}\n";
    let (rewritten, _) = checked(text);
    let [finding] = &rewritten.findings[..] else { panic!("{:?}", rewritten.findings) };
    assert_eq!(finding.code.name(), "UC01");
    assert_eq!(&text[finding.range.clone()], "if");
    assert_eq!(&text[rewritten.fns[0].range.clone()], text[7..].trim_end());
}

#[test]
fn what_cannot_be_parsed_is_an_error_with_its_place() {
    let error = rewrite("\u{feff}fn f() {\n    let x = ;\n}\n", &readable()).expect_err("it is not Rust");
    assert_eq!(error.reason, Unreadable::Syntax);
    assert_eq!(error.range, 24..25, "{}", error.message);
    let error = rewrite("fn f() {\n", &readable()).expect_err("it is not Rust");
    assert_eq!(error.reason, Unreadable::Syntax);
    let error = rewrite("---\n[package]\n---\nfn main() {}", &readable()).expect_err("it has frontmatter");
    assert_eq!(error.reason, Unreadable::Frontmatter);
}

#[test]
fn an_edit_covers_nothing_that_stays() {
    let (rewritten, _) = checked(BEFORE);
    let removed: Vec<&str> = rewritten.edits.iter().map(|edit| &BEFORE[edit.range.clone()]).collect();
    assert!(rewritten.edits.windows(2).all(|pair| pair[0].range.end < pair[1].range.start), "{removed:?}");
    for kept in ["load(id: u64", "// ünïcödé", "fetch", "let text", "a + 1"] {
        assert!(
            removed.iter().all(|text| !text.contains(kept)),
            "`{kept}` stays, but {removed:?} is replaced"
        );
    }
}
