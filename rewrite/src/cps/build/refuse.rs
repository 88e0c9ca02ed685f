//! What the builder says instead of building.
use quote::ToTokens;
use syn::{Expr, Stmt};

use super::Builder;
use crate::cps::alias::ident_in;
use crate::cps::place::{self, Aliases};
use crate::cps::tree::ident_of;
use crate::order::outcomes::{Outcomes, Trail};
use crate::refusal::{Code, Finding, Step as Decision, ends_of, quoted};

impl<'a> Builder<'a, '_> {
    pub(super) fn report_path(&mut self, code: Code, trail: &Trail, message: String, end: Option<&str>) {
        // A function without any completion on a path has nothing else to say, so one finding a place is enough.
        let mut finding = Finding::between(code, trail.last, message);
        finding.path = trail.steps.clone();
        if let Some(end) = end {
            finding.path.push(Decision { at: trail.last.1, text: end.into() });
        }
        self.findings.push(finding);
    }

    pub(super) fn refuse(&mut self, code: Code, at: &dyn ToTokens, message: impl Into<String>) -> Outcomes {
        self.findings.push(Finding::about(code, at, message));
        // As if it had completed, so that no further finding comes of this one.
        Outcomes::falls(1, ends_of(at))
    }

    pub(super) fn name_of_completion(&self) -> String {
        let names: Vec<_> = self.completion.parts.iter().map(|part| format!("`{}`", part.name)).collect();
        names.join(" or ")
    }

    /// Nothing can run after the answer, unless it only drops what dies here anyway.
    pub(super) fn refuse_late(&mut self, rest: &'a [Stmt]) {
        let is_drop = |stmt: &Stmt| match stmt {
            Stmt::Expr(Expr::Call(call), _) => place::last_name(&call.func) == "drop",
            Stmt::Item(_) => true,
            _ => false,
        };
        if let Some(stmt) = rest.iter().find(|stmt| !is_drop(stmt) && self.refuses_late) {
            let message = "this runs after everything that the caller does with the answer; after `return` nothing can run";
            self.refuse(Code::UC03, stmt, message);
        }
    }

    pub(super) fn refuse_macro(&mut self, mac: &'a syn::Macro, aliases: &Aliases) -> Outcomes {
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let message = format!(
            "{} occurs inside `{name}!`; the rewriter does not look into macros",
            self.name_of_completion()
        );
        match ident_in(mac.tokens.clone(), aliases) {
            Some(ident) => self.refuse(Code::UC09, &ident, message),
            None => self.refuse(Code::UC09, mac, message),
        }
    }

    /// The completion is used in a way that has no direct style: its value, a place to keep it, a macro.
    pub(super) fn refuse_use(&mut self, expr: &'a Expr, aliases: &Aliases) -> Outcomes {
        struct Uses<'a, 'k> {
            aliases: &'k Aliases,
            call: Option<&'a Expr>,
            mac: Option<&'a syn::Macro>,
        }
        impl<'a> syn::visit::Visit<'a> for Uses<'a, '_> {
            fn visit_expr(&mut self, expr: &'a Expr) {
                if let Expr::Call(call) = expr {
                    if ident_of(&call.func).is_some_and(|ident| self.aliases.contains_key(&ident.to_string()))
                    {
                        self.call.get_or_insert(expr);
                    }
                }
                syn::visit::visit_expr(self, expr);
            }
            fn visit_macro(&mut self, mac: &'a syn::Macro) {
                if ident_in(mac.tokens.clone(), self.aliases).is_some() {
                    self.mac.get_or_insert(mac);
                }
            }
        }
        let mut uses = Uses { aliases, call: None, mac: None };
        syn::visit::Visit::visit_expr(&mut uses, expr);
        if let Some(mac) = uses.mac {
            return self.refuse_macro(mac, aliases);
        }
        if let Some(call) = uses.call {
            let message = format!(
                "the value of {} is used; an async function gets nothing back from its caller",
                quoted(call)
            );
            return self.refuse(Code::UC08, call, message);
        }
        let message = format!(
            "{} is kept for later: this function is a leaf; there is no chain to flatten",
            self.name_of_completion()
        );
        self.refuse(Code::UC05, expr, message)
    }
}
