//! What stands between two tokens of the output, and which stretches of the source it is copied from.
use std::collections::HashSet;

use super::flatten::{Flat, Kind, Plan};
use super::source::{Shape, Source};

/// What stands in front of a token of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// Nothing: the token's own text says how it is spaced, or it is not a token at all.
    None,
    /// One space.
    Space,
    /// The gap behind this token of the source.
    Gap(usize),
    /// A new line, as a statement or the end of a block gets one; copied from a gap if both sides are neighbours.
    Line(Option<usize>),
}

/// What stands in front of each step of the plan.
pub(super) fn separators(source: &Source<'_>, plan: &Plan<'_>) -> Vec<Separator> {
    let mut state = State {
        source,
        plan,
        claimed: HashSet::new(),
        last: Last::Nothing,
        pending_line: false,
        spaced: false,
    };
    (0..plan.flats.len()).map(|at| state.step(at)).collect()
}

/// What was printed last.
#[derive(Clone, Copy)]
enum Last<'p> {
    Nothing,
    User(usize),
    /// Text of ours, and the token of the user's that stands before it on the same line.
    Ours(&'p str, Option<usize>),
}

struct State<'f, 's, 'p> {
    source: &'f Source<'s>,
    plan: &'f Plan<'p>,
    /// The gaps that are copied, each named by the token in front of it; none is copied twice.
    claimed: HashSet<usize>,
    last: Last<'f>,
    pending_line: bool,
    /// Whether white space of ours stands in front of the next token.
    spaced: bool,
}

impl<'f> State<'f, '_, '_> {
    fn step(&mut self, at: usize) -> Separator {
        let flat = &self.plan.flats[at];
        let next = match flat {
            Flat::Begin(_) => return Separator::None,
            Flat::Space => {
                self.spaced = true;
                return Separator::None;
            }
            Flat::Line | Flat::End(_) | Flat::NextItem => {
                // The end of a group that flows begins no line.
                self.pending_line |=
                    !matches!(flat, Flat::End(region) if self.plan.regions[*region].kind == Kind::Group);
                return Separator::None;
            }
            Flat::User(token) => Next::User(*token),
            Flat::Ours(text) => Next::Ours(text),
            Flat::New(text) => Next::Ours(text),
        };
        let pending_line = std::mem::take(&mut self.pending_line);
        let separator = match (self.last, next) {
            (Last::Nothing, _) => Separator::None,
            (Last::User(a), Next::User(b)) if pending_line => {
                let neighbours = b == a + 1 && self.source.gap(a).contains('\n');
                Separator::Line(neighbours.then_some(a))
            }
            _ if pending_line => Separator::Line(None),
            (Last::User(a), Next::User(b)) => self.user_user(a, b),
            (Last::User(a), Next::Ours(text)) => self.user_ours(a, text, at),
            (Last::Ours(text, before), Next::User(b)) => self.ours_user(text, before, b),
            (Last::Ours(before, _), Next::Ours(text)) => glue(before, text),
        };
        let separator = match separator {
            Separator::None | Separator::Space if self.spaced && !pending_line => self.space(next, at),
            other => other,
        };
        self.spaced = false;
        if let Separator::Gap(gap) | Separator::Line(Some(gap)) = separator {
            self.claimed.insert(gap);
        }
        self.last = match next {
            Next::User(token) => Last::User(token),
            Next::Ours(text) => Last::Ours(
                text,
                match self.last {
                    Last::User(token) if !pending_line => Some(token),
                    Last::Ours(_, before) if !pending_line => before,
                    _ => None,
                },
            ),
        };
        separator
    }

    fn user_user(&self, a: usize, b: usize) -> Separator {
        if b == a + 1 {
            return Separator::Gap(a);
        }
        if b > a {
            if self.source.shape(b) == Shape::Close {
                // What stood between an opening delimiter and this one went away.
                return if self.source.shape(a) == Shape::Open { Separator::None } else { self.gap(b - 1) };
            }
            if self.source.token(b) == "{" {
                // A body: on a line of its own behind a list of bounds, else behind what is left of the head.
                return if self.source.token(a) == "," { self.gap(b - 1) } else { Separator::Space };
            }
            if self.source.opens_or_separates(a) {
                return self.gap(a);
            }
        }
        spacing(self.source.token(a), self.source.token(b))
    }

    fn user_ours(&self, a: usize, text: &str, at: usize) -> Separator {
        if text.starts_with(char::is_whitespace) {
            return Separator::None;
        }
        let closes = text.starts_with([')', ']', '}', '.', ',', ';', ':', '?']);
        let insertion = self.next_user(at) == Some(a + 1);
        if !closes && (insertion || self.source.opens_or_separates(a)) {
            return self.gap(a);
        }
        glue(self.source.token(a), text)
    }

    fn ours_user(&self, text: &str, before: Option<usize>, b: usize) -> Separator {
        if text.ends_with(char::is_whitespace) {
            return Separator::None;
        }
        let closes = self.source.shape(b) == Shape::Close;
        if before.is_some_and(|a| b == a + 1) || (closes && before.is_some_and(|a| a < b)) {
            return match self.gap(b - 1) {
                Separator::None => glue(text, self.source.token(b)),
                copied => copied,
            };
        }
        glue(text, self.source.token(b))
    }

    /// White space that has to be there: as in the source, if what follows begins a line there.
    fn space(&self, next: Next<'_>, at: usize) -> Separator {
        let (next, opens_block) = match next {
            Next::User(token) => (Some(token), self.source.token(token) == "{"),
            Next::Ours(_) => (self.next_user(at), false),
        };
        match (self.last, next) {
            (Last::Nothing, _) => Separator::None,
            (_, Some(b)) if !opens_block && b > 0 && self.source.gap(b - 1).contains('\n') => {
                match self.gap(b - 1) {
                    Separator::None => Separator::Space,
                    copied => copied,
                }
            }
            _ => Separator::Space,
        }
    }

    /// Copies a gap, unless it was copied before.
    fn gap(&self, token: usize) -> Separator {
        if self.claimed.contains(&token) { Separator::None } else { Separator::Gap(token) }
    }

    /// The next token of the user's, if nothing but text of ours stands before it.
    fn next_user(&self, at: usize) -> Option<usize> {
        let ours =
            |flat: &Flat<'_>| matches!(flat, Flat::Ours(_) | Flat::New(_) | Flat::Space | Flat::Begin(_));
        match self.plan.flats[at..].iter().find(|flat| !ours(flat)) {
            Some(Flat::User(token)) => Some(*token),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Next<'f> {
    User(usize),
    Ours(&'f str),
}

/// The space that keeps two words apart, if both sides are one.
fn glue(before: &str, after: &str) -> Separator {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if before.ends_with(is_word) && after.starts_with(is_word) { Separator::Space } else { Separator::None }
}

/// How two tokens are spaced that did not stand beside each other.
fn spacing(before: &str, after: &str) -> Separator {
    let tight = matches!(after, ")" | "]" | "," | ";" | "." | "?" | ":" | "(" | "[" | "!" | "<" | ">")
        || matches!(before, "(" | "[" | "." | "!" | "&" | "#" | "'" | "<");
    if tight { Separator::None } else { Separator::Space }
}
