//! Callback functions as source text: the hand-written pairs, and every Rust file of this workspace.

use proc_macro2::{Spacing, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

/// One invocation of the `pair!` macro in `tests/pairs`.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The function or the module of functions, as it stands there.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Whether it is a module of functions that are converted together.
    pub together: bool,
    /// The shape of its completion, if it is not a plain one: a function of [`shapes`](crate::shapes), or `with_tracer`.
    pub shape: Option<String>,
}

/// All hand-written pairs.
///
/// # Panics
///
/// If the files of the pairs cannot be read.
pub fn pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut pairs = vec![];
    for file in rust_files(&folder).into_iter().filter(|file| !file.ends_with("main.rs")) {
        let text = fs::read_to_string(&file).expect("a file of the pairs");
        let tokens: Vec<TokenTree> =
            text.parse::<proc_macro2::TokenStream>().expect("it is Rust").into_iter().collect();
        for window in tokens.windows(3) {
            let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(body)] = window else {
                continue;
            };
            if name == "pair" && bang.as_char() == '!' && bang.spacing() == Spacing::Alone {
                pairs.push(pair(&text[body.span().byte_range()]));
            }
        }
    }
    assert!(pairs.len() > 80, "only {} pairs were found", pairs.len());
    pairs
}

/// The pair of a macro body with its braces.
fn pair(body: &str) -> Pair {
    let inside = body.trim_start_matches('{').trim_end_matches('}');
    let shape = inside.lines().find_map(|line| line.trim().strip_prefix("as ")).map(str::to_owned);
    let lines = inside.lines().skip_while(|line| {
        let line = line.trim();
        !(line.starts_with("fn ") || line.starts_with("mod "))
    });
    let source: String =
        lines.map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n").collect();
    let source = source.trim_end().to_owned() + "\n";
    let together = source.starts_with("mod ");
    let name = source[3..].trim_start().split(['(', '<', ' ']).next().unwrap_or_default().to_owned();
    Pair { source, name, together, shape }
}

/// The Rust files of this workspace, without what was built.
pub fn workspace_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above this package");
    ["core", "macros", "rewrite", "cargo-uncallback", "examples", "tests", "benches"]
        .iter()
        .flat_map(|package| rust_files(&root.join(package)))
        .collect()
}

/// The Rust files of a folder and the folders in it, sorted.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The comments of a source, in order, without the white space inside them.
///
/// Written for these tests alone, so that the rewriter's own idea of a comment is not what it is measured by.
pub fn comments(source: &str) -> Vec<String> {
    let mut comments = vec![];
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else {
            rest = &rest[literal(rest).unwrap_or(first.len_utf8())..];
            continue;
        };
        comments.push(rest[..length].split_whitespace().collect::<Vec<_>>().join(" "));
        rest = &rest[length..];
    }
    comments
}

/// The length of the block comment at the start, nested ones included.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        at += step;
        if depth == 0 || step == 0 {
            return at;
        }
    }
}

/// The length of the string or character literal at the start, if there is one.
fn literal(text: &str) -> Option<usize> {
    if let Some(hashed) = text.strip_prefix('r') {
        let hashes = hashed.len() - hashed.trim_start_matches('#').len();
        let body = hashed[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return body.find(&close).map(|end| 1 + hashes + 1 + end + close.len());
    }
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first))?;
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return Some(at + 1),
            // A lifetime or a label, not a character.
            _ if quote == '\'' && at > 1 && !text[1..at].starts_with('\\') => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_what_only_looks_like_one() {
        let source = "fn f<'a>(x: &'a str) { // one\n let u = \"http://x\"; /* two /* deep */ */ let c = '\"'; // three\n \
                      let r = r#\"// no \" // no\"#; let q = '\\''; /* four */ }";
        assert_eq!(comments(source), ["// one", "/* two /* deep */ */", "// three", "/* four */"]);
    }

    #[test]
    fn pairs_are_read_with_their_bodies() {
        let pairs = pairs();
        let pair = pairs.iter().find(|pair| pair.name == "one_operation").expect("the first pair");
        assert_eq!(
            pair.source,
            "fn one_operation(x: i64, done: Box<dyn FnOnce(i64)>) {\n    op(1, x, move |a| done(a + 1))\n}\n"
        );
    }
}
