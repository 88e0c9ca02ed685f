//! The invariants of `ARCHITECTURE.md` and the promises of `README.md`, as ordinary tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};

#[test]
fn the_engine_does_no_io_and_knows_no_compiler() {
    const OUTSIDE: [&str; 7] = ["env", "fs", "io", "net", "process", "thread", "time"];
    for file in rust_files("rewrite/src") {
        let tokens: TokenStream = read(&file).parse().expect("the file is Rust");
        let mut used = Vec::new();
        modules_of_std(tokens.clone(), &mut used);
        used.retain(|module| OUTSIDE.contains(&module.as_str()));
        assert!(used.is_empty(), "{} uses std::{used:?}", file.display());
        assert!(!has_word(tokens, "proc_macro"), "{} names proc_macro", file.display());
    }
}

#[test]
fn the_core_has_no_dependency_by_default() {
    let tree = cargo(&["tree", "--locked", "-p", "uncallback", "-e", "normal", "--prefix", "none"]);
    let crates: Vec<&str> = tree.lines().collect();
    assert_eq!(crates.len(), 1, "the core pulls in:\n{tree}");
}

#[test]
fn the_core_never_depends_on_a_parser() {
    let tree =
        cargo(&["tree", "--locked", "-p", "uncallback", "--all-features", "-e", "normal,no-proc-macro"]);
    assert!(!tree.contains("syn v"), "the core links a parser into the user's program:\n{tree}");
}

#[test]
fn every_unsafe_block_of_the_core_says_why_it_is_sound() {
    for file in rust_files("core/src") {
        let text = read(&file);
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let code = code_of(line);
            if code.contains("unsafe {") || code.contains("unsafe impl") {
                assert!(
                    is_explained(&lines, index, "SAFETY:"),
                    "{}:{}: an unsafe block without `// SAFETY:` above it",
                    file.display(),
                    index + 1
                );
            }
        }
    }
}

#[test]
fn every_atomic_operation_of_the_core_says_what_it_publishes() {
    const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
    const OPERATIONS: [&str; 6] = [".load(", ".store(", ".swap(", ".compare_exchange", ".fetch_", "fence("];
    /// A call may be broken over lines; its name is not further above its ordering than this.
    const LINES: usize = 6;
    for file in rust_files("core/src") {
        let text = read(&file);
        let lines: Vec<&str> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let call = &lines[(index + 1).saturating_sub(LINES)..=index];
            let names_an_ordering = words(code_of(line)).any(|word| ORDERINGS.contains(&word));
            let is_operation = names_an_ordering
                && call
                    .iter()
                    .any(|line| OPERATIONS.iter().any(|operation| code_of(line).contains(operation)));
            if is_operation {
                assert!(
                    is_explained(&lines, index, "ORDERING:"),
                    "{}:{}: an atomic operation without `// ORDERING:` above it",
                    file.display(),
                    index + 1
                );
            }
        }
    }
}

#[test]
fn no_model_of_the_core_is_bounded() {
    for file in rust_files("core") {
        let text = read(&file);
        for bound in ["preemption_bound", "max_permutations", "max_duration", "model::Builder"] {
            assert!(!text.contains(bound), "{}: a model with `{bound}`", file.display());
        }
    }
}

#[test]
fn every_test_that_a_table_names_is_there() {
    let files: Vec<_> = ["core", "tests/tests"].into_iter().flat_map(rust_files).collect();
    let sources: String = files.iter().map(|file| read(file)).collect();
    let is_a_name = |word: &&str| {
        word.contains('_') && word.bytes().all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let has_a_table = |file: &&PathBuf| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        name.starts_with("loom_") && name != "loom_help" || ["models", "contract", "fears"].contains(&&*name)
    };
    for file in files.iter().filter(has_a_table) {
        let text = read(file);
        let rows = text.lines().filter_map(|line| line.strip_prefix("//! |"));
        let names = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter(is_a_name);
        for name in names {
            // The beginning of a name stands for all that begin so.
            assert!(sources.contains(&format!("fn {name}")), "{}: there is no `{name}`", file.display());
        }
    }
}

#[test]
fn nothing_names_a_path_or_a_tool_of_one_machine() {
    // In halves, so that this file does not find itself.
    let words =
        [["../sha", "red"], ["/wor", "k/"], ["/ro", "ot/."], ["far", "m-"]].map(|halves| halves.concat());
    for file in every_text_file() {
        let text = read(&file);
        for (number, line) in text.lines().enumerate() {
            for word in &words {
                let found = line.match_indices(word.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
                });
                assert!(!found, "{}:{}: mentions `{word}`", file.display(), number + 1);
            }
        }
    }
}

#[test]
fn both_licences_are_there_and_are_the_ones_that_the_crates_name() {
    let manifest = read(&root().join("Cargo.toml"));
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""), "Cargo.toml names another licence");
    assert!(read(&root().join("LICENSE-MIT")).contains("Permission is hereby granted, free of charge"));
    assert!(read(&root().join("LICENSE-APACHE")).contains("Apache License"));
    for member in members() {
        let manifest = read(&root().join(member).join("Cargo.toml"));
        for key in ["version", "edition", "license"] {
            let inherited = format!("{key}.workspace = true");
            assert!(manifest.contains(&inherited), "{member}/Cargo.toml has a {key} of its own");
        }
    }
}

#[test]
fn the_changelog_knows_the_version_that_is_built() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    let changelog = read(&root().join("CHANGELOG.md"));
    assert!(changelog.lines().any(|line| line.starts_with(&heading)), "no `{heading}` in CHANGELOG.md");
}

#[test]
fn the_commands_of_the_readme_can_be_typed() {
    let readme = read(&root().join("README.md"));
    for command in ["cargo run -p uncallback-examples --bin three-urls", "cargo test --workspace"] {
        assert!(readme.contains(command), "README.md does not show `{command}`");
    }
    assert!(read(&root().join(".ci/run")).contains("cargo test --workspace"), ".ci/run tests something else");
    for file in ["README.md", "CONTRIBUTING.md"] {
        for line in read(&root().join(file)).lines() {
            if let Some(program) = after(line, "--bin ") {
                let place = root().join("examples/src/bin");
                let exists = place.join(program).join("main.rs").is_file()
                    || place.join(format!("{program}.rs")).is_file();
                assert!(exists, "{file} runs `{program}`, which is not in examples/src/bin");
            }
        }
    }
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    for file in DOCUMENTS {
        for (at, _) in read(&root().join(file)).match_indices("](") {
            let text = read(&root().join(file));
            let target = text[at + 2..].split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.starts_with("http") {
                assert!(root().join(target).exists(), "{file} links to `{target}`, which is not there");
            }
        }
    }
}

#[test]
fn every_guard_that_the_architecture_names_is_a_test() {
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let sources: String = members().flat_map(rust_files).map(|file| read(&file)).collect();
    let mut guards = 0;
    for sentence in architecture.split("Guarded by ").skip(1) {
        let sentence = sentence.split('.').next().unwrap_or_default();
        for guard in sentence.split('`').skip(1).step_by(2) {
            guards += 1;
            let is_there = ["(", "<"].iter().any(|end| sources.contains(&format!("fn {guard}{end}")));
            assert!(is_there, "ARCHITECTURE.md names `{guard}`, no such test");
        }
    }
    assert!(guards > 0, "ARCHITECTURE.md names no guard at all");
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    // In halves, so that this file does not find itself.
    let marks = [["#[ign", "ore"], ["// TO", "DO"], ["// FIX", "ME"]];
    for member in members() {
        for file in rust_files(member) {
            let text = read(&file);
            for mark in marks.map(|halves| halves.concat()) {
                assert!(!text.contains(&mark), "{} contains `{mark}`", file.display());
            }
        }
    }
}

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn members() -> impl Iterator<Item = &'static str> {
    ["core", "macros", "rewrite", "cargo-uncallback", "examples", "tests", "benches"].into_iter()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above this crate").to_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All Rust files below a folder of the workspace.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty(), "{folder} holds no Rust file");
    files
}

/// All files of the workspace that people write: not what tools generate, and nothing that is not text.
fn every_text_file() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root(), &mut files);
    files.retain(|file| fs::read(file).is_ok_and(|bytes| String::from_utf8(bytes).is_ok()));
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    const NOT_OURS: [&str; 3] = [".git", "target", "corpus"];
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            if !NOT_OURS.iter().any(|name| path.ends_with(name)) {
                collect(&path, files);
            }
        } else if !NOT_OURS.iter().any(|name| path.ends_with(name)) {
            files.push(path);
        }
    }
}

/// The names that follow `std::`, alone or in braces.
fn modules_of_std(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => modules_of_std(group.stream(), found),
            TokenTree::Ident(word) if word == "std" => {
                while tokens
                    .next_if(|next| matches!(next, TokenTree::Punct(p) if p.as_char() == ':'))
                    .is_some()
                {}
                match tokens.peek() {
                    Some(TokenTree::Ident(module)) => found.push(module.to_string()),
                    Some(TokenTree::Group(group)) => {
                        found.extend(group.stream().into_iter().map(|part| part.to_string()));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_word(group.stream(), word),
        TokenTree::Ident(ident) => ident == word,
        _ => false,
    })
}

/// A line without its comment.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// Whether a comment with this mark stands on the line or a little above it, within the same function.
fn is_explained(lines: &[&str], index: usize, mark: &str) -> bool {
    const REACH: usize = 12;
    if lines[index].contains(mark) {
        return true;
    }
    for line in lines[..index].iter().rev().take(REACH) {
        if line.contains(mark) {
            return true;
        }
        if words(code_of(line)).any(|word| word == "fn") {
            return false;
        }
    }
    false
}

/// The word that follows `mark` in a line.
fn after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(mark)?;
    rest.split([' ', '`', ')', ',']).next()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints text")
}
