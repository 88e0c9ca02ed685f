//! What a user of a crate can name: public modules, what they declare and what they re-export, and the methods of all that.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Block, ImplItem, Item, ItemImpl, ItemMacro, ItemTrait, Signature, TraitItem};

use super::docs::Docs;
use super::krate::{Crate, Declared, ModulePath};
use super::source::{
    Import, asserts, declares, functions_in, has, imports, is_hidden, is_of, is_public, join, returned,
};

/// Something that a user of the crate can name.
pub(crate) struct Thing {
    /// As a user writes it, without the crate.
    pub(crate) path: String,
    pub(crate) docs: Docs,
    /// The documentation of the type or trait whose method it is.
    pub(crate) of: Option<Docs>,
    pub(crate) is_unsafe: bool,
    pub(crate) function: Option<Function>,
    /// Of a type.
    pub(crate) is_future: bool,
    pub(crate) has_drop: bool,
}

pub(crate) struct Function {
    pub(crate) is_async: bool,
    /// The last word of the type that it returns, or of the trait that that implements.
    pub(crate) returns: Option<String>,
    /// Whether it asserts something when it runs, other than in debug builds.
    pub(crate) asserts: bool,
}

impl Thing {
    fn new(path: String, attributes: &[Attribute]) -> Self {
        let docs = Docs::of(attributes);
        Thing { path, docs, of: None, is_unsafe: false, function: None, is_future: false, has_drop: false }
    }

    fn function(path: String, attributes: &[Attribute], sig: &Signature, body: Option<&Block>) -> Self {
        let function = Function {
            is_async: sig.asyncness.is_some(),
            returns: returned(sig),
            asserts: body.is_some_and(asserts),
        };
        let is_unsafe = matches!(sig.safety, syn::Safety::Unsafe(_));
        Thing { is_unsafe, function: Some(function), ..Thing::new(path, attributes) }
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }
}

/// All that a user can name, and what macros of the crate make of public functions.
pub(crate) fn surface(krate: &Crate) -> Vec<Thing> {
    let mut found = Found::of(krate);
    found.module(&Vec::new(), "");
    for item in krate.items() {
        let Item::Macro(definition) = item else { continue };
        let Some(name) = &definition.ident else { continue };
        if !has(&definition.attrs, "macro_export") {
            let made = functions_in(definition.mac.tokens.clone()).into_iter();
            let made = made.filter(|(_, attrs)| !is_hidden(attrs));
            found
                .things
                .extend(made.map(|(function, attrs)| Thing::new(format!("{name}!(..)::{function}"), &attrs)));
        } else if !is_hidden(&definition.attrs) {
            found.exported_macro(definition, &name.to_string());
        }
    }
    found.things
}

/// The surface, as it is found.
struct Found<'a> {
    krate: &'a Crate,
    impls: BTreeMap<Declared, Vec<&'a ItemImpl>>,
    attempts: BTreeSet<Declared>,
    seen: BTreeSet<Declared>,
    things: Vec<Thing>,
}

impl<'a> Found<'a> {
    fn of(krate: &'a Crate) -> Self {
        let (impls, attempts) = (krate.impls(), krate.attempts());
        Found { krate, impls, attempts, seen: BTreeSet::new(), things: Vec::new() }
    }

    fn module(&mut self, path: &ModulePath, shown: &str) {
        for item in &self.krate.modules[path].items {
            match item {
                Item::Mod(module) if is_public(&module.vis, &module.attrs) => {
                    let name = module.ident.to_string();
                    let child = self.krate.child(path, &name).expect("loaded");
                    let shown = join(shown, &name);
                    let docs = self.module_docs(&module.attrs, &child);
                    self.things.push(Thing { docs, ..Thing::new(shown.clone(), &[]) });
                    self.module(&child, &shown);
                }
                Item::Use(item) if is_public(&item.vis, &item.attrs) => {
                    imports(&item.tree).iter().for_each(|import| self.import(path, import, shown));
                }
                _ => {
                    if let Some((name, vis, attrs)) = declares(item)
                        && is_public(vis, attrs)
                    {
                        self.declared(&(path.clone(), name.to_string()), &join(shown, &name.to_string()));
                    }
                }
            }
        }
    }

    /// A module says what it is in its own file, mostly.
    fn module_docs(&self, attrs: &[Attribute], path: &ModulePath) -> Docs {
        let inner = &self.krate.modules[path].attrs;
        Docs::of(&attrs.iter().chain(inner).cloned().collect::<Vec<_>>())
    }

    fn import(&mut self, from: &ModulePath, import: &Import, shown: &str) {
        let krate = self.krate;
        let Some(name) = &import.name else { panic!("{shown}: re-exports by `*` are not looked into") };
        let last = import.path.last().expect("an import has a path");
        let path = join(shown, name);
        if let Some(other) = krate.others.get(&import.path[0]) {
            let function = other.lookup(&Vec::new(), last).into_iter().next();
            let function = function.unwrap_or_else(|| panic!("{path} is re-exported, and not there"));
            self.things.extend(Found::of(other).only(&function, &path));
            return;
        }
        let declared = krate.resolve(from, &import.path);
        for declared in &declared {
            self.declared(declared, &path);
        }
        if let Some(definition) = krate.macro_named(last) {
            if import.path[0] == "crate" && import.path.len() == 2 {
                self.exported_macro(definition, &path);
            }
        } else {
            assert!(!declared.is_empty(), "{path} is re-exported, and not found");
        }
    }

    fn only(mut self, declared: &Declared, shown: &str) -> Vec<Thing> {
        self.declared(declared, shown);
        self.things
    }

    fn exported_macro(&mut self, definition: &ItemMacro, shown: &str) {
        let name = definition.ident.as_ref().expect("a definition has a name").to_string();
        if self.seen.insert((vec!["macro".to_owned()], name)) {
            self.things.push(Thing::new(shown.to_owned(), &definition.attrs));
        }
    }

    /// An item under its public path, with its methods.
    fn declared(&mut self, declared: &Declared, shown: &str) {
        if !self.seen.insert(declared.clone()) {
            return;
        }
        let (module, name) = declared;
        for item in &self.krate.modules[module].items {
            let Some((ident, _, attrs)) = declares(item) else { continue };
            if ident != name.as_str() || is_hidden(attrs) {
                continue;
            }
            let mut thing = match item {
                Item::Fn(item) => Thing::function(shown.to_owned(), attrs, &item.sig, Some(&item.block)),
                _ => Thing::new(shown.to_owned(), attrs),
            };
            if let Item::Trait(item) = item {
                thing.is_unsafe = item.unsafety.is_some();
                self.trait_methods(item, &thing.docs, shown);
            }
            let impls = self.impls.get(declared).cloned().unwrap_or_default();
            thing.is_future =
                impls.iter().any(|item| is_of(item, "Future")) || self.attempts.contains(declared);
            thing.has_drop = impls.iter().any(|item| is_of(item, "Drop"));
            if matches!(item, Item::Struct(_) | Item::Enum(_) | Item::Type(_)) {
                self.methods(&impls, &thing.docs, shown);
            }
            self.things.push(thing);
        }
    }

    fn methods(&mut self, impls: &[&ItemImpl], of: &Docs, shown: &str) {
        for item in impls.iter().filter(|item| item.trait_.is_none()).flat_map(|item| &item.items) {
            if let ImplItem::Fn(method) = item
                && is_public(&method.vis, &method.attrs)
            {
                let path = join(shown, &method.sig.ident.to_string());
                let thing = Thing::function(path, &method.attrs, &method.sig, Some(&method.block));
                self.things.push(Thing { of: Some(of.clone()), ..thing });
            }
        }
    }

    fn trait_methods(&mut self, item: &ItemTrait, of: &Docs, shown: &str) {
        for item in &item.items {
            if let TraitItem::Fn(method) = item
                && !is_hidden(&method.attrs)
            {
                let path = join(shown, &method.sig.ident.to_string());
                let thing = Thing::function(path, &method.attrs, &method.sig, method.default.as_ref());
                self.things.push(Thing { of: Some(of.clone()), ..thing });
            }
        }
    }
}
