//! Shows one function of the callback version, and what the rewriting engine makes of it.

use uncallback_rewrite::{Options, Style, text};

const CALLBACK: &str = include_str!("callback.rs");

/// The function `fetch_text` as it stands in `callback.rs`, and as `cargo uncallback` would write it there.
pub(crate) fn before_and_after() -> (String, String) {
    let options = Options { style: Style::Readable, ..Options::default() };
    let rewritten = text::rewrite(CALLBACK, &options).expect("callback.rs is Rust").apply(CALLBACK);
    let fetch_text = |source: &str| function(source, "fetch_text").expect("it is there").to_owned();
    (fetch_text(CALLBACK), fetch_text(&rewritten))
}

/// The text of one function, from its documentation to its closing brace.
///
/// The source is formatted: the brace that closes a function is the first one that begins a line.
fn function<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let signature = source.find(&format!("fn {name}("))?;
    let paragraph = source[..signature].rfind("\n\n")? + "\n\n".len();
    let length = source[paragraph..].find("\n}\n")? + "\n}".len();
    Some(&source[paragraph..paragraph + length])
}
