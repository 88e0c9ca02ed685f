//! The marks in the sources: `//  ^^^^ UC01 words of the message` under the line with the place.

use std::fmt;
use std::ops::RangeInclusive;

/// A place that is marked, or that was reported.
pub(crate) struct Expected {
    /// The line of the place, counted from 1.
    pub(crate) line: usize,
    /// The text at the place.
    pub(crate) place: String,
    /// The code.
    pub(crate) code: String,
    /// Words of the message.
    pub(crate) says: String,
}

impl Expected {
    /// Whether this finding is the one that a mark expects.
    pub(crate) fn answers(&self, mark: &Expected) -> bool {
        let here = (self.line, &self.place, &self.code) == (mark.line, &mark.place, &mark.code);
        here && self.says.contains(&mark.says)
    }

    /// Whether the mark below this place has tildes: the function is converted, and the difference is named.
    pub(crate) fn is_note(&self, source: &str) -> bool {
        let below = source.lines().skip(self.line).take_while(|line| is_mark(line));
        below.into_iter().any(|line| line.contains('~') && line.contains(&self.code))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} at `{}`: {}", self.line, self.code, self.place, self.says)
    }
}

fn is_mark(line: &str) -> bool {
    let comment = line.trim_start().strip_prefix("//").map(str::trim_start);
    comment.is_some_and(|text| text.starts_with(['^', '~']))
}

/// All marks of a source.
pub(crate) fn expected(source: &str) -> Vec<Expected> {
    let lines: Vec<_> = source.lines().collect();
    let mut marks = vec![];
    for (at, line) in lines.iter().enumerate() {
        if !is_mark(line) {
            continue;
        }
        let above = (0..at).rev().find(|&above| !is_mark(lines[above])).expect("a mark stands under a line");
        let start = line.find(['^', '~']).expect("a mark has carets or tildes");
        let words = line[start..].trim_start_matches(['^', '~']);
        let end = line.len() - words.len();
        let (code, says) = words.trim().split_once(' ').unwrap_or((words.trim(), ""));
        marks.push(Expected {
            line: above + 1,
            place: lines[above][start..end].to_owned(),
            code: code.to_owned(),
            says: says.to_owned(),
        });
    }
    marks
}

/// A function of a source.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) lines: RangeInclusive<usize>,
    pub(crate) text: String,
}

impl Function {
    /// Helpers are not `pub`; the tests say nothing about them.
    pub(crate) fn is_helper(&self) -> bool {
        !self.text.trim_start().starts_with("pub ")
    }
}

/// The functions of a source. They begin and end at the same indentation.
pub(crate) fn functions(source: &str) -> Vec<Function> {
    let lines: Vec<_> = source.lines().collect();
    let mut functions = vec![];
    for (first, line) in lines.iter().enumerate() {
        let Some((_, after)) = line.split_once("fn ").filter(|(before, _)| !before.contains("//")) else {
            continue;
        };
        let margin = &line[..line.len() - line.trim_start().len()];
        if margin.len() > 4 {
            continue;
        }
        let close = format!("{margin}}}");
        let same_line = line.trim_end().ends_with('}');
        let last = (first..lines.len()).find(|&at| lines[at] == close || (same_line && at == first));
        let last = last.expect("a function ends");
        functions.push(Function {
            name: after.split(['(', '<']).next().unwrap_or_default().to_owned(),
            lines: first + 1..=last + 1,
            text: lines[first..=last].join("\n"),
        });
    }
    functions
}
