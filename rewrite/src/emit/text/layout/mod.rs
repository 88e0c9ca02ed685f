//! The flattened plan as text: line breaks, indentation, and the comments that were handed to tokens.
mod lines;
mod spaces;

use std::borrow::Cow;
use std::ops::Range;

use super::comments::{Attached, Comments};
use super::flatten::{Flat, Kind, Plan};
use super::indent::Shift;
use super::separators::Separator;
use super::source::Source;
use lines::Line;

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
}
