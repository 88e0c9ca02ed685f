//! The flattened plan as text: line breaks, indentation, and the comments that were handed to tokens.
use std::borrow::Cow;
use std::ops::Range;

use super::comments::{Above, Attached, Comments};
use super::flatten::{Flat, Kind, Plan};
use super::gap::{Comment, Gap};
use super::indent::{Shift, leading};
use super::separators::Separator;
use super::source::{Shape, Source};

/// As wide as rustfmt makes a line that it may break.
const MAX_WIDTH: usize = 100;

/// A stretch of the new text.
#[derive(Debug)]
pub(super) struct Segment<'p> {
    pub(super) text: Cow<'p, str>,
    /// The token of the source that this is.
    pub(super) token: Option<usize>,
}

/// Prints a plan. What may stand on one line does, unless the line gets too long by it.
pub(super) fn print<'p>(
    source: &'p Source<'_>,
    plan: &'p Plan<'_>,
    item: &Range<usize>,
    separators: &[Separator],
    comments: &'p Comments<'_>,
) -> Vec<Segment<'p>> {
    let mut folded: Vec<bool> = plan.regions.iter().map(|region| region.foldable).collect();
    loop {
        let mut printer =
            Printer::new(source, plan, separators, comments, &folded, source.indent(item.start));
        printer.run(item);
        if printer.unfold.is_empty() {
            return printer.out;
        }
        let unfold = printer.unfold;
        for region in unfold {
            let family = plan.regions[region].family;
            for (at, fold) in folded.iter_mut().enumerate() {
                *fold &= at != region && (family.is_none() || plan.regions[at].family != family);
            }
        }
    }
}

struct Printer<'f, 'p> {
    source: &'p Source<'p>,
    plan: &'p Plan<'p>,
    separators: &'f [Separator],
    comments: &'p Comments<'p>,
    folded: &'f [bool],
    out: Vec<Segment<'p>>,
    /// Regions that turned out not to fit on a line.
    unfold: Vec<usize>,
    open: Vec<Open>,
    item_indent: &'p str,
    shift: Shift,
    line: Line<'p>,
    pending: Pending,
    last_user: Option<usize>,
    /// Whether the text so far ends in a comment that only a new line ends.
    after_line_comment: bool,
}

/// A region that is being printed.
struct Open {
    region: usize,
    /// The indentation of its statements.
    inner: String,
    /// The indentation of its closing delimiter.
    close: String,
    /// Whether no statement of it was printed yet.
    empty: bool,
}

/// The line that is being printed.
#[derive(Default)]
struct Line<'p> {
    /// Where it begins in the output, in front of its indentation.
    start: usize,
    indent: String,
    /// How comments above it are indented: as the statements are, even where a closing brace follows.
    above_indent: String,
    /// Whether it is the first one of a block.
    first: bool,
    above: Vec<Above<'p>>,
    end: Vec<Comment<'p>>,
    below: Vec<Above<'p>>,
    /// The outermost folded regions on it.
    folds: Vec<usize>,
}

/// What has to come in front of the next token.
enum Pending {
    Nothing,
    /// A space, as inside the braces of a folded block.
    Space,
    /// A new line for a statement; whether it is the first one.
    Statement(bool),
    /// A new line for a closing brace.
    Close(Open),
    /// The end of an item.
    Item,
}

impl<'f, 'p> Printer<'f, 'p> {
    fn new(
        source: &'p Source<'p>,
        plan: &'p Plan<'p>,
        separators: &'f [Separator],
        comments: &'p Comments<'p>,
        folded: &'f [bool],
        indent: &'p str,
    ) -> Self {
        let line = Line { indent: indent.to_owned(), above_indent: indent.to_owned(), ..Line::default() };
        Printer {
            source,
            plan,
            separators,
            comments,
            folded,
            out: Vec::new(),
            unfold: Vec::new(),
            open: Vec::new(),
            item_indent: indent,
            shift: Shift::new(indent, indent),
            line: Line { first: true, ..line },
            pending: Pending::Nothing,
            last_user: None,
            after_line_comment: false,
        }
    }

    fn run(&mut self, item: &Range<usize>) {
        for (flat, separator) in self.plan.flats.iter().zip(self.separators) {
            match flat {
                Flat::Begin(region) => self.begin(*region),
                Flat::Line => self.pending = self.statement(),
                Flat::End(region) => self.end(*region),
                Flat::NextItem => self.pending = Pending::Item,
                Flat::Space => {}
                Flat::User(token) => {
                    self.separate(*separator, Some(*token));
                    self.user(*token);
                }
                Flat::Ours(text) => {
                    self.separate(*separator, None);
                    self.text(*text);
                }
                Flat::New(text) => {
                    self.separate(*separator, None);
                    self.text(text.as_str());
                }
            }
        }
        self.finish_line();
        // What stands behind the item on its last line must not become a part of a comment.
        let behind = self.source.behind(item);
        if self.after_line_comment && !behind.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
            self.push(self.source.eol);
        }
    }

    fn begin(&mut self, region: usize) {
        if self.folded[region] && !self.open.iter().any(|open| self.folded[open.region]) {
            self.line.folds.push(region);
        }
        let (inner, close) = self.indents(region);
        self.open.push(Open { region, inner, close, empty: true });
    }

    fn end(&mut self, region: usize) {
        let Some(open) = self.open.pop() else { return };
        self.pending = match self.plan.regions[region].kind {
            Kind::Group => return,
            Kind::Block if self.folded[region] => Pending::Space,
            Kind::Block => Pending::Close(open),
        };
    }

    fn statement(&mut self) -> Pending {
        match self.open.last_mut() {
            Some(open) if self.folded[open.region] => Pending::Space,
            Some(open) => Pending::Statement(std::mem::take(&mut open.empty)),
            None => Pending::Statement(true),
        }
    }

    /// The indentation of what is in a block, and of its closing brace: as in the source if that has it on lines.
    fn indents(&self, region: usize) -> (String, String) {
        let here = &self.line.indent;
        let deeper = format!("{here}{}", self.source.unit);
        let Some((open, close)) = self.plan.regions[region].delimiters else { return (deeper, here.clone()) };
        if !self.source.gap(open).contains('\n') {
            return (deeper, here.clone());
        }
        let inner = if open + 1 == close { deeper } else { self.shift.apply(self.source.indent(open + 1)) };
        let closes_on_own_line = self.source.gap(close - 1).contains('\n');
        let close =
            if closes_on_own_line { self.shift.apply(self.source.indent(close)) } else { here.clone() };
        (inner, close)
    }

    /// Prints what stands in front of a token, and finds out how the lines below it move.
    fn separate(&mut self, separator: Separator, token: Option<usize>) {
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

    fn statement_line(&mut self, separator: Separator, indent: String, above_indent: String) {
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
    fn gap(&mut self, gap: usize, last: Option<&str>) {
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

    fn user(&mut self, token: usize) {
        let attached = self.comments.get(&token);
        if let Some(attached) = attached {
            for comment in &attached.before {
                self.text(*comment);
                self.push(" ");
            }
        }
        self.fresh_line_after_comment();
        let text = self.source.token(token);
        self.out.push(Segment { text: Cow::Borrowed(text), token: Some(token) });
        self.last_user = Some(token);
        self.after_line_comment = text.starts_with("//");
        if let Some(attached) = attached {
            self.attach(attached);
        }
    }

    fn attach(&mut self, attached: &'p Attached<'p>) {
        for comment in &attached.after {
            self.push(" ");
            self.text(*comment);
        }
        self.line.end.extend(&attached.line_end);
        self.line.below.extend(&attached.below);
        self.line.above.extend(&attached.above);
        let needs_lines = !attached.line_end.is_empty()
            || !attached.below.is_empty()
            || attached.above.iter().any(|above| above.text.is_some());
        if needs_lines {
            self.unfold.extend(&self.line.folds);
        }
    }

    fn text(&mut self, text: impl Into<Cow<'p, str>>) {
        self.fresh_line_after_comment();
        self.push(text);
    }

    fn push(&mut self, text: impl Into<Cow<'p, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.out.push(Segment { text, token: None });
        }
    }

    /// A line comment swallows what follows on its line, so nothing may.
    fn fresh_line_after_comment(&mut self) {
        if self.after_line_comment {
            let (indent, above) = (self.line.indent.clone(), self.line.above_indent.clone());
            self.finish_line();
            self.new_line(indent, above);
        }
    }

    /// Writes the comments that belong to the end of the line and below it.
    fn end_comments(&mut self) {
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
    fn write_above(&mut self) {
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
    fn finish_line(&mut self) {
        self.end_comments();
        self.measure();
        self.write_above();
    }

    fn new_line(&mut self, indent: String, above_indent: String) {
        self.push(self.source.eol);
        self.after_line_comment = false;
        self.new_line_at(indent, above_indent);
    }

    fn new_line_at(&mut self, indent: String, above_indent: String) {
        let folds = self.open.iter().map(|open| open.region).find(|region| self.folded[*region]);
        self.line = Line { start: self.out.len(), folds: folds.into_iter().collect(), ..Line::default() };
        self.push(indent.clone());
        self.line.indent = indent;
        self.line.above_indent = above_indent;
    }

    /// Unfolds what is on the line if that is too long.
    fn measure(&mut self) {
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
