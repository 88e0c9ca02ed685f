//! Which parts of a variable a closure captures: `user.name` alone leaves the rest of `user` where it is.
//!
//! A closure captures the places that it mentions, as far as they are fields of fields. A method that is called on a
//! variable, an index, or the variable itself is a mention of all of it. (A pattern that takes a variable apart is one,
//! too, here: the compiler looks into it.)
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprField, ExprPath, Macro, Member, Stmt};

/// The parts of a variable that code mentions, such as `.name` and `.address.city`; none if it mentions all of it.
pub(crate) fn of(name: &str, expr: &Expr) -> Option<Vec<String>> {
    let mut parts = Parts { name, found: Vec::new(), whole: false };
    parts.visit_expr(expr);
    (!parts.whole).then_some(parts.found)
}

/// The parts of a variable that code may hand over by value: it does not only look at them.
pub(crate) fn given_away(name: &str, expr: &Expr) -> Vec<String> {
    let mut given = Given { name, found: Vec::new(), whole: false };
    given.visit_expr(expr);
    given.found
}

/// As [`given_away`], of a statement.
pub(crate) fn given_away_in(name: &str, stmt: &Stmt) -> Vec<String> {
    let mut given = Given { name, found: Vec::new(), whole: false };
    given.visit_stmt(stmt);
    given.found
}

/// Whether a statement may hand over a variable by value, if only on some path.
pub(crate) fn may_be_given_away(name: &str, stmt: &Stmt) -> bool {
    let mut given = Given { name, found: Vec::new(), whole: false };
    given.visit_stmt(stmt);
    given.whole
}

struct Given<'n> {
    name: &'n str,
    found: Vec<String>,
    whole: bool,
}

impl Given<'_> {
    /// Goes on with an operand that is looked at where it is: what stands there stays.
    fn look_at(&mut self, operand: &Expr) {
        if !matches!(operand, Expr::Field(_) | Expr::Path(_)) {
            self.visit_expr(operand);
        }
    }
}

impl<'a> Visit<'a> for Given<'_> {
    fn visit_expr_path(&mut self, path: &'a ExprPath) {
        self.whole |= path.path.is_ident(self.name);
    }

    fn visit_expr_field(&mut self, field: &'a ExprField) {
        let field = Expr::Field(field.clone());
        self.found.extend(of(self.name, &field).into_iter().flatten());
    }

    fn visit_expr_reference(&mut self, reference: &'a syn::ExprReference) {
        self.look_at(&reference.expr);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        match super::drops::is_consuming(&call.method) {
            true => self.visit_expr(&call.receiver),
            false => self.look_at(&call.receiver),
        }
        call.args.iter().for_each(|arg| self.visit_expr(arg));
    }

    fn visit_expr_assign(&mut self, assign: &'a syn::ExprAssign) {
        self.look_at(&assign.left);
        self.visit_expr(&assign.right);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        self.look_at(&index.expr);
        self.visit_expr(&index.index);
    }
}

/// Whether one of two parts is the other one, or lies in it.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    let lies_in = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    lies_in(one, other) || lies_in(other, one)
}

struct Parts<'n> {
    name: &'n str,
    found: Vec<String>,
    whole: bool,
}

impl Parts<'_> {
    fn add(&mut self, part: String) {
        if !self.found.contains(&part) {
            self.found.push(part);
        }
    }

    /// `user.name` among the tokens of a macro.
    fn visit_tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut after_dot = false;
        while let Some(tree) = tokens.next() {
            let was_after_dot = std::mem::replace(&mut after_dot, is_dot(&tree));
            match tree {
                TokenTree::Ident(ident) if ident == self.name && !was_after_dot => {
                    let mut part = String::new();
                    while tokens.peek().is_some_and(is_dot) {
                        tokens.next();
                        match tokens.next() {
                            Some(field @ (TokenTree::Ident(_) | TokenTree::Literal(_)))
                                if !matches!(tokens.peek(), Some(TokenTree::Group(_))) =>
                            {
                                part += &format!(".{field}");
                            }
                            // A method is called on what stands before it.
                            _ => break,
                        }
                    }
                    match part.is_empty() {
                        true => self.whole = true,
                        false => self.add(part),
                    }
                }
                TokenTree::Group(group) => self.visit_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = TokenTree::Literal(literal).into();
                    self.whole |= super::names::all_in(text).contains(self.name);
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_dot(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == '.')
}

impl<'a> Visit<'a> for Parts<'_> {
    fn visit_expr_field(&mut self, field: &'a ExprField) {
        let (mut path, mut base) = (Vec::new(), field);
        loop {
            path.push(match &base.member {
                Member::Named(name) => format!(".{name}"),
                Member::Unnamed(index) => format!(".{}", index.index),
            });
            match &*base.base {
                Expr::Field(inner) => base = inner,
                Expr::Path(variable) if variable.path.is_ident(self.name) => {
                    return self.add(path.into_iter().rev().collect());
                }
                _ => return visit::visit_expr_field(self, field),
            }
        }
    }

    fn visit_expr_path(&mut self, path: &'a ExprPath) {
        self.whole |= path.path.is_ident(self.name);
    }

    fn visit_macro(&mut self, mac: &'a Macro) {
        self.visit_tokens(mac.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(code: &str) -> Option<Vec<String>> {
        of("x", &syn::parse_str(code).unwrap())
    }

    #[test]
    fn fields_of_fields_are_parts() {
        assert_eq!(parts("f(x.a.b, x.c, &mut x.0, y.x)").unwrap(), [".a.b", ".c", ".0"]);
        assert_eq!(parts("x.a.len() + x.b[0]").unwrap(), [".a", ".b"]);
    }

    #[test]
    fn methods_indices_and_the_variable_itself_are_all_of_it() {
        for code in ["x.len()", "x[0].a", "f(x)", "x.len() + x.a", "match x { y => y.a }"] {
            assert_eq!(parts(code), None, "{code}");
        }
    }

    #[test]
    fn macros_are_looked_into_as_far_as_tokens_say() {
        assert_eq!(parts(r#"println!("{} {}", x.a, x.b.len())"#).unwrap(), [".a", ".b"]);
        for code in [r#"println!("{x}")"#, r#"println!("{}", x.len())"#, "vec![x]"] {
            assert_eq!(parts(code), None, "{code}");
        }
        assert_eq!(parts("vec![y.x]").unwrap(), [] as [&str; 0]);
    }

    #[test]
    fn parts_overlap_if_one_lies_in_the_other() {
        assert!(overlap(".a", ".a") && overlap(".a", ".a.b") && overlap(".a.b", ".a"));
        assert!(!overlap(".a", ".ab") && !overlap(".a.b", ".a.c"));
    }
}
