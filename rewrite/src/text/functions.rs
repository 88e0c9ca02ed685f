//! Where the functions of a file are: modules, and in each of them the functions that are converted together.
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ItemTrait, TraitItemFn, Type};

use super::attribute;
use crate::Function;

/// The functions of one module, those in its `impl`s and traits included.
pub(super) struct Module<'f> {
    pub(super) items: &'f [Item],
    /// The attributes of the module itself, and the byte behind its opening brace.
    pub(super) attrs: &'f [Attribute],
    pub(super) start: usize,
    pub(super) functions: Vec<Found<'f>>,
    pub(super) modules: Vec<Module<'f>>,
}

/// A function with a body.
pub(super) struct Found<'f> {
    /// Its name with what it is in.
    pub(super) name: String,
    /// Its `#[uncallback]`.
    pub(super) attribute: Option<Attribute>,
    /// As it stands in the source.
    pub(super) original: &'f dyn ToTokens,
    pub(super) block: &'f Block,
    /// A trait says what its signature is, so it can't change alone.
    pub(super) is_of_trait: bool,
    stripped: Stripped,
}

/// A function without its `#[uncallback]`.
enum Stripped {
    Free(ItemFn),
    Method(ImplItemFn),
    Provided(TraitItemFn, Block),
}

impl Found<'_> {
    /// What the engine asks for.
    pub(super) fn function(&self) -> Function<'_> {
        match &self.stripped {
            Stripped::Free(item) => Function {
                attrs: &item.attrs,
                vis: Some(&item.vis),
                sig: &item.sig,
                block: &item.block,
                item,
            },
            Stripped::Method(item) => Function {
                attrs: &item.attrs,
                vis: Some(&item.vis),
                sig: &item.sig,
                block: &item.block,
                item,
            },
            Stripped::Provided(item, block) => {
                Function { attrs: &item.attrs, vis: None, sig: &item.sig, block, item }
            }
        }
    }
}

/// The modules and functions of a file.
pub(super) fn of_file(file: &syn::File) -> Module<'_> {
    let mut finder = Finder::new(Vec::new(), &file.items, &file.attrs, 0);
    file.items.iter().for_each(|item| finder.visit_item(item));
    finder.module
}

/// The functions inside of a function's body. They use the names of the module that the function is in.
pub(super) fn of_body<'f>(found: &Found<'f>, items: &'f [Item]) -> Module<'f> {
    let names = found.name.split("::").map(str::to_owned).collect();
    let mut finder = Finder::new(names, items, &[], 0);
    finder.visit_block(found.block);
    finder.module
}

struct Finder<'f> {
    /// The modules, types and functions that lead to the place.
    names: Vec<String>,
    in_trait: bool,
    module: Module<'f>,
}

impl<'f> Finder<'f> {
    fn new(names: Vec<String>, items: &'f [Item], attrs: &'f [Attribute], start: usize) -> Self {
        Finder {
            names,
            in_trait: false,
            module: Module { items, attrs, start, functions: Vec::new(), modules: Vec::new() },
        }
    }

    fn found(
        &mut self,
        attribute: Option<Attribute>,
        original: &'f dyn ToTokens,
        block: &'f Block,
        stripped: Stripped,
    ) {
        let is_of_trait = self.in_trait;
        let mut found = Found { name: String::new(), attribute, original, block, is_of_trait, stripped };
        let own = found.function().sig.ident.to_string();
        found.name = [&self.names[..], &[own]].concat().join("::");
        self.module.functions.push(found);
    }

    fn named(&mut self, name: String, inside: impl FnOnce(&mut Self)) {
        self.names.push(name);
        inside(self);
        self.names.pop();
    }
}

impl<'f> Visit<'f> for Finder<'f> {
    fn visit_item_fn(&mut self, item: &'f ItemFn) {
        let mut stripped = item.clone();
        let attribute = attribute::take(&mut stripped.attrs);
        self.found(attribute, item, &item.block, Stripped::Free(stripped));
    }

    fn visit_impl_item_fn(&mut self, item: &'f ImplItemFn) {
        let mut stripped = item.clone();
        let attribute = attribute::take(&mut stripped.attrs);
        self.found(attribute, item, &item.block, Stripped::Method(stripped));
    }

    fn visit_trait_item_fn(&mut self, item: &'f TraitItemFn) {
        let Some(block) = &item.default else { return };
        let mut stripped = item.clone();
        let attribute = attribute::take(&mut stripped.attrs);
        self.found(attribute, item, block, Stripped::Provided(stripped, block.clone()));
    }

    fn visit_item_mod(&mut self, item: &'f ItemMod) {
        let Some((brace, items)) = &item.content else { return };
        let names = [&self.names[..], &[item.ident.to_string()]].concat();
        let start = brace.span.open().byte_range().end;
        let mut inner = Finder::new(names, items, &item.attrs, start);
        items.iter().for_each(|item| inner.visit_item(item));
        self.module.modules.push(inner.module);
    }

    fn visit_item_impl(&mut self, item: &'f ItemImpl) {
        let name = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let name = name.unwrap_or_else(|| "impl".to_owned());
        let before = std::mem::replace(&mut self.in_trait, item.trait_.is_some());
        self.named(name, |finder| visit::visit_item_impl(finder, item));
        self.in_trait = before;
    }

    fn visit_item_trait(&mut self, item: &'f ItemTrait) {
        let before = std::mem::replace(&mut self.in_trait, true);
        self.named(item.ident.to_string(), |finder| visit::visit_item_trait(finder, item));
        self.in_trait = before;
    }
}
