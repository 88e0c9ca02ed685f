//! What the code around a function says of the types and callees that the function mentions.
//!
//! ```text
//! struct User { id: u64, name: String }                     a user dies without a trace
//! fn fetch_user(id: u64, done: impl FnOnce(User)) { .. }    and that is what this one calls back with
//!
//! fetch_user(id, move |user| ..)                            so `user` needs no block that ends before the next wait
//! ```
//!
//! It is a table in memory. Types that are declared elsewhere, generic ones, and ones with a destructor are not in it:
//! what is not known counts as visible when it dies.
use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Expr, Fields, FnArg, ImplItem, Item, ReturnType, Signature, Type};

use crate::order::drops;
use crate::order::names::Names;
use crate::recognise;

/// What is known of the items round a function.
#[derive(Default)]
pub struct Knowledge {
    /// Types whose values die without a trace.
    inert: Names,
    /// Functions that are called by their name, and methods that are called on `self`.
    callees: BTreeMap<String, Callee>,
}

struct Callee {
    /// For each argument, `self` not counted: what it is called back with, if it is a callback.
    calls_back_with: Vec<Option<Vec<Type>>>,
    /// What it returns.
    returns: Option<Type>,
}

impl Knowledge {
    /// What a module's items say. `destructors` are the types for which the file implements `Drop`, as [`destructors`]
    /// finds them: that they stand in the file of their type is taken for granted.
    pub fn of(items: &[Item], destructors: &BTreeSet<String>) -> Self {
        let mut knowledge = Knowledge { inert: Names::new(), callees: callees_of(items) };
        // A type is inert if all that it holds is, so what is learnt of one may settle another.
        loop {
            let before = knowledge.inert.len();
            for item in items {
                knowledge.learn(item, destructors);
            }
            if knowledge.inert.len() == before {
                return knowledge;
            }
        }
    }

    fn learn(&mut self, item: &Item, destructors: &BTreeSet<String>) {
        let (ident, generics, attrs, fields): (_, _, _, Vec<&Fields>) = match item {
            Item::Struct(item) => (&item.ident, &item.generics, &item.attrs, vec![&item.fields]),
            Item::Enum(item) => {
                let fields = item.variants.iter().map(|variant| &variant.fields).collect();
                (&item.ident, &item.generics, &item.attrs, fields)
            }
            _ => return,
        };
        let name = ident.to_string();
        let mut types = fields.into_iter().flatten().map(|field| &field.ty);
        let is_inert = generics.params.is_empty()
            && !destructors.contains(&name)
            && (is_copy(attrs) || types.all(|ty| self.is_inert(ty)));
        if is_inert {
            self.inert.insert(name);
        }
    }

    /// Whether values of a type die without a trace.
    pub(crate) fn is_inert(&self, ty: &Type) -> bool {
        drops::is_inert_type(ty, &|name| self.inert.contains(name))
    }

    /// Whether the value of an expression dies without a trace.
    pub(crate) fn is_inert_value(&self, expr: &Expr) -> bool {
        let returned = match expr {
            Expr::Struct(literal) => {
                return literal.path.get_ident().is_some_and(|name| self.inert.contains(&name.to_string()));
            }
            Expr::Call(_) | Expr::MethodCall(_) => {
                self.callee(expr).and_then(|callee| callee.returns.as_ref())
            }
            _ => None,
        };
        returned.is_some_and(|ty| self.is_inert(ty)) || drops::is_inert_value(expr)
    }

    /// What a call calls the callback back with that is its argument at a position, if that is written anywhere.
    pub(crate) fn calls_back_with(&self, call: &Expr, position: usize) -> &[Type] {
        let types = self.callee(call).and_then(|callee| callee.calls_back_with.get(position));
        types.and_then(Option::as_ref).map_or(&[], |types| types)
    }

    fn callee(&self, call: &Expr) -> Option<&Callee> {
        match call {
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => self.callees.get(&path.path.get_ident()?.to_string()),
                _ => None,
            },
            Expr::MethodCall(call) => match &*call.receiver {
                Expr::Path(path) if path.path.is_ident("self") => {
                    self.callees.get(&format!("self.{}", call.method))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// The types of a file for which `Drop` is implemented, and the names that type parameters hide.
pub fn destructors(items: &[Item]) -> BTreeSet<String> {
    struct Destructors(BTreeSet<String>);
    impl<'a> Visit<'a> for Destructors {
        fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
            let of = item.trait_.as_ref().and_then(|implemented| implemented.0.segments.last());
            if let (Some(of), Type::Path(ty)) = (of, &*item.self_ty) {
                if of.ident == "Drop" {
                    self.0.extend(ty.path.segments.last().map(|last| last.ident.to_string()));
                }
            }
            visit::visit_item_impl(self, item);
        }
        fn visit_type_param(&mut self, param: &'a syn::TypeParam) {
            self.0.insert(param.ident.to_string());
            visit::visit_type_param(self, param);
        }
    }
    let mut destructors = Destructors(BTreeSet::new());
    items.iter().for_each(|item| destructors.visit_item(item));
    destructors.0
}

fn is_copy(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("derive")).any(|attr| {
        let mut is_copy = false;
        let _ = attr.parse_nested_meta(|meta| {
            is_copy |= meta.path.segments.last().is_some_and(|last| last.ident == "Copy");
            Ok(())
        });
        is_copy
    })
}

/// The functions of a module by their names, and its methods as `self.name`. Of two that share a name neither is known.
fn callees_of(items: &[Item]) -> BTreeMap<String, Callee> {
    let mut found: BTreeMap<String, Vec<Callee>> = BTreeMap::new();
    for item in items {
        match item {
            Item::Fn(item) => {
                found.entry(item.sig.ident.to_string()).or_default().push(Callee::of(&item.sig));
            }
            Item::Impl(block) => {
                for item in &block.items {
                    if let ImplItem::Fn(method) = item {
                        let name = format!("self.{}", method.sig.ident);
                        found.entry(name).or_default().push(Callee::of(&method.sig));
                    }
                }
            }
            _ => {}
        }
    }
    let known = found.into_iter().filter(|(_, callees)| callees.len() == 1);
    known.filter_map(|(name, mut callees)| Some((name, callees.pop()?))).collect()
}

impl Callee {
    fn of(sig: &Signature) -> Self {
        let of = |(index, input): (usize, &FnArg)| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(_) => {
                Some(recognise::callback_args(sig, index).map(|types| types.into_iter().cloned().collect()))
            }
        };
        let returns = match &sig.output {
            ReturnType::Type(_, ty) => Some((**ty).clone()),
            ReturnType::Default => None,
        };
        Callee { calls_back_with: sig.inputs.iter().enumerate().filter_map(of).collect(), returns }
    }
}
