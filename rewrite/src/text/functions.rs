//! Where the functions of a file are: modules, and in each of them the functions that are converted together.
use std::ops::Range;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ItemTrait, TraitItemFn, Type};

use super::attribute;
use super::together::Verdict;
use crate::Function;
use crate::emit::text::{Source, TextEdit};

/// The functions of one module, those in its `impl`s and traits included.
pub(super) struct Module<'f> {
    pub(super) items: &'f [Item],
    /// The attributes of the module itself, and the byte behind its opening brace.
    pub(super) attrs: &'f [Attribute],
    pub(super) start: usize,
    pub(super) functions: Vec<Found<'f>>,
    pub(super) modules: Vec<Module<'f>>,
    /// The `#[uncallback]`s of the modules that it is in, and of itself.
    pub(super) inherited: Vec<&'f Attribute>,
    /// The group of the module around it that this module is.
    pub(super) group: Option<usize>,
    pub(super) groups: Vec<Group<'f>>,
}

/// A `mod`, `impl` or trait with `#[uncallback]`: all functions in it are meant.
pub(super) struct Group<'f> {
    pub(super) attribute: &'f Attribute,
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
    /// The group that it is in.
    pub(super) group: Option<usize>,
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

impl Found<'_> {
    /// Lets the callback function stay, without its attribute, and puts its conversion beside it.
    pub(super) fn keep_beside(&self, source: &Source<'_>, range: Range<usize>, verdict: &mut Verdict) {
        let mut beside = source.text()[range.clone()].to_owned();
        for edit in verdict.edits.drain(..).rev() {
            beside.replace_range(edit.range.start - range.start..edit.range.end - range.start, &edit.new);
        }
        let tokens = verdict.replaced.drain(..).map(|(_, tokens)| tokens).collect();
        if let Some(attribute) = self.attribute.as_ref().and_then(|attribute| source.range_of(attribute)) {
            let attribute = attribute.start..source.behind_space(attribute.end);
            verdict.edits.push(TextEdit { range: attribute.clone(), new: String::new() });
            verdict.replaced.push((attribute, TokenStream::new()));
        }
        let new = format!("{eol}{eol}{}{beside}", source.indent_at(range.start), eol = source.eol);
        verdict.edits.push(TextEdit { range: range.end..range.end, new });
        verdict.replaced.push((range.end..range.end, tokens));
    }
}

/// The modules and functions of a file.
pub(super) fn of_file(file: &syn::File) -> Module<'_> {
    let mut finder = Finder::new(Vec::new(), &file.items, &file.attrs, 0);
    file.items.iter().for_each(|item| finder.visit_item(item));
    finder.module
}

/// The functions inside of a function's body. They use the names of the module that the function is in.
pub(super) fn of_body<'f>(found: &Found<'f>, module: &Module<'f>) -> Module<'f> {
    let names = found.name.split("::").map(str::to_owned).collect();
    let mut finder = Finder::new(names, module.items, &[], 0);
    finder.module.inherited = module.inherited.clone();
    finder.visit_block(found.block);
    finder.module
}

struct Finder<'f> {
    /// The modules, types and functions that lead to the place.
    names: Vec<String>,
    in_trait: bool,
    group: Option<usize>,
    module: Module<'f>,
}

impl<'f> Finder<'f> {
    fn new(names: Vec<String>, items: &'f [Item], attrs: &'f [Attribute], start: usize) -> Self {
        Finder {
            names,
            in_trait: false,
            group: None,
            module: Module {
                items,
                attrs,
                start,
                functions: Vec::new(),
                modules: Vec::new(),
                inherited: Vec::new(),
                group: None,
                groups: Vec::new(),
            },
        }
    }

    /// Notes the `#[uncallback]` of a `mod`, `impl` or trait.
    fn group(&mut self, attrs: &'f [Attribute]) -> Option<usize> {
        let attribute = attrs.iter().find(|attribute| attribute::is_ours(attribute))?;
        self.module.groups.push(Group { attribute });
        Some(self.module.groups.len() - 1)
    }

    /// Visits what is in an `impl` or a trait.
    fn inside(
        &mut self,
        name: String,
        in_trait: bool,
        attrs: &'f [Attribute],
        visit: impl FnOnce(&mut Self),
    ) {
        let group = self.group(attrs);
        let before = (self.in_trait, self.group);
        (self.in_trait, self.group) = (in_trait, group);
        self.names.push(name);
        visit(self);
        self.names.pop();
        (self.in_trait, self.group) = before;
    }

    fn found(
        &mut self,
        attribute: Option<Attribute>,
        original: &'f dyn ToTokens,
        block: &'f Block,
        stripped: Stripped,
    ) {
        let (is_of_trait, group) = (self.in_trait, self.group);
        let mut found =
            Found { name: String::new(), attribute, original, block, is_of_trait, group, stripped };
        let own = found.function().sig.ident.to_string();
        found.name = [&self.names[..], &[own]].concat().join("::");
        self.module.functions.push(found);
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
        inner.module.group = self.group(&item.attrs);
        inner.module.inherited = self.module.inherited.clone();
        inner.module.inherited.extend(inner.module.group.map(|group| self.module.groups[group].attribute));
        items.iter().for_each(|item| inner.visit_item(item));
        self.module.modules.push(inner.module);
    }

    fn visit_item_impl(&mut self, item: &'f ItemImpl) {
        let name = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let name = name.unwrap_or_else(|| "impl".to_owned());
        let in_trait = item.trait_.is_some();
        self.inside(name, in_trait, &item.attrs, |finder| visit::visit_item_impl(finder, item));
    }

    fn visit_item_trait(&mut self, item: &'f ItemTrait) {
        let name = item.ident.to_string();
        self.inside(name, true, &item.attrs, |finder| visit::visit_item_trait(finder, item));
    }
}
