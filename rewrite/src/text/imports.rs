//! The `use` of the names that converted functions mention, in the module where they stand.
use std::collections::BTreeSet;
use std::ops::Range;

use syn::{Item, ItemUse, UseTree, Visibility};

use super::attribute::NAME;
use crate::emit::text::{Gap, Source, TextEdit};

/// What a module needs from the core crate.
#[derive(Default)]
pub(super) struct Needs {
    /// Names that converted functions mention.
    pub(super) names: BTreeSet<&'static str>,
    /// Attributes that were removed, and ones that stay.
    pub(super) attributes_removed: usize,
    pub(super) attributes_left: usize,
}

/// Whether a name means something else in this module already, so that it cannot be imported.
pub(super) fn is_taken(items: &[Item], name: &str) -> bool {
    items.iter().any(|item| match item {
        Item::Use(item) => {
            let mut leaves = Vec::new();
            leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
            leaves.iter().any(|leaf| leaf.name == name && leaf.path != [NAME, name])
        }
        Item::Fn(item) => item.sig.ident == name,
        Item::Macro(item) => item.ident.as_ref().is_some_and(|ident| ident == name),
        Item::Enum(item) => item.ident == name,
        Item::Struct(item) => item.ident == name,
        Item::Type(item) => item.ident == name,
        Item::Static(item) => item.ident == name,
        Item::Const(item) => item.ident == name,
        Item::Mod(item) => item.ident == name,
        _ => false,
    })
}

/// The edits that import what is needed and drop the import of an attribute that nothing uses any more.
/// `start` is where the items of the module begin.
pub(super) fn edits(source: &Source<'_>, items: &[Item], needs: &Needs, start: usize) -> Vec<TextEdit> {
    let attribute_goes = needs.attributes_removed > 0 && needs.attributes_left == 0;
    let mut missing = needs.names.clone();
    for item in uses(items) {
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
        for leaf in leaves.iter().filter(|leaf| leaf.path.first().is_some_and(|first| first == NAME)) {
            missing.retain(|name| leaf.name != *name && !(leaf.name == "*" && leaf.path.len() == 1));
        }
    }
    let own = uses(items).filter_map(|item| Some((item, plain_names(source, item)?)));
    let own = own.filter(|(item, _)| matches!(item.vis, Visibility::Inherited)).last();
    match own {
        Some((item, mut names)) => {
            let before = names.clone();
            names.extend(missing.iter().map(|name| (*name).to_owned()));
            if attribute_goes {
                names.remove(NAME);
            }
            if names == before {
                return Vec::new();
            }
            let Some(range) = source.range_of(item) else { return Vec::new() };
            if names.is_empty() {
                return vec![TextEdit { range: whole_line(source.text(), range), new: String::new() }];
            }
            vec![TextEdit { range, new: statement(&names) }]
        }
        None if missing.is_empty() => Vec::new(),
        None => {
            vec![insertion(source, items, missing.iter().map(|name| (*name).to_owned()).collect(), start)]
        }
    }
}

/// A new `use`, sorted into the last run of them; in front of everything else if there is none.
fn insertion(source: &Source<'_>, items: &[Item], names: BTreeSet<String>, start: usize) -> TextEdit {
    let text = source.text();
    let eol = source.eol;
    let statement = statement(&names);
    let ranges: Vec<(Range<usize>, String)> = uses(items)
        .filter_map(|item| {
            let mut leaves = Vec::new();
            leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
            Some((source.range_of(item)?, leaves.first()?.path.first().cloned().unwrap_or_default()))
        })
        .collect();
    let Some((last, _)) = ranges.last() else {
        let first = items.iter().find_map(|item| source.range_of(item)).map_or(start, |range| range.start);
        let line = line_start(text, first);
        let indent = &text[line..first];
        let at = after_last_blank_line(text, start, first);
        return TextEdit { range: at..at, new: format!("{statement}{eol}{eol}{indent}") };
    };
    // A run ends where an empty line or anything else stands between two of them.
    let runs = runs(text, &ranges);
    let is_local = |name: &str| matches!(name, "crate" | "self" | "super" | "std" | "core" | "alloc");
    let run = runs.iter().rev().find(|run| run.iter().any(|at| !is_local(&ranges[*at].1))).or(runs.last());
    let before = run.into_iter().flatten().find(|at| {
        let name = ranges[**at].1.as_str();
        !matches!(name, "crate" | "self" | "super") && name > NAME
    });
    match (before, run.and_then(|run| run.last())) {
        (Some(at), _) => {
            let at = ranges[*at].0.start;
            let indent = &text[line_start(text, at)..at];
            TextEdit { range: at..at, new: format!("{statement}{eol}{indent}") }
        }
        (None, after) => {
            let after = after.map_or(last, |at| &ranges[*at].0);
            let indent = text[line_start(text, after.start)..after.start].to_owned();
            let at = line_end(text, after.end);
            TextEdit { range: at..at, new: format!("{eol}{indent}{statement}") }
        }
    }
}

fn statement(names: &BTreeSet<String>) -> String {
    let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        1 => format!("use {NAME}::{list};"),
        _ => format!("use {NAME}::{{{list}}};"),
    }
}

fn uses(items: &[Item]) -> impl Iterator<Item = &ItemUse> {
    items.iter().filter_map(|item| match item {
        Item::Use(item) if item.attrs.is_empty() => Some(item),
        _ => None,
    })
}

/// The names of `use uncallback::..`, if that is one level deep, without renaming and without comments.
fn plain_names(source: &Source<'_>, item: &ItemUse) -> Option<BTreeSet<String>> {
    let UseTree::Path(path) = &item.tree else { return None };
    let name = |tree: &UseTree| match tree {
        UseTree::Name(name) => Some(name.ident.to_string()),
        _ => None,
    };
    if path.ident != NAME || source.has_comments(item) {
        return None;
    }
    match &*path.tree {
        UseTree::Group(group) => group.items.iter().map(name).collect(),
        one => Some(BTreeSet::from([name(one)?])),
    }
}

/// One name that a `use` brings into scope.
struct Leaf {
    path: Vec<String>,
    name: String,
}

fn leaves_of(tree: &UseTree, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            leaves_of(&inner.tree, path, leaves);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves_of(tree, path, leaves)),
        UseTree::Name(name) => {
            let mut path = path.clone();
            path.push(name.ident.to_string());
            leaves.push(Leaf { path, name: name.ident.to_string() });
        }
        UseTree::Rename(rename) => {
            let mut path = path.clone();
            path.push(rename.ident.to_string());
            leaves.push(Leaf { path, name: rename.rename.to_string() });
        }
        UseTree::Glob(_) => leaves.push(Leaf { path: path.clone(), name: "*".to_owned() }),
    }
}

/// The `use`s that stand in lines one below the other.
fn runs(text: &str, uses: &[(Range<usize>, String)]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for (at, (range, _)) in uses.iter().enumerate() {
        let joins = at > 0 && {
            let between = &text[uses[at - 1].0.end..range.start];
            between.matches('\n').count() == 1 && between.trim().is_empty()
        };
        match runs.last_mut() {
            Some(run) if joins => run.push(at),
            _ => runs.push(vec![at]),
        }
    }
    runs
}

/// Behind the last empty line in front of an item: what is above belongs to the file, what is below to the item.
fn after_last_blank_line(text: &str, start: usize, item: usize) -> usize {
    let mut at = start;
    let mut line = start;
    let mut blank = None;
    while let Some(newline) = text[at..item].find('\n') {
        let end = at + newline + 1;
        if text[line..end].trim().is_empty() && line > start {
            blank = Some(end);
        }
        line = end;
        at = end;
    }
    match blank {
        Some(blank) => {
            blank + (text[blank..item].len() - text[blank..item].trim_start_matches([' ', '\t']).len())
        }
        None => item - text[start..item].trim_start().len(),
    }
}

fn line_start(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    if text[line..at].trim().is_empty() { line } else { at }
}

/// The end of the line, behind a comment that stands there.
fn line_end(text: &str, at: usize) -> usize {
    let line = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let behind = text[at..line].trim_end_matches('\r');
    if Gap::is_all_of(behind) { at + behind.len() } else { at }
}

/// A statement with its line, if it has one for itself.
fn whole_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = line_start(text, range.start);
    match text[range.end..].find('\n') {
        Some(newline) if text[range.end..range.end + newline].trim().is_empty() => {
            start..range.end + newline + 1
        }
        _ => range,
    }
}
