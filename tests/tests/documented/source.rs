//! Small questions about parsed source: what an item declares, who sees it, where a module lies.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprConst, Ident, Item, ItemFn, ItemImpl, Lit, Macro, Meta, ReturnType,
    Signature, Type, TypeParamBound, UseTree, Visibility,
};

/// One name that a `use` brings; without a name, all of them.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) name: Option<String>,
}

pub(super) fn imports(tree: &UseTree) -> Vec<Import> {
    match tree {
        UseTree::Path(tree) => {
            let mut imports = imports(&tree.tree);
            for import in &mut imports {
                // `a::{self}` is `a`.
                if import.path == ["self"] {
                    import.path.clear();
                    import.name = import
                        .name
                        .take()
                        .map(|name| if name == "self" { tree.ident.to_string() } else { name });
                }
                import.path.insert(0, tree.ident.to_string());
            }
            imports
        }
        UseTree::Name(tree) => {
            let name = tree.ident.to_string();
            vec![Import { path: vec![name.clone()], name: Some(name) }]
        }
        UseTree::Rename(tree) => {
            vec![Import { path: vec![tree.ident.to_string()], name: Some(tree.rename.to_string()) }]
        }
        UseTree::Glob(_) => vec![Import { path: Vec::new(), name: None }],
        UseTree::Group(tree) => tree.items.iter().flat_map(imports).collect(),
    }
}

/// What an item declares, if it is not a module, a macro or a `use`.
pub(super) fn declares(item: &Item) -> Option<(&Ident, &Visibility, &[Attribute])> {
    Some(match item {
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Union(item) => (&item.ident, &item.vis, &item.attrs),
        _ => return None,
    })
}

pub(super) fn is_public(vis: &Visibility, attrs: &[Attribute]) -> bool {
    matches!(vis, Visibility::Public(_)) && !is_hidden(attrs)
}

pub(super) fn is_hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let Meta::List(list) = &attr.meta else { return false };
        list.path.is_ident("doc") && list.tokens.to_string() == "hidden"
    })
}

pub(super) fn has(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident(name))
}

/// Whether this implements a trait of this name.
pub(super) fn is_of(item: &ItemImpl, name: &str) -> bool {
    let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    of.is_some_and(|segment| segment.ident == name)
}

/// The file of a module, and the folder of its children.
pub(super) fn file_of(folder: &Path, name: &str, attrs: &[Attribute]) -> (PathBuf, PathBuf) {
    let given = attrs.iter().find_map(|attr| match &attr.meta {
        Meta::NameValue(path) if path.path.is_ident("path") => match &path.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let file = folder.join(given.unwrap_or_else(|| format!("{name}.rs")));
    let file = if file.is_file() { file } else { folder.join(name).join("mod.rs") };
    (file, folder.join(name))
}

pub(super) fn parse(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub(super) fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// The public functions in the body of a macro, with their attributes.
pub(super) fn functions_in(body: TokenStream) -> Vec<(String, Vec<Attribute>)> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut found = Vec::new();
    let mut attributes = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                // What is no attribute until the macro is used is left out.
                let one = tokens[at..].iter().take(2).cloned().collect();
                attributes.extend(Attribute::parse_outer.parse2(one).unwrap_or_default());
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {}
            TokenTree::Ident(word) if word == "pub" => {
                let words = tokens[at + 1..].iter().map_while(|token| match token {
                    TokenTree::Ident(word) => Some(word.to_string()),
                    _ => None,
                });
                let mut words =
                    words.skip_while(|word| ["const", "async", "unsafe"].contains(&word.as_str()));
                if let (Some("fn"), Some(name)) = (words.next().as_deref(), words.next()) {
                    found.push((name, std::mem::take(&mut attributes)));
                }
            }
            _ => {
                attributes.clear();
                if let TokenTree::Group(group) = token {
                    found.extend(functions_in(group.stream()));
                }
            }
        }
    }
    found
}

/// The last word of a returned type, or of the trait that it implements.
pub(super) fn returned(signature: &Signature) -> Option<String> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    match &**ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::ImplTrait(of) => of.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(of) => of.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        }),
        _ => None,
    }
}

/// Whether a body asserts something when it runs, other than in debug builds.
pub(super) fn asserts(body: &Block) -> bool {
    #[derive(Default)]
    struct Asserts(bool);
    impl<'ast> Visit<'ast> for Asserts {
        fn visit_macro(&mut self, call: &'ast Macro) {
            let names = ["assert", "assert_eq", "assert_ne", "panic"];
            self.0 |= names.iter().any(|name| call.path.is_ident(name));
        }
        fn visit_expr_const(&mut self, _: &'ast ExprConst) {}
        fn visit_item_fn(&mut self, _: &'ast ItemFn) {}
    }
    let mut found = Asserts::default();
    visit::visit_block(&mut found, body);
    found.0
}
