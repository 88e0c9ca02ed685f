//! Which form a race takes: whether losers run on, whether the winner goes on as a future, whether something dies.
//! What each of them is for stands in the rule FIRST WINS.
use std::collections::BTreeSet;

use syn::Stmt;

use super::capture::latest;
use super::suspend::suspends;
use crate::cps::count_down::{Entry, is_variable};
use crate::cps::first_wins::{FirstWins, Taken, is_there, is_value};
use crate::cps::tree::{Await, Last, Seq, Shape, Step, Way};
use crate::cps::walk;
use crate::knowledge::Knowledge;
use crate::order::drops::{self, Value};
use crate::order::names;
use crate::plan::writer::{Level, Writer};
use crate::switch::Rule;

/// What the children of a race look like.
pub(super) struct Form {
    /// Losers run on.
    pub(super) detached: bool,
    /// The children give futures of what the winner does.
    pub(super) staged: bool,
    /// Something dies before the wait.
    pub(super) dies: bool,
}

impl<'a> Writer<'a, '_> {
    pub(super) fn form(&self, race: &FirstWins<'a>, level: &Level<'a>) -> Form {
        let mut alive = Level::new(level.alive.iter().cloned());
        let mut detached = !race.calls().all(|call| call.callbacks.iter().all(|it| is_quiet(&it.body)));
        // The future of a converted function is all that this does: dropped, it would not go on.
        detached |= race.calls().any(|call| self.is_direct(call));
        for entry in &race.entries {
            match entry {
                Entry::Keep(stmt) => note(stmt, &mut alive, self.known),
                Entry::Branch(before, call) => {
                    detached |= captures_visibly(&alive, before, call, &race.gone, self.known);
                    // The cell is none of the variables, even if it hides one of its name.
                    let captures = &call.captures() - &race.gone;
                    alive.mark_moved(|name| captures.contains(name) || call.moves(name));
                }
                Entry::Each(each, before, call) => {
                    let mut inside = Level::new(alive.alive.iter().cloned());
                    inside.alive.extend(drops::bindings_of(&each.pat, Value::Unknown, self.known));
                    detached |= captures_visibly(&inside, before, call, &race.gone, self.known);
                    let moved = names::of_expr(&each.expr);
                    alive.mark_moved(|name| is_variable(&each.expr) && moved.contains(name));
                }
            }
        }
        let winners = || race.calls().flat_map(|call| &call.callbacks).flat_map(|it| winners_in(&it.body));
        let detached = detached && self.options.keeps(Rule::Loser);
        let staged = match detached {
            true => !winners().all(|taken| is_plain(&taken.then)),
            false => winners().any(|taken| waits(&taken.then)),
        };
        let dies = alive.alive.iter().any(|binding| binding.visible && !binding.moved);
        Form {
            detached,
            staged: staged && self.options.keeps(Rule::Winner),
            dies: dies && self.options.keeps(Rule::Scope),
        }
    }
}

/// Notes what a statement binds and what it moves away.
pub(super) fn note(stmt: &Stmt, level: &mut Level<'_>, known: &Knowledge) {
    level.mark_moved(|name| drops::certainly_moved_in_stmt(name, stmt));
    if let Stmt::Local(local) = stmt {
        level.alive.extend(drops::bindings_of(&local.pat, Value::of_init(local), known));
    }
}

/// Whether a callback captures something that may be seen to die, beside the cell.
pub(super) fn captures_visibly(
    level: &Level<'_>,
    before: &[Stmt],
    call: &Await<'_>,
    gone: &BTreeSet<String>,
    known: &Knowledge,
) -> bool {
    let mut inside = Level::new(level.alive.iter().cloned());
    before.iter().for_each(|stmt| note(stmt, &mut inside, known));
    let alive = latest(&inside);
    call.callbacks.iter().any(|callback| {
        let prepared = callback.prepare.iter().any(|stmt| matches!(stmt, Stmt::Local(_)));
        let variables = names::variables_of_closure(callback.closure);
        let mentioned = callback.mentioned();
        let is_visible = |name: &String| match alive.iter().find(|binding| binding.name() == **name) {
            Some(binding) => binding.visible,
            // Something that the function's code does not show, such as what a pattern bound; or no variable at all.
            None => variables.contains(name),
        };
        prepared || mentioned.iter().filter(|name| !gone.contains(*name)).any(is_visible)
    })
}

/// Whether a callback does nothing that can be seen before it takes.
fn is_quiet(seq: &Seq<'_>) -> bool {
    let is_way = |way: &Way<'_>| match way {
        Way::Kept => false,
        Way::Taken(seq) => is_quiet(seq),
    };
    seq.steps.iter().all(|step| matches!(step, Step::Alias))
        && match &seq.last {
            Last::Taken(_) => true,
            Last::Branch(branch, rest) => match &branch.shape {
                Shape::Match { expr, arms } => {
                    let guards = expr.arms.iter().any(|arm| matches!(arm.pat, syn::Pat::Guard(_)));
                    rest.is_empty() && !guards && is_there(&expr.expr) && arms.iter().all(is_way)
                }
                Shape::Block { body, .. } => rest.is_empty() && is_quiet(body),
                _ => false,
            },
            _ => false,
        }
}

/// The parts that only the first callback has.
fn winners_in<'s, 'a>(seq: &'s Seq<'a>) -> Vec<&'s Taken<'a>> {
    let mut winners = Vec::new();
    walk::ends(seq, &mut |last| {
        if let Last::Taken(taken) = last {
            winners.push(&**taken);
        }
    });
    winners
}

/// Whether a winner only answers, with a value that nobody sees being made.
fn is_plain(seq: &Seq<'_>) -> bool {
    let only_answers = seq.steps.iter().all(|step| matches!(step, Step::Alias));
    match &seq.last {
        Last::Answer(answer) => only_answers && answer.args.iter().all(|arg| is_value(arg)),
        _ => false,
    }
}

fn waits(seq: &Seq<'_>) -> bool {
    suspends(seq) || seq.steps.iter().any(|step| matches!(step, Step::Join(_)))
}
