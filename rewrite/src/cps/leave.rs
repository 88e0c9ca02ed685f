//! How code leaves the place where it stands: `return`, `break`, or never.
use syn::{Block, Expr, Stmt};

use crate::refusal::quoted;

struct Leaves {
    returns: bool,
}

impl<'a> syn::visit::Visit<'a> for Leaves {
    fn visit_expr_return(&mut self, _: &'a syn::ExprReturn) {
        self.returns = true;
    }
    fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'a syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'a syn::Item) {}
}

pub(super) fn returns(expr: &Expr) -> bool {
    let mut leaves = Leaves { returns: false };
    syn::visit::Visit::visit_expr(&mut leaves, expr);
    leaves.returns
}

/// Whether a statement may leave the function by `return`.
pub(crate) fn returns_in(stmt: &Stmt) -> bool {
    let mut leaves = Leaves { returns: false };
    syn::visit::Visit::visit_stmt(&mut leaves, stmt);
    leaves.returns
}

/// Whether a statement may leave a labelled block that it stands in.
pub(super) fn breaks_label(stmt: &Stmt) -> bool {
    struct Labels(Vec<String>, bool);
    impl<'a> syn::visit::Visit<'a> for Labels {
        fn visit_expr_break(&mut self, expr: &'a syn::ExprBreak) {
            self.1 |= expr.label.as_ref().is_some_and(|label| !self.0.contains(&label.ident.to_string()));
        }
        fn visit_label(&mut self, label: &'a syn::Label) {
            self.0.push(label.name.ident.to_string());
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'a syn::Item) {}
    }
    let mut labels = Labels(Vec::new(), false);
    syn::visit::Visit::visit_stmt(&mut labels, stmt);
    labels.1
}

pub(super) fn breaks(body: &Block) -> bool {
    struct Breaks {
        found: bool,
        depth: usize,
    }
    impl<'a> syn::visit::Visit<'a> for Breaks {
        fn visit_expr_break(&mut self, expr: &'a syn::ExprBreak) {
            self.found |= self.depth == 0 || expr.label.is_some();
        }
        fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'a syn::Item) {}
        fn visit_expr_loop(&mut self, expr: &'a syn::ExprLoop) {
            self.depth += 1;
            syn::visit::visit_expr_loop(self, expr);
            self.depth -= 1;
        }
        fn visit_expr_while(&mut self, expr: &'a syn::ExprWhile) {
            self.depth += 1;
            syn::visit::visit_expr_while(self, expr);
            self.depth -= 1;
        }
        fn visit_expr_for_loop(&mut self, expr: &'a syn::ExprForLoop) {
            self.depth += 1;
            syn::visit::visit_expr_for_loop(self, expr);
            self.depth -= 1;
        }
    }
    let mut breaks = Breaks { found: false, depth: 0 };
    syn::visit::Visit::visit_block(&mut breaks, body);
    breaks.found
}

pub(super) fn diverges(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(expr, _) => diverges_expr(expr),
        Stmt::Macro(mac) => is_panic(&mac.mac),
        _ => false,
    }
}

/// Whether an expression never gives a value.
pub(crate) fn diverges_expr(expr: &Expr) -> bool {
    match expr {
        Expr::Macro(mac) => is_panic(&mac.mac),
        Expr::Paren(inner) => diverges_expr(&inner.expr),
        Expr::Loop(repeat) => !breaks(&repeat.body),
        Expr::Block(block) => block.block.stmts.iter().any(diverges),
        Expr::Call(call) => {
            let path = quoted(&call.func);
            ["process::exit", "process::abort", "panic::resume_unwind", "resume_unwind"]
                .iter()
                .any(|end| path.trim_matches('`').ends_with(end))
        }
        Expr::Break(_) | Expr::Continue(_) => true,
        _ => false,
    }
}

pub(super) fn is_panic(mac: &syn::Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| {
        ["panic", "unreachable", "todo", "unimplemented"].iter().any(|name| last.ident == name)
    })
}
