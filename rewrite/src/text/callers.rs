//! Who still calls a function in callback style.
//!
//! A callback function that is refused calls the others as before, so those have to stay as they are, too: the file
//! would not compile, and a second run would find other callees than the first one. Code that is no callback function
//! itself is where async code begins; its calls have to be looked at by a person.
use syn::visit::{self, Visit};

use super::functions::Module;

/// Which of these functions are mentioned by callback functions that do not change with them.
pub(super) fn still_called(module: &Module<'_>, changed: &[usize], unchanged: &[usize]) -> Vec<usize> {
    let mut callers = Callers { module, changed, called: Vec::new() };
    unchanged.iter().for_each(|at| callers.visit_block(module.functions[*at].block));
    callers.called
}

struct Callers<'m, 'f> {
    module: &'m Module<'f>,
    changed: &'m [usize],
    called: Vec<usize>,
}

impl Callers<'_, '_> {
    fn mention(&mut self, name: &syn::Ident) {
        let of_this_name = |at: &&usize| self.module.functions[**at].function().sig.ident == *name;
        let more: Vec<usize> = self
            .changed
            .iter()
            .filter(of_this_name)
            .filter(|at| !self.called.contains(at))
            .copied()
            .collect();
        self.called.extend(more);
    }
}

impl<'a> Visit<'a> for Callers<'_, '_> {
    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        if let Some(last) = path.path.segments.last() {
            self.mention(&last.ident);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.mention(&call.method);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        for name in crate::order::names::all_in(mac.tokens.clone()) {
            if let Ok(ident) = syn::parse_str(&name) {
                self.mention(&ident);
            }
        }
    }
}
