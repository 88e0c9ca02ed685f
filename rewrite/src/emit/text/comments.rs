//! Where a comment goes whose gap is not copied: to a token that stays, in the order of the source.
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::flatten::{Flat, Kind, Plan};
use super::gap::{Comment, Gap};
use super::separators::Separator;
use super::source::{Shape, Source};

/// What comes along with a token.
#[derive(Default)]
pub(super) struct Attached<'s> {
    /// Block comments directly in front of it.
    pub(super) before: Vec<&'s str>,
    /// Block comments directly behind it.
    pub(super) after: Vec<&'s str>,
    /// Block comments behind the gap that follows it, where that is copied.
    pub(super) after_gap: Vec<&'s str>,
    /// Comments at the end of the output line on which the token stands.
    pub(super) line_end: Vec<Comment<'s>>,
    /// Comments on lines of their own below that line.
    pub(super) below: Vec<Above<'s>>,
    /// Comments and empty lines above that line.
    pub(super) above: Vec<Above<'s>>,
}

/// A comment on a line of its own, or only the empty line in front of a statement.
#[derive(Clone, Copy)]
pub(super) struct Above<'s> {
    /// The token in whose gap it stood.
    pub(super) gap: usize,
    pub(super) blank: bool,
    /// Whether the comment stood at the margin, as code does that was commented out: it stays there.
    pub(super) at_margin: bool,
    pub(super) text: Option<&'s str>,
}

/// The comments of one item, by token.
pub(super) type Comments<'s> = HashMap<usize, Attached<'s>>;

/// Hands the comments of every gap that is not copied to tokens that are kept.
pub(super) fn assign<'s>(
    source: &Source<'s>,
    plan: &Plan<'_>,
    item: &Range<usize>,
    separators: &[Separator],
) -> Comments<'s> {
    let copied: HashSet<usize> = separators
        .iter()
        .filter_map(|separator| match separator {
            Separator::Gap(gap) | Separator::Line(Some(gap)) => Some(*gap),
            _ => None,
        })
        .collect();
    let block_ends = plan.regions.iter().filter(|region| region.kind == Kind::Block);
    let block_ends = block_ends.filter_map(|region| region.delimiters.map(|(_, close)| close)).collect();
    let mut assigner = Assigner { source, plan, item, copied: &copied, block_ends, out: Comments::new() };
    let gaps = item.start..item.end - 1;
    for gap in gaps.filter(|gap| !copied.contains(gap)) {
        assigner.gap(gap);
    }
    assigner.out
}

struct Assigner<'f, 's, 'p> {
    source: &'f Source<'s>,
    plan: &'f Plan<'p>,
    item: &'f Range<usize>,
    /// The gaps that are copied, by the token in front of them.
    copied: &'f HashSet<usize>,
    /// The closing braces of the blocks that are printed as such.
    block_ends: HashSet<usize>,
    out: Comments<'s>,
}

impl<'s> Assigner<'_, 's, '_> {
    fn gap(&mut self, gap: usize) {
        let parsed = Gap::parse(self.source.gap(gap));
        for comment in &parsed.comments {
            if comment.own_line() {
                let at_margin = comment.before.ends_with('\n');
                let text = Some(comment.text);
                self.own_line(Above { gap, blank: comment.after_blank(), at_margin, text });
            } else if comment.ends_line {
                self.line_end(gap, *comment);
            } else {
                self.inline(gap, comment.text);
            }
        }
        if parsed.ends_blank() {
            self.own_line(Above { gap, blank: true, at_margin: false, text: None });
        }
    }

    /// A comment on its own line belongs to what follows in the same group, or else to what it stands behind.
    fn own_line(&mut self, above: Above<'s>) {
        match self.next_in_group(above.gap) {
            Some(next) => self.out.entry(next).or_default().above.push(above),
            None if above.text.is_none() => {}
            None => match self.kept_before(above.gap) {
                Some(token) => self.out.entry(token).or_default().below.push(above),
                None => self.out.entry(self.any_after(above.gap)).or_default().above.push(above),
            },
        }
    }

    /// A comment at the end of a line belongs to what stands before it.
    fn line_end(&mut self, gap: usize, comment: Comment<'s>) {
        match self.kept_before(gap) {
            Some(token) => self.out.entry(token).or_default().line_end.push(comment),
            None => {
                let above = Above { gap, blank: false, at_margin: false, text: Some(comment.text) };
                self.out.entry(self.any_after(gap)).or_default().above.push(above);
            }
        }
    }

    /// A comment between two tokens of a line belongs to the nearest of them that stays. What opens or separates
    /// leaves it to what follows.
    fn inline(&mut self, gap: usize, text: &'s str) {
        let next = self.next_in_group(gap);
        let leaves_it = self.source.opens_or_separates(gap);
        let before = match (self.kept_before(gap), next) {
            (Some(before), Some(next)) => {
                let nearer = gap - before <= next - (gap + 1);
                if nearer && !(leaves_it && next == gap + 1) { Some(before) } else { None }
            }
            (before, _) => before,
        };
        match before {
            Some(token) if self.copied.contains(&token) => {
                self.out.entry(token).or_default().after_gap.push(text);
            }
            Some(token) => self.out.entry(token).or_default().after.push(text),
            None => {
                let token = next.unwrap_or_else(|| self.any_after(gap));
                self.out.entry(token).or_default().before.push(text);
            }
        }
    }

    fn kept_before(&self, gap: usize) -> Option<usize> {
        (self.item.start..=gap).rev().find(|token| self.plan.keeps(*token))
    }

    /// The next kept token behind a gap that does not lie outside the group in which the gap stands. The closing
    /// brace of a block that is printed as one counts: the comment is the last line of that block.
    fn next_in_group(&self, gap: usize) -> Option<usize> {
        let mut depth = 0usize;
        for token in gap + 1..self.item.end {
            let shape = self.source.shape(token);
            if shape == Shape::Close && depth == 0 {
                return self.block_ends.contains(&token).then_some(token);
            }
            if self.plan.keeps(token) {
                return Some(token);
            }
            match shape {
                Shape::Open => depth += 1,
                Shape::Close => depth -= 1,
                Shape::Other => {}
            }
        }
        None
    }

    /// Any token behind a gap; the first one of the output if there is none, as an item is never all gone.
    fn any_after(&self, gap: usize) -> usize {
        let first = self.plan.flats.iter().find_map(|flat| match flat {
            Flat::User(token) => Some(*token),
            _ => None,
        });
        (gap + 1..self.item.end).find(|token| self.plan.keeps(*token)).or(first).unwrap_or(self.item.start)
    }
}
