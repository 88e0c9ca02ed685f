//! How people write a shared counter: making it, cloning it, counting it down.
use quote::ToTokens;
use syn::{Block, Expr, Local, Pat, Stmt};

use crate::cps::tree::ident_of;

/// The variables that a `let` binds and what to, element by element for tuples.
pub(crate) fn clones_in(local: &Local) -> Option<Vec<(&Pat, &Expr)>> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    match (&local.pat, &*init.expr) {
        (Pat::Tuple(pats), Expr::Tuple(exprs)) if pats.elems.len() == exprs.elems.len() => {
            Some(pats.elems.iter().zip(&exprs.elems).collect())
        }
        (pat, expr) => Some(vec![(pat, expr)]),
    }
}

/// What a constructor of a shared cell puts into it.
pub(super) fn cell_of(made: &str) -> Option<&str> {
    const CELLS: &[&str] = &[
        "Rc::new(Cell::new(",
        "Rc::new(RefCell::new(",
        "Arc::new(Mutex::new(",
        "Arc::new(AtomicUsize::new(",
        "Arc::new(AtomicU32::new(",
    ];
    CELLS.iter().find_map(|cell| made.strip_prefix(cell)?.strip_suffix("))"))
}

/// Whether a statement is a `let` of something shared: `let left = Rc::new(..);`
pub(super) fn makes_shared(stmt: &Stmt) -> bool {
    let Stmt::Local(Local { init: Some(init), .. }) = stmt else { return false };
    let Expr::Call(call) = &*init.expr else { return false };
    matches!(&*call.func, Expr::Path(path)
        if path.path.segments.iter().any(|segment| segment.ident == "Rc" || segment.ident == "Arc"))
}

/// The cell with a number that is decremented under the name that it got first.
pub(super) fn counter_of(block: &Block) -> Option<String> {
    let all = text(block);
    block.stmts.iter().find_map(|stmt| {
        let Stmt::Local(Local { pat: Pat::Ident(name), init: Some(init), .. }) = stmt else { return None };
        let (name, made) = (name.ident.to_string(), text(&init.expr));
        let decrements = [
            format!("{name}.set({name}.get()-1)"),
            format!("*{name}.borrow_mut()-=1"),
            format!("*{name}.lock().unwrap()-=1"),
            format!("{name}.fetch_sub(1,"),
        ];
        let is_one =
            cell_of(&made).is_some_and(is_number) && decrements.iter().any(|form| all.contains(form));
        is_one.then_some(name)
    })
}

/// A literal number, a length, or a variable: what callbacks are counted from.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.trim_end_matches(".len()").chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// What this is a clone of.
pub(super) fn cloned(made: &str) -> Option<&str> {
    let original = made.strip_suffix(".clone()")?;
    original.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(original)
}

/// Tokens as text without spaces: two pieces of code that say the same in the same words have the same text.
pub(super) fn text(node: &impl ToTokens) -> String {
    node.to_token_stream().to_string().split_whitespace().collect()
}

/// Whether an expression is just a variable.
pub(crate) fn is_variable(expr: &Expr) -> bool {
    ident_of(expr).is_some()
}
