//! ALL: callbacks that are counted down by hand.
//!
//! ```text
//! let left = Rc::new(Cell::new(2));                     a counter,
//! let done = Rc::new(RefCell::new(Some(done)));         the completion in a cell,
//! op(1, x, move |v| {                                   registrations, or one in a loop,
//!     a.set(v);                                         each with a part of its own,
//!     left.set(left.get() - 1);                         a decrement,
//!     if left.get() == 0 {                              and a test for zero:
//!         done.take().unwrap()(a.get() + b.get())       whoever is last answers
//!     }
//! });
//! ```
//!
//! Only the counter and the cell of the completion are understood, and go; whatever else the callbacks share stays as it
//! is. The counter and the cell must have no other use. Where the shape does not fit, the rule leaves the function to
//! the others, which keep the callbacks as they are.
use std::collections::BTreeSet;

use quote::ToTokens;
use syn::{Block, Expr, Local, Pat, Stmt};

use super::place::{self, Place, What};
use super::tree::{Await, Callback, Last, Seq, Step, ident_of};
use crate::order::names;

/// A function whose callbacks are counted down.
pub(crate) struct CountDown<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    /// What the last one does, which is to answer.
    pub(crate) zero: Seq<'a>,
    /// The names that it needs.
    pub(crate) needed: names::Names,
    /// The names of the counter and of the cell with the completion: they go.
    pub(crate) gone: BTreeSet<String>,
    /// The names that each callback mentions before it counts down.
    pub(crate) parts: Vec<names::Names>,
    /// Callbacks end it with an error.
    pub(crate) fails: bool,
    /// The cell may be shared between threads.
    pub(crate) is_sync: bool,
}

impl<'a> CountDown<'a> {
    /// The calls that are waited for.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Await<'a>> {
        self.entries.iter().filter_map(Entry::call)
    }
}

/// A statement of the function.
pub(crate) enum Entry<'a> {
    Keep(&'a Stmt),
    /// A registration: the statements before it in its block, and the call.
    Branch(&'a [Stmt], Await<'a>),
    /// A registration for each turn of a loop.
    Each(&'a syn::ExprForLoop, &'a [Stmt], Await<'a>),
}

impl<'a> Entry<'a> {
    pub(crate) fn call(&self) -> Option<&Await<'a>> {
        match self {
            Entry::Keep(_) => None,
            Entry::Branch(_, call) | Entry::Each(_, _, call) => Some(call),
        }
    }
}

/// What was found, before the answer is built.
pub(super) struct Shape<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) zero: &'a Block,
    /// The cell with the completion and its clones.
    pub(super) cells: BTreeSet<String>,
    counters: BTreeSet<String>,
    /// What each callback does before it counts down.
    pub(super) drafts: Vec<Draft<'a>>,
    is_sync: bool,
}

/// What a callback does before it counts down, some of which may end everything with an error.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) stmts: &'a [Stmt],
    /// The match behind that, of which this arm counts down, and what it does before.
    pub(super) arm: Option<(&'a syn::ExprMatch, &'a syn::Arm, &'a Block, &'a [Stmt])>,
}

impl<'a> Draft<'a> {
    /// Whether the pattern of the arm that counts down binds one of these names.
    fn binds_one_of(&self, needed: &names::Names) -> bool {
        let bound = self.arm.map(|(_, arm, ..)| names::bound_by(&arm.pat)).unwrap_or_default();
        bound.iter().any(|ident| needed.contains(&ident.to_string()))
    }

    fn names(&self) -> names::Names {
        let mut names = names::of_stmts(self.stmts);
        if let Some((expr, ..)) = self.arm {
            names.extend(names::of_expr(&expr.expr));
        }
        names.extend(self.arm.map(|(.., part)| names::of_stmts(part)).unwrap_or_default());
        names
    }

    /// All of it that is not the failing arms.
    fn plain(&self) -> impl Iterator<Item = &'a Stmt> + use<'a> {
        self.stmts.iter().chain(self.arm.map_or(&[][..], |(.., part)| part))
    }
}

impl<'a> Shape<'a> {
    pub(super) fn with(self, zero: Seq<'a>, fails: bool) -> CountDown<'a> {
        let gone = self.counters.union(&self.cells).cloned().collect();
        let mut needed = names::of_stmts(&self.zero.stmts);
        needed.retain(|name| !self.cells.contains(name));
        let parts = self.drafts.iter().map(|draft| draft.names()).collect();
        CountDown { entries: self.entries, zero, needed, gone, parts, fails, is_sync: self.is_sync }
    }
}

/// Looks for callbacks that are counted down in a function's body.
pub(super) fn find<'a>(block: &'a Block, completion: &str) -> Option<Shape<'a>> {
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
            return (!super::leave::returns_in(stmt)).then_some(Found::Entry(Entry::Keep(stmt)));
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
        !found.contains(&self.completion) && found.is_disjoint(&self.cells) && !super::leave::returns_in(stmt)
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
        let leaves = |stmt: &Stmt| super::leave::returns_in(stmt) && !self.is_concerned(stmt);
        if draft.plain().any(leaves) {
            return None;
        }
        self.drafts.push(draft);
        let steps = draft.plain().map(Step::Plain).collect();
        let body = Seq { steps, last: Last::Open, braces: None, leaves: false };
        let callback = Callback { closure, prepare: Vec::new(), body };
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

/// The variables that a `let` binds and what to, element by element for tuples.
pub(crate) fn clones_in(local: &Local) -> Option<Vec<(&Pat, &Expr)>> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    match (&local.pat, &*init.expr) {
        (Pat::Tuple(pats), Expr::Tuple(exprs)) if pats.elems.len() == exprs.elems.len() => {
            Some(pats.elems.iter().zip(&exprs.elems).collect())
        }
        (pat, expr) => Some(vec![(pat, expr)]),
    }
}

/// What a constructor of a shared cell puts into it.
fn cell_of(made: &str) -> Option<&str> {
    const CELLS: &[&str] = &[
        "Rc::new(Cell::new(",
        "Rc::new(RefCell::new(",
        "Arc::new(Mutex::new(",
        "Arc::new(AtomicUsize::new(",
        "Arc::new(AtomicU32::new(",
    ];
    CELLS.iter().find_map(|cell| made.strip_prefix(cell)?.strip_suffix("))"))
}

/// The cell with a number that is decremented under the name that it got first.
fn counter_of(block: &Block) -> Option<String> {
    let all = text(block);
    block.stmts.iter().find_map(|stmt| {
        let Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) = stmt else { return None };
        let (name, made) = (name.ident.to_string(), text(&init.expr));
        let decrements = [
            format!("{name}.set({name}.get()-1)"),
            format!("*{name}.borrow_mut()-=1"),
            format!("*{name}.lock().unwrap()-=1"),
            format!("{name}.fetch_sub(1,"),
        ];
        let is_one =
            cell_of(&made).is_some_and(is_number) && decrements.iter().any(|form| all.contains(form));
        is_one.then_some(name)
    })
}

/// A literal number, a length, or a variable: what callbacks are counted from.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.trim_end_matches(".len()").chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn cloned(made: &str) -> Option<&str> {
    let original = made.strip_suffix(".clone()")?;
    original.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(original)
}

/// Tokens as text without spaces: two pieces of code that say the same in the same words have the same text.
fn text(node: &impl ToTokens) -> String {
    node.to_token_stream().to_string().split_whitespace().collect()
}

/// Whether an expression is just a variable.
pub(crate) fn is_variable(expr: &Expr) -> bool {
    ident_of(expr).is_some()
}
