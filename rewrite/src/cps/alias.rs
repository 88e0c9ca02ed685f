//! Other names of the completion: aliases, clones, cells, and what hides them.
use syn::{Expr, Pat, Stmt};

use super::place::Aliases;
use super::tree::{Alias, Shared, ident_of};
use crate::order::names;
use crate::refusal::quoted;

/// Constructors that hold a completion without calling it.
pub(super) const HOLDERS: &[&str] = &["Box", "Rc", "Arc", "Cell", "RefCell", "Mutex"];

/// What an expression is another name of, if it is the completion in some holder, or taken out of one.
pub(super) fn alias_of(expr: &Expr, aliases: &Aliases) -> Option<Alias> {
    match expr {
        Expr::MethodCall(call) if call.method == "clone" && call.args.is_empty() => {
            alias_of(&call.receiver, aliases).map(|alias| Alias { cloned: true, ..alias })
        }
        Expr::MethodCall(call) if is_taking_out(&call.method) => {
            let alias = alias_of(&call.receiver, aliases)?;
            let shared =
                alias.shared.map(|shared| if call.method == "take" { Shared::Content } else { shared });
            Some(Alias { shared, ..alias })
        }
        Expr::Call(call) if call.args.len() == 1 => {
            let Expr::Path(path) = &*call.func else { return None };
            let mut segments = path.path.segments.iter().rev();
            let name = &segments.next()?.ident;
            let holder = segments.next().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let holds =
                name == "Some" || (HOLDERS.contains(&holder.as_str()) && (name == "new" || name == "clone"));
            holds.then(|| alias_of(&call.args[0], aliases)).flatten()
        }
        Expr::Reference(inner) => alias_of(&inner.expr, aliases),
        Expr::Paren(inner) => alias_of(&inner.expr, aliases),
        other => ident_of(other).and_then(|ident| aliases.get(&ident.to_string())).cloned(),
    }
}

/// Whether an expression puts something into a cell.
pub(super) fn fills_cell(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => {
            let cell = quoted(&call.func);
            ["Cell::new", "RefCell::new", "Mutex::new"]
                .iter()
                .any(|new| cell.trim_matches('`').ends_with(new))
                || call.args.iter().any(fills_cell)
        }
        _ => false,
    }
}

/// Methods between a cell with the completion in it and the completion.
pub(super) fn is_taking_out(method: &syn::Ident) -> bool {
    ["take", "unwrap", "expect", "borrow_mut", "lock", "into_inner"].iter().any(|known| method == known)
}

/// Whether an expression is what was in a cell that callbacks share of which the first one answers.
pub(super) fn is_content(expr: &Expr, aliases: &Aliases) -> bool {
    alias_of(expr, aliases).is_some_and(|alias| alias.shared == Some(Shared::Content))
}

/// `let Some(done) = done.take()`: the name that the completion gets, and which one it is.
pub(super) fn opened<'c>(cond: &'c Expr, aliases: &Aliases) -> Option<(&'c syn::Ident, Alias)> {
    let Expr::Let(condition) = cond else { return None };
    Some((opened_by(&condition.pat)?, alias_of(&condition.expr, aliases)?))
}

/// The name in `Some(name)`.
pub(super) fn opened_by(pat: &Pat) -> Option<&syn::Ident> {
    let Pat::TupleStruct(some) = pat else { return None };
    let is_some = some.path.segments.last().is_some_and(|last| last.ident == "Some");
    match (is_some, some.elems.first()) {
        (true, Some(Pat::Ident(name))) => Some(&name.ident),
        _ => None,
    }
}

pub(super) fn mentions_completion(stmt: &Stmt, aliases: &Aliases) -> bool {
    names::is_any_in_stmt(stmt, &|name| aliases.contains_key(name))
}

pub(super) fn forget(pat: &Pat, aliases: &mut Aliases) {
    for ident in names::bound_by(pat) {
        aliases.remove(&ident.to_string());
    }
}

pub(super) fn forget_shadowed(stmt: &Stmt, aliases: &mut Aliases) {
    if let Stmt::Local(local) = stmt {
        forget(&local.pat, aliases);
    }
}

pub(super) fn forget_conditions(cond: &Expr, aliases: &mut Aliases) {
    match cond {
        Expr::Let(condition) => forget(&condition.pat, aliases),
        Expr::Binary(both) => {
            forget_conditions(&both.left, aliases);
            forget_conditions(&both.right, aliases);
        }
        _ => {}
    }
}

/// The first identifier in a macro's tokens that names the completion.
pub(super) fn ident_in(tokens: proc_macro2::TokenStream, aliases: &Aliases) -> Option<proc_macro2::Ident> {
    tokens.into_iter().find_map(|tree| match tree {
        proc_macro2::TokenTree::Ident(ident) if aliases.contains_key(&ident.to_string()) => Some(ident),
        proc_macro2::TokenTree::Group(group) => ident_in(group.stream(), aliases),
        _ => None,
    })
}
