//! A crate as parsed source, and where its names lead.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::path::Path;

use syn::{Attribute, Item, ItemImpl, ItemMacro, Type};

use super::docs::Docs;
use super::source::{Import, declares, file_of, imports, parse};

/// The segments of a module's path.
pub(super) type ModulePath = Vec<String>;

/// A declaration: its module and its name.
pub(super) type Declared = (ModulePath, String);

pub(super) struct Module {
    /// Its own, not those of its declaration.
    pub(super) attrs: Vec<Attribute>,
    pub(super) items: Vec<Item>,
    imports: Vec<Import>,
}

/// A crate, parsed.
pub(crate) struct Crate {
    pub(super) modules: BTreeMap<ModulePath, Module>,
    /// Crates that are re-exported from, by name.
    pub(super) others: BTreeMap<String, Crate>,
}

impl Crate {
    /// Reads a crate, and those of which it re-exports something.
    pub(crate) fn read(root: &Path, others: &[(&str, &Path)]) -> Self {
        let others = others.iter().map(|(name, root)| ((*name).to_owned(), Crate::read(root, &[])));
        let mut this = Crate { modules: BTreeMap::new(), others: others.collect() };
        this.load(Vec::new(), parse(root), root.parent().expect("a crate is in a folder"));
        this
    }

    /// A crate of one file.
    pub(crate) fn of(source: &str) -> Self {
        let mut this = Crate { modules: BTreeMap::new(), others: BTreeMap::new() };
        this.load(Vec::new(), syn::parse_file(source).expect("the source is Rust"), Path::new(""));
        this
    }

    pub(crate) fn docs(&self) -> Docs {
        Docs::of(&self.modules[&Vec::new()].attrs)
    }

    fn load(&mut self, path: ModulePath, file: syn::File, folder: &Path) {
        for item in &file.items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            let child = below(&path, &name);
            match &module.content {
                Some((_, items)) => {
                    let inner = syn::File {
                        shebang: None,
                        frontmatter: None,
                        attrs: Vec::new(),
                        items: items.clone(),
                    };
                    self.load(child, inner, &folder.join(&name));
                }
                None => {
                    let (file, folder) = file_of(folder, &name, &module.attrs);
                    self.load(child, parse(&file), &folder);
                }
            }
        }
        let uses = file
            .items
            .iter()
            .filter_map(|item| if let Item::Use(item) = item { Some(&item.tree) } else { None });
        let imports = uses.flat_map(imports).collect();
        self.modules.insert(path, Module { attrs: file.attrs, items: file.items, imports });
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.modules.values().flat_map(|module| &module.items)
    }

    /// The implementations of each declared type.
    pub(super) fn impls(&self) -> BTreeMap<Declared, Vec<&ItemImpl>> {
        let mut impls: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (path, module) in &self.modules {
            for item in &module.items {
                let Item::Impl(item) = item else { continue };
                let Type::Path(of) = &*item.self_ty else { continue };
                let segments: Vec<String> = of.path.segments.iter().map(|s| s.ident.to_string()).collect();
                for declared in self.resolve(path, &segments) {
                    impls.entry(declared).or_default().push(item);
                }
            }
        }
        impls
    }

    /// The types that `attempt_is_a_future!` makes futures: the first one behind the generics, in each use of it.
    pub(super) fn attempts(&self) -> BTreeSet<Declared> {
        let mut attempts = BTreeSet::new();
        for (path, module) in &self.modules {
            for item in &module.items {
                let Item::Macro(ItemMacro { mac, .. }) = item else { continue };
                if mac.path.is_ident("attempt_is_a_future") {
                    let name = mac.tokens.clone().into_iter().nth(1).expect("a type").to_string();
                    attempts.extend(self.lookup(path, &name));
                }
            }
        }
        attempts
    }

    /// Where a path leads. Nothing, if it leads out of the crate or to what a macro has made.
    pub(super) fn resolve(&self, from: &ModulePath, segments: &[String]) -> Vec<Declared> {
        let Some((name, modules)) = segments.split_last() else { return Vec::new() };
        match self.follow(from, modules) {
            Some(module) => self.lookup(&module, name),
            None => Vec::new(),
        }
    }

    fn follow(&self, from: &ModulePath, modules: &[String]) -> Option<ModulePath> {
        modules.iter().try_fold(from.clone(), |at, segment| match segment.as_str() {
            "crate" => Some(Vec::new()),
            "self" => Some(at),
            "super" => Some(at[..at.len().checked_sub(1)?].to_vec()),
            name => self.child(&at, name),
        })
    }

    pub(super) fn child(&self, module: &ModulePath, name: &str) -> Option<ModulePath> {
        let child = below(module, name);
        if self.modules.contains_key(&child) {
            return Some(child);
        }
        let imports = &self.modules.get(module)?.imports;
        let import = imports.iter().find(|import| import.name.as_deref() == Some(name))?;
        // A module of the crate, that is: what it would import from itself is not meant.
        (import.path.first().is_some_and(|first| first != name)).then(|| self.follow(module, &import.path))?
    }

    pub(super) fn lookup(&self, module: &ModulePath, name: &str) -> Vec<Declared> {
        let Some(Module { items, imports, .. }) = self.modules.get(module) else { return Vec::new() };
        if items.iter().any(|item| declares(item).is_some_and(|(ident, ..)| ident == name)) {
            return vec![(module.clone(), name.to_owned())];
        }
        imports
            .iter()
            .flat_map(|import| match &import.name {
                // `use other_crate;` leads nowhere else.
                Some(local) if local == name && import.path.len() > 1 => self.resolve(module, &import.path),
                None => self.follow(module, &import.path).map_or(Vec::new(), |from| {
                    if from == *module { Vec::new() } else { self.lookup(&from, name) }
                }),
                _ => Vec::new(),
            })
            .collect()
    }

    pub(super) fn macro_named(&self, name: &str) -> Option<&ItemMacro> {
        self.items().find_map(|item| match item {
            Item::Macro(item) if item.ident.as_ref().is_some_and(|ident| ident == name) => Some(item),
            _ => None,
        })
    }
}

fn below(module: &ModulePath, name: &str) -> ModulePath {
    module.iter().cloned().chain(iter::once(name.to_owned())).collect()
}
