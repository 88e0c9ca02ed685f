//! Lines: how they begin and end, which comments stand round them, and whether they are too long.
use std::borrow::Cow;

use super::{MAX_WIDTH, Printer, Segment};
use crate::emit::text::comments::Above;
use crate::emit::text::gap::Comment;
use crate::emit::text::indent::Shift;

/// The line that is being printed.
#[derive(Default)]
pub(super) struct Line<'p> {
    /// Where it begins in the output, in front of its indentation.
    pub(super) start: usize,
    pub(super) indent: String,
    /// How comments above it are indented: as the statements are, even where a closing brace follows.
    pub(super) above_indent: String,
    /// Whether it is the first one of a block.
    pub(super) first: bool,
    pub(super) above: Vec<Above<'p>>,
    pub(super) end: Vec<Comment<'p>>,
    pub(super) below: Vec<Above<'p>>,
    /// The outermost folded regions on it.
    pub(super) folds: Vec<usize>,
}

impl<'p> Printer<'_, 'p> {
    pub(super) fn text(&mut self, text: impl Into<Cow<'p, str>>) {
        self.fresh_line_after_comment();
        self.push(text);
    }

    pub(super) fn push(&mut self, text: impl Into<Cow<'p, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.out.push(Segment { text, token: None });
        }
    }

    /// A line comment swallows what follows on its line, so nothing may.
    pub(super) fn fresh_line_after_comment(&mut self) {
        if self.after_line_comment {
            let (indent, above) = (self.line.indent.clone(), self.line.above_indent.clone());
            self.finish_line();
            self.new_line(indent, above);
        }
    }

    /// Writes the comments that belong to the end of the line and below it.
    pub(super) fn end_comments(&mut self) {
        for comment in std::mem::take(&mut self.line.end) {
            if self.after_line_comment {
                self.push(self.source.eol);
                self.push(self.line.above_indent.clone());
            } else {
                self.push(if comment.before.is_empty() { " " } else { comment.before });
            }
            self.push(comment.text);
            self.after_line_comment = comment.is_line();
        }
        for below in std::mem::take(&mut self.line.below) {
            self.push(self.source.eol);
            if below.blank {
                self.push(self.source.eol);
            }
            let indent = if below.at_margin { "" } else { self.line.above_indent.as_str() };
            self.push(indent.to_owned());
            let shift = Shift::new(self.source.indent(below.gap), &self.line.above_indent);
            self.push(shift.comment(below.text.unwrap_or_default()));
            self.after_line_comment = true;
        }
    }

    /// Inserts what belongs above the line, in the order of the source.
    pub(super) fn write_above(&mut self) {
        let mut above = std::mem::take(&mut self.line.above);
        above.sort_by_key(|item| item.gap);
        let mut lines: Vec<Segment<'p>> = Vec::new();
        // The item's first indentation stands in front of it and is not printed.
        let opening = self.line.start == 0;
        // No empty line at the beginning of a block, nor two of them.
        let mut after_blank = self.line.first;
        for item in above {
            if item.blank && !after_blank {
                lines.push(Segment { text: self.source.eol.into(), token: None });
            }
            after_blank = item.text.is_none();
            let Some(text) = item.text else { continue };
            let indent = &self.line.above_indent;
            let text = Shift::new(self.source.indent(item.gap + 1), indent).comment(text);
            let eol = self.source.eol;
            let margin = if item.at_margin { "" } else { indent };
            let text = if opening { format!("{text}{eol}{indent}") } else { format!("{margin}{text}{eol}") };
            lines.push(Segment { text: text.into(), token: None });
        }
        self.out.splice(self.line.start..self.line.start, lines);
    }

    /// Ends a line, except for its line ending.
    pub(super) fn finish_line(&mut self) {
        self.end_comments();
        self.measure();
        self.write_above();
    }

    pub(super) fn new_line(&mut self, indent: String, above_indent: String) {
        self.push(self.source.eol);
        self.after_line_comment = false;
        self.new_line_at(indent, above_indent);
    }

    pub(super) fn new_line_at(&mut self, indent: String, above_indent: String) {
        let folds = self.open.iter().map(|open| open.region).find(|region| self.folded[*region]);
        self.line = Line { start: self.out.len(), folds: folds.into_iter().collect(), ..Line::default() };
        self.push(indent.clone());
        self.line.indent = indent;
        self.line.above_indent = above_indent;
    }

    /// Unfolds what is on the line if that is too long.
    pub(super) fn measure(&mut self) {
        if self.line.folds.is_empty() {
            return;
        }
        let text: String = self.out[self.line.start..].iter().map(|segment| &*segment.text).collect();
        let tab = self.source.unit.strip_prefix('\t').map_or(1, |_| 4);
        let width = |line: &str| line.chars().map(|c| if c == '\t' { tab } else { 1 }).sum::<usize>();
        let code = text.lines().map(|line| line.split(" //").next().unwrap_or(line));
        if code.map(width).max().unwrap_or(0) > MAX_WIDTH {
            self.unfold.extend(&self.line.folds);
        }
    }
}
