//! Shows one function of the callback version, and what the rewriting engine makes of it.

use uncallback_rewrite::{Options, Style, text};

/// The function `fetch_text` as it stands in the callback version, and as `cargo uncallback` would write it there.
pub(crate) fn before_and_after(callback: &str) -> (String, String) {
    let options = Options { style: Style::Readable, ..Options::default() };
    let rewritten = text::rewrite(callback, &options).expect("the callback version is Rust").apply(callback);
    let fetch_text = |source: &str| function(source, "fetch_text").expect("it is there").to_owned();
    (fetch_text(callback), fetch_text(&rewritten))
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
