//! Which names a piece of code mentions that it does not bind itself.
//!
//! Macros are opaque tokens, so every identifier in one counts, and so does every `{name}` in a string: a format
//! string captures names that no syntax tree shows.
use std::collections::{BTreeSet, HashMap};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, Pat, Stmt};

/// Names, by their text.
pub(crate) type Names = BTreeSet<String>;

/// The free names of an expression.
pub(crate) fn of_expr(expr: &Expr) -> Names {
    let mut free = Free::default();
    free.visit_expr(expr);
    free.found
}

/// Whether an expression has a free name that is wanted.
pub(crate) fn is_any_in(expr: &Expr, wanted: &dyn Fn(&str) -> bool) -> bool {
    let mut free = Free { wanted: Some(wanted), ..Free::default() };
    free.visit_expr(expr);
    free.is_found
}

/// Whether a statement has a free name that is wanted.
pub(crate) fn is_any_in_stmt(stmt: &Stmt, wanted: &dyn Fn(&str) -> bool) -> bool {
    let mut free = Free { wanted: Some(wanted), ..Free::default() };
    free.visit_stmt(stmt);
    free.is_found
}

/// The free names of statements that follow one another.
pub(crate) fn of_stmts(stmts: &[Stmt]) -> Names {
    let mut free = Free::default();
    free.scoped(|free| stmts.iter().for_each(|stmt| free.visit_stmt(stmt)));
    free.found
}

/// The free names of a closure's body: its parameters are bound.
pub(crate) fn of_closure(closure: &syn::ExprClosure) -> Names {
    let mut free = Free::default();
    free.visit_expr_closure(closure);
    free.found
}

/// The variables that a closure mentions in its body, each once.
pub(crate) fn idents_of_closure(closure: &syn::ExprClosure) -> Vec<syn::Ident> {
    let free = of_closure(closure);
    let stmt = Stmt::Expr((*closure.body).clone(), None);
    let mut idents: Vec<syn::Ident> = Vec::new();
    for ident in idents_in(&stmt) {
        if free.contains(&ident.to_string()) && !idents.contains(ident) {
            idents.push(ident.clone());
        }
    }
    idents
}

/// The free names of a closure that are variables, as far as it can be seen: those that are only called are not, but
/// in a macro every name counts.
pub(crate) fn variables_of_closure(closure: &syn::ExprClosure) -> Names {
    struct InMacros(Names);
    impl<'a> Visit<'a> for InMacros {
        fn visit_macro(&mut self, mac: &'a syn::Macro) {
            in_tokens(mac.tokens.clone(), &mut self.0);
        }
    }
    let mut variables = InMacros(idents_of_closure(closure).iter().map(ToString::to_string).collect());
    variables.visit_expr(&closure.body);
    let is_variable = |name: &String| name.starts_with(|c: char| c.is_lowercase() || c == '_');
    variables.0.retain(|name| is_variable(name));
    let free = of_closure(closure);
    variables.0.intersection(&free).cloned().collect()
}

/// The variables that a statement mentions, as they stand there; those in macros are not among them.
pub(crate) fn idents_in(stmt: &Stmt) -> Vec<&syn::Ident> {
    struct Idents<'a>(Vec<&'a syn::Ident>);
    impl<'a> Visit<'a> for Idents<'a> {
        fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
            self.0.extend(path.path.get_ident());
        }
        fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
            // The name of a function is not a variable; one that is called all the same is seen by its other uses.
            if !matches!(&*call.func, Expr::Path(_)) {
                self.visit_expr(&call.func);
            }
            call.args.iter().for_each(|arg| self.visit_expr(arg));
        }
    }
    let mut idents = Idents(Vec::new());
    idents.visit_stmt(stmt);
    idents.0
}

/// The names that a pattern binds.
pub(crate) fn bound_by(pat: &Pat) -> Vec<&syn::Ident> {
    struct Bound<'a>(Vec<&'a syn::Ident>);
    impl<'a> Visit<'a> for Bound<'a> {
        fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
            if is_variable(&pat.ident) {
                self.0.push(&pat.ident);
            }
            visit::visit_pat_ident(self, pat);
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pat);
    bound.0
}

/// The names that are declared `mut` anywhere in a function.
pub(crate) fn mutable_in(sig: &syn::Signature, block: &Block) -> Names {
    struct Mutable(Names);
    impl<'a> Visit<'a> for Mutable {
        fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
            if pat.mutability.is_some() {
                self.0.insert(pat.ident.to_string());
            }
            visit::visit_pat_ident(self, pat);
        }
    }
    let mut mutable = Mutable(Names::new());
    mutable.visit_signature(sig);
    mutable.visit_block(block);
    mutable.0
}

/// Every name that occurs anywhere, bound or not: what a fresh name must differ from.
pub(crate) fn all_in(tokens: TokenStream) -> Names {
    let mut names = Names::new();
    in_tokens(tokens, &mut names);
    names
}

/// A pattern such as `None` looks like a binding; by convention it is not one.
fn is_variable(ident: &syn::Ident) -> bool {
    !ident.to_string().starts_with(|c: char| c.is_uppercase())
}

fn in_tokens(tokens: TokenStream, names: &mut Names) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => in_tokens(group.stream(), names),
            TokenTree::Literal(literal) => in_format_string(&literal.to_string(), names),
            TokenTree::Punct(_) => {}
        }
    }
}

/// `"{user} has {n:>width$}"` mentions `user`, `n` and `width`.
fn in_format_string(text: &str, names: &mut Names) {
    if !text.contains('{') {
        return;
    }
    let placeholders = text.split('{').skip(1).filter_map(|part| part.split('}').next());
    for placeholder in placeholders {
        let words = placeholder.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
    }
}

#[derive(Default)]
struct Free<'w> {
    found: Names,
    /// In the order in which they are bound, and how often each name is at the moment.
    bound: Vec<String>,
    times: HashMap<String, usize>,
    /// Only whether there is a name like this is asked.
    wanted: Option<&'w dyn Fn(&str) -> bool>,
    is_found: bool,
}

impl Free<'_> {
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let depth = self.bound.len();
        inside(self);
        for name in self.bound.drain(depth..) {
            *self.times.get_mut(&name).expect("it was bound") -= 1;
        }
    }

    fn bind(&mut self, pat: &Pat) {
        self.visit_pat(pat);
        for name in bound_by(pat).into_iter().map(ToString::to_string) {
            *self.times.entry(name.clone()).or_default() += 1;
            self.bound.push(name);
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.times.get(name).is_some_and(|&times| times > 0)
    }

    fn mention(&mut self, name: String) {
        match self.wanted {
            Some(wanted) => self.is_found |= wanted(&name) && !self.is_bound(&name),
            None if self.is_bound(&name) => {}
            None => drop(self.found.insert(name)),
        }
    }
}

impl<'a> Visit<'a> for Free<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if !self.is_found {
            visit::visit_expr(self, expr);
        }
    }

    fn visit_block(&mut self, block: &'a Block) {
        self.scoped(|free| visit::visit_block(free, block));
    }

    fn visit_local(&mut self, local: &'a syn::Local) {
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.bind(&local.pat);
    }

    fn visit_expr_closure(&mut self, closure: &'a syn::ExprClosure) {
        self.scoped(|free| {
            closure.inputs.iter().for_each(|pat| free.bind(pat));
            free.visit_expr(&closure.body);
        });
    }

    fn visit_arm(&mut self, arm: &'a syn::Arm) {
        self.scoped(|free| {
            // A guard is part of the pattern and sees what the pattern binds.
            if let Pat::Guard(guarded) = &arm.pat {
                free.bind(&guarded.pat);
                free.visit_expr(&guarded.guard);
            } else {
                free.bind(&arm.pat);
            }
            free.visit_expr(&arm.body);
        });
    }

    fn visit_expr_if(&mut self, expr: &'a syn::ExprIf) {
        self.scoped(|free| {
            free.visit_expr(&expr.cond);
            free.visit_block(&expr.then_branch);
        });
        if let Some((_, otherwise)) = &expr.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, expr: &'a syn::ExprWhile) {
        self.scoped(|free| visit::visit_expr_while(free, expr));
    }

    fn visit_expr_let(&mut self, expr: &'a syn::ExprLet) {
        self.visit_expr(&expr.expr);
        self.bind(&expr.pat);
    }

    fn visit_expr_for_loop(&mut self, expr: &'a syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.scoped(|free| {
            free.bind(&expr.pat);
            free.visit_block(&expr.body);
        });
    }

    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        if let (None, Some(ident)) = (&path.qself, path.path.get_ident()) {
            self.mention(ident.to_string());
        }
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        let mut names = Names::new();
        in_tokens(mac.tokens.clone(), &mut names);
        names.into_iter().for_each(|name| self.mention(name));
    }

    // Items do not see local variables; attributes and types do not mention any.
    fn visit_item(&mut self, _: &'a syn::Item) {}
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
    fn visit_type(&mut self, _: &'a syn::Type) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(code: &str) -> Vec<String> {
        of_expr(&syn::parse_str(code).unwrap()).into_iter().collect()
    }

    #[test]
    fn what_a_block_binds_is_not_free_after_the_binding() {
        assert_eq!(free("{ let a = a + b; a }"), ["a", "b"]);
        assert_eq!(free("{ let a = 1; a }"), [] as [&str; 0]);
    }

    #[test]
    fn names_in_macros_and_format_strings_count() {
        assert_eq!(free(r#"println!("{user} {0:>width$}", n)"#), ["0", "n", "user", "width"]);
    }

    #[test]
    fn patterns_bind_in_closures_arms_loops_and_conditions() {
        assert_eq!(free("|a| a + b"), ["b"]);
        assert_eq!(free("match x { Some(v) if v > n => v, None => w, _ => 0 }"), ["n", "w", "x"]);
        assert_eq!(free("if let Some(v) = x { v } else { v }"), ["v", "x"]);
        assert_eq!(free("for i in xs { f(i) }"), ["f", "xs"]);
    }

    #[test]
    fn nested_functions_do_not_see_locals() {
        assert_eq!(free("{ fn inner() { secret(x) } inner() }"), ["inner"]);
    }
}
