//! A plan as a line of tokens and the breaks between its statements.
use std::ops::Range;

use proc_macro2::Delimiter;

use super::check::Broken;
use super::source::{Found, Shape, Source};
use crate::plan::out::{Block, Delim, Piece};

/// A step of the output.
#[derive(Debug)]
pub(super) enum Flat<'p> {
    /// A token of the source.
    User(usize),
    /// A token that is not in the source, spaced as it should be.
    Ours(&'p str),
    /// The same, made while flattening.
    New(String),
    /// White space of ours: some has to be there, and the source may know better which.
    Space,
    /// A region begins, behind its delimiter.
    Begin(usize),
    /// A statement of the innermost region begins.
    Line,
    /// A region ends: a block in front of its delimiter, a group behind it.
    End(usize),
    /// An item ends and another one begins.
    NextItem,
}

/// The inside of a pair of delimiters whose layout is decided by the printer.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) kind: Kind,
    /// Its delimiters, if they are the user's.
    pub(super) delimiters: Option<(usize, usize)>,
    /// The region around it.
    pub(super) parent: Option<usize>,
    /// Blocks of one family are laid out alike, as the branches of an `if` are.
    pub(super) family: Option<usize>,
    /// Whether it may be printed on one line.
    pub(super) foldable: bool,
}

/// What a region consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Statements, each on a line of its own unless the block is folded.
    Block,
    /// Pieces that flow, such as arguments.
    Group,
}

/// A flattened plan.
pub(super) struct Plan<'p> {
    pub(super) flats: Vec<Flat<'p>>,
    pub(super) regions: Vec<Region>,
    /// For each token of the item, from its first one: whether it is in the output.
    kept: Vec<bool>,
    first: usize,
}

impl Plan<'_> {
    /// Whether a token of the source is in the output.
    pub(super) fn keeps(&self, token: usize) -> bool {
        token.checked_sub(self.first).and_then(|at| self.kept.get(at)).is_some_and(|kept| *kept)
    }
}

/// Flattens `pieces`, which are made of the tokens of `item`.
pub(super) fn flatten<'p>(
    source: &Source<'_>,
    item: &Range<usize>,
    pieces: &'p [Piece<'_>],
) -> Result<Plan<'p>, Broken> {
    let plan =
        Plan { flats: Vec::new(), regions: Vec::new(), kept: vec![false; item.len()], first: item.start };
    let mut flattener = Flattener { source, plan, open: Vec::new(), families: 0 };
    flattener.pieces(pieces)?;
    flattener.settle_folds();
    Ok(flattener.plan)
}

struct Flattener<'f, 's, 'p> {
    source: &'f Source<'s>,
    plan: Plan<'p>,
    open: Vec<usize>,
    families: usize,
}

impl<'p> Flattener<'_, '_, 'p> {
    fn pieces(&mut self, pieces: &'p [Piece<'_>]) -> Result<(), Broken> {
        let family = self.families;
        self.families += 1;
        for piece in pieces {
            match piece {
                Piece::Keep(node) => {
                    let mut last = None;
                    for found in self.source.tokens_of(node) {
                        match found {
                            // Several tokens of the tree can stand for one of the source, as in a doc comment.
                            Found::At(token) if last == Some(token) => {}
                            Found::At(token) => {
                                self.user(token)?;
                                last = Some(token);
                            }
                            Found::New(text) => self.plan.flats.push(Flat::New(text)),
                        }
                    }
                }
                Piece::Name(name) => self.plan.flats.push(Flat::New(name.to_string())),
                Piece::Ours(text) if text.trim().is_empty() => self.plan.flats.push(Flat::Space),
                Piece::Ours(text) => self.plan.flats.push(Flat::Ours(text)),
                Piece::Group(delim, body) => self.group(delim, body)?,
                Piece::Block(block) => self.block(block, family)?,
                Piece::NextItem => self.plan.flats.push(Flat::NextItem),
            }
        }
        Ok(())
    }

    fn user(&mut self, token: usize) -> Result<(), Broken> {
        let known = token.checked_sub(self.plan.first).and_then(|at| self.plan.kept.get_mut(at));
        match known {
            Some(kept) if !*kept => *kept = true,
            Some(_) => return Err(Broken::new(format!("`{}` is kept twice", self.source.token(token)))),
            None => return Err(Broken::new(format!("`{}` is not of this item", self.source.token(token)))),
        }
        self.plan.flats.push(Flat::User(token));
        Ok(())
    }

    fn group(&mut self, delim: &Delim<'_>, body: &'p [Piece<'_>]) -> Result<(), Broken> {
        let delimiters = self.delimiters(delim)?;
        let (open, close) = match delim.kind() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace if body.is_empty() => ("{", "}"),
            Delimiter::Brace => ("{ ", " }"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        self.delimiter(delimiters.map(|(open, _)| open), open)?;
        let kept_before = self.plan.flats.len();
        let region = self.begin(Kind::Group, delimiters, None);
        self.pieces(body)?;
        let inside = &self.plan.flats[kept_before..];
        let changed = delimiters.is_none_or(|(open, close)| {
            let kept = inside.iter().filter(|flat| matches!(flat, Flat::User(_))).count();
            kept < close - open - 1 && self.source.gap(open).contains('\n')
        });
        self.plan.regions[region].foldable = changed && self.fits_on_a_line(inside);
        self.delimiter(delimiters.map(|(_, close)| close), close)?;
        // Behind the delimiter, as the gap in front of it is laid out with the group.
        self.end(region);
        Ok(())
    }

    /// Whether pieces may be joined to one line: no statements among them, and no list that ends in a comma, as lists
    /// over several lines do.
    fn fits_on_a_line(&self, flats: &[Flat<'_>]) -> bool {
        let mut tokens = flats.iter().filter_map(|flat| match flat {
            Flat::User(token) => Some((*token, self.source.shape(*token))),
            _ => None,
        });
        let mut after_comma = false;
        tokens.all(|(token, shape)| {
            let text = self.source.token(token);
            let ends_list = after_comma && shape == Shape::Close;
            after_comma = text == ",";
            let begins_statements = text == "{" && self.source.gap(token).contains('\n');
            !(ends_list || begins_statements || text.contains('\n'))
        })
    }

    fn block(&mut self, block: &'p Block<'_>, family: usize) -> Result<(), Broken> {
        let delimiters = self.delimiters(&block.braces)?;
        self.delimiter(delimiters.map(|(open, _)| open), "{")?;
        if !block.lines.is_empty() {
            let region = self.begin(Kind::Block, delimiters, Some(family));
            for line in &block.lines {
                self.plan.flats.push(Flat::Line);
                self.pieces(&line.pieces)?;
            }
            let is_value =
                self.plan.flats.last().and_then(|flat| self.text(flat)).is_some_and(|t| !t.ends_with(';'));
            self.plan.regions[region].foldable = block.lines.len() == 1
                && is_value
                && delimiters.is_some_and(|(open, close)| self.source.on_one_line(open, close));
            self.end(region);
        }
        self.delimiter(delimiters.map(|(_, close)| close), "}")
    }

    fn begin(&mut self, kind: Kind, delimiters: Option<(usize, usize)>, family: Option<usize>) -> usize {
        let region = self.plan.regions.len();
        let parent = self.open.last().copied();
        self.plan.regions.push(Region { kind, delimiters, parent, family, foldable: false });
        self.plan.flats.push(Flat::Begin(region));
        self.open.push(region);
        region
    }

    fn end(&mut self, region: usize) {
        self.open.pop();
        self.plan.flats.push(Flat::End(region));
    }

    fn delimiters(&self, delim: &Delim<'_>) -> Result<Option<(usize, usize)>, Broken> {
        let Delim::User(_, span) = delim else { return Ok(None) };
        match (self.source.token_at(span.open()), self.source.token_at(span.close())) {
            (Some(open), Some(close)) => Ok(Some((open, close))),
            _ => Err(Broken::new("delimiters that are not of this source")),
        }
    }

    fn delimiter(&mut self, user: Option<usize>, ours: &'static str) -> Result<(), Broken> {
        match user {
            Some(token) => self.user(token),
            None => {
                self.plan.flats.push(Flat::Ours(ours));
                Ok(())
            }
        }
    }

    fn text<'t>(&'t self, flat: &'t Flat<'_>) -> Option<&'t str> {
        match flat {
            Flat::User(token) => Some(self.source.token(*token)),
            Flat::Ours(text) => Some(text),
            Flat::New(text) => Some(text),
            _ => None,
        }
    }

    /// A block is folded only with its whole family, and anything only if all that is in it is.
    fn settle_folds(&mut self) {
        let regions = &mut self.plan.regions;
        let mut broken = vec![false; self.families];
        loop {
            let mut changed = false;
            for at in (0..regions.len()).rev() {
                let Some(family) = regions[at].family else { continue };
                changed |= regions[at].foldable && broken[family];
                if regions[at].foldable && !broken[family] {
                    continue;
                }
                changed |= !broken[family];
                broken[family] = true;
                let mut region = Some(at);
                while let Some(around) = region {
                    changed |= regions[around].foldable;
                    regions[around].foldable = false;
                    region = regions[around].parent;
                }
            }
            if !changed {
                return;
            }
        }
    }
}
