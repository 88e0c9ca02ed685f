//! Looking for callbacks that are counted down in a function's body.
use std::collections::BTreeSet;

use syn::{Block, Expr, Local, Pat, Stmt};

use super::counter::{cell_of, cloned, clones_in, counter_of, is_number, makes_shared, text};
use super::{Draft, Entry, Shape};
use crate::cps::leave::returns_in;
use crate::cps::place::{self, Place, What};
use crate::cps::tree::{Await, Callback, Last, Seq, Step};
use crate::order::names;

/// Looks for callbacks that are counted down in a function's body.
pub(in crate::cps) fn find<'a>(block: &'a Block, completion: &str) -> Option<Shape<'a>> {
    let mut others = Vec::new();
    look(block, completion, &mut others).filter(|_| others.is_empty())
}

/// Where the counter is used for something else, in a body whose callbacks would be a join without that.
pub(crate) fn other_uses<'a>(block: &'a Block, completion: &str) -> Vec<&'a syn::Ident> {
    let mut others = Vec::new();
    let Some(shape) = look(block, completion, &mut others) else { return Vec::new() };
    let is_counter = |ident: &&syn::Ident| shape.counters.contains(&ident.to_string());
    others.into_iter().filter_map(|stmt| names::idents_in(stmt).into_iter().find(is_counter)).collect()
}

/// Callbacks that are counted down, if not for these other statements that look at their counter.
fn look<'a>(block: &'a Block, completion: &str, others: &mut Vec<&'a Stmt>) -> Option<Shape<'a>> {
    // Most functions make nothing that could be shared; they are not worth a closer look.
    if !block.stmts.iter().any(makes_shared) {
        return None;
    }
    let mut finder = Finder {
        completion: completion.to_owned(),
        counter: counter_of(block),
        counters: BTreeSet::new(),
        cells: BTreeSet::new(),
        zeros: Vec::new(),
        drafts: Vec::new(),
        is_sync: false,
    };
    let mut entries = Vec::new();
    for stmt in &block.stmts {
        match finder.stmt(stmt) {
            Some(Found::Gone) => {}
            Some(Found::Entry(entry)) => entries.push(entry),
            None if finder.only_counts(stmt) => others.push(stmt),
            None => return None,
        }
    }
    let branches = entries.iter().filter(|entry| matches!(entry, Entry::Branch(..))).count();
    let loops = entries.iter().filter(|entry| matches!(entry, Entry::Each(..))).count();
    let is_join = (loops == 1 && branches == 0) || (loops == 0 && (2..=12).contains(&branches));
    let (zero, others) = finder.zeros.split_last()?;
    let same = others.iter().all(|other| text(other) == text(zero));
    // What the last one does must not depend on which one it is.
    let needed = names::of_stmts(&zero.stmts);
    let is_own = |entry: &Entry<'_>| match entry {
        Entry::Branch(before, call) | Entry::Each(_, before, call) => {
            let params =
                call.callbacks.iter().flat_map(|callback| callback.params()).flat_map(names::bound_by);
            let steps = call.callbacks.iter().flat_map(|callback| &callback.body.steps);
            let locals = steps.flat_map(|step| match step {
                Step::Plain(Stmt::Local(local)) => names::bound_by(&local.pat),
                _ => Vec::new(),
            });
            let own = params.chain(locals).any(|ident| needed.contains(&ident.to_string()));
            let own = own || finder.drafts.iter().any(|draft| draft.binds_one_of(&needed));
            own || renames(before, &needed)
        }
        Entry::Keep(_) => false,
    };
    let is_join = is_join && !entries.iter().any(is_own);
    let Finder { cells, counters, drafts, is_sync, .. } = finder;
    (is_join && same).then_some(Shape { entries, zero, cells, counters, drafts, is_sync })
}

/// Whether a clone that the end needs has another name than what it is a clone of.
fn renames(before: &[Stmt], needed: &names::Names) -> bool {
    before.iter().any(|stmt| {
        let Stmt::Local(local) = stmt else { return true };
        clones_in(local).into_iter().flatten().any(|(pat, init)| {
            let made = text(init);
            let is_same = |name: &&syn::Ident| cloned(&made) == Some(name.to_string().as_str());
            names::bound_by(pat).iter().any(|name| needed.contains(&name.to_string()) && !is_same(name))
        })
    })
}

enum Found<'a> {
    /// It makes, or clones, the counter or the cell.
    Gone,
    Entry(Entry<'a>),
}

struct Finder<'a> {
    completion: String,
    /// Which of several cells with a number is the counter, if that can be seen.
    counter: Option<String>,
    counters: BTreeSet<String>,
    cells: BTreeSet<String>,
    /// What each registration does when it is the last one.
    zeros: Vec<&'a Block>,
    /// What each of them does before that.
    drafts: Vec<Draft<'a>>,
    is_sync: bool,
}

impl<'a> Finder<'a> {
    fn stmt(&mut self, stmt: &'a Stmt) -> Option<Found<'a>> {
        if let Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) = stmt {
            if self.names_one(&name.ident.to_string(), &init.expr) {
                return Some(Found::Gone);
            }
        }
        if !self.is_concerned(stmt) {
            return (!returns_in(stmt)).then_some(Found::Entry(Entry::Keep(stmt)));
        }
        let Stmt::Expr(expr, _) = stmt else { return None };
        let entry = match expr {
            Expr::ForLoop(each) if each.label.is_none() => {
                let (before, call) = self.registration(&each.body.stmts)?;
                Entry::Each(each, before, call)
            }
            Expr::Block(block) if block.label.is_none() => {
                let (before, call) = self.registration(&block.block.stmts)?;
                Entry::Branch(before, call)
            }
            _ => {
                let (before, call) = self.registration(std::slice::from_ref(stmt))?;
                Entry::Branch(before, call)
            }
        };
        Some(Found::Entry(entry))
    }

    /// Whether a `let` makes the counter or the cell, or clones one of them.
    fn names_one(&mut self, name: &str, init: &Expr) -> bool {
        let made = text(init);
        if let Some(inside) = cell_of(&made) {
            if inside == format!("Some({})", self.completion) {
                self.cells.insert(name.to_owned());
                self.is_sync = made.starts_with("Arc");
                return true;
            }
            let is_counter = self.counter.as_ref().is_none_or(|counter| counter == name);
            if self.counters.is_empty() && is_counter && is_number(inside) {
                self.counters.insert(name.to_owned());
                return true;
            }
        }
        let Some(original) = cloned(&made) else { return false };
        for known in [&mut self.counters, &mut self.cells] {
            if known.contains(original) {
                known.insert(name.to_owned());
                return true;
            }
        }
        false
    }

    fn is_concerned(&self, stmt: &Stmt) -> bool {
        names::of_stmts(std::slice::from_ref(stmt)).iter().any(|name| self.is_known(name))
    }

    /// Whether a statement looks at the counter, but has nothing to do with the completion.
    fn only_counts(&self, stmt: &Stmt) -> bool {
        let found = names::of_stmts(std::slice::from_ref(stmt));
        !found.contains(&self.completion) && found.is_disjoint(&self.cells) && !returns_in(stmt)
    }

    fn is_known(&self, name: &str) -> bool {
        name == self.completion || self.counters.contains(name) || self.cells.contains(name)
    }

    /// `lets; call(.., move |v| { part; decrement; if zero { .. } });`
    fn registration(&mut self, stmts: &'a [Stmt]) -> Option<(&'a [Stmt], Await<'a>)> {
        let (Stmt::Expr(call, _), before) = stmts.split_last()? else { return None };
        for stmt in before {
            let Stmt::Local(local) = stmt else { return None };
            for (pat, init) in clones_in(local)? {
                let made = text(init);
                if let (Pat::Ident(name), Some(original)) = (pat, cloned(&made)) {
                    let name = name.ident.to_string();
                    if self.counters.contains(original) {
                        self.counters.insert(name);
                    } else if self.cells.contains(original) {
                        self.cells.insert(name);
                    }
                }
            }
        }
        let (place, closure) = self.callback(call)?;
        let draft = self.draft(&closure.body)?;
        let is_counter = |name: &String| {
            self.counters.contains(name) || (*name == self.completion && !self.cells.contains(name))
        };
        if draft.names().iter().any(is_counter) {
            return None;
        }
        let leaves = |stmt: &Stmt| returns_in(stmt) && !self.is_concerned(stmt);
        if draft.plain().any(leaves) {
            return None;
        }
        self.drafts.push(draft);
        let steps = draft.plain().map(Step::Plain).collect();
        let body = Seq { steps, last: Last::Open, braces: None, leaves: false };
        let callback = Callback::new(closure, Vec::new(), body);
        Some((before, Await { places: vec![place], callbacks: vec![callback], ..Await::of(call, true) }))
    }

    /// What a callback does before it counts down: in its body, or in an arm of a match at the end of that.
    fn draft(&mut self, body: &'a Expr) -> Option<Draft<'a>> {
        let (before, last) = match body {
            Expr::Block(body) => match body.block.stmts.split_last()? {
                (Stmt::Expr(last @ Expr::Match(_), _), before) => (before, last),
                _ => return Some(Draft { stmts: self.part(&body.block.stmts)?, arm: None }),
            },
            other => (&[][..], other),
        };
        let Expr::Match(expr) = last else { return None };
        let counts =
            |arm: &&syn::Arm| names::of_expr(&arm.body).iter().any(|name| self.counters.contains(name));
        let mut counting = expr.arms.iter().filter(counts);
        let (arm, None) = (counting.next()?, counting.next()) else { return None };
        let Expr::Block(block) = &*arm.body else { return None };
        let part = self.part(&block.block.stmts)?;
        Some(Draft { stmts: before, arm: Some((expr, arm, &block.block, part)) })
    }

    /// The closure of a call that counts down, and where it stands.
    fn callback(&self, call: &'a Expr) -> Option<(Place<'a>, &'a syn::ExprClosure)> {
        let args = match call {
            Expr::Call(call) => &call.args,
            Expr::MethodCall(call) => &call.args,
            _ => return None,
        };
        let mut callbacks =
            args.iter().filter(|arg| names::of_expr(arg).iter().any(|name| self.is_known(name)));
        let (arg, wrapped) = match (callbacks.next()?, callbacks.next()) {
            (Expr::Call(boxed), None) if place::last_name(&boxed.func) == "new" && boxed.args.len() == 1 => {
                (&boxed.args[0], true)
            }
            (arg, None) => (arg, false),
            _ => return None,
        };
        let Expr::Closure(closure) = arg else { return None };
        Some((Place { arg, what: What::Closure(closure, &[]), wrapped }, closure))
    }

    /// What a callback does before it counts down; what it does at zero is noted.
    fn part(&mut self, stmts: &'a [Stmt]) -> Option<&'a [Stmt]> {
        let (Stmt::Expr(Expr::If(test), _), before) = stmts.split_last()? else { return None };
        if test.else_branch.is_some() {
            return None;
        }
        let condition = text(&test.cond);
        let counter = self.counters.iter().find(|counter| names::of_expr(&test.cond).contains(*counter))?;
        let fused = condition.starts_with(&format!("{counter}.fetch_sub(1,")) && condition.ends_with(")==1");
        let part = if fused {
            before
        } else {
            let (decrement, part) = before.split_last()?;
            let decrement = text(decrement);
            let forms = [
                (format!("{counter}.set({counter}.get()-1);"), format!("{counter}.get()==0")),
                (format!("*{counter}.borrow_mut()-=1;"), format!("*{counter}.borrow()==0")),
                (format!("*{counter}.lock().unwrap()-=1;"), format!("*{counter}.lock().unwrap()==0")),
            ];
            if !forms.iter().any(|(one_less, is_zero)| *one_less == decrement && *is_zero == condition) {
                return None;
            }
            part
        };
        self.zeros.push(&test.then_branch);
        Some(part)
    }
}
