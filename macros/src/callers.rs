//! Who still calls a converted function in callback style: code that stays as it is, and callbacks that lead nowhere.
//!
//! A private function that is still called so stays in callback style: nobody else can call it. Of any other one the user
//! has to say whether both versions are wanted. The compiler would say that there is an argument too many, which is true
//! and helps nobody.
use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, FnArg, PatIdent, Path, Signature, Visibility};

/// A function that is async now, under its old name.
pub(crate) struct Changed<'a> {
    /// Which function of the group it is.
    pub(crate) at: usize,
    is_private: bool,
    sig: &'a Signature,
    /// How many of its parameters were completions.
    gone: usize,
}

impl<'a> Changed<'a> {
    pub(crate) fn new(at: usize, vis: &Visibility, sig: &'a Signature, gone: usize) -> Self {
        Changed { at, is_private: matches!(vis, Visibility::Inherited), sig, gone }
    }

    fn is_method(&self) -> bool {
        matches!(self.sig.inputs.first(), Some(FnArg::Receiver(_)))
    }

    /// Whether a call with so many arguments has one for each old parameter.
    fn is_old_call(&self, arguments: usize) -> bool {
        self.gone > 0 && arguments == self.sig.inputs.len()
    }
}

/// Why a group can't be written as it is.
pub(crate) enum Unfit {
    /// These functions of it have to stay in callback style.
    Stay(BTreeSet<usize>),
    Error(syn::Error),
}

impl From<syn::Error> for Unfit {
    fn from(error: syn::Error) -> Self {
        Unfit::Error(error)
    }
}

/// Looks for calls of old form in items, which are given as they will be.
pub(crate) fn look(items: &TokenStream, changed: &[Changed<'_>]) -> Result<(), Unfit> {
    // What is not Rust has been said, or will be, by the compiler.
    let Ok(file) = syn::parse2::<syn::File>(items.clone()) else { return Ok(()) };
    let mut bound = Bound(Vec::new());
    bound.visit_file(&file);
    let mut calls = OldCalls { changed, bound: bound.0, stay: BTreeSet::new(), errors: Vec::new() };
    calls.visit_file(&file);
    if !calls.stay.is_empty() {
        return Err(Unfit::Stay(calls.stay));
    }
    let all = calls.errors.into_iter().reduce(|mut all, one| {
        all.combine(one);
        all
    });
    all.map_or(Ok(()), |error| Err(error.into()))
}

/// The names of variables, which are no functions.
struct Bound(Vec<String>);

impl<'a> Visit<'a> for Bound {
    fn visit_pat_ident(&mut self, pat: &'a PatIdent) {
        self.0.push(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }
}

struct OldCalls<'c> {
    changed: &'c [Changed<'c>],
    bound: Vec<String>,
    stay: BTreeSet<usize>,
    errors: Vec<syn::Error>,
}

impl OldCalls<'_> {
    fn call(&mut self, name: &Ident, arguments: usize, is_method: bool) {
        let is_it = |changed: &&Changed<'_>| changed.sig.ident == *name && changed.is_method() == is_method;
        let called = self.changed.iter().find(is_it).filter(|changed| changed.is_old_call(arguments));
        if let Some(private) = called.filter(|changed| changed.is_private) {
            self.stay.insert(private.at);
        } else if called.is_some() {
            let message = format!(
                "`{name}` is an `async fn` now and takes no callback, but this call stays in callback style\n\
                 help: keep both versions: `#[uncallback(keep)]` on `{name}`, whose async version is `{name}_async` then"
            );
            self.errors.push(syn::Error::new(name.span(), message));
        }
    }
}

/// The function of this module, or method of this type, that a path names.
fn own_name(path: &Path) -> Option<(&Ident, bool)> {
    let mut segments = path.segments.iter();
    match (segments.next()?, segments.next(), segments.next()) {
        (name, None, None) => Some((&name.ident, false)),
        (of, Some(name), None) if of.ident == "self" => Some((&name.ident, false)),
        (of, Some(name), None) if of.ident == "Self" => Some((&name.ident, true)),
        _ => None,
    }
}

impl<'a> Visit<'a> for OldCalls<'_> {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let own = own_name(&path.path).filter(|(name, _)| !self.bound.iter().any(|bound| *name == bound));
            if let Some((name, is_of_type)) = own {
                self.call(name, call.args.len(), is_of_type);
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self")) {
            self.call(&call.method, call.args.len() + 1, true);
        }
        visit::visit_expr_method_call(self, call);
    }

    // What is inside has names of its own.
    fn visit_item_mod(&mut self, _: &'a syn::ItemMod) {}
}
