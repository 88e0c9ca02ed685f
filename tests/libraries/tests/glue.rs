//! Keeps the table of `docs/glue.md` true: how many lines of glue each library needs, with the adapters and by hand.
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

const BEGIN: &str = "<!-- counted: begin -->\n";
const END: &str = "<!-- counted: end -->\n";

#[test]
fn the_table_of_glue_lines_is_what_the_sources_say() {
    let page = here().join("../../docs/glue.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the page has a place for the table");
    let (written, after) = rest.split_once(END).expect("the table ends");
    let counted = table();
    if std::env::var_os("GLUE").is_some_and(|word| word == "overwrite") {
        fs::write(&page, format!("{before}{BEGIN}{counted}{END}{after}")).unwrap();
    } else {
        let how = "GLUE=overwrite cargo test -p uncallback-tests-libraries --test glue";
        assert_eq!(written, counted, "docs/glue.md is stale; this counts anew: {how}");
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

/// The marked lines of a file that hold code.
fn lines(file: &str) -> usize {
    let path = here().join("tests").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut counting, mut count) = (false, 0);
    for line in text.lines().map(str::trim) {
        match line {
            "// glue: begin" | "// pump: begin" => counting = true,
            "// glue: end" | "// pump: end" => counting = false,
            _ if counting && !line.is_empty() && !line.starts_with("//") => count += 1,
            _ => {}
        }
    }
    assert!(count > 0 && !counting, "{file}: the marks are not in pairs");
    count
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
