//! What stands between two tokens: a new line, a copied gap, or nothing.
use super::{Pending, Printer};
use crate::emit::text::gap::Gap;
use crate::emit::text::indent::{Shift, leading};
use crate::emit::text::separators::Separator;
use crate::emit::text::source::Shape;

impl<'p> Printer<'_, 'p> {
    /// Prints what stands in front of a token, and finds out how the lines below it move.
    pub(super) fn separate(&mut self, separator: Separator, token: Option<usize>) {
        let source_indent = token.map(|token| self.source.indent(token));
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Statement(first) => {
                let indent = self.open.last().map_or(self.item_indent, |open| open.inner.as_str()).to_owned();
                self.shift = Shift::new(source_indent.unwrap_or(&indent), &indent);
                self.statement_line(separator, indent.clone(), indent);
                self.line.first = first;
                return;
            }
            Pending::Close(open) => {
                self.shift = Shift::new(source_indent.unwrap_or(&open.close), &open.close);
                self.statement_line(separator, open.close, open.inner);
                return;
            }
            Pending::Item => {
                self.finish_line();
                self.push(self.source.eol);
                self.new_line(self.item_indent.to_owned(), self.item_indent.to_owned());
                self.shift = Shift::new(source_indent.unwrap_or(self.item_indent), self.item_indent);
                return;
            }
            Pending::Space => {
                self.push(" ");
            }
            Pending::Nothing => match separator {
                Separator::None => {}
                Separator::Space | Separator::Line(_) => self.push(" "),
                Separator::Gap(gap) => {
                    self.gap(gap, None);
                    for comment in
                        self.comments.get(&gap).into_iter().flat_map(|attached| &attached.after_gap)
                    {
                        self.text(*comment);
                        self.push(" ");
                    }
                    if token.is_some() && token == self.last_user.map(|last| last + 1) {
                        return;
                    }
                }
            },
        }
        if let Some(indent) = source_indent {
            self.shift = Shift::new(indent, &self.line.indent);
        }
    }

    pub(super) fn statement_line(&mut self, separator: Separator, indent: String, above_indent: String) {
        match separator {
            Separator::Line(Some(gap)) => {
                self.gap(gap, Some(&indent));
                self.line.above_indent = above_indent;
            }
            _ => {
                self.finish_line();
                self.new_line(indent, above_indent);
            }
        }
    }

    /// Copies a gap. In a folded group it becomes as small as it can be.
    pub(super) fn gap(&mut self, gap: usize, last: Option<&str>) {
        let text = self.source.gap(gap);
        if !text.contains('\n') {
            if !text.trim().is_empty() {
                self.fresh_line_after_comment();
            }
            return self.push(text);
        }
        if let Some(region) = self.open.iter().map(|open| open.region).find(|region| self.folded[*region]) {
            if !Gap::parse(text).comments.is_empty() {
                self.unfold.push(region);
            }
            let next = self.source.token(gap + 1);
            let tight = self.source.shape(gap) == Shape::Open
                || self.source.shape(gap + 1) == Shape::Close
                || matches!(next, "." | "?");
            return self.push(if tight { "" } else { " " });
        }
        self.end_comments();
        if self.after_line_comment && !text.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
            self.push(self.source.eol);
            self.push(self.line.above_indent.clone());
        }
        let moved = self.shift.gap(text, last);
        let line = moved.rfind('\n').map_or(0, |newline| newline + 1);
        let (before, indent) = moved.split_at(line);
        // A comment may stand between the indentation and the token.
        let (indent, behind) = indent.split_at(leading(indent).len());
        self.push(before.to_owned());
        self.after_line_comment = false;
        self.measure();
        self.write_above();
        self.new_line_at(indent.to_owned(), indent.to_owned());
        self.push(behind.to_owned());
    }
}
