//! Callbacks of which the first one answers: looking for them, and for the places where they take the completion.
use syn::{Expr, Local, Pat, Stmt};

use super::{Builder, Node, concerns};
use crate::cps::alias::{alias_of, forget, forget_shadowed, is_content};
use crate::cps::count_down::{Entry, clones_in};
use crate::cps::first_wins::{self, FirstWins, Taken};
use crate::cps::leave::{diverges, returns_in};
use crate::cps::place::{self, Aliases};
use crate::cps::repeated::{Repeated, option_in};
use crate::cps::tree::*;
use crate::order::names;
use crate::order::outcomes::Outcomes;
use crate::recognise::{Role, is_lent};
use crate::refusal::{Code, ends_of};

impl<'a> Builder<'a, '_> {
    /// `let cell = ..(Some(done)); ..`, if that and what follows are callbacks of which the first one answers, or one that
    /// may come again and again.
    pub(super) fn first_wins(
        &mut self,
        stmts: &'a [Stmt],
        aliases: &Aliases,
    ) -> Option<(Last<'a>, Outcomes)> {
        let (first, behind) = stmts.split_first()?;
        let Stmt::Local(local) = first else { return None };
        let option = option_in(local);
        let (name, held) = match first_wins::cell_in(local) {
            Some(cell) => (cell.name, cell.completion),
            None => option?,
        };
        let alias = aliases.get(&held.to_string())?;
        let is_plain = alias.role == Role::Whole && alias.join.is_none() && alias.shared.is_none();
        if !is_plain || self.not_raced.contains(&std::ptr::from_ref(first)) {
            return None;
        }
        let outcomes = Outcomes::falls(1, ends_of(stmts.last()?));
        let (behind, outcomes) = match behind.split_last() {
            Some((Stmt::Expr(Expr::Return(leave), _), before)) if leave.expr.is_none() => {
                (before, outcomes.leave())
            }
            _ => (behind, outcomes),
        };
        let found = self.findings.len();
        let mut inside = aliases.clone();
        inside.remove(&held.to_string());
        inside.insert(name.to_string(), Alias { shared: Some(Shared::Cell), ..alias.clone() });
        let entries = self.racers(behind, &mut inside);
        let mut findings = self.findings.split_off(found);
        let answers = findings.is_empty();
        if findings.iter().any(|finding| finding.code == Code::UC03) {
            // What runs after the answer is in the way of every form.
            findings.retain(|finding| finding.code == Code::UC03);
            self.findings.extend(findings);
            return Some((Last::Diverges, outcomes));
        }
        if let Some((entries, gone)) = entries {
            if answers && is_race(&entries) && option.is_none() {
                let is_sync = first_wins::cell_in(local).is_some_and(|cell| cell.is_sync);
                let race = FirstWins { entries, gone, is_sync };
                return Some((Last::FirstWins(Box::new(race)), outcomes));
            }
            // A path that does not answer leaves it to the next call.
            if findings.iter().all(|finding| finding.code == Code::UC01) {
                if let Some(last) = self.repeated(local, behind, entries, gone, answers, aliases) {
                    return Some((last, outcomes));
                }
            }
        }
        self.not_raced.insert(std::ptr::from_ref(first));
        None
    }

    /// One registration, whose callback may come again and again.
    fn repeated(
        &mut self,
        local: &'a Local,
        behind: &'a [Stmt],
        entries: Vec<Entry<'a>>,
        gone: names::Names,
        answers: bool,
        aliases: &Aliases,
    ) -> Option<Last<'a>> {
        let at = entries.iter().position(|entry| !matches!(entry, Entry::Keep(_)))?;
        let is_all = entries.len() == behind.len()
            && entries.iter().skip(at + 1).all(|entry| matches!(entry, Entry::Keep(_)));
        let Some(Entry::Branch([], mut events)) = entries.into_iter().nth(at) else { return None };
        let callee = place::callee_name(events.call);
        // A function that is converted together with this one calls back once.
        if !is_all || events.callbacks.len() != 1 || self.unit.contains(&callee) {
            return None;
        }
        events.repeats = !(answers && first_wins::only_takes(&events.callbacks[0].body));
        let (Node::Last(Last::Await(mut cell)), _) = self.call(&local.init.as_ref()?.expr, true, aliases)
        else {
            return None;
        };
        cell.handle = Some(local);
        cell.rest = behind;
        Some(Last::Repeated(Box::new(Repeated { before: &behind[..at], events, cell: *cell, gone })))
    }

    /// The registrations, and the names of the cell.
    fn racers(&mut self, stmts: &'a [Stmt], aliases: &mut Aliases) -> Option<(Vec<Entry<'a>>, names::Names)> {
        let mut gone = shared_in(aliases);
        let mut entries = Vec::new();
        for (index, stmt) in stmts.iter().enumerate() {
            let rest = &stmts[index + 1..];
            let found = match stmt {
                _ if !concerns(stmt, aliases) => {
                    forget_shadowed(stmt, aliases);
                    (!diverges(stmt)).then_some(Entry::Keep(stmt))?
                }
                _ if returns_in(stmt) => return None,
                Stmt::Local(local) if name_another(local, aliases) => continue,
                Stmt::Expr(Expr::ForLoop(each), _) if each.label.is_none() => {
                    let mut inside = aliases.clone();
                    forget(&each.pat, &mut inside);
                    // What follows a call in a loop is the next turn.
                    let (before, call) =
                        self.racer(&each.body.stmts, &mut inside, std::slice::from_ref(stmt))?;
                    gone.extend(shared_in(&inside));
                    Entry::Each(each, before, call)
                }
                Stmt::Expr(Expr::Block(block), _) if block.label.is_none() => {
                    let mut inside = aliases.clone();
                    let (before, call) = self.racer(&block.block.stmts, &mut inside, rest)?;
                    gone.extend(shared_in(&inside));
                    Entry::Branch(before, call)
                }
                Stmt::Expr(..) => {
                    let (before, call) = self.racer(std::slice::from_ref(stmt), aliases, rest)?;
                    Entry::Branch(before, call)
                }
                _ => return None,
            };
            entries.push(found);
        }
        gone.extend(shared_in(aliases));
        Some((entries, gone))
    }

    /// `lets; call(.., move |v| { part; if let Some(done) = cell.take() { .. } });`
    fn racer(
        &mut self,
        stmts: &'a [Stmt],
        aliases: &mut Aliases,
        rest: &'a [Stmt],
    ) -> Option<(&'a [Stmt], Await<'a>)> {
        let (Stmt::Expr(call, _), before) = stmts.split_last()? else { return None };
        for stmt in before {
            match stmt {
                Stmt::Local(local) if concerns(stmt, aliases) => {
                    for (pat, init) in clones_in(local)? {
                        match (pat, alias_of(init, aliases)) {
                            (Pat::Ident(name), Some(alias)) if alias.shared == Some(Shared::Cell) => {
                                aliases.insert(name.ident.to_string(), alias);
                            }
                            _ if names::of_expr(init).iter().any(|name| aliases.contains_key(name)) => {
                                return None;
                            }
                            _ => forget(pat, aliases),
                        }
                    }
                }
                _ if concerns(stmt, aliases) || diverges(stmt) => return None,
                _ => forget_shadowed(stmt, aliases),
            }
        }
        if !matches!(call, Expr::Call(_) | Expr::MethodCall(_)) {
            return None;
        }
        let (Node::Last(Last::Await(mut wait)), _) = self.call(call, true, aliases) else { return None };
        let is_fit = |callback: &Callback<'a>| {
            let lends = callback.params().any(|pat| matches!(pat, Pat::Type(typed) if is_lent(&typed.ty)));
            callback.closure.capture.is_some() && !lends
        };
        wait.rest = rest;
        (!wait.callbacks.is_empty() && wait.callbacks.iter().all(is_fit)).then_some((before, *wait))
    }

    /// `let Some(done) = cell.take() else { return };` with what follows.
    pub(super) fn taken_or_left(
        &mut self,
        stmt: &'a Stmt,
        rest: &'a [Stmt],
        aliases: &Aliases,
    ) -> Option<(Last<'a>, Outcomes)> {
        let Stmt::Local(Local { pat, init: Some(init), .. }) = stmt else { return None };
        let (_, otherwise) = init.diverge.as_ref()?;
        let name = some_of(pat).filter(|_| is_content(&init.expr, aliases))?;
        self.refuse_to_race(otherwise);
        let then = |builder: &mut Self, inside: &Aliases| {
            let start = Outcomes::falls(0, ends_of(stmt));
            builder.stmts(rest, start, inside.clone())
        };
        match self.taken(name, names::of_stmts(rest), aliases, then) {
            (Node::Last(last), outcomes) => Some((last, outcomes)),
            (Node::Step(_), _) => None,
        }
    }

    /// `match cell.take() { Some(done) => .., None => {} }`
    pub(super) fn taken_in_match(
        &mut self,
        branch: &'a syn::ExprMatch,
        aliases: &Aliases,
    ) -> (Node<'a>, Outcomes) {
        let [one, other] = &branch.arms[..] else {
            return (Node::Step(Step::Alias), self.refuse_use(&branch.expr, aliases));
        };
        let (some, none) = if some_of(&one.pat).is_some() { (one, other) } else { (other, one) };
        match some_of(&some.pat) {
            Some(name) => {
                self.refuse_to_race(&none.body);
                let then = |builder: &mut Self, inside: &Aliases| builder.tail(&some.body, inside);
                self.taken(name, names::of_expr(&some.body), aliases, then)
            }
            _ => (Node::Step(Step::Alias), self.refuse_use(&branch.expr, aliases)),
        }
    }

    /// A callback that does something else where it finds the cell empty has no form as a child of a race. The part that
    /// answers is looked at all the same, for what runs behind that.
    pub(super) fn refuse_to_race(&mut self, otherwise: &'a Expr) {
        if !does_nothing(otherwise) {
            self.refuse(Code::UC05, otherwise, "this runs where the answer came too late");
        }
    }

    /// The part that only the first callback has, in which the completion has this name.
    pub(super) fn taken(
        &mut self,
        name: &syn::Ident,
        names: names::Names,
        aliases: &Aliases,
        then: impl FnOnce(&mut Self, &Aliases) -> (Seq<'a>, Outcomes),
    ) -> (Node<'a>, Outcomes) {
        let mut inside = aliases.clone();
        inside.retain(|_, alias| alias.shared.is_none());
        inside.insert(name.to_string(), Alias { role: Role::Whole, cloned: false, join: None, shared: None });
        let (then, outcomes) = then(self, &inside);
        if names.iter().any(|name| {
            aliases.get(name).is_some_and(|alias| alias.shared.is_some()) && !inside.contains_key(name)
        }) {
            return (Node::Step(Step::Alias), self.refuse(Code::UC05, name, "the cell is used again"));
        }
        (Node::Last(Last::Taken(Box::new(Taken { then, names }))), outcomes)
    }
}

/// Several registrations, or one for each turn of a loop.
fn is_race(entries: &[Entry<'_>]) -> bool {
    let branches = entries.iter().filter(|entry| matches!(entry, Entry::Branch(..))).count();
    let loops = entries.iter().filter(|entry| matches!(entry, Entry::Each(..))).count();
    (loops == 1 && branches == 0) || (loops == 0 && (2..=12).contains(&branches))
}

/// `let cell2 = cell.clone();`
fn name_another(local: &Local, aliases: &mut Aliases) -> bool {
    let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else { return false };
    match alias_of(&init.expr, aliases) {
        Some(alias) if alias.shared == Some(Shared::Cell) && init.diverge.is_none() => {
            aliases.insert(name.ident.to_string(), alias);
            true
        }
        _ => false,
    }
}

fn shared_in(aliases: &Aliases) -> names::Names {
    let shared = aliases.iter().filter(|(_, alias)| alias.shared.is_some());
    shared.map(|(name, _)| name.clone()).collect()
}

/// `Some(done)`
fn some_of(pat: &Pat) -> Option<&syn::Ident> {
    match pat {
        Pat::TupleStruct(some) if some.path.segments.last()?.ident == "Some" && some.elems.len() == 1 => {
            match &some.elems[0] {
                Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `{}`, `()`, `return`, `{ return; }`
fn does_nothing(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elems.is_empty(),
        Expr::Return(leave) => leave.expr.is_none(),
        Expr::Block(block) => match &block.block.stmts[..] {
            [] => true,
            [Stmt::Expr(only, _)] => does_nothing(only),
            _ => false,
        },
        _ => false,
    }
}
