//! Where in a call the callback stands.
//!
//! A callback is an argument, at any depth: `f(a, |p| ..)`, `Box::new(|p| ..)`, `client.get(u).on_done(|p| ..).send()`.
use syn::{Expr, ExprClosure, Stmt};

use super::tree::{Alias, ident_of};
use crate::order::names;
use crate::refusal::Code;

/// An argument that is, or leads to, the completion.
pub(crate) struct Place<'a> {
    /// The argument, which the marker `_` replaces.
    pub(crate) arg: &'a Expr,
    /// What it is.
    pub(crate) what: What<'a>,
    /// It is the argument of `Box::new`, `Rc::new` or the like, or behind `&`.
    pub(crate) wrapped: bool,
}

pub(crate) enum What<'a> {
    /// The completion itself, under this name.
    Completion(Alias),
    /// A closure, with the statements before it in its block.
    Closure(&'a ExprClosure, &'a [Stmt]),
}

/// Names of the completion.
pub(crate) type Aliases = std::collections::BTreeMap<String, Alias>;

/// Whether code mentions the completion.
pub(crate) fn mentions(expr: &Expr, aliases: &Aliases) -> bool {
    names::is_any_in(expr, &|name| aliases.contains_key(name))
}

/// Constructors that hold a callback without calling it.
const WRAPPERS: &[&str] = &[
    "Box::new",
    "Rc::new",
    "Arc::new",
    "Some",
    "Cell::new",
    "RefCell::new",
    "Mutex::new",
    "AssertUnwindSafe",
];

/// Methods that keep what they get: a completion that is given to one is stored, not called.
const STORES: &[&str] = &[
    "push",
    "push_back",
    "push_front",
    "insert",
    "replace",
    "set",
    "extend",
    "send",
    "try_send",
    "get_or_insert",
];

/// Adapters that run their closure at once, or not at all.
const ADAPTERS: &[&str] = &[
    "map",
    "and_then",
    "or_else",
    "unwrap_or_else",
    "map_or",
    "map_or_else",
    "map_err",
    "for_each",
    "filter",
    "inspect",
    "inspect_err",
    "then",
    "fold",
    "try_for_each",
    "is_some_and",
    "get_or_insert_with",
    "ok_or_else",
    "find",
    "any",
    "all",
    "retain",
];

/// Calls whose closure runs in another context.
const CONTEXTS: &[&str] =
    &["spawn", "spawn_blocking", "spawn_local", "catch_unwind", "with", "scope", "block_on", "call_once"];

/// A place that cannot be marked.
pub(crate) struct Unplaceable<'a> {
    pub(crate) code: Code,
    pub(crate) at: &'a Expr,
    pub(crate) message: String,
}

/// The places of a call, left to right.
pub(crate) fn find<'a>(call: &'a Expr, aliases: &Aliases) -> Result<Vec<Place<'a>>, Unplaceable<'a>> {
    let mut finder = Finder { aliases, places: Vec::new() };
    finder.call(call)?;
    Ok(finder.places)
}

struct Finder<'a, 'k> {
    aliases: &'k Aliases,
    places: Vec<Place<'a>>,
}

impl<'a> Finder<'a, '_> {
    fn call(&mut self, expr: &'a Expr) -> Result<(), Unplaceable<'a>> {
        if !mentions(expr, self.aliases) {
            return Ok(());
        }
        match expr {
            Expr::Paren(inner) => self.call(&inner.expr),
            Expr::Group(inner) => self.call(&inner.expr),
            Expr::Try(inner) => self.call(&inner.expr),
            Expr::Field(inner) => self.call(&inner.base),
            Expr::Call(call) => {
                self.call(&call.func)?;
                let name = last_name(&call.func);
                let is_method = is_method_of_std(&call.func);
                call.args.iter().try_for_each(|arg| self.argument(arg, &name, is_method, false))
            }
            Expr::MethodCall(call) => {
                self.call(&call.receiver)?;
                let name = call.method.to_string();
                call.args.iter().try_for_each(|arg| self.argument(arg, &name, true, false))
            }
            _ => Err(self.stored(expr)),
        }
    }

    fn argument(
        &mut self,
        arg: &'a Expr,
        callee: &str,
        is_method: bool,
        wrapped: bool,
    ) -> Result<(), Unplaceable<'a>> {
        if !mentions(arg, self.aliases) {
            return Ok(());
        }
        let is_stored = is_method && STORES.contains(&callee);
        if let Some(alias) = ident_of(arg).and_then(|ident| self.aliases.get(&ident.to_string())) {
            if is_stored {
                return Err(self.stored(arg));
            }
            self.places.push(Place { arg, what: What::Completion(alias.clone()), wrapped });
            return Ok(());
        }
        match arg {
            Expr::Paren(inner) => self.argument(&inner.expr, callee, is_method, wrapped),
            Expr::Group(inner) => self.argument(&inner.expr, callee, is_method, wrapped),
            Expr::Reference(inner) => self.argument(&inner.expr, callee, is_method, true),
            Expr::Closure(closure) => self.closure(arg, closure, &[], callee, is_method, wrapped),
            Expr::Block(block) if block.label.is_none() => match block.block.stmts.split_last() {
                Some((Stmt::Expr(Expr::Closure(closure), None), prepare)) => {
                    self.closure(arg, closure, prepare, callee, is_method, wrapped)
                }
                _ => Err(self.stored(arg)),
            },
            Expr::Call(call) if is_wrapper(&call.func) && call.args.len() == 1 => {
                if is_stored && !matches!(call.args[0], Expr::Closure(_)) {
                    return Err(self.stored(arg));
                }
                // A cell holds what it is given; only a pointer to the callback makes another callback of it.
                let is_pointer = ["Box", "Rc", "Arc"].contains(&owner_of(&call.func).as_str());
                self.argument(&call.args[0], callee, is_method, is_pointer)
            }
            Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => {
                match ident_of(&call.receiver).and_then(|ident| self.aliases.get(&ident.to_string())) {
                    Some(alias) if !is_stored => {
                        let what = What::Completion(Alias { cloned: true, ..alias.clone() });
                        self.places.push(Place { arg, what, wrapped });
                        Ok(())
                    }
                    _ => Err(self.stored(arg)),
                }
            }
            Expr::Call(_) | Expr::MethodCall(_) => self.call(arg),
            Expr::Macro(_) => Err(in_macro(arg)),
            _ => Err(self.stored(arg)),
        }
    }

    fn closure(
        &mut self,
        arg: &'a Expr,
        closure: &'a ExprClosure,
        prepare: &'a [Stmt],
        callee: &str,
        is_method: bool,
        wrapped: bool,
    ) -> Result<(), Unplaceable<'a>> {
        // A free function that happens to be called `find` is an API like any other.
        if is_method && ADAPTERS.contains(&callee) {
            let message = format!(
                "the completion is called from a closure given to `{callee}`; whether it runs is decided there"
            );
            return Err(Unplaceable { code: Code::UC07, at: arg, message });
        }
        if CONTEXTS.contains(&callee) {
            let message = format!(
                "the completion is called where `{callee}` puts it; awaiting would move the code elsewhere"
            );
            return Err(Unplaceable { code: Code::UC22, at: arg, message });
        }
        self.places.push(Place { arg, what: What::Closure(closure, prepare), wrapped });
        Ok(())
    }

    fn stored(&self, at: &'a Expr) -> Unplaceable<'a> {
        let message =
            "the completion is kept for later: this function is a leaf; there is no chain to flatten";
        Unplaceable { code: Code::UC05, at, message: message.into() }
    }
}

pub(crate) fn in_macro(at: &Expr) -> Unplaceable<'_> {
    let name = match at {
        Expr::Macro(mac) => mac.mac.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    };
    let message = match name {
        Some(name) => {
            format!("the completion occurs inside `{name}!`; the rewriter does not look into macros")
        }
        None => "the completion occurs inside a macro; the rewriter does not look into macros".into(),
    };
    Unplaceable { code: Code::UC09, at, message }
}

/// `Option::map(found, |v| ..)`: a method, although it is called as a function.
fn is_method_of_std(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    let owner = path.path.segments.iter().rev().nth(1);
    owner.is_some_and(|owner| ["Option", "Result", "Iterator"].iter().any(|name| owner.ident == name))
}

/// The type whose constructor a path names.
fn owner_of(func: &Expr) -> String {
    let Expr::Path(path) = func else { return String::new() };
    let owner = path.path.segments.iter().rev().nth(1);
    owner.map(|segment| segment.ident.to_string()).unwrap_or_default()
}

pub(crate) fn is_wrapper(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    let segments: Vec<_> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    WRAPPERS.iter().any(|wrapper| {
        let wanted: Vec<_> = wrapper.split("::").collect();
        segments.len() >= wanted.len() && segments[segments.len() - wanted.len()..] == wanted[..]
    })
}

/// The name of a callee as people say it: its last path segment.
pub(crate) fn last_name(func: &Expr) -> String {
    match func {
        Expr::Path(path) => {
            path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        Expr::Paren(inner) => last_name(&inner.expr),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(index) => index.index.to_string(),
        },
        _ => "the callee".into(),
    }
}

/// The name of the function that a call expression calls.
pub(crate) fn callee_name(call: &Expr) -> String {
    match call {
        Expr::Call(call) => last_name(&call.func),
        Expr::MethodCall(call) => call.method.to_string(),
        Expr::Paren(inner) => callee_name(&inner.expr),
        Expr::Group(inner) => callee_name(&inner.expr),
        Expr::Try(inner) => callee_name(&inner.expr),
        _ => "the callee".into(),
    }
}

/// Whether an expression is, or holds, this very expression.
pub(crate) fn contains(expr: &Expr, wanted: &Expr) -> bool {
    struct Contains<'w>(&'w Expr, bool);
    impl<'v> syn::visit::Visit<'v> for Contains<'_> {
        fn visit_expr(&mut self, expr: &'v Expr) {
            self.1 |= std::ptr::eq(self.0, expr);
            if !self.1 {
                syn::visit::visit_expr(self, expr);
            }
        }
    }
    let mut contains = Contains(wanted, false);
    syn::visit::Visit::visit_expr(&mut contains, expr);
    contains.1
}
