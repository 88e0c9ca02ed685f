//! Keeps `docs/glue.md` true: how many lines of glue each library needs, with the adapters and by hand, and what it looks like.
//!
//! Counted are the lines between the marks `glue: begin` and `glue: end` (`pump: begin`, `pump: end`) that hold more than a
//! comment. The sources are formatted by rustfmt, which the checks of the repository see to.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder, name, and whether the version by hand needs a pump.
const LIBRARIES: [(&str, &str, bool); 6] = [
    ("sqlite", "SQLite: a hook, two handlers, a list", false),
    ("curl", "libcurl: transfers on an event loop", true),
    ("nghttp2", "nghttp2: the questions of a session", false),
    ("mosquitto", "libmosquitto: operations with ids, messages", false),
    ("cares", "c-ares: three kinds of lookup on an event loop", true),
    ("gio", "GIO: files, loaded on a thread of their own", false),
];

#[test]
fn the_page_about_glue_is_what_the_sources_say() {
    let page = here().join("../../docs/glue.md");
    let text = fs::read_to_string(&page).unwrap();
    let mut renewed = text.clone();
    for (part, contents) in [("counted", table()), ("sqlite", code("sqlite/adapters.rs"))] {
        let (begin, end) = (format!("<!-- {part}: begin -->\n"), format!("<!-- {part}: end -->\n"));
        let (before, rest) = renewed.split_once(&begin).expect("the page has a place for it");
        let (_, after) = rest.split_once(&end).expect("the place ends");
        renewed = format!("{before}{begin}{contents}{end}{after}");
    }
    if std::env::var_os("GLUE").is_some_and(|word| word == "overwrite") {
        fs::write(&page, renewed).unwrap();
    } else {
        let how = "GLUE=overwrite cargo test -p uncallback-tests-libraries --test glue";
        assert_eq!(text, renewed, "docs/glue.md is stale; this writes it anew: {how}");
    }
}

fn table() -> String {
    let pump = lines("by_hand/pump.rs");
    let mut table =
        "| library | by hand: pump | by hand: glue | with the adapters | share |\n|---|--:|--:|--:|--:|\n"
            .to_owned();
    let (mut all_by_hand, mut all_with) = (0, 0);
    for (folder, name, needs_pump) in LIBRARIES {
        let with = lines(&format!("{folder}/adapters.rs"));
        let glue = lines(&format!("{folder}/by_hand.rs"));
        let pump = if needs_pump { pump } else { 0 };
        writeln!(table, "| {name} | {pump} | {glue} | {with} | {} % |", share(with, pump + glue)).unwrap();
        all_by_hand += glue;
        all_with += with;
    }
    // The pump is written once, however many libraries need it.
    writeln!(
        table,
        "| all, with one pump | {pump} | {all_by_hand} | {all_with} | {} % |",
        share(all_with, pump + all_by_hand)
    )
    .unwrap();
    table
}

fn share(part: usize, whole: usize) -> usize {
    (100 * part + whole / 2) / whole
}

/// How many marked lines of a file hold code.
fn lines(file: &str) -> usize {
    let is_code = |line: &&String| !line.trim().is_empty() && !line.trim().starts_with("//");
    marked(file).iter().filter(is_code).count()
}

/// The marked lines of a file, to be shown.
fn code(file: &str) -> String {
    format!("```rust\n{}\n```\n", marked(file).join("\n"))
}

fn marked(file: &str) -> Vec<String> {
    let path = here().join("tests").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut counting, mut marked) = (false, Vec::new());
    for line in text.lines() {
        match line.trim() {
            "// glue: begin" | "// pump: begin" => counting = true,
            "// glue: end" | "// pump: end" => counting = false,
            _ if counting => marked.push(line.to_owned()),
            _ => {}
        }
    }
    assert!(!marked.is_empty() && !counting, "{file}: the marks are not in pairs");
    marked
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
