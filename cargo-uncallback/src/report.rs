//! What is said about functions and files, as rustc would say it.
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use uncallback_rewrite::text::{Finding, ParseError, Rewrite, Status};

/// How many functions had which status.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    converted: usize,
    refused: usize,
    other: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, rewritten: &Rewrite) {
        for function in &rewritten.fns {
            match function.status {
                Status::Converted => self.converted += 1,
                Status::Refused => self.refused += 1,
                Status::LeftAlone(_) => self.other += 1,
            }
        }
    }
}

/// Prints the findings of a file, in the order of the source.
pub(crate) fn findings(name: &str, source: &str, rewritten: &Rewrite, verbose: bool) {
    let mut findings: Vec<&Finding> = rewritten.findings.iter().collect();
    findings.sort_by_key(|finding| finding.range.start);
    for finding in findings {
        self::finding(name, source, rewritten, finding);
    }
    if verbose {
        for function in &rewritten.fns {
            if let Status::LeftAlone(why) = function.status {
                let line = source[..function.range.start].matches('\n').count() + 1;
                anstream::eprintln!("{name}:{line}: `{}` is left alone: {why}", function.name);
            }
        }
    }
}

fn finding(name: &str, source: &str, rewritten: &Rewrite, finding: &Finding) {
    let refused = rewritten.fns[finding.function].status == Status::Refused;
    let level = if refused { Level::WARNING } else { Level::NOTE };
    // Steps are shown at their places; if one has none, all of them in one line, so that the path stays whole.
    let placed = finding.path.iter().all(|(range, _)| !range.is_empty());
    let (at_place, others): (Vec<_>, Vec<_>) =
        finding.path.iter().filter(|_| placed).partition(|(range, _)| is_within(range, &finding.range));
    let mut primary = AnnotationKind::Primary.span(shown(source, &finding.range));
    if let Some((_, text)) = at_place.last() {
        primary = primary.label(text);
    }
    let mut snippet = Snippet::source(source).path(name).annotation(primary);
    for (range, text) in others {
        snippet = snippet.annotation(AnnotationKind::Context.span(shown(source, range)).label(text));
    }
    let mut group = level.primary_title(&finding.message).id(finding.code.name()).element(snippet);
    if !placed {
        let path = finding.path.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" -> ");
        group = group.element(Level::NOTE.message(format!("path: {path}")));
    }
    let group = group
        .element(Level::HELP.message(&finding.help))
        .element(Level::NOTE.message(format!("`cargo uncallback explain {}`", finding.code)));
    render(group);
}

/// Prints why a file cannot be parsed.
pub(crate) fn unreadable(name: &str, source: &str, error: &ParseError) {
    let range = shown(source, &error.range);
    let snippet = Snippet::source(source).path(name).annotation(AnnotationKind::Primary.span(range));
    render(Level::ERROR.primary_title(&error.message).element(snippet));
}

/// Prints an error that has no place in a file.
pub(crate) fn error(message: &str) {
    render(Group::with_title(Level::ERROR.primary_title(message)));
}

/// Prints that a bug of ours stopped the run.
pub(crate) fn internal_error(message: &str) {
    render(Group::with_title(Level::ERROR.with_name("internal error").primary_title(message)));
}

/// Prints the last line.
pub(crate) fn summary(counts: &Counts) {
    let Counts { converted, refused, other } = counts;
    let functions = if *converted == 1 { "function" } else { "functions" };
    anstream::eprintln!("{converted} {functions} converted, {refused} refused, {other} left alone");
}

fn is_within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A place that can be underlined: inside of the text and, for a stretch of several lines, only its first one.
fn shown(source: &str, range: &Range<usize>) -> Range<usize> {
    let start = range.start.min(source.len());
    let end = range.end.clamp(start, source.len());
    let first_line = source[start..end].find('\n').map_or(end, |newline| start + newline);
    start..first_line
}

fn render(group: Group<'_>) {
    anstream::eprintln!("{}\n", Renderer::styled().render(&[group]));
}
