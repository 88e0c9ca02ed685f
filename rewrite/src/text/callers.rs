//! Who still calls a function in callback style.
//!
//! A callback function that is refused calls the others as before, so those have to stay as they are, too: the file
//! would not compile, and a second run would find other callees than the first one. Code that is no callback function
//! itself is where async code begins; its calls have to be looked at by a person.
//!
//! So can a function that is converted, in a part of it that stays a callback.
use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, ExprPath, ItemFn, Macro};

use super::functions::Module;
use crate::unit::clones_of_self;

/// Which of these functions are mentioned by callback functions that do not change with them.
pub(super) fn still_called(module: &Module<'_>, changed: &[usize], unchanged: &[usize]) -> Vec<usize> {
    let mut callers = Callers { module, changed, called: Vec::new() };
    unchanged.iter().for_each(|at| callers.visit_block(module.functions[*at].block));
    callers.called
}

struct Callers<'m, 'f> {
    module: &'m Module<'f>,
    changed: &'m [usize],
    called: Vec<usize>,
}

impl Callers<'_, '_> {
    fn mention(&mut self, name: &Ident) {
        let of_this_name = |at: &&usize| self.module.functions[**at].function().sig.ident == *name;
        let more: Vec<usize> = self
            .changed
            .iter()
            .filter(of_this_name)
            .filter(|at| !self.called.contains(at))
            .copied()
            .collect();
        self.called.extend(more);
    }
}

impl<'a> Visit<'a> for Callers<'_, '_> {
    fn visit_expr_path(&mut self, path: &'a ExprPath) {
        if let Some(last) = path.path.segments.last() {
            self.mention(&last.ident);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.mention(&call.method);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'a Macro) {
        for name in crate::order::names::all_in(mac.tokens.clone()) {
            if let Ok(ident) = syn::parse_str(&name) {
                self.mention(&ident);
            }
        }
    }
}

/// A function with its new signature.
pub(super) struct Changed<'m> {
    pub(super) at: usize,
    pub(super) name: &'m Ident,
    /// How many parameters it has now, `self` included.
    pub(super) params: usize,
}

/// The new text of a function, as far as it can be looked into.
pub(super) fn parsed(tokens: TokenStream) -> Option<ItemFn> {
    syn::parse2(tokens).ok()
}

/// Which of these functions the new text of another one mentions, but not in a call of the new form. A variable of the
/// same name is none of them, and neither is the method of anything but `self` and its clones: its type cannot be seen.
pub(super) fn still_called_in(new: &ItemFn, changed: &[Changed<'_>]) -> Vec<usize> {
    let mut bound = Bound(Vec::new());
    bound.visit_item_fn(new);
    let clones = clones_of_self(&new.block);
    let mut old_calls = OldCalls { changed, bound: bound.0, clones, called: Vec::new() };
    old_calls.visit_block(&new.block);
    old_calls.called
}

/// The names of the variables of a function.
struct Bound(Vec<String>);

impl<'a> Visit<'a> for Bound {
    fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
        self.0.push(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

struct OldCalls<'m> {
    changed: &'m [Changed<'m>],
    bound: Vec<String>,
    clones: BTreeSet<String>,
    called: Vec<usize>,
}

impl OldCalls<'_> {
    /// A mention with so many arguments, `self` included; none if it is no call.
    fn mention(&mut self, name: &Ident, arguments: Option<usize>) {
        let old =
            self.changed.iter().filter(|changed| changed.name == name && arguments != Some(changed.params));
        self.called.extend(old.map(|changed| changed.at));
    }

    /// A macro is not looked into, but a name in front of parentheses is a call; in `call!`, one of the old form.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut before = [String::new(), String::new()];
        let mut trees = tokens.into_iter().peekable();
        while let Some(tree) = trees.next() {
            if let TokenTree::Ident(name) = &tree {
                let is_called = matches!(trees.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                let is_self = before[0] == "self" || self.clones.contains(&before[0]);
                if is_called && (before[1] != "." || is_self) {
                    self.mention(name, None);
                }
            }
            before = [std::mem::take(&mut before[1]), tree.to_string()];
            if let TokenTree::Group(group) = tree {
                self.tokens(group.stream());
            }
        }
    }
}

impl<'a> Visit<'a> for OldCalls<'_> {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        match &*call.func {
            Expr::Path(path) => {
                if let Some(last) = path.path.segments.last() {
                    self.mention(&last.ident, Some(call.args.len()));
                }
            }
            other => self.visit_expr(other),
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        let is_self = |name: &Ident| name == "self" || self.clones.contains(&name.to_string());
        if matches!(&*call.receiver, Expr::Path(path) if path.path.get_ident().is_some_and(is_self)) {
            self.mention(&call.method, Some(call.args.len() + 1));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'a ExprPath) {
        match path.path.segments.last() {
            Some(last)
                if path.path.segments.len() > 1 || !self.bound.iter().any(|name| last.ident == name) =>
            {
                self.mention(&last.ident, None);
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, mac: &'a Macro) {
        self.tokens(mac.tokens.clone());
    }
}
