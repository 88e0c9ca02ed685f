//! Indentation, taken as it is written: prefixes are removed and added as text, never counted as columns.
use super::gap::Gap;

/// The white space at the beginning of a text, up to the end of its line.
pub(super) fn leading(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_whitespace() || c == '\n').unwrap_or(text.len());
    &text[..end]
}

/// The line ending of most lines; the first one's if there are as many of both.
pub(super) fn line_ending(text: &str) -> &'static str {
    let lines = text.matches('\n').count();
    let crlf = text.matches("\r\n").count();
    let first_is_crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    if crlf * 2 > lines || (crlf * 2 == lines && first_is_crlf) { "\r\n" } else { "\n" }
}

/// One step of indentation: a tab if a line begins with one, else the commonest step from a line to the next one.
pub(super) fn unit(text: &str) -> String {
    let mut steps = [0usize; 9];
    let mut before = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with('\t') {
            return "\t".to_owned();
        }
        let spaces = line.len() - line.trim_start_matches(' ').len();
        // A single space is a continued block comment rather than a step.
        if let Some(count @ 2..) = spaces.checked_sub(before) {
            if let Some(step) = steps.get_mut(count) {
                *step += 1;
            }
        }
        before = spaces;
    }
    let commonest = (0..steps.len()).filter(|step| steps[*step] > 0).max_by_key(|step| steps[*step]);
    " ".repeat(commonest.unwrap_or(4))
}

/// How lines move: those that were indented by `from` are going to be indented by `to`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) from: String,
    pub(super) to: String,
}

impl Shift {
    pub(super) fn new(from: &str, to: &str) -> Self {
        Shift { from: from.to_owned(), to: to.to_owned() }
    }

    /// The new indentation of a line. A line that does not share the literal prefix keeps what it has.
    pub(super) fn apply(&self, indent: &str) -> String {
        if self.from == self.to {
            return indent.to_owned();
        }
        if let Some(deeper) = indent.strip_prefix(self.from.as_str()) {
            return format!("{}{deeper}", self.to);
        }
        if let Some(removed) = self.from.strip_prefix(self.to.as_str()) {
            return indent.strip_suffix(removed).unwrap_or(indent).to_owned();
        }
        match self.to.strip_prefix(self.from.as_str()) {
            Some(added) if !indent.is_empty() => format!("{indent}{added}"),
            _ => indent.to_owned(),
        }
    }

    /// A gap with its lines moved; its last line, on which the next token stands, is indented by `last` if given.
    pub(super) fn gap(&self, gap: &str, last: Option<&str>) -> String {
        let parsed = Gap::parse(gap);
        let mut out = String::with_capacity(gap.len());
        for comment in &parsed.comments {
            self.space(comment.before, None, &mut out);
            out.push_str(&self.comment(comment.text));
        }
        self.space(parsed.tail, last, &mut out);
        out
    }

    fn space(&self, space: &str, last: Option<&str>, out: &mut String) {
        let Some(newline) = space.rfind('\n') else {
            out.push_str(space);
            return;
        };
        let (lines, indent) = space.split_at(newline + 1);
        out.push_str(lines);
        match last {
            Some(last) => out.push_str(last),
            None => out.push_str(&self.apply(indent)),
        }
    }

    /// A comment with its lines moved, unless one of them is not indented like the code round it.
    pub(super) fn comment(&self, text: &str) -> String {
        let moves = self.from != self.to
            && text
                .lines()
                .skip(1)
                .all(|line| line.trim().is_empty() || line.starts_with(self.from.as_str()));
        if !moves {
            return text.to_owned();
        }
        let mut lines = text.split_inclusive('\n');
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            match line.strip_prefix(self.from.as_str()) {
                Some(deeper) if !line.trim().is_empty() => {
                    out.push_str(&self.to);
                    out.push_str(deeper);
                }
                _ => out.push_str(line),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Shift, line_ending, unit};

    #[test]
    fn the_majority_of_line_endings_wins_and_the_first_one_breaks_a_tie() {
        assert_eq!(line_ending("a\r\nb\nc\n"), "\n");
        assert_eq!(line_ending("a\r\nb\n"), "\r\n");
        assert_eq!(line_ending("a\nb\r\n"), "\n");
        assert_eq!(line_ending(""), "\n");
    }

    #[test]
    fn the_step_is_what_the_file_uses() {
        assert_eq!(unit("fn f() {\n  x\n    y\n}"), "  ");
        assert_eq!(unit("/*\n * x\n */\nfn f() {\n\tx\n}"), "\t");
        assert_eq!(unit("fn f() {}"), "    ");
    }

    #[test]
    fn a_prefix_is_removed_as_it_is_written_and_never_counted() {
        let shift = Shift::new("\t  ", "\t");
        assert_eq!(shift.apply("\t    "), "\t  ");
        assert_eq!(shift.apply("    "), "  ", "its end is the removed step");
        assert_eq!(Shift::new("\t\t", "\t").apply("        "), "        ", "tabs and spaces do not match");
        assert_eq!(Shift::new("    ", "        ").apply("      "), "          ");
    }

    #[test]
    fn block_comments_move_only_if_all_of_their_lines_can() {
        let shift = Shift::new("    ", "");
        assert_eq!(shift.comment("/* a\n     * b\n     */"), "/* a\n * b\n */");
        assert_eq!(shift.comment("/* a\n  b */"), "/* a\n  b */");
    }
}
