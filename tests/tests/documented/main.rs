//! Each public item of the crate has an example that runs, and says what a user would otherwise have to try out.

mod docs;
mod krate;
mod source;
mod surface;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use krate::Crate;
use surface::{Function, Thing};

#[test]
fn every_public_item_says_what_it_is_in_a_sentence_of_its_own() {
    hold(undescribed);
}

#[test]
fn every_public_item_has_an_example_that_runs() {
    hold(without_example);
}

#[test]
fn every_unsafe_item_says_what_is_promised() {
    hold(unsafe_without_promise);
}

#[test]
fn every_type_that_stands_for_a_callback_says_what_happens_when_it_is_dropped() {
    hold(silent_about_drop);
}

#[test]
fn every_function_that_returns_a_future_says_what_is_lost_with_it() {
    hold(silent_about_cancelling);
}

#[test]
fn every_function_that_asserts_says_when_it_panics() {
    hold(silent_about_panics);
}

#[test]
fn every_function_that_may_fail_says_how() {
    hold(silent_about_errors);
}

#[test]
fn every_example_runs() {
    for thing in surface() {
        for (info, _) in thing.docs.fences() {
            let skipped = info.split(',').any(|word| matches!(word.trim(), "ignore" | "no_run"));
            assert!(!skipped, "{}: an example that is not run", thing.path);
        }
    }
}

#[test]
fn documentation_opens_with_the_questions_of_newcomers() {
    let docs = uncallback().docs();
    let first: Vec<&str> = docs.headings().into_iter().take(4).collect();
    assert!(first.iter().all(|heading| heading.ends_with('?')), "the first headings are {first:?}");
    let opening = docs.text().split("\n# ").next().unwrap_or_default();
    for heading in first {
        assert!(opening.contains(&format!("[{heading}](#")), "no short answer to `{heading}` at the top");
    }
}

#[test]
fn whole_surface_is_looked_at() {
    const SOME: [&str; 17] = [
        "Call",
        "call",
        "start_with",
        "local::start",
        "handle_can_cancel!(..)::cancel_with",
        "policies!(..)::drop_oldest",
        "stream::Events::next",
        "stream::mpsc::Emitter::emit",
        "ffi::CFn::trampoline",
        "ffi::Oneshot::keep",
        "ffi::pump::PumpThread::run",
        "ffi::slots",
        "debug::pending",
        "check::later",
        "blocking",
        "listener",
        "uncallback",
    ];
    let surface = surface();
    for path in SOME {
        assert!(surface.iter().any(|thing| thing.path == path), "{path} is not found");
    }
    assert!(!surface.iter().any(|thing| thing.path.contains("__")), "what is hidden is no part of it");
}

type Rule = fn(&[Thing]) -> Vec<String>;

#[test]
fn each_rule_finds_what_it_is_for() {
    let cases: [(Rule, &str, &str); 12] = [
        (undescribed, "pub fn f() {}", "/// Does it.\npub fn f() {}"),
        (
            without_example,
            "/// Does it.\npub fn f() {}",
            "/// Does it.\n/// ```\n/// f();\n/// ```\npub fn f() {}",
        ),
        (
            without_example,
            "/// A thing.\n/// ```\n/// T;\n/// ```\npub struct T; impl T { /// Does it.\n pub fn f(&self) {} }",
            "/// A thing.\n/// ```\n/// T.f();\n/// ```\npub struct T; impl T { /// Does it.\n pub fn f(&self) {} }",
        ),
        (
            without_example,
            "/// A.\n/// See the example of [`b`].\npub fn a() {}\n/// B.\n/// ```\n/// b();\n/// ```\npub fn b() {}",
            "/// A.\n/// See the example of [`b`].\npub fn a() {}\n/// B.\n/// ```\n/// b(a);\n/// ```\npub fn b() {}",
        ),
        (without_example, "/// Does it.\n/// ```ignore\n/// f();\n/// ```\npub fn f() {}", "fn f() {}"),
        (unsafe_without_promise, "pub unsafe fn f() {}", "/// # Safety\n/// None.\npub unsafe fn f() {}"),
        (
            unsafe_without_promise,
            "mod m { pub unsafe trait T {} } pub use m::T;",
            "mod m { pub unsafe trait T {} }",
        ),
        (
            silent_about_drop,
            "pub struct F; impl Drop for F {}",
            "/// Dropped, it rings.\npub struct F; impl Drop for F {}",
        ),
        (silent_about_drop, "pub struct F; impl core::future::Future for F {}", "pub struct F;"),
        (
            silent_about_cancelling,
            "pub async fn f() {}",
            "/// # Cancel safety\n/// Yes.\npub async fn f() {}",
        ),
        (
            silent_about_panics,
            "pub fn f() { assert!(g()); }",
            "pub fn f() { const { assert!(1 > 0) }; debug_assert!(g()) }",
        ),
        (
            silent_about_errors,
            "pub fn f() -> io::Result<u8> { g() }",
            "/// # Errors\n/// Often.\npub fn f() -> Result<u8, E> { g() }",
        ),
    ];
    for (rule, bad, good) in cases {
        assert_eq!(rule(&surface::surface(&Crate::of(bad))).len(), 1, "not found in {bad}");
        assert_eq!(rule(&surface::surface(&Crate::of(good))), Vec::<String>::new(), "{good}");
    }
}

/// Items without a first paragraph that can stand alone in a list.
fn undescribed(surface: &[Thing]) -> Vec<String> {
    let stands_alone = |thing: &Thing| {
        let summary = thing.docs.summary();
        summary.ends_with(['.', ':', '?']) && !summary.starts_with("See ")
    };
    paths(surface, |thing| !stands_alone(thing))
}

/// Items that no example shows: not their own, nor that of their type, nor one to which they refer.
fn without_example(surface: &[Thing]) -> Vec<String> {
    let is_shown = |thing: &Thing| {
        let name = thing.name();
        let referred =
            |other: &str| surface.iter().any(|thing| thing.name() == other && thing.docs.shows(name));
        thing.docs.examples().next().is_some()
            || thing.of.as_ref().is_some_and(|of| of.shows(name))
            || thing.docs.sees_examples_of().iter().any(|other| referred(other))
    };
    paths(surface, |thing| !is_shown(thing))
}

fn unsafe_without_promise(surface: &[Thing]) -> Vec<String> {
    paths(surface, |thing| thing.is_unsafe && !thing.docs.has_section("Safety"))
}

/// Futures, callbacks and guards that do not say what their end means; of the first two, more is to be said.
fn silent_about_drop(surface: &[Thing]) -> Vec<String> {
    paths(surface, |thing| {
        let is_callback = ["Completer", "Emitter"].iter().any(|end| thing.name().ends_with(end));
        let is_asked_more = thing.is_future || is_callback && thing.function.is_none();
        let text = thing.docs.text();
        let says = text.to_lowercase().contains("drop");
        let says_more = text.contains("hat happens when");
        thing.has_drop && !says || is_asked_more && !(says && says_more)
    })
}

/// Functions that give a future and do not say what is lost with it.
fn silent_about_cancelling(surface: &[Thing]) -> Vec<String> {
    /// The module at the root in which something is.
    fn room(thing: &Thing) -> &str {
        thing.path.split_once("::").map_or("", |(room, _)| room)
    }
    let gives_future = |thing: &Thing, function: &Function| {
        let Some(name) = function.returns.as_deref() else { return function.is_async };
        let types = surface.iter().filter(|other| other.function.is_none() && other.name() == name);
        // Two types may have one name; the nearer one is meant.
        let (near, far): (Vec<_>, Vec<_>) = types.partition(|other| room(other) == room(thing));
        let types = if near.is_empty() { far } else { near };
        function.is_async || name == "Future" || types.iter().any(|of| of.is_future)
    };
    paths(surface, |thing| {
        let says = thing.docs.has_section("Cancel safety") || thing.docs.text().contains("hat happens when");
        thing.function.as_ref().is_some_and(|function| gives_future(thing, function)) && !says
    })
}

fn silent_about_panics(surface: &[Thing]) -> Vec<String> {
    paths(surface, |thing| {
        thing.function.as_ref().is_some_and(|function| function.asserts) && !thing.docs.has_section("Panics")
    })
}

fn silent_about_errors(surface: &[Thing]) -> Vec<String> {
    paths(surface, |thing| {
        let returns = thing.function.as_ref().and_then(|function| function.returns.as_deref());
        returns == Some("Result") && !thing.docs.has_section("Errors")
    })
}

fn paths(surface: &[Thing], is_wrong: impl Fn(&Thing) -> bool) -> Vec<String> {
    surface.iter().filter(|thing| is_wrong(thing)).map(|thing| thing.path.clone()).collect()
}

fn hold(rule: Rule) {
    let surface = surface();
    let wrong = rule(surface);
    assert!(wrong.is_empty(), "{} of {} items:\n{}", wrong.len(), surface.len(), wrong.join("\n"));
}

fn surface() -> &'static [Thing] {
    static SURFACE: OnceLock<Vec<Thing>> = OnceLock::new();
    SURFACE.get_or_init(|| surface::surface(&uncallback()))
}

fn uncallback() -> Crate {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above this crate");
    let source = |member: &str| -> PathBuf { root.join(member).join("src/lib.rs") };
    Crate::read(&source("core"), &[("uncallback_macros", &source("macros"))])
}
