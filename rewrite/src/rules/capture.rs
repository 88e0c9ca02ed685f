//! CLONE, SNAP, SCOPE: what the callback has captured, and what dies without it.
//!
//! A closure captures its variables when it is created. Code behind the call runs before the callback and may change,
//! shadow or drop a variable of the same name, so what the callback needs leaves the segment under its own name, with
//! the value that it had:
//!
//! ```text
//! op(x, { let s = s.clone(); move |a| done(a + *s) });   =>   let (pending, s) = {
//! emit(*s);                                                       let s_captured = s.clone();
//!                                                                 let pending = start!(op(x, _));
//!                                                                 emit(*s);
//!                                                                 (pending, s_captured)
//!                                                             };
//! ```
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use syn::{Expr, Pat, Stmt};

use crate::cps::place::contains;
use crate::cps::tree::{Await, Callback, ident_of};
use crate::knowledge::Knowledge;
use crate::order::drops::{self, Binding, Value};
use crate::order::names::{self, Names};
use crate::order::parts;
use crate::plan::out::{Line, Piece};
use crate::plan::writer::{Level, Writer, named};
use crate::switch::Rule;

impl<'a> Await<'a> {
    /// Whether a name is mentioned by the call itself, outside of its callbacks.
    pub(crate) fn is_argument(&self, name: &str) -> bool {
        self.arguments().contains(name)
    }

    /// Whether an argument of the call is, or holds, one of its callbacks.
    pub(crate) fn is_callback(&self, arg: &Expr) -> bool {
        self.places.iter().any(|place| contains(arg, place.arg))
    }

    /// The arguments of the call that are not callbacks.
    pub(crate) fn kept_args(&self) -> impl Iterator<Item = &'a Expr> + Clone {
        let args = match self.call {
            Expr::Call(call) => Some(&call.args),
            Expr::MethodCall(call) => Some(&call.args),
            _ => None,
        };
        args.into_iter().flatten().filter(|arg| !self.is_callback(arg))
    }

    /// The names that the call itself mentions, outside of its callbacks.
    pub(crate) fn arguments(&self) -> Names {
        let (mut found, args) = match self.call {
            Expr::Call(call) => (Names::new(), &call.args),
            Expr::MethodCall(call) => (names::of_expr(&call.receiver), &call.args),
            other => return names::of_expr(other),
        };
        found.extend(args.iter().filter(|arg| !self.is_callback(arg)).flat_map(names::of_expr));
        found
    }

    /// Every name that the call mentions, of methods and types too, outside of its callbacks.
    pub(crate) fn all_but_callbacks(&self) -> Names {
        struct Mentioned<'w, 'a>(&'w Await<'a>, Names);
        impl<'v> syn::visit::Visit<'v> for Mentioned<'_, '_> {
            fn visit_expr(&mut self, expr: &'v Expr) {
                if !self.0.places.iter().any(|place| std::ptr::eq(place.arg, expr)) {
                    syn::visit::visit_expr(self, expr);
                }
            }
            fn visit_ident(&mut self, ident: &'v Ident) {
                self.1.insert(ident.to_string());
            }
            fn visit_macro(&mut self, mac: &'v syn::Macro) {
                self.1.extend(names::all_in(mac.tokens.clone()));
            }
        }
        let mut mentioned = Mentioned(self, Names::new());
        syn::visit::Visit::visit_expr(&mut mentioned, self.call);
        mentioned.1
    }

    /// Whether an argument may make a temporary that lives until the end of the call's statement.
    pub(crate) fn holds_temporaries(&self) -> bool {
        let args = match self.call {
            Expr::Call(call) => &call.args,
            Expr::MethodCall(call) => &call.args,
            _ => return false,
        };
        args.iter().any(|arg| !self.is_callback(arg) && drops::holds_temporaries(arg, false))
    }

    /// The names that the callbacks capture.
    pub(crate) fn captures(&self) -> Names {
        let mut captures = Names::new();
        for callback in &self.callbacks {
            captures.extend(callback.mentioned().iter().cloned());
        }
        if self.join.is_some() {
            let joined = self.places.iter().filter_map(|place| ident_of(place.arg));
            captures.extend(joined.map(ToString::to_string));
        }
        captures
    }

    /// The parts of a variable that the callbacks capture, if that is not all of it.
    pub(crate) fn captured_parts(&self, name: &str) -> Option<Vec<String>> {
        let mut parts = Vec::new();
        for callback in &self.callbacks {
            let is_prepared = || {
                callback.prepare.iter().any(|stmt| {
                    matches!(stmt, Stmt::Local(local) if names::bound_by(&local.pat).iter().any(|ident| *ident == name))
                })
            };
            if !callback.mentioned().contains(name) || is_prepared() {
                continue;
            }
            if super::lent::is_lent_to(callback) {
                return None;
            }
            parts.extend(parts::of(name, &callback.closure.body)?);
        }
        (!parts.is_empty()).then_some(parts)
    }

    /// The captures that the code behind the await needs. A callback that is lent something takes what its first part
    /// mentions along, and gives back what the rest of it needs as well.
    pub(crate) fn captures_behind(&self) -> Names {
        match &self.callbacks[..] {
            [callback] if super::lent::is_lent_to(callback) => super::lent::needed_behind(callback),
            _ => self.captures(),
        }
    }

    /// The captures that the code behind the call changes. A closure without `move` borrows what it captures, so that
    /// the compiler forbids to change it.
    pub(crate) fn changed_captures(&self) -> Names {
        let copies = self.callbacks.iter().any(|callback| callback.closure.capture.is_some());
        if !copies {
            return Names::new();
        }
        changed_by(self.rest).intersection(&self.captures()).cloned().collect()
    }

    /// The arguments that are evaluated when the call is made: everything but the callbacks.
    pub(crate) fn moves(&self, name: &str) -> bool {
        if let (true, Expr::Call(call)) = (self.join.is_some(), self.call) {
            if ident_of(&call.func).is_some_and(|ident| ident == name) {
                return true;
            }
        }
        struct Moves<'n, 'a, 'w> {
            name: &'n str,
            suspension: &'w Await<'a>,
            found: bool,
        }
        fn look(moves: &mut Moves<'_, '_, '_>, expr: &Expr) {
            if moves.suspension.places.iter().any(|place| std::ptr::eq(place.arg, expr)) {
                return;
            }
            let has_place =
                |expr: &Expr| moves.suspension.places.iter().any(|place| contains(expr, place.arg));
            if !has_place(expr) {
                moves.found |= drops::certainly_moved_as_argument(moves.name, expr);
                return;
            }
            match expr {
                Expr::Call(call) => call.args.iter().for_each(|arg| look(moves, arg)),
                Expr::MethodCall(call) => {
                    look(moves, &call.receiver);
                    call.args.iter().for_each(|arg| look(moves, arg));
                }
                Expr::Try(inner) => look(moves, &inner.expr),
                Expr::Field(inner) => look(moves, &inner.base),
                Expr::Paren(inner) => look(moves, &inner.expr),
                _ => {}
            }
        }
        let mut moves = Moves { name, suspension: self, found: false };
        look(&mut moves, self.call);
        moves.found
    }
}

/// Whether the callbacks capture a variable in part only, so that the rest of it dies with the segment, or so that the code
/// behind the call changes what they do not have. A future that owns the callback's code captures as a closure does.
pub(crate) fn takes_parts(level: &Level<'_>, suspension: &Await<'_>) -> bool {
    let changed = suspension.changed_captures();
    latest(level).into_iter().any(|binding| {
        let matters = (binding.visible && binding.parts.is_empty() && !binding.moved)
            || changed.contains(&binding.name());
        matters && binding.ident != "self" && suspension.captured_parts(&binding.name()).is_some()
    })
}

/// Of a variable that is there only in part: the parts that the callbacks do not capture.
fn left_of(binding: &Binding, suspension: &Await<'_>) -> Vec<String> {
    let name = binding.name();
    let mut gone = suspension.captured_parts(&name).unwrap_or_default();
    gone.extend(suspension.kept_args().flat_map(|arg| parts::given_away(&name, arg)));
    gone.extend(suspension.rest.iter().flat_map(|stmt| parts::given_away_in(&name, stmt)));
    let is_gone = |part: &&String| gone.iter().any(|taken| parts::overlap(part, taken));
    binding.parts.iter().filter(|part| !is_gone(part)).cloned().collect()
}

/// The variables that die with the segment: alive, not captured, and possibly seen to drop; or what is left of them.
pub(crate) fn dying(level: &Level<'_>, suspension: &Await<'_>) -> Vec<Binding> {
    let captures = suspension.captures();
    let mut seen = BTreeMap::new();
    let mut dying: Vec<Binding> = level
        .alive
        .iter()
        .rev()
        .filter(|binding| {
            let name = binding.name();
            // A shadowed variable of this segment is out of reach, but alive; a name means the last one of it.
            let hidden_by = seen.insert(name.clone(), binding.inside);
            let is_latest = hidden_by.is_none();
            // One that was hidden before the segment began has no name by which it could be brought into it.
            let is_lost = hidden_by == Some(false) && !binding.inside;
            let is_gone = !binding.parts.is_empty() && left_of(binding, suspension).is_empty();
            let is_captured = is_latest && captures.contains(&name) && binding.parts.is_empty();
            let is_moved = binding.moved || (is_latest && suspension.moves(&name));
            binding.visible && !is_captured && !is_gone && !is_moved && !is_lost
        })
        .map(|binding| Binding { parts: left_of(binding, suspension), ..binding.clone() })
        .collect();
    dying.reverse();
    dying
}

/// A captured variable that leaves the segment's block.
pub(crate) struct Carried {
    pub(crate) ident: Ident,
    pub(crate) mutable: bool,
    /// The name of its value inside of the block, if it is not its own.
    pub(crate) inside: Option<String>,
}

impl Carried {
    pub(crate) fn value<'a>(&self) -> Piece<'a> {
        match &self.inside {
            Some(name) => Piece::Ours(name.clone().into()),
            None => named(&self.ident),
        }
    }

    pub(crate) fn pattern<'a>(&self) -> Vec<Piece<'a>> {
        let name = named(&self.ident);
        if self.mutable { vec![Piece::Ours("mut ".into()), name] } else { vec![name] }
    }

    /// `let n = n_captured;`
    pub(crate) fn rebound<'a>(&self) -> Line<'a> {
        Line::new().ours("let ").with(self.pattern()).ours(" = ").with([self.value()]).ours(";")
    }
}

impl<'a> Writer<'a, '_> {
    /// Runs what prepares the captures, in front of the call, under names of ours.
    pub(crate) fn prepared(&mut self, suspension: &Await<'a>, lines: &mut Vec<Line<'a>>) -> Vec<Carried> {
        let mut carried = Vec::new();
        for callback in &suspension.callbacks {
            for stmt in &callback.prepare {
                let Stmt::Local(local) = stmt else {
                    lines.push(Line::new().keep(*stmt));
                    continue;
                };
                let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init) else {
                    lines.push(Line::new().keep(*stmt));
                    carried.extend(names::bound_by(&local.pat).into_iter().map(|ident| Carried {
                        ident: ident.clone(),
                        mutable: false,
                        inside: None,
                    }));
                    continue;
                };
                let inside = self.fresh(&format!("{}_captured", name.ident));
                let init = Line::new().ours(format!("let {inside} = ")).keep(&init.expr).ours(";");
                lines.push(init);
                let mutable = name.mutability.is_some();
                carried.push(Carried { ident: name.ident.clone(), mutable, inside: Some(inside) });
            }
        }
        carried
    }

    /// Copies what the code behind the call is going to change or to hide.
    pub(crate) fn snapshots(
        &mut self,
        suspension: &Await<'a>,
        level: &Level<'a>,
        already: &[Carried],
        lines: &mut Vec<Line<'a>>,
    ) -> Vec<Carried> {
        let changed = match self.options.keeps(Rule::Snapshot) {
            true => suspension.changed_captures(),
            false => Names::new(),
        };
        let captures = suspension.captures_behind();
        let mut carried = Vec::new();
        for binding in latest(level) {
            let name = binding.name();
            if binding.ident == "self"
                || !captures.contains(&name)
                || already.iter().any(|other| other.ident == binding.ident)
            {
                continue;
            }
            let is_changed = changed.contains(&name);
            if !is_changed && !binding.inside {
                continue;
            }
            let mutable =
                binding.mutable && suspension.callbacks.iter().any(|callback| may_change(callback, &name));
            let inside = is_changed.then(|| self.fresh(&format!("{name}_captured")));
            if let Some(inside) = &inside {
                lines.push(Line::new().ours(format!("let {inside} = ")).name(&binding.ident).ours(";"));
            }
            carried.push(Carried { ident: binding.ident.clone(), mutable, inside });
        }
        carried
    }
}

/// The variables that a name means: those that are not hidden.
pub(super) fn latest<'l>(level: &'l Level<'_>) -> Vec<&'l Binding> {
    let mut seen = BTreeSet::new();
    let mut latest: Vec<_> = level.alive.iter().rev().filter(|binding| seen.insert(binding.name())).collect();
    latest.reverse();
    latest
}

/// `+=` and the like.
pub(super) fn assigns(op: &syn::BinOp) -> bool {
    use syn::BinOp::*;
    matches!(
        op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

/// The names that statements assign, borrow mutably or call methods on.
///
/// Names that they bind are not among them: the code behind a call is written in a block of its own if it binds any.
fn changed_by(stmts: &[Stmt]) -> Names {
    struct Changed(Names);
    impl Changed {
        fn note(&mut self, expr: &Expr) {
            match expr {
                Expr::Path(path) => self.0.extend(path.path.get_ident().map(ToString::to_string)),
                Expr::Field(field) => self.note(&field.base),
                Expr::Index(index) => self.note(&index.expr),
                Expr::Paren(inner) => self.note(&inner.expr),
                Expr::Tuple(tuple) => tuple.elems.iter().for_each(|elem| self.note(elem)),
                _ => {}
            }
        }
    }
    impl<'a> syn::visit::Visit<'a> for Changed {
        fn visit_expr_assign(&mut self, assign: &'a syn::ExprAssign) {
            self.note(&assign.left);
            syn::visit::visit_expr_assign(self, assign);
        }
        fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
            if assigns(&binary.op) {
                self.note(&binary.left);
            }
            syn::visit::visit_expr_binary(self, binary);
        }
        fn visit_expr_reference(&mut self, reference: &'a syn::ExprReference) {
            if reference.mutability.is_some() {
                self.note(&reference.expr);
            }
            syn::visit::visit_expr_reference(self, reference);
        }
        fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
            self.note(&call.receiver);
            syn::visit::visit_expr_method_call(self, call);
        }
        fn visit_macro(&mut self, mac: &'a syn::Macro) {
            // A macro may assign; one that formats does not.
            let formats = [
                "println",
                "print",
                "eprintln",
                "eprint",
                "format",
                "write",
                "writeln",
                "assert",
                "assert_eq",
            ];
            if !mac.path.segments.last().is_some_and(|last| formats.iter().any(|name| last.ident == name)) {
                self.0.extend(names::all_in(mac.tokens.clone()));
            }
        }
    }
    let mut changed = Changed(Names::new());
    stmts.iter().for_each(|stmt| syn::visit::Visit::visit_stmt(&mut changed, stmt));
    changed.0
}

/// Whether the callback may assign to its copy of a variable, so that it has to stay `mut`.
fn may_change(callback: &Callback<'_>, name: &str) -> bool {
    let body = &callback.closure.body;
    changed_by(&[Stmt::Expr((**body).clone(), None)]).contains(name)
}

/// The variables that a callback's code starts with: what it captured, whole again, and its parameters.
pub(crate) fn alive_in<'a>(
    level: &Level<'a>,
    suspension: &Await<'a>,
    callback: &Callback<'a>,
    known: &Knowledge,
) -> Vec<Binding> {
    let mut captures = suspension.captures_behind();
    captures.extend(callback_gives_back(callback));
    let mut alive: Vec<Binding> = latest(level)
        .into_iter()
        .filter(|binding| captures.contains(&binding.name()))
        .map(|binding| {
            let parts = suspension.captured_parts(&binding.name()).unwrap_or_default();
            Binding { inside: false, moved: false, parts, ..binding.clone() }
        })
        .collect();
    for stmt in &callback.prepare {
        if let Stmt::Local(local) = stmt {
            let prepared = drops::bindings_of(&local.pat, Value::of_init(local), known);
            alive.retain(|binding| prepared.iter().all(|new| new.ident != binding.ident));
            alive.extend(prepared.into_iter().map(|binding| Binding { inside: false, ..binding }));
        }
    }
    let types = params_of(suspension, callback, known);
    for (at, pat) in callback.params().enumerate() {
        let value = types.get(at).map_or(Value::Unknown, Value::Typed);
        alive.extend(drops::bindings_of(pat, value, known));
    }
    alive
}

/// The types of what a callback is called with, if the callee is in view.
pub(crate) fn params_of<'k>(
    suspension: &Await<'_>,
    callback: &Callback<'_>,
    known: &'k Knowledge,
) -> &'k [syn::Type] {
    let args = match suspension.call {
        Expr::Call(call) => &call.args,
        Expr::MethodCall(call) => &call.args,
        _ => return &[],
    };
    let mut places = suspension.places.iter().zip(&suspension.callbacks);
    let place = places.find(|(_, own)| std::ptr::eq(*own, callback)).map(|(place, _)| place);
    let position = place.and_then(|place| args.iter().position(|arg| contains(arg, place.arg)));
    position.map_or(&[], |position| known.calls_back_with(suspension.call, position))
}

/// The names that a callback's first part takes along and gives back.
fn callback_gives_back(callback: &Callback<'_>) -> Vec<String> {
    if !super::lent::is_lent_to(callback) {
        return Vec::new();
    }
    super::lent::leaving(callback).iter().map(ToString::to_string).collect()
}
