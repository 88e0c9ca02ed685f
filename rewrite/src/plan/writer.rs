//! Walks the CPS tree and writes direct style.
//!
//! A *segment* is the code between two suspensions. The writer keeps, for the block that it is in, the lines written
//! so far, where in them the current segment began, and which variables are alive. When a suspension comes, the rules
//! decide from these whether the await can simply follow or the segment has to become a block that ends before it.
use std::borrow::Cow;
use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::Stmt;

use super::out::{Line, Piece};
use crate::cps::tree::{Last, Seq, Step};
use crate::knowledge::Knowledge;
use crate::order::drops::{self, Binding, Value};
use crate::order::names::{self, Names};
use crate::order::parts;
use crate::recognise::Completion;
use crate::rules::{Form, Turns};
use crate::switch::Rule;
use crate::unit::Unit;
use crate::{Finding, Options, Style};

/// What becomes of the answer at the end of the code that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is the value of the block.
    Value,
    /// It leaves the function.
    Return,
    /// It leaves the function from the end of a loop's turn; what does not leave goes round again.
    Turn,
    /// The block's value is a future of it, so that the block ends before the wait.
    Staged(Staged),
    /// Ways in here that give a value leave a labelled block with a future of it; the code itself falls through.
    Leave,
}

/// A labelled block whose value is a future, and which ways inside of it leave early.
pub(crate) struct Leaving {
    pub(crate) label: String,
    pub(crate) staged: Staged,
    /// The futures so far, and in all: the code behind the early ways gives the last one.
    pub(crate) number: usize,
    pub(crate) count: usize,
}

/// Of which type the future has to be.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Staged {
    /// `Either::Left`s and `Either::Right`s round it, outermost first: the ways of a branch have different futures.
    pub(crate) sides: Vec<Side>,
    /// Code runs between the call and the wait, so the first segment of the callback must not wait for the await.
    pub(crate) at_once: bool,
}

/// A side of an `Either`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// The block that is being written.
pub(crate) struct Level<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    /// The line with which the current segment began.
    pub(crate) segment: usize,
    /// Variables in scope that may have something left to drop, oldest first.
    pub(crate) alive: Vec<Binding>,
}

impl<'a> Level<'a> {
    /// A block inside of code in which these variables are alive.
    pub(crate) fn new(alive: impl IntoIterator<Item = Binding>) -> Self {
        // What was moved away before has nothing left to drop, and no name to be bound by.
        let alive = alive.into_iter().map(|binding| {
            let visible = binding.visible && !binding.moved;
            Binding { inside: false, visible, ..binding }
        });
        let alive = alive.collect();
        Level { lines: Vec::new(), segment: 0, alive }
    }

    /// Notes which variables were handed over. A name means the last variable of it: one that is hidden stays.
    pub(crate) fn mark_moved(&mut self, is_moved: impl Fn(&str) -> bool) {
        let mut seen = BTreeSet::new();
        for binding in self.alive.iter_mut().rev() {
            let name = binding.name();
            if seen.insert(name.clone()) {
                binding.moved |= is_moved(&name);
            }
        }
    }

    /// Notes which parts of variables that are there only in part were handed over, if only on some path.
    pub(crate) fn mark_given_away(&mut self, stmt: &Stmt) {
        for binding in self.alive.iter_mut().filter(|binding| !binding.parts.is_empty()) {
            let given = parts::given_away_in(&binding.name(), stmt);
            binding.parts.retain(|part| !given.iter().any(|given| parts::overlap(part, given)));
            binding.moved |= binding.parts.is_empty();
        }
    }

    pub(crate) fn push(&mut self, line: impl Into<Line<'a>>) {
        self.lines.push(line.into());
    }
}

/// Writes one function.
pub(crate) struct Writer<'a, 'o> {
    pub(crate) options: &'o Options,
    pub(crate) completion: &'o Completion<'a>,
    /// What it returns for what its completion was called with.
    pub(crate) form: Form,
    /// The functions that are converted together with this one.
    pub(crate) unit: &'o Unit,
    /// What the items round the function say.
    pub(crate) known: &'o Knowledge,
    /// The name of this one.
    pub(crate) function: String,
    /// The loop that it becomes, if it ends in a call of itself.
    pub(crate) turns: Option<Turns<'a>>,
    /// The labelled block that early ways leave.
    pub(crate) leaving: Option<Leaving>,
    /// In a child of a race whose winner goes on as a future: of which type that has to be.
    pub(crate) winners: Option<Vec<Side>>,
    /// Every name that the function mentions, and the fresh ones.
    pub(crate) names: Names,
    pub(crate) notes: Vec<Finding>,
    /// One of the notes is a refusal: a rule found that it can't write this.
    pub(crate) refused: bool,
    pub(crate) uses: BTreeSet<&'static str>,
}

impl<'a> Writer<'a, '_> {
    /// Writes a sequence at the end of a block.
    pub(crate) fn seq(&mut self, seq: &Seq<'a>, level: &mut Level<'a>, mode: &Mode) {
        self.sequence(&seq.steps, &seq.last, level, mode);
    }

    /// Writes steps and the end that follows them.
    pub(crate) fn sequence(
        &mut self,
        steps: &[Step<'a>],
        last: &Last<'a>,
        level: &mut Level<'a>,
        mode: &Mode,
    ) {
        let split = steps.iter().enumerate().position(|(at, step)| match step {
            Step::Fork(branch) => {
                self.must_split(branch, mode)
                    || (branch.suspends() && self.hides_what_may_be_gone(&steps[..at]))
            }
            _ => false,
        });
        let Some(at) = split else {
            self.steps(steps, level);
            return self.last(last, level, mode);
        };
        self.steps(&steps[..at], level);
        if let Step::Fork(branch) = &steps[at] {
            self.split(branch, &steps[at + 1..], last, level, mode);
        }
    }

    pub(crate) fn last(&mut self, last: &Last<'a>, level: &mut Level<'a>, mode: &Mode) {
        match last {
            Last::Open | Last::Diverges => {}
            Last::Answer(answer) => self.answer(answer, level, mode),
            Last::Await(suspension) => self.suspend(suspension, level, mode),
            Last::Branch(branch, rest) => self.branch(branch, rest, level, mode),
            Last::CountDown(join) => self.count_down(join, level, mode),
            Last::FirstWins(race) => self.first_wins(race, level, mode),
            Last::Repeated(repeated) => self.repeated(repeated, level, mode),
            Last::Taken(taken) => self.taken(taken, level, mode),
        }
    }

    pub(crate) fn steps(&mut self, steps: &[Step<'a>], level: &mut Level<'a>) {
        for (index, step) in steps.iter().enumerate() {
            match step {
                Step::Plain(stmt) => {
                    if steps[index..]
                        .iter()
                        .any(|step| matches!(step, Step::Fork(branch) if branch.suspends()))
                    {
                        self.uncover(stmt, level);
                    }
                    self.plain(stmt, level);
                }
                Step::Alias => {}
                Step::Join(point) => self.join_point(point, level),
                Step::Fork(branch) => self.fork(branch, level),
            }
        }
    }

    /// A statement that has nothing to do with completions.
    pub(crate) fn plain(&mut self, stmt: &'a Stmt, level: &mut Level<'a>) {
        level.push(Line::new().keep(stmt));
        level.mark_moved(|name| drops::certainly_moved_in_stmt(name, stmt));
        level.mark_given_away(stmt);
        if let Stmt::Local(local) = stmt {
            let bindings = drops::bindings_of(&local.pat, Value::of_init(local), self.known);
            level.alive.extend(bindings.into_iter().map(|binding| {
                let visible = binding.visible && !self.unit.is_lent_clone(&self.function, &binding.ident);
                Binding { visible, ..binding }
            }));
        }
    }

    /// Whether these statements hide a variable that one of them has handed over on some path only. It can't get another
    /// name then, so all of it has to end in a block before the next wait.
    fn hides_what_may_be_gone(&self, steps: &[Step<'a>]) -> bool {
        let plain = |step: &Step<'a>| match step {
            Step::Plain(stmt) => Some(*stmt),
            _ => None,
        };
        let hides = |(at, stmt): (usize, &'a Stmt)| {
            let Stmt::Local(local) = stmt else { return false };
            names::bound_by(&local.pat).into_iter().any(|ident| {
                let name = ident.to_string();
                steps[..at].iter().filter_map(plain).any(|earlier| {
                    parts::may_be_given_away(&name, earlier)
                        && !drops::certainly_moved_in_stmt(&name, earlier)
                })
            })
        };
        let numbered = steps.iter().enumerate();
        self.options.keeps(Rule::Hidden)
            && numbered.filter_map(|(at, step)| Some((at, plain(step)?))).any(hides)
    }

    /// Gives a variable that a statement is going to shadow a name of ours, so that a way that waits can let go of it.
    fn uncover(&mut self, stmt: &'a Stmt, level: &mut Level<'a>) {
        if !self.options.keeps(Rule::Hidden) {
            return;
        }
        let Stmt::Local(local) = stmt else { return };
        let Some(init) = &local.init else { return };
        let used = names::of_expr(&init.expr);
        for ident in names::bound_by(&local.pat) {
            let shadowed = level.alive.iter_mut().rev().find(|binding| binding.ident == *ident);
            let Some(shadowed) = shadowed.filter(|binding| binding.visible && !binding.moved) else {
                continue;
            };
            if used.contains(&shadowed.name()) || ident == "self" {
                continue;
            }
            let mut name = format!("{ident}_shadowed");
            while !self.names.insert(name.clone()) {
                name.push('_');
            }
            let line = Line::new().ours(format!("let {name} = ")).name(&shadowed.ident).ours(";");
            shadowed.ident = Ident::new(&name, proc_macro2::Span::mixed_site());
            shadowed.mutable = false;
            shadowed.inside = true;
            level.lines.push(line);
        }
    }

    /// Ends a block with a value.
    pub(crate) fn finish(&mut self, value: Option<Vec<Piece<'a>>>, level: &mut Level<'a>, mode: &Mode) {
        match (mode, value) {
            (Mode::Value, Some(value)) => level.push(value),
            (Mode::Value, None) => {}
            (Mode::Return | Mode::Turn | Mode::Leave, Some(value)) => {
                level.push(Line::new().ours("return ").with(value).ours(";"))
            }
            (Mode::Return | Mode::Turn | Mode::Leave, None) => level.push(Line::new().ours("return;")),
            (Mode::Staged(staged), value) => {
                let value = value.unwrap_or_else(|| vec![Piece::Ours("()".into())]);
                let ready = wrapped("::core::future::ready", value);
                let line = self.sided(&staged.sides, ready);
                level.push(line);
            }
        }
    }

    /// A future in the `Either`s that its way asks for.
    pub(crate) fn sided(&mut self, sides: &[Side], future: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
        let mut pieces = future;
        for side in sides.iter().rev() {
            let name = self.core("Either");
            let name = match side {
                Side::Left => format!("{name}::Left"),
                Side::Right => format!("{name}::Right"),
            };
            pieces = wrapped(name, pieces);
        }
        pieces
    }

    /// The path of a public item of the core crate.
    pub(crate) fn core(&mut self, name: &'static str) -> String {
        self.uses.insert(name);
        format!("{}{name}", self.options.root)
    }

    /// The path of `Ok`, `Err`, `Some` or `None`, which a user may have shadowed.
    pub(crate) fn variant(&self, name: &'static str) -> Cow<'static, str> {
        match (self.options.style, name) {
            (Style::Readable, name) => name.into(),
            (Style::Strict, "Some" | "None") => format!("::core::option::Option::{name}").into(),
            (Style::Strict, name) => format!("::core::result::Result::{name}").into(),
        }
    }

    /// A name that the function does not mention: `wanted`, or `wanted2` and so on.
    pub(crate) fn fresh(&mut self, wanted: &str) -> String {
        let mut candidate = wanted.to_owned();
        let mut number = 1;
        while !self.names.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{wanted}{number}");
        }
        candidate
    }
}

/// `name(value)`
pub(crate) fn wrapped<'a>(name: impl Into<Cow<'static, str>>, value: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
    let parens = super::out::Delim::Ours(proc_macro2::Delimiter::Parenthesis);
    vec![Piece::Ours(name.into()), Piece::Group(parens, value)]
}

/// A name of the user's as a pattern or an expression.
pub(crate) fn named<'a>(ident: &Ident) -> Piece<'a> {
    Piece::Name(ident.clone())
}
