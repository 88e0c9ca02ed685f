//! Reads files, asks the engine, and shows what it says. A file that cannot be read keeps none of the others back.
use std::io::{self, Read, Write};
use std::path::Path;

use uncallback_rewrite::text::{self, Rewrite};
use uncallback_rewrite::{Options, Style};

use crate::args::Args;
use crate::report::Counts;
use crate::{Outcome, diff, report};

/// Goes through all files and returns the worst outcome.
pub(crate) fn rewrite_all(args: &Args) -> Outcome {
    let mut counts = Counts::default();
    let mut worst = Outcome::Done;
    for path in &args.files {
        let outcome =
            if path.as_os_str() == "-" { filter(args, &mut counts) } else { show(path, args, &mut counts) };
        worst = worst.max(outcome);
        text::forget_locations();
    }
    if !args.quiet {
        report::summary(&counts);
    }
    worst
}

/// Shows the rewrite of a file as a diff.
fn show(path: &Path, args: &Args, counts: &mut Counts) -> Outcome {
    let name = path.display().to_string();
    let source = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            report::error(&format!("cannot read `{name}`: {error}"));
            return Outcome::Usage;
        }
    };
    let Some(source) = utf8(&name, source) else { return Outcome::Unreadable };
    match rewrite(&name, &source, args, counts) {
        Some(rewritten) => {
            written(diff::print(&name, &source, &rewritten.apply(&source)));
            Outcome::Done
        }
        None => Outcome::Unreadable,
    }
}

/// Reads standard input and writes the new text to standard output: the old one if it cannot be rewritten, so that
/// nothing is lost where the output replaces the input.
fn filter(args: &Args, counts: &mut Counts) -> Outcome {
    let mut input = Vec::new();
    if let Err(error) = io::stdin().lock().read_to_end(&mut input) {
        report::error(&format!("cannot read standard input: {error}"));
        return Outcome::Usage;
    }
    let name = "<stdin>";
    let rewritten = match std::str::from_utf8(&input) {
        Ok(source) => {
            rewrite(name, source, args, counts).map(|rewritten| rewritten.apply(source).into_bytes())
        }
        Err(_) => {
            report::error(&format!("`{name}` is not UTF-8"));
            None
        }
    };
    let outcome = if rewritten.is_some() { Outcome::Done } else { Outcome::Unreadable };
    let mut out = io::stdout().lock();
    written(out.write_all(rewritten.as_deref().unwrap_or(&input)).and_then(|()| out.flush()));
    outcome
}

fn rewrite(name: &str, source: &str, args: &Args, counts: &mut Counts) -> Option<Rewrite> {
    let options = Options { style: Style::Readable, ..Options::default() };
    match text::rewrite(source, &options) {
        Ok(rewritten) => {
            if !args.quiet {
                report::findings(name, source, &rewritten, args.verbose);
            }
            counts.add(&rewritten);
            Some(rewritten)
        }
        Err(error) => {
            report::unreadable(name, source, &error);
            None
        }
    }
}

fn utf8(name: &str, bytes: Vec<u8>) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            report::error(&format!("`{name}` is not UTF-8 at byte {at}"));
            None
        }
    }
}

/// Writing fails when the reader has gone, as `head` does; there is nobody left to tell.
fn written(result: io::Result<()>) {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            report::error(&format!("cannot write: {error}"))
        }
        _ => {}
    }
}
